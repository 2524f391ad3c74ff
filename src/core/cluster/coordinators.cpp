#include "core/cluster/coordinators.h"

#include <algorithm>

namespace aurora::core {

void Coordinators::apply(const CoordinatorAsked& change) {
  std::erase_if(asked_, [&](const auto& entry) { return entry.second.until <= change.at; });
  asked_[change.url] = change;
}

void Coordinators::apply(const CoordinatorSaid& change) {
  const auto asked = asked_.find(change.url);
  if (asked != asked_.end() && asked->second.task_id == change.task_id) asked_.erase(asked);
  said_[change.task_id] = change;
}

const CoordinatorAsked* Coordinators::find(const std::string& url) const {
  const auto found = asked_.find(url);
  return found == asked_.end() ? nullptr : &found->second;
}

const CoordinatorSaid* Coordinators::find_answer(const TaskId& task) const {
  const auto found = said_.find(task);
  return found == said_.end() ? nullptr : &found->second;
}

size_t Coordinators::busy_count(Instant now) const {
  return static_cast<size_t>(
      std::ranges::count_if(asked_, [now](const auto& entry) { return entry.second.until > now; }));
}

}  // namespace aurora::core
