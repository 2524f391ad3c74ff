#include <catch2/catch.hpp>

#include "aurora/core/process/runner_outcome.h"

using namespace aurora;
using namespace aurora::core;

namespace {

std::optional<RunnerOutcome> kill_if(bool requested) {
  return requested ? std::optional(killed_on_request()) : std::nullopt;
}

}  // namespace

TEST_CASE("how a runner ended, as the scheduler reads it") {
  struct Case {
    RunnerEnd end;
    bool kill_requested;
    TaskStatus status;
    std::string message;
  };
  const auto exit_with = [](int code, std::optional<RunState> state) {
    return RunnerEnd{code, std::nullopt, state};
  };
  const auto signalled = [](int signal, std::optional<RunState> state) {
    return RunnerEnd{std::nullopt, signal, state};
  };
  const auto gone = [](std::optional<RunState> state) {
    return RunnerEnd{std::nullopt, std::nullopt, state};
  };
  using enum TaskStatus;
  const Case cases[] = {
      {exit_with(0, RunState::Success), false, Finished, "Task finished."},
      {exit_with(0, RunState::Failed), false, Failed, "Task failed."},
      {exit_with(0, RunState::Killed), false, Killed, "Task killed."},
      {exit_with(0, RunState::Lost), false, Lost, "Task lost."},
      {exit_with(0, RunState::Active), false, Lost, "Runner died while task was active."},
      {exit_with(0, std::nullopt), false, Lost, "Task checkpoint could not be read."},
      {gone(RunState::Active), false, Lost, "Runner died while task was active."},
      {gone(RunState::Cleaning), false, Lost, "Task checkpoint could not be read."},
      {gone(RunState::Success), false, Finished, "Task finished."},
      {gone(std::nullopt), false, Lost, "Task checkpoint could not be read."},
      {signalled(9, RunState::Active), false, Killed, "Task killed by signal 9."},
      {signalled(11, RunState::Finalizing), false, Killed, "Task killed by signal 11."},
      {exit_with(101, RunState::Active), false, Lost, "Thermos failed with internal error."},
      {exit_with(102, std::nullopt), false, Failed, "Thermos received an invalid task."},
      {exit_with(103, std::nullopt), false, Lost, "Thermos failed with an unknown error."},
      {exit_with(104, std::nullopt), false, Failed, "Task started with unknown user."},
      {exit_with(7, std::nullopt), false, Lost, "Thermos exited for unknown reason (exit status: 7)"},
      {exit_with(0, RunState::Killed), true, Killed, "Instructed to kill task."},
      {signalled(9, RunState::Active), true, Killed, "Instructed to kill task."},
      {gone(RunState::Active), true, Killed, "Instructed to kill task."},
      {exit_with(0, RunState::Success), true, Finished, "Task finished."},
      {exit_with(0, RunState::Failed), true, Failed, "Task failed."},
  };
  for (const Case& c : cases) {
    const RunnerOutcome outcome = outcome_of(c.end, kill_if(c.kill_requested));
    CHECK(outcome.status == c.status);
    CHECK(outcome.message == c.message);
  }
}

TEST_CASE("an outcome carries why, and a kill that was asked for stays the reason") {
  const EndReason exited{.cause = EndCause::Exited, .process = "web", .exit_code = 1};
  const auto reason_of = [](RunState state, std::optional<EndReason> reason, bool kill_requested) {
    const RunnerEnd end{0, std::nullopt, state, std::move(reason)};
    const RunnerOutcome outcome = outcome_of(end, kill_if(kill_requested));
    return outcome.reason ? to_sentence(*outcome.reason) : "none";
  };
  CHECK(reason_of(RunState::Failed, exited, false) == "process 'web' exited with code 1");
  CHECK(reason_of(RunState::Failed, exited, true) == "process 'web' exited with code 1");
  CHECK(reason_of(RunState::Success, std::nullopt, true) == "none");
  CHECK(reason_of(RunState::Killed, std::nullopt, true) == "killed by request");
  const EndReason terminated{.cause = EndCause::Killed, .process = "web", .signal = 15};
  CHECK(reason_of(RunState::Killed, terminated, true) ==
        "killed by request; process 'web' was ended by SIGTERM");
  const EndReason died{.cause = EndCause::RunnerDied, .signal = 9};
  CHECK(reason_of(RunState::Active, died, true) ==
        "killed by request: the task's runner was ended by SIGKILL");
}

TEST_CASE("an end that the executor itself asked for keeps its message and its reason") {
  const RunnerOutcome unhealthy = failed_health_check("http", "Response code differs");
  const EndReason terminated{.cause = EndCause::Killed, .process = "web", .signal = 15, .detail = "other"};
  const RunnerOutcome outcome = outcome_of({0, std::nullopt, RunState::Killed, terminated}, unhealthy);
  CHECK(outcome.status == TaskStatus::Failed);
  CHECK(outcome.message == "Failed health check! Response code differs");
  CHECK(to_sentence(*outcome.reason) == "health check http failed: Response code differs");
  CHECK(outcome.reason->process == "web");
  CHECK(outcome.reason->signal == 15);
  const EndReason died{.cause = EndCause::RunnerDied, .signal = 9};
  CHECK(outcome_of({std::nullopt, 9, RunState::Active, died}, unhealthy) == unhealthy);
  const EndReason exited{.cause = EndCause::Exited, .process = "web", .exit_code = 1};
  const RunnerOutcome before = outcome_of({0, std::nullopt, RunState::Failed, exited}, unhealthy);
  CHECK(before == RunnerOutcome{TaskStatus::Failed, "Task failed.", exited});
  CHECK(outcome_of({0, std::nullopt, RunState::Success}, unhealthy).message == "Task finished.");
}

TEST_CASE("what a command wrote is one line of the sentence and all of the message") {
  const RunnerOutcome unhealthy = failed_health_check("shell", "with output 'a\nb'");
  CHECK(unhealthy.message == "Failed health check! with output 'a\nb'");
  CHECK(to_sentence(*unhealthy.reason) == "health check shell failed: with output 'a\\nb'");
}

TEST_CASE("limits say their figures, and disk in the original's words") {
  const RunnerOutcome disk = disk_limit_exceeded(1'048'576, 2'097'152);
  CHECK(disk.status == TaskStatus::Failed);
  CHECK(disk.message == "Disk limit exceeded.  Reserved 1048576 bytes vs used 2097152 bytes.");
  CHECK(to_sentence(*disk.reason) == "over its limit of disk: 2,097,152 bytes used, 1,048,576 reserved");
  const RunnerOutcome memory =
      limit_exceeded("memory", "Task used more memory than requested.", "130 MB of 128 MB");
  CHECK(memory.message == "Task used more memory than requested.");
  CHECK(to_sentence(*memory.reason) == "over its limit of memory: 130 MB of 128 MB");
}
