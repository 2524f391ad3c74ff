#include "api/task_views.h"

#include <utility>

#include "api/tone.h"
#include "aurora/codec/json_fields.h"
#include "aurora/core/summary/task_figures.h"
#include "aurora/net/http.h"

namespace aurora::api {

std::string stderr_url(const core::Cluster& cluster, const core::Task& task) {
  const core::Host* host = cluster.find_host(task.host);
  if (!host || !is_terminal(task.status) || !task.end_reason || task.end_reason->process.empty()) return "";
  return host->executor_url + "/logs/" + net::url_encode(task.id.value()) + "/" +
         net::url_encode(task.end_reason->process) + "/" + std::to_string(task.end_reason->run) + "/stderr";
}

TaskView view_of(const core::Cluster& cluster, const core::Task& task, const scheduler::Engine& engine) {
  TaskView view{task, status_reason(cluster, task)};
  if (task.status == core::TaskStatus::Pending && cluster.find_occupant(task.instance()) == nullptr) {
    if (const auto* pending = cluster.find_pending_reason(task.config.hash())) view.pending = *pending;
    if (!view.pending) view.not_before = engine.listens_until();
  }
  if (task.status == core::TaskStatus::Throttled)
    view.failures_in_row = failures_in_row(cluster, task, engine.settings().timing);
  if (const core::Host* host = cluster.find_host(task.host)) view.executor_url = host->executor_url;
  view.stderr_url = stderr_url(cluster, task);
  return view;
}

namespace {

using codec::json::ObjectWriter;

void write_event(std::string& out, const core::TaskEvent& event) {
  ObjectWriter json(out);
  json.add_fields(event);
  json.add_text("tone", tone_of(event.status));
  json.end();
}

// The record as it is, but each event with its tone, and the configuration's hash beside or instead of it.
void add_record(ObjectWriter& json, const core::Task& task, const std::string* config) {
  fields(task, [&]<typename F>(std::string_view name, const F& field) {
    if constexpr (std::same_as<F, std::vector<core::TaskEvent>>) {
      codec::json::append_list(json.begin(name), field, write_event);
    } else if constexpr (std::same_as<F, core::TaskConfigRef>) {
      json.add("configHash", field.hash());
      if (config != nullptr) json.begin(name) += *config;
    } else if constexpr (codec::json::IsOptional<F>::value) {
      if (field) json.add(name, *field);
    } else {
      json.add(name, field);
    }
  });
}

}  // namespace

std::string wait_sentence(const TaskView& view, Instant now) {
  if (view.task.status == core::TaskStatus::Pending) {
    if (view.pending) return to_sentence(*view.pending);
    return view.not_before > now ? core::listening_sentence(view.not_before, now) : view.reason;
  }
  if (view.task.status != core::TaskStatus::Throttled || !view.task.starts_again_at) return "";
  return core::throttle_sentence(*view.task.starts_again_at, view.failures_in_row, now);
}

void write(std::string& out, const core::PendingReason& reason) {
  ObjectWriter json(out);
  json.add("sentence", to_sentence(reason));
  json.add("reason", reason.reason);
  json.add("since", reason.since);
  json.add("hosts", reason.hosts);
  json.add("vetoes", reason.vetoes);
  json.end();
}

void write(std::string& out, const TaskView& view, Instant now, const std::string* config) {
  const core::Task& task = view.task;
  ObjectWriter json(out);
  add_record(json, task, config);
  if (!view.reason.empty()) json.add("statusReason", view.reason);
  if (const std::string wait = wait_sentence(view, now); !wait.empty()) json.add("waitReason", wait);
  if (view.pending) write(json.begin("pendingReason"), *view.pending);
  if (view.failures_in_row > 0) json.add("failuresInRow", view.failures_in_row);
  if (is_terminal(task.status) && task.end_reason) json.add("endSentence", to_sentence(*task.end_reason));
  if (!view.stderr_url.empty()) json.add("stderrUrl", view.stderr_url);
  json.add_text("statusTone", tone_of(task.status));
  json.add("isActive", is_active(task.status));
  if (!view.executor_url.empty()) json.add("taskUrl", view.executor_url + "/task/" + task.id.value());
  const core::RunningTime ran = running_time(task);
  if (ran.from) json.add("runningFrom", *ran.from);
  if (ran.until) json.add("runningUntil", *ran.until);
  json.add("durationMs", running_duration(task, now));
  json.end();
}

}  // namespace aurora::api
