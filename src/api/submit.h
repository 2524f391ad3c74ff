// Commands from requests: submitted without waiting, answered when the engine has the answer.
#pragma once

#include <utility>

#include "api/handler.h"
#include "api/http_status.h"
#include "aurora/net/http.h"
#include "aurora/scheduler/engine.h"

namespace aurora::api {

// `say`: Result<net::Response>(Result<C::Answer>), called on the engine's threads: quick, and it refers to nothing that
// a request owns.
template <typename C, typename Say>
net::Response submit(scheduler::Engine& engine, C command, Say say, std::optional<core::RequestMark> mark = std::nullopt) {
  net::Response response;
  response.later = [&engine, command = core::Command(std::move(command)), say, mark = std::move(mark)](auto answer) mutable {
    const auto done = [answer = std::move(answer), say](Result<core::Answer> decided) {
      Result<typename C::Answer> typed =
          decided.ok() ? Result<typename C::Answer>(std::get<typename C::Answer>(std::move(decided).value()))
                       : Result<typename C::Answer>(std::move(decided).error());
      Result<net::Response> said = say(std::move(typed));
      answer(said.ok() ? std::move(said).value() : to_response(said.error()));
    };
    engine.submit_async(std::move(command), done, std::move(mark));
  };
  return response;
}

// The answer as JSON, or the error.
template <typename C>
net::Response submit(scheduler::Engine& engine, C command, int status = 200,
                     std::optional<core::RequestMark> mark = std::nullopt) {
  const auto say = [status](const Result<typename C::Answer>& answer) -> Result<net::Response> {
    std::string body = codec::encode_json(TRY(answer));  // not inside the braces: g++ 12 leaks what is made before a TRY
    return net::Response{.status = status, .body = std::move(body)};
  };
  return submit(engine, std::move(command), say, std::move(mark));
}

// What the header Idempotency-Key says of a request, which must name something random, at most 128 printable
// characters. Absent: it is done as often as it is sent.
Result<std::optional<core::RequestMark>> mark_of(const net::Request& request);

}  // namespace aurora::api
