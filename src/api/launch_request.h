// POST /v1/launch, as the scheduler writes it and an executor reads it: tasks in groups of one configuration
// each, which is in the request once.
//
// Schedulers before that sent `tasks`, each with its configuration; both are read. Executors before that
// answer nothing of `accepted`, by which the sender knows that they have overlooked the groups, and sends
// them the older form.
#pragma once

#include <string>
#include <vector>

#include "aurora/codec/json_fields.h"
#include "aurora/core/task/task.h"

namespace aurora::api {

enum class LaunchForm { Groups, Tasks };

std::string encode_launches(const std::vector<core::Task>& tasks, const std::string& cluster_id,
                            LaunchForm form);

struct GroupedTask {
  core::Task task;  // all but its configuration
};
void fields(Is<GroupedTask> auto& g, auto&& visit) {
  fields(g.task, [&]<typename F>(std::string_view name, F& field) {
    if constexpr (!std::same_as<std::remove_const_t<F>, core::TaskConfigRef>) visit(name, field);
  });
}

struct LaunchGroup {
  core::TaskConfigRef configuration;
  std::vector<GroupedTask> tasks;
};
void fields(Is<LaunchGroup> auto& g, auto&& visit) {
  visit("configuration", g.configuration);
  visit("tasks", g.tasks);
}

struct LaunchRequest {
  std::string cluster_id;
  std::vector<LaunchGroup> groups;
  std::vector<core::Task> tasks;
};
void fields(Is<LaunchRequest> auto& r, auto&& visit) {
  visit("clusterId", r.cluster_id);
  visit("groups", r.groups);
  visit("tasks", r.tasks);
}

// Every task of the request, those of a group with one and the same configuration.
std::vector<core::Task> take_tasks(LaunchRequest request);

}  // namespace aurora::api
