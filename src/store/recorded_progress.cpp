#include "store/recorded_progress.h"

#include <map>

namespace aurora::store {
namespace {

std::optional<std::vector<int32_t>> copy_of(const core::UpdateProgress::Instances& instances) {
  return instances == nullptr ? std::nullopt : std::optional(*instances);
}

core::UpdateProgress::Instances share(const std::optional<std::vector<int32_t>>& instances) {
  return instances ? std::make_shared<const std::vector<int32_t>>(*instances) : nullptr;
}

}  // namespace

RecordedProgress to_recorded(const core::UpdateProgressed& change) {
  const core::UpdateProgress& progress = *change.progress;
  std::map<int32_t, RecordedInstance> instances;
  for (const int32_t id : progress.working) instances[id].is_working = true;
  for (const int32_t id : progress.failed) instances[id].has_failed = true;
  for (const auto& [id, count] : progress.failures) instances[id].failures = count;
  for (const auto& [id, task] : progress.failed_task) instances[id].failed_task = task;
  for (const auto& [id, wait] : progress.sla_waits) instances[id].sla_wait = wait;
  RecordedProgress recorded{.key = change.key,
                            .order = copy_of(progress.order),
                            .started = static_cast<int64_t>(progress.started),
                            .instances = {},
                            .touched = copy_of(progress.touched),
                            .sla_attempts = progress.sla_attempts,
                            .last_pulse = progress.last_pulse,
                            .next_look = progress.next_look};
  for (auto& [id, instance] : instances) {
    instance.instance_id = id;
    recorded.instances.push_back(std::move(instance));
  }
  return recorded;
}

core::UpdateProgressed to_change(const RecordedProgress& recorded) {
  core::UpdateProgress progress;
  progress.order = share(recorded.order);
  progress.started = static_cast<size_t>(recorded.started);
  for (const RecordedInstance& instance : recorded.instances) {
    const int32_t id = instance.instance_id;
    if (instance.is_working) progress.working.insert(id);
    if (instance.has_failed) progress.failed.insert(id);
    if (instance.failures) progress.failures[id] = *instance.failures;
    if (instance.failed_task) progress.failed_task[id] = *instance.failed_task;
    if (instance.sla_wait) progress.sla_waits[id] = *instance.sla_wait;
  }
  progress.touched = share(recorded.touched);
  progress.sla_attempts = recorded.sla_attempts;
  progress.last_pulse = recorded.last_pulse;
  progress.next_look = recorded.next_look;
  return {recorded.key, std::move(progress)};
}

}  // namespace aurora::store
