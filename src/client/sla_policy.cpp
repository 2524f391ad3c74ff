#include "client/sla_policy.h"

#include <algorithm>

namespace aurora::client {

bool has_counting_policy(SchedulerClient scheduler, const core::JobKey& job) {
  scheduler.ask_briefly();
  const auto found = scheduler.get("getConfigSummary", job_route(job), {{"fields", "configGroups.config.slaPolicy"}});
  const codec::JsonValue* groups = found.ok() ? found->find("configGroups") : nullptr;
  if (groups == nullptr) return false;
  return std::ranges::any_of(groups->items(), [](const codec::JsonValue& group) {
    const codec::JsonValue* config = group.find("config");
    const codec::JsonValue* policy = config == nullptr ? nullptr : config->find("slaPolicy");
    return policy != nullptr &&
           (policy->find("countSlaPolicy") != nullptr || policy->find("percentageSlaPolicy") != nullptr);
  });
}

}  // namespace aurora::client
