// A task as a change leaves it, whether the change carries it whole or says what moved.
#pragma once

#include "aurora/base/result.h"
#include "aurora/core/cluster/cluster.h"

namespace aurora::test {

// `before`: the cluster without the change. Nothing for changes of other things.
inline std::optional<core::Task> find_record_after(const core::Cluster& before, const core::Change& change) {
  if (const auto* saved = std::get_if<core::TaskSaved>(&change)) return saved->task;
  const auto* moved = std::get_if<core::TaskMoved>(&change);
  if (moved == nullptr) return std::nullopt;
  const core::Task* known = before.find_task(moved->task_id);
  AURORA_CHECK(known != nullptr && known->events.size() == static_cast<size_t>(moved->index));
  core::Task task = *known;
  apply(moved->move, task);
  return task;
}

}  // namespace aurora::test
