#include "aurora/core/process/health_check.h"

#include <utility>

namespace aurora::core {

int64_t HealthPolicy::forgiven_checks() const {
  const int64_t between = std::max(interval, kIntervalMin).ms;
  return (std::max(initial_interval, Duration{}).ms + between - 1) / between;
}

int64_t HealthPolicy::attempts_max() const {
  return forgiven_checks() + max_consecutive_failures + min_consecutive_successes;
}

HealthCheck::HealthCheck(const HealthPolicy& policy, HealthState known, Duration first)
    : policy_(policy), state_(known), next_check_(first) {
  if (known == HealthState::Healthy) attempts_ = policy.attempts_max() + 1;
}

bool HealthCheck::begin() {
  if (state_ == HealthState::Starting && attempts_ > policy_.attempts_max())
    give_up("Not enough successful health checks in time.");
  return state_ != HealthState::Unhealthy;
}

bool HealthCheck::finish(const std::optional<std::string>& failure, Duration now) {
  next_check_ = now + std::max(policy_.interval, HealthPolicy::kIntervalMin);
  if (attempts_ <= policy_.attempts_max()) ++attempts_;
  if (failure) return fail(*failure);
  pass();
  return true;
}

void HealthCheck::pass() {
  ++successes_;
  failures_ = 0;
  if (state_ == HealthState::Starting && successes_ >= policy_.min_consecutive_successes)
    state_ = HealthState::Healthy;
}

bool HealthCheck::fail(const std::string& why) {
  successes_ = 0;
  if (attempts_ <= policy_.forgiven_checks()) return false;
  ++failures_;
  const int64_t left = policy_.attempts_max() - attempts_;
  const bool cannot_start =
      state_ == HealthState::Starting && left > 1 && policy_.min_consecutive_successes > left;
  if (cannot_start || failures_ > policy_.max_consecutive_failures) give_up(why);
  return true;
}

void HealthCheck::give_up(std::string why) {
  if (state_ == HealthState::Unhealthy) return;
  state_ = HealthState::Unhealthy;
  reason_ = std::move(why);
}

}  // namespace aurora::core
