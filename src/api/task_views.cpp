#include "api/task_views.h"

#include "api/tone.h"
#include "aurora/codec/json_fields.h"
#include "aurora/core/task/task_figures.h"

namespace aurora::api {

TaskView view_of(const core::Cluster& cluster, const core::Task& task) {
  TaskView view{task, status_reason(cluster, task), {}};
  if (const core::Host* host = cluster.find_host(task.host)) view.executor_url = host->executor_url;
  return view;
}

namespace {

std::string encode_events(const std::vector<core::TaskEvent>& events) {
  codec::JsonArray array;
  for (const core::TaskEvent& event : events) {
    array.add_raw(
        codec::JsonObject().add_members(codec::encode_json(event)).add("tone", tone_of(event.status)).text());
  }
  return array.text();
}

// The record as it is, but each event with its tone.
void add_record(codec::JsonObject& json, const core::Task& task) {
  fields(task, [&]<typename F>(std::string_view name, const F& field) {
    if constexpr (std::same_as<F, std::vector<core::TaskEvent>>) {
      json.add_raw(name, encode_events(field));
    } else if constexpr (codec::json::IsOptional<F>::value) {
      if (field) json.add_raw(name, codec::encode_json(*field));
    } else {
      json.add_raw(name, codec::encode_json(field));
    }
  });
}

}  // namespace

std::string encode(const TaskView& view, Instant now) {
  const core::Task& task = view.task;
  codec::JsonObject json;
  add_record(json, task);
  if (!view.reason.empty()) json.add("statusReason", view.reason);
  json.add("statusTone", tone_of(task.status)).add("isActive", is_active(task.status));
  if (!view.executor_url.empty()) json.add("taskUrl", view.executor_url + "/task/" + task.id.value());
  json.add("durationMs", running_duration(task, now));
  return json.text();
}

}  // namespace aurora::api
