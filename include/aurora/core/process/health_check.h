// Whether a running task is well, told from the results of its checks (spec/thermos-executor.md §14), and
// what a job says about that and about how its tasks want to be asked to end. Pure: time is an argument.
#pragma once

#include <algorithm>
#include <cstdint>
#include <optional>
#include <string>
#include <variant>

#include "aurora/base/fields.h"
#include "aurora/base/time.h"

namespace aurora::core {

struct HttpCheck {  // GET http://localhost:<port><endpoint>
  int32_t port = 0;
  std::string endpoint = "/health";
  std::string expected_response = "ok";  // without regard to case and surrounding blanks; empty = any
  int32_t expected_response_code = 0;    // 0 = any
  friend bool operator==(const HttpCheck&, const HttpCheck&) = default;
};
struct ShellCheck {  // exit code 0
  std::string command;
  friend bool operator==(const ShellCheck&, const ShellCheck&) = default;
};

struct HealthPolicy {
  static constexpr Duration kIntervalMin = milliseconds(100);  // a host checks for everybody

  Duration initial_interval = seconds(15);  // in which failures of a task that starts are forgiven
  Duration interval = seconds(10);          // from the end of a check to the next
  Duration timeout = seconds(1);            // of one check
  int32_t max_consecutive_failures = 0;
  int32_t min_consecutive_successes = 1;  // before it counts as running
  friend bool operator==(const HealthPolicy&, const HealthPolicy&) = default;

  int64_t forgiven_checks() const;
  int64_t attempts_max() const;  // of a task that starts
};

struct HealthPlan {
  std::variant<HttpCheck, ShellCheck> checker;
  HealthPolicy policy = {};
  friend bool operator==(const HealthPlan&, const HealthPlan&) = default;
};

// Before a task is asked to end by a signal, it is asked by HTTP, if it answers there: two POSTs, each with
// its wait.
struct ShutdownPlan {
  int32_t port = 0;
  std::string graceful_endpoint = "/quitquitquit";
  std::string endpoint = "/abortabortabort";
  Duration graceful_wait = seconds(5);
  Duration wait = seconds(5);
  friend bool operator==(const ShutdownPlan&, const ShutdownPlan&) = default;
};

enum class HealthState { Starting, Healthy, Unhealthy };

// The state machine of one task's check. begin() before each check, finish() after it.
class HealthCheck {
 public:
  // `known`: Starting, or Healthy for a task that was found healthy by an executor before this one: nothing
  // is forgiven any more. `first` and `now` are moments of whatever clock the caller has.
  HealthCheck(const HealthPolicy& policy, HealthState known, Duration first);

  HealthState state() const { return state_; }  // Unhealthy is for good; Healthy can only become Unhealthy
  const std::string& reason() const { return reason_; }       // of Unhealthy
  int64_t consecutive_failures() const { return failures_; }  // that counted
  int64_t consecutive_successes() const { return successes_; }
  Duration next_check() const { return next_check_; }

  // Whether there is to be a check at all: one that had its chances is Unhealthy instead.
  bool begin();
  // `failure`: absent if it passed, or was not made because the task's owner wanted that. True if it counted:
  // the failures of a task that starts do not at first.
  bool finish(const std::optional<std::string>& failure, Duration now);

 private:
  void pass();
  bool fail(const std::string& why);
  void give_up(std::string why);

  HealthPolicy policy_;
  HealthState state_;
  std::string reason_;
  int64_t attempts_ = 0;  // at most one above attempts_max()
  int64_t successes_ = 0;
  int64_t failures_ = 0;
  Duration next_check_;
};

}  // namespace aurora::core

template <>
struct aurora::EnumNames<aurora::core::HealthState> {
  using enum aurora::core::HealthState;
  static constexpr std::array<EnumName<aurora::core::HealthState>, 3> values{
      {{Starting, "STARTING"}, {Healthy, "HEALTHY"}, {Unhealthy, "UNHEALTHY"}}};
};
