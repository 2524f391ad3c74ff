// How much a role may use in production on hosts that it shares (Aurora 0.22, spec/scheduler.md §7). Only CPU, RAM
// and disk count. A role without a record has none.
#pragma once

#include <string>

#include "aurora/core/job/resources.h"

namespace aurora::core {

struct Quota {
  std::string role;
  ResourceTotals amount;
  friend bool operator==(const Quota&, const Quota&) = default;
};
void fields(Is<Quota> auto& q, auto&& visit) {
  visit("role", q.role);
  visit("amount", q.amount);
}

}  // namespace aurora::core
