// Which coordinators are being asked about which tasks, and what they said last (spec/scheduler.md §12.1).
#pragma once

#include <map>
#include <string>
#include <unordered_map>

#include "aurora/core/cluster/change.h"

namespace aurora::core {

class Coordinators {
 public:
  void apply(const CoordinatorAsked& change);
  void apply(const CoordinatorSaid& change);
  void forget(const TaskId& task) {
    if (!said_.empty()) said_.erase(task);
  }
  const CoordinatorAsked* find(const std::string& url) const;
  const CoordinatorSaid* find_answer(const TaskId& task) const;
  size_t busy_count(Instant now) const;

 private:
  std::map<std::string, CoordinatorAsked> asked_;  // by URL
  std::unordered_map<TaskId, CoordinatorSaid> said_;  // of tasks that have not moved since
};

}  // namespace aurora::core
