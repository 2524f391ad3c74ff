#include "aurora/api/sampler.h"

#include <algorithm>

#include "api/scheduler_vars.h"

namespace aurora::api {

Sampler::Sampler(const SchedulerServices& services, const Clock& clock, Duration interval)
    : repeater_([services, &clock, interval, next = clock.monotonic()](const std::atomic<bool>&) mutable {
        SeenVars seen = look_at_vars(services, Breadth::Cluster);
        const Instant at = clock.now();
        // What a crash may undo is not remembered, as it is not told.
        if (!services.engine.is_round_durable(seen.round)) services.engine.query([](const core::Cluster&) { return Unit{}; });
        services.series->record(at, with_averages(std::move(seen.vars)));
        const Duration now = clock.monotonic();
        next = std::max(next + interval, now);  // no haste after a pause
        return next - now;
      }) {}

}  // namespace aurora::api
