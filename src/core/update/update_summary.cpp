#include "aurora/core/update/update_summary.h"

namespace aurora::core {
namespace {

std::set<int32_t> initial_instances(const UpdateInstructions& instructions) {
  std::set<int32_t> ids;
  for (const InstanceTaskConfig& group : instructions.initial_state) ids.merge(to_set(group.instances));
  return ids;
}

std::set<int32_t> desired_instances(const UpdateInstructions& instructions) {
  return instructions.desired_state ? to_set(instructions.desired_state->instances) : std::set<int32_t>();
}

std::set<int32_t> all_instances(const UpdateInstructions& instructions) {
  std::set<int32_t> all = initial_instances(instructions);
  all.merge(desired_instances(instructions));
  return all;
}

}  // namespace

UpdateSummary summary_of(const JobUpdate& update) {
  UpdateSummary summary;
  summary.key = update.key;
  summary.user = update.user;
  summary.status = status_of(update);
  summary.is_active = is_active(summary.status);
  summary.created = created_at(update);
  summary.last_modified = last_modified(update);
  summary.metadata = update.metadata;
  summary.instances_total = static_cast<int32_t>(all_instances(update.instructions).size());
  std::set<int32_t> updated;
  for (const InstanceUpdateEvent& event : update.instance_events) {
    if (event.action == InstanceAction::Updated) updated.insert(event.instance_id);
  }
  summary.instances_updated = static_cast<int32_t>(updated.size());
  return summary;
}

std::vector<UpdatedInstance> list_instances(const JobUpdate& update) {
  std::map<int32_t, InstanceAction> latest;
  for (const InstanceUpdateEvent& event : update.instance_events) latest[event.instance_id] = event.action;
  const std::set<int32_t> desired = desired_instances(update.instructions);
  std::vector<UpdatedInstance> instances;
  for (const int32_t id : all_instances(update.instructions)) {
    UpdatedInstance instance{.instance_id = id};
    if (const auto it = latest.find(id); it != latest.end()) instance.action = it->second;
    instance.is_removed = instance.action == InstanceAction::Updated && !desired.contains(id);
    instances.push_back(instance);
  }
  return instances;
}

}  // namespace aurora::core
