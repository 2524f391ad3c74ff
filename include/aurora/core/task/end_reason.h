// Why a task ended: for programs, and in one sentence for people. The original's exact message stands beside
// it, in the task's last event.
#pragma once

#include <optional>
#include <string>

#include "aurora/base/fields.h"

namespace aurora::core {

enum class EndCause {
  Exited = 0,       // `process` exited with a code other than 0
  Signaled = 1,     // `process` was ended by a signal that nobody here sent
  NotLaunched = 2,  // `process` could not be started: `detail` says what could not be opened or executed
  Setup = 3,        // sandbox, plan or runner could not be made: `detail` says what
  RunnerDied = 4,   // the task's supervisor ended without the last word, by `exit_code` or `signal`
  Limit = 5,        // `subject` is the limit, `detail` the figures
  HealthCheck = 6,  // `subject` is the check, `detail` its last answer
  Killed = 7,       // asked for by `actor`: a user, an update, a restart, maintenance
  HostLost = 8,     // its host stayed silent, or came back without it
};

struct EndReason {
  EndCause cause = EndCause::Exited;
  std::string process = {};  // the one that decided; empty: none did
  int32_t run = 0;           // of that process, 0 is the first
  std::optional<int32_t> exit_code = {};
  std::optional<int32_t> signal = {};
  std::string subject = {};
  std::string actor = {};
  std::string detail = {};
  friend bool operator==(const EndReason&, const EndReason&) = default;
};
void fields(Is<EndReason> auto& r, auto&& visit) {
  visit("cause", r.cause);
  visit("process", r.process);
  visit("run", r.run);
  visit("exitCode", r.exit_code);
  visit("signal", r.signal);
  visit("subject", r.subject);
  visit("actor", r.actor);
  visit("detail", r.detail);
}

// "process 'hello' exited with code 1 (run 3)": no full stop, no line break.
std::string to_sentence(const EndReason& reason);

EndReason killed_by(std::string actor);
EndReason host_lost(std::string detail);

// Somebody asked for the end, and this is how it then came: who asked is never lost.
EndReason because_of(EndReason asked, const EndReason& how);

}  // namespace aurora::core

template <>
struct aurora::EnumNames<aurora::core::EndCause> {
  using enum aurora::core::EndCause;
  static constexpr std::array<EnumName<aurora::core::EndCause>, 9> values{{{Exited, "EXITED"},
                                                                           {Signaled, "SIGNALED"},
                                                                           {NotLaunched, "NOT_LAUNCHED"},
                                                                           {Setup, "SETUP"},
                                                                           {RunnerDied, "RUNNER_DIED"},
                                                                           {Limit, "LIMIT"},
                                                                           {HealthCheck, "HEALTH_CHECK"},
                                                                           {Killed, "KILLED"},
                                                                           {HostLost, "HOST_LOST"}}};
};
