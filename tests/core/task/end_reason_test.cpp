#include "aurora/core/task/end_reason.h"

#include <catch2/catch.hpp>

namespace aurora::core {
namespace {

void check(const EndReason& reason, const std::string& sentence) { CHECK(to_sentence(reason) == sentence); }

TEST_CASE("why a task ended is one sentence") {
  check({.cause = EndCause::Exited, .process = "hello", .exit_code = 1},
        "process 'hello' exited with code 1");
  check({.cause = EndCause::Exited, .process = "hello", .run = 2, .exit_code = 1},
        "process 'hello' exited with code 1 (run 3)");
  check({.cause = EndCause::Exited, .process = "web", .exit_code = 137},
        "process 'web' exited with code 137, as a shell does after SIGKILL");
  check({.cause = EndCause::Signaled, .process = "web", .signal = 11}, "process 'web' was ended by SIGSEGV");
  check({.cause = EndCause::Signaled, .process = "web", .signal = 40},
        "process 'web' was ended by signal 40");
  check({.cause = EndCause::NotLaunched, .process = "web", .detail = ".logs/web/0/stdout is a link"},
        "process 'web' could not be started: .logs/web/0/stdout is a link");
  check({.cause = EndCause::Setup, .detail = "no user www"}, "the task could not be set up: no user www");
  check({.cause = EndCause::RunnerDied, .signal = 9}, "the task's runner was ended by SIGKILL");
  check({.cause = EndCause::Limit, .subject = "memory", .detail = "130 MB of 128 MB"},
        "over its limit of memory: 130 MB of 128 MB");
  check({.cause = EndCause::HealthCheck, .subject = "http", .detail = "status 500"},
        "health check http failed: status 500");
  check({.cause = EndCause::Killed, .actor = "user alice"}, "killed by user alice");
  check({.cause = EndCause::Killed, .process = "web", .signal = 15, .actor = "an update"},
        "killed by an update; process 'web' was ended by SIGTERM");
  check({.cause = EndCause::HostLost, .detail = "h1 was silent for 75 s"},
        "its host was lost: h1 was silent for 75 s");
}

TEST_CASE("who asked for an end is never lost to how it came") {
  const EndReason asked = killed_by("user alice");
  const auto because = [&](const EndReason& how) { return to_sentence(because_of(asked, how)); };
  CHECK(because({.cause = EndCause::Signaled, .process = "web", .signal = 15}) ==
        "killed by user alice; process 'web' was ended by SIGTERM");
  CHECK(because({.cause = EndCause::Killed, .process = "web", .exit_code = 3}) ==
        "killed by user alice; process 'web' exited with code 3");
  CHECK(because(host_lost("h1 was silent for 75 s")) ==
        "killed by user alice: its host was lost: h1 was silent for 75 s");
  CHECK(because_of({.cause = EndCause::Killed}, asked).actor == "user alice");
}

}  // namespace
}  // namespace aurora::core
