// Where a task may run: host attributes wanted, refused or limited (Aurora 0.22, spec/scheduler.md §1.6).
#pragma once

#include <cstdint>
#include <set>
#include <string>
#include <variant>
#include <vector>

#include "aurora/base/fields.h"

namespace aurora::core {

struct ValueConstraint {
  bool negated = false;
  std::set<std::string> values;
  friend bool operator==(const ValueConstraint&, const ValueConstraint&) = default;
};
void fields(Is<ValueConstraint> auto& c, auto&& visit) {
  visit("negated", c.negated);
  visit("values", c.values);
}

struct LimitConstraint {
  int32_t limit = 0;  // tasks of the job per attribute value
  friend bool operator==(const LimitConstraint&, const LimitConstraint&) = default;
};
void fields(Is<LimitConstraint> auto& c, auto&& visit) { visit("limit", c.limit); }

using TaskConstraint = std::variant<ValueConstraint, LimitConstraint>;

// The attribute of hosts that take only tasks which ask for it.
inline const std::string kDedicated = "dedicated";

struct Constraint {
  std::string name;  // of the host attribute
  TaskConstraint constraint;
  friend bool operator==(const Constraint&, const Constraint&) = default;
};
void fields(Is<Constraint> auto& c, auto&& visit) {
  visit("name", c.name);
  visit("constraint", c.constraint);
}

const Constraint* find_dedicated(const std::vector<Constraint>& constraints);  // nullptr: none

}  // namespace aurora::core

template <>
struct aurora::UnionNames<aurora::core::TaskConstraint> {
  static constexpr std::array<std::string_view, 2> values{"value", "limit"};
};
