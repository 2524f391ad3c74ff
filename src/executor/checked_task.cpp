#include "executor/checked_task.h"

#include <functional>

#include "aurora/os/files.h"

namespace aurora::executor {
namespace {

constexpr Duration kRequestTimeout = seconds(1);  // of a request to end
constexpr size_t kSteps = 2;
constexpr const char* kSnooze = "/.healthchecksnooze";
constexpr Duration kTimeoutMin = milliseconds(10);
constexpr size_t kReasonBytesMax = 500;  // in the records

// Of many tasks that are found again at once, each begins at a moment of its own.
Duration first_check(const core::TaskId& task_id, Duration interval) {
  if (interval.ms <= 0) return {};
  return milliseconds(
      static_cast<int64_t>(std::hash<std::string>()(task_id.value()) % static_cast<uint64_t>(interval.ms)));
}

std::string name_of(const core::HealthPlan& plan) {
  return std::holds_alternative<core::HttpCheck>(plan.checker) ? "http" : "shell";
}

}  // namespace

CheckedTask::CheckedTask(const Setting& setting, uint64_t key, RunnerPlan plan)
    : setting_(setting), key_(key), plan_(std::move(plan)) {}

void CheckedTask::watch(bool is_healthy, Duration now) {
  if (!plan_.health || check_ || step_) return;
  const core::HealthPolicy& policy = plan_.health->policy;
  const core::HealthState known = is_healthy ? core::HealthState::Healthy : core::HealthState::Starting;
  check_.emplace(policy, known, is_healthy ? now + first_check(plan_.task_id, policy.interval) : now);
  setting_.records.begin(plan_.task_id, *plan_.health, known);
  due_ = check_->next_check();
}

void CheckedTask::go_on(Duration now) {
  if (!running_) return;
  if (const auto failure = running_->advance(setting_.poller, key_)) finished(*failure, now);
}

void CheckedTask::on_timer(Duration now) {
  due_.reset();
  if (running_) {
    const auto failure = running_->advance(setting_.poller, key_);  // it may be ready, and we are late
    finished(failure ? *failure : core::CheckFailure(running_->timed_out()), now);
  } else if (step_) {
    ++*step_;
    begin_step(now);
  } else if (check_) {
    begin_check(now);
  }
}

void CheckedTask::finished(const core::CheckFailure& failure, Duration now) {
  running_.reset();
  if (failure) surroundings_.reset();  // they may have changed
  if (step_) return end_step(!failure.has_value(), now);
  finish(failure, failure ? CheckOutcome::Failed : CheckOutcome::Passed, now);
}

// --- Checks.

bool CheckedTask::is_snoozed() const { return os::exists(plan_.sandbox + kSnooze); }

void CheckedTask::begin_check(Duration now) {
  const core::HealthState before = check_->state();
  began_ = now;
  if (!check_->begin()) return tell_health(before);
  if (is_snoozed()) return finish(std::nullopt, CheckOutcome::Snoozed, now);
  if (const auto failure = start(now)) finished(*failure, now);
}

std::optional<core::CheckFailure> CheckedTask::start(Duration now) {
  running_ = start_check();
  if (!running_) return core::CheckFailure("Internal health check error: the task has no runner");
  due_ = now + std::max(plan_.health->policy.timeout, kTimeoutMin);
  return running_->advance(setting_.poller, key_);
}

std::unique_ptr<RunningCheck> CheckedTask::start_check() {
  if (const auto* http = std::get_if<core::HttpCheck>(&plan_.health->checker)) return start_http_check(*http);
  if (!surroundings_) {
    Result<TaskSurroundings> found = find_surroundings(setting_.work, plan_.task_id);
    if (!found.ok()) return nullptr;
    surroundings_ = std::move(*found);
    surroundings_->plan.plan = {};
  }
  const std::string home = home_of(surroundings_->plan);
  const std::string folder =
      plan_.container ? home.substr(0, home.rfind('/')) : setting_.work.paths_of(plan_.task_id).run;
  const ShellSetting shell{&*surroundings_, folder, setting_.mark,
                           setting_.shell_checks_switch_user};
  return start_shell_check(std::get<core::ShellCheck>(plan_.health->checker), shell, setting_.bury);
}

void CheckedTask::finish(const core::CheckFailure& failure, CheckOutcome outcome, Duration now) {
  const core::HealthState before = check_->state();
  const bool counted = check_->finish(failure, now);
  if (failure && !counted) outcome = CheckOutcome::Forgiven;
  setting_.records.add(plan_.task_id,
                       {setting_.clock.now(), now - began_, outcome,
                        failure ? failure->substr(0, kReasonBytesMax) : std::string()},
                       *check_);
  due_ = check_->next_check();
  tell_health(before);
}

void CheckedTask::tell_health(core::HealthState before) {
  if (check_->state() == before) return;
  if (check_->state() == core::HealthState::Healthy)
    return setting_.deliver(core::HealthProven{plan_.task_id});
  due_.reset();
  setting_.records.end(plan_.task_id);
  setting_.deliver(
      core::EndRequested{plan_.task_id, core::failed_health_check(name_of(*plan_.health), check_->reason())});
}

// --- Requests to end.

// Its runner is at work for it. One that winds up already has been told, or has ended by itself.
bool CheckedTask::is_active() const {
  const Result<core::RunHistory> history = read_history(setting_.work.paths_of(plan_.task_id).checkpoint);
  return history.ok() && history->state() == core::RunState::Active;
}

void CheckedTask::shut_down(Duration now) {
  if (step_) return;
  running_.reset();
  check_.reset();
  due_.reset();
  setting_.records.end(plan_.task_id);
  step_ = plan_.shutdown && is_active() ? 0 : kSteps;
  if (*step_ < kSteps) setting_.deliver(core::ShutdownBegun{plan_.task_id});
  begin_step(now);
}

void CheckedTask::begin_step(Duration now) {
  if (*step_ >= kSteps) return setting_.deliver(core::ShutdownDone{plan_.task_id});
  const core::ShutdownPlan& shutdown = *plan_.shutdown;
  running_ = start_request(shutdown.port, *step_ == 0 ? shutdown.graceful_endpoint : shutdown.endpoint);
  due_ = now + kRequestTimeout;
  go_on(now);
}

// Who did not hear it is not waited for.
void CheckedTask::end_step(bool is_heard, Duration now) {
  const Duration wait = *step_ == 0 ? plan_.shutdown->graceful_wait : plan_.shutdown->wait;
  if (is_heard) {
    due_ = now + wait;
    return;
  }
  ++*step_;
  due_.reset();
  begin_step(now);
}

}  // namespace aurora::executor
