// What a role uses and whether it may use more (Aurora 0.22, spec/scheduler.md §7.1, §7.2). Active tasks count;
// an update that is under way counts with the larger of what it replaces and what it brings, a cron job with the larger
// of a run and what runs. Costs the active updates of the role. Pure.
#pragma once

#include "aurora/base/result.h"
#include "aurora/core/cluster/cluster.h"

namespace aurora::core {

struct RoleConsumption {
  ResourceTotals prod_shared;
  ResourceTotals non_prod_shared;
  ResourceTotals prod_dedicated;
  ResourceTotals non_prod_dedicated;
};
void fields(Is<RoleConsumption> auto& c, auto&& visit) {
  visit("prodShared", c.prod_shared);
  visit("nonProdShared", c.non_prod_shared);
  visit("prodDedicated", c.prod_dedicated);
  visit("nonProdDedicated", c.non_prod_dedicated);
}

RoleConsumption consumption_of(const Cluster& cluster, const std::string& role);

// "Insufficient resource quota: CPU quota exceeded by 1.00 core(s); ...", ResourceExhausted, with the figures and the
// next step as details. Unit for a configuration that needs no quota.
Status check_quota(const Cluster& cluster, const TaskConfig& config, int64_t more_instances);
// As if the update were already under way.
Status check_quota(const Cluster& cluster, const JobKey& job, const UpdateInstructions& update);
// Of a cron job that is to be scheduled, in place of the one under its key. Production ones need quota on dedicated
// hosts, too.
Status check_cron_quota(const Cluster& cluster, const JobConfiguration& job);

// Refused: what is negative, and less than what the role's production tasks use.
Status check_new_quota(const Cluster& cluster, const Quota& quota);

}  // namespace aurora::core
