#include "aurora/core/task/end_reason.h"

#include <array>

namespace aurora::core {
namespace {

// Linux' numbers, the same on every architecture that we build for.
std::string name_of_signal(int32_t number) {
  static constexpr std::array<const char*, 32> kNames = {
      "",     "HUP",  "INT",  "QUIT", "ILL",    "TRAP",   "ABRT",  "BUS",  "FPE",  "KILL", "USR1",
      "SEGV", "USR2", "PIPE", "ALRM", "TERM",   "STKFLT", "CHLD",  "CONT", "STOP", "TSTP", "TTIN",
      "TTOU", "URG",  "XCPU", "XFSZ", "VTALRM", "PROF",   "WINCH", "IO",   "PWR",  "SYS"};
  if (number <= 0 || number >= static_cast<int32_t>(kNames.size())) return "signal " + std::to_string(number);
  return std::string("SIG") + kNames[static_cast<size_t>(number)];
}

std::string describe_end(const EndReason& reason) {
  if (reason.signal) return "was ended by " + name_of_signal(*reason.signal);
  if (!reason.exit_code) return "ended";
  constexpr int32_t kShellSignal = 128;  // what a shell adds to the signal that ended its last program
  const std::string text = "exited with code " + std::to_string(*reason.exit_code);
  const bool is_signal = *reason.exit_code > kShellSignal && *reason.exit_code < kShellSignal + 32;
  return is_signal ? text + ", as a shell does after " + name_of_signal(*reason.exit_code - kShellSignal)
                   : text;
}

std::string with_detail(std::string text, const std::string& detail) {
  return detail.empty() ? text : text + ": " + detail;
}

std::string run_of(const EndReason& reason) {
  return reason.run == 0 ? "" : " (run " + std::to_string(reason.run + 1) + ")";
}

std::string describe_kill(const EndReason& reason) {
  std::string text = "killed by " + (reason.actor.empty() ? "request" : reason.actor);
  if (!reason.process.empty()) text += "; process '" + reason.process + "' " + describe_end(reason);
  return with_detail(std::move(text), reason.detail);
}

}  // namespace

std::string to_sentence(const EndReason& reason) {
  const std::string process = "process '" + reason.process + "' ";
  switch (reason.cause) {
    case EndCause::Exited:
    case EndCause::Signaled:
      return with_detail(process + describe_end(reason) + run_of(reason), reason.detail);
    case EndCause::NotLaunched:
      return with_detail(process + "could not be started" + run_of(reason), reason.detail);
    case EndCause::Setup:
      return with_detail("the task could not be set up", reason.detail);
    case EndCause::RunnerDied:
      return with_detail("the task's runner " + describe_end(reason), reason.detail);
    case EndCause::Limit:
      return with_detail("over its limit of " + reason.subject, reason.detail);
    case EndCause::HealthCheck:
      return with_detail("health check " + reason.subject + " failed", reason.detail);
    case EndCause::Killed:
      return describe_kill(reason);
    case EndCause::HostLost:
      return with_detail("its host was lost", reason.detail);
  }
  return reason.detail;
}

EndReason killed_by(std::string actor) { return {.cause = EndCause::Killed, .actor = std::move(actor)}; }
EndReason host_lost(std::string detail) { return {.cause = EndCause::HostLost, .detail = std::move(detail)}; }

EndReason because_of(EndReason asked, const EndReason& how) {
  const bool is_kill =
      asked.cause == EndCause::Killed;  // else its detail says why, which nothing later may hide
  const bool is_of_process = how.cause == EndCause::Exited || how.cause == EndCause::Signaled;
  if (is_of_process || how.cause == EndCause::Killed) {
    asked.process = how.process;
    asked.run = how.run;
    asked.exit_code = how.exit_code;
    asked.signal = how.signal;
    if (is_kill && !how.detail.empty()) asked.detail = how.detail;
  } else if (is_kill) {
    asked.detail = to_sentence(how);
  }
  if (asked.actor.empty()) asked.actor = how.actor;
  return asked;
}

}  // namespace aurora::core
