#include "core/rollout/sla_kills.h"

#include <algorithm>
#include <utility>

#include "core/lifecycle/reschedule_delay.h"
#include "core/rollout/evaluation.h"
#include "core/rollout/update_lifecycle.h"

namespace aurora::core {
namespace {

const std::string kChecking = "Checking SLA before continuing.";
const std::string kPassed = "SLA check passed, continuing.";

// Of the configuration that is wanted, also for instances that the update removes; back, of what the instance had.
const SlaPolicy* find_policy(const JobUpdate& update, int32_t instance) {
  const auto& desired = update.instructions.desired_state;
  const TaskConfigRef* config =
      is_forward(status_of(update)) ? (desired ? &desired->task : nullptr) : find_desired(update, instance);
  return config != nullptr && (*config)->sla_policy ? &*(*config)->sla_policy : nullptr;
}

}  // namespace

SlaKills::SlaKills(const Cluster& cluster, const JobUpdate& update, std::map<int32_t, SlaWait>& waits, SlaGate& gate,
                   const Context& context)
    : cluster_(cluster),
      update_(update),
      before_(std::exchange(waits, {})),
      waits_(waits),
      gate_(gate),
      context_(context) {}

bool SlaKills::may_end(const Task& task) {
  if (!update_.instructions.settings.sla_aware || !is_assigned(task.status)) return true;
  const SlaPolicy* policy = find_policy(update_, task.instance_id);
  if (policy == nullptr) return true;
  tell(task.instance_id, kChecking);
  ++attempts_;
  const auto waited = before_.find(task.instance_id);
  const SlaTerms terms{waited != before_.end() ? waited->second.delay : context_.settings.sla.sla_aware_kill_retry_min_delay};
  const SlaVerdict verdict = gate_.pass(task, *policy, terms);
  if (!verdict.is_allowed()) {
    wait(task.instance_id, verdict);
    return false;
  }
  tell(task.instance_id, kPassed);
  return true;
}

void SlaKills::wait(int32_t instance, const SlaVerdict& verdict) {
  const SlaTiming& timing = context_.settings.sla;
  const auto waited = before_.find(instance);
  SlaWait wait = waited == before_.end() ? SlaWait{} : waited->second;
  if (wait.retry_at <= context_.now) {
    wait.delay = backoff(wait.delay, timing.sla_aware_kill_retry_min_delay, timing.sla_aware_kill_retry_max_delay,
                         context_.rng);
    wait.retry_at = context_.now + wait.delay;
  }
  wait.look_at = std::min(wait.retry_at, std::max(verdict.again_at.value_or(wait.retry_at), context_.now + milliseconds(1)));
  waits_[instance] = wait;
}

void SlaKills::tell(int32_t instance, const std::string& message) {
  if (message == kChecking && before_.contains(instance)) return;
  const bool is_told = std::ranges::any_of(cluster_.list_instance_events(update_.key, instance),
                                           [&](const InstanceUpdateEvent* event) { return event->message == message; });
  if (!is_told) news_[instance].push_back(message);
}

std::vector<std::string> SlaKills::list_news(int32_t instance) const {
  const auto found = news_.find(instance);
  return found == news_.end() ? std::vector<std::string>() : found->second;
}

}  // namespace aurora::core
