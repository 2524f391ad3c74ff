#include "aurora/core/job/constraint.h"

#include <algorithm>

namespace aurora::core {

const Constraint* find_dedicated(const std::vector<Constraint>& constraints) {
  const auto found = std::ranges::find(constraints, kDedicated, &Constraint::name);
  return found == constraints.end() ? nullptr : &*found;
}

}  // namespace aurora::core
