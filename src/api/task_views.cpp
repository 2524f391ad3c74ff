#include "api/task_views.h"

#include "api/tone.h"
#include "aurora/codec/json.h"
#include "aurora/core/task/task_figures.h"

namespace aurora::api {

TaskView view_of(const core::Cluster& cluster, const core::Task& task) {
  TaskView view{task, status_reason(cluster, task), {}};
  if (const core::Host* host = cluster.find_host(task.host)) view.executor_url = host->executor_url;
  return view;
}

std::string encode(const TaskView& view, Instant now) {
  const core::Task& task = view.task;
  codec::JsonObject json;
  json.add_members(codec::encode_json(task));
  if (!view.reason.empty()) json.add("statusReason", view.reason);
  json.add("statusTone", tone_of(task.status)).add("isActive", is_active(task.status));
  if (!view.executor_url.empty()) json.add("taskUrl", view.executor_url + "/task/" + task.id.value());
  json.add("durationMs", running_duration(task, now));
  return json.text();
}

}  // namespace aurora::api
