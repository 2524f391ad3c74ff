// Reads for requests: a request's thread looks at the cluster and makes the answer, which leaves when no crash
// can undo what it tells of (Engine::look). No thread waits for the log meanwhile.
#pragma once

#include <utility>

#include "api/handler.h"
#include "api/http_status.h"
#include "aurora/api/scheduler_api.h"

namespace aurora::api {

// Answers hold so much together while they wait for the log. Whoever has one beyond that waits with it on his thread:
// threads have a bound of their own.
constexpr size_t kHeldBytesMax = 64u << 20;

// `response`, once `seen` is durable: itself if it is already.
net::Response hold(const SchedulerServices& services, scheduler::RoundNumber seen, net::Response response);

// read(): `look`: values from a const core::Cluster&, never references into it. `say`: Result<net::Response>(those values); an
// error tells of what was seen as an answer does, and so does a command that it submits.
template <typename Value, typename Say>
net::Response tell(const SchedulerServices& services, scheduler::Engine::Reading<Value> reading, const Say& say) {
  Result<net::Response> said = say(std::move(reading.value));
  return hold(services, reading.round, said.ok() ? std::move(said).value() : to_response(said.error()));
}

template <typename Look, typename Say>
net::Response read(const SchedulerServices& services, Look look, const Say& say) {
  return tell(services, services.engine.look(std::move(look)), say);
}

// The same for what is said of one job: it waits for changes of that job, not for those of others.
template <typename Look, typename Say>
net::Response read_job(const SchedulerServices& services, const core::JobKey& job, Look look, const Say& say) {
  return tell(services, services.engine.look_at_job(std::move(look), [&](const auto&) { return &job; }), say);
}

}  // namespace aurora::api
