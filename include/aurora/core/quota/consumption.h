// What a role uses, by class (spec/scheduler.md §7.1). Only CPU, RAM and disk count; an update that is under
// way counts with the larger of what it replaces and what it brings. Pure.
#pragma once

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

}  // namespace aurora::core
