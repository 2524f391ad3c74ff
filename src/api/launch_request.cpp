#include "api/launch_request.h"

#include <unordered_map>

#include "aurora/codec/json.h"

namespace aurora::api {
namespace {

struct TaskView {
  const core::Task& task;  // all but its configuration
};
void fields(Is<TaskView> auto& v, auto&& visit) {
  fields(v.task, [&]<typename F>(std::string_view name, const F& field) {
    if constexpr (!std::same_as<F, core::TaskConfigRef>) visit(name, field);
  });
}

struct Group {
  const core::TaskConfigRef* configuration;
  codec::JsonArray tasks;
};

std::string encode_groups(const std::vector<core::Task>& tasks) {
  std::vector<Group> groups;  // in the order of their first tasks
  std::unordered_map<core::ConfigHash, size_t> places;
  for (const core::Task& task : tasks) {
    const auto [place, is_new] = places.try_emplace(task.config.hash(), groups.size());
    if (is_new) groups.push_back({&task.config, {}});
    groups[place->second].tasks.add_raw(codec::encode_json(TaskView{task}));
  }
  codec::JsonArray list;
  for (const Group& group : groups) {
    list.add_raw(codec::JsonObject()
                     .add_raw("configuration", codec::encode_json(**group.configuration))
                     .add_raw("tasks", group.tasks.text())
                     .text());
  }
  return list.text();
}

std::string encode_each(const std::vector<core::Task>& tasks) {
  codec::JsonArray list;
  for (const core::Task& task : tasks) list.add_raw(codec::encode_json(task));
  return list.text();
}

}  // namespace

std::string encode_launches(const std::vector<core::Task>& tasks, const std::string& cluster_id,
                            LaunchForm form) {
  codec::JsonObject request;
  request.add("clusterId", cluster_id);
  if (form == LaunchForm::Groups) {
    request.add_raw("groups", encode_groups(tasks));
  } else {
    request.add_raw("tasks", encode_each(tasks));
  }
  return request.text();
}

std::vector<core::Task> take_tasks(LaunchRequest request) {
  std::vector<core::Task> tasks = std::move(request.tasks);
  for (LaunchGroup& group : request.groups) {
    for (GroupedTask& grouped : group.tasks) {
      grouped.task.config = group.configuration;
      tasks.push_back(std::move(grouped.task));
    }
  }
  return tasks;
}

}  // namespace aurora::api
