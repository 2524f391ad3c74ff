#include "client/task_view.h"

#include <algorithm>

#include "aurora/base/printable.h"

namespace aurora::client {
namespace {

constexpr char kMethod[] = "getTasksWithoutConfigs";

core::JobKey to_job_key(const codec::JsonValue& key) {
  return {key.string_or("role", ""), key.string_or("environment", ""), key.string_or("name", "")};
}

void read_config(const codec::JsonValue& config, TaskView& view) {
  if (const auto* key = config.find("job")) view.job = to_job_key(*key);
  view.max_failures = config.int_or("maxTaskFailures", 0);
  if (const auto* resources = config.find("resources")) {
    view.cpus = resources->double_or("cpus", 0);
    view.ram_mb = resources->int_or("ramMb", 0);
    view.disk_mb = resources->int_or("diskMb", 0);
    view.gpus = resources->int_or("gpus", 0);
    if (const auto* ports = resources->find("ports")) {
      for (const auto& port : ports->items()) view.port_names.push_back(port.as_string().ok() ? *port.as_string() : "");
    }
  }
  if (const auto* metadata = config.find("metadata")) {
    for (const auto& entry : metadata->items()) {
      view.metadata.emplace_back(printable_line(entry.string_or("key", "")), printable_line(entry.string_or("value", "")));
    }
  }
}

TaskView::Event to_event(const codec::JsonValue& event) {
  TaskView::Event result;
  result.at = Instant{event.int_or("timestamp", 0)};
  result.status = event.string_or("status", "");
  if (const auto* message = event.find("message"); message != nullptr && message->is_string()) {
    result.message = printable_line(*message->as_string());
  }
  return result;
}

// An address has a bound: of more, all tasks are asked for and chosen from.
constexpr size_t kInstancesNamed = 200;

Query task_query(const core::JobKey& job, const std::set<int32_t>& instances, TaskFilter filter) {
  Query query = job_query(job);
  if (instances.size() <= kInstancesNamed) {
    for (const int32_t instance : instances) query.emplace("instance", std::to_string(instance));
  }
  if (filter == TaskFilter::ActiveOnly) query.emplace("active", "true");
  return query;
}

bool is_asked(const codec::JsonValue& task, const std::set<int32_t>& instances) {
  return instances.empty() || instances.contains(static_cast<int32_t>(task.int_or("instanceId", 0)));
}

}  // namespace

PendingText to_pending_text(const codec::JsonValue& pending_reason) {
  constexpr size_t kVetoesShown = 3;
  PendingText pending;
  std::set<std::string> kinds;
  const std::string hosts = std::to_string(pending_reason.int_or("hosts", 0)) + " hosts";
  if (const auto* vetoes = pending_reason.find("vetoes")) {
    for (const auto& veto : vetoes->items()) {
      const std::string reason = printable_line(veto.string_or("reason", ""));
      if (!kinds.insert(reason).second || kinds.size() > kVetoesShown) continue;
      pending.text += (pending.text.empty() ? "" : ", ") + reason + " on " + std::to_string(veto.int_or("hosts", 0)) + " of " + hosts;
    }
  }
  for (const std::string& kind : kinds) pending.kind += kind + "\n";
  if (kinds.empty()) pending.text = printable_line(pending_reason.string_or("sentence", pending_reason.string_or("reason", "")));
  if (kinds.empty()) pending.kind = printable_line(pending_reason.string_or("reason", ""));
  return pending;
}

std::string waiting_for(const TaskView& task) {
  if (!task.wait.empty()) return task.wait;
  return task.status == "PENDING" ? task.reason : "";
}

TaskView to_task_view(const codec::JsonValue& task, const codec::JsonValue* config) {
  TaskView view;
  view.id = task.string_or("taskId", "");
  view.instance = static_cast<int32_t>(task.int_or("instanceId", 0));
  view.status = task.string_or("status", "");
  view.tone = task.string_or("statusTone", "");
  view.is_active = task.bool_or("isActive", false);
  view.is_running = view.status == "RUNNING";
  view.host = task.string_or("host", "");
  view.reason = task.string_or("statusReason", "");
  view.wait = task.string_or("waitReason", "");
  if (const auto* pending = task.find("pendingReason")) view.pending = to_pending_text(*pending);
  view.end = task.string_or("endSentence", "");
  view.stderr_url = task.string_or("stderrUrl", "");
  view.failure_count = task.int_or("failureCount", 0);
  if (config != nullptr) read_config(*config, view);
  if (const auto* ports = task.find("assignedPorts")) {
    for (const auto& port : ports->members()) view.ports[port.name] = port.value.as_int().ok() ? *port.value.as_int() : 0;
  }
  if (const auto* events = task.find("taskEvents")) {
    for (const auto& event : events->items()) view.events.push_back(to_event(event));
  }
  return view;
}

const codec::JsonValue* config_of(const codec::JsonValue& task, const codec::JsonValue& page) {
  if (const codec::JsonValue* own = task.find("task")) return own;
  const codec::JsonValue* configs = page.find("configs");
  return configs == nullptr ? nullptr : configs->find(task.string_or("configHash", ""));
}

Status walk_tasks(SchedulerClient& scheduler, Query query,
                  const std::function<void(const codec::JsonValue& task, const codec::JsonValue* config)>& take) {
  query.emplace("configs", "byHash");
  return scheduler.walk(kMethod, "/v1/tasks", std::move(query), "tasks",
                        [&](const codec::JsonValue& task, const codec::JsonValue& page) {
                          take(task, config_of(task, page));
                        });
}

Result<std::vector<TaskView>> list_tasks(SchedulerClient& scheduler, const core::JobKey& job,
                                         const std::set<int32_t>& instances, TaskFilter filter) {
  std::vector<TaskView> views;
  TRY(walk_tasks(scheduler, task_query(job, instances, filter),
                 [&](const codec::JsonValue& task, const codec::JsonValue* config) {
                   if (!is_asked(task, instances)) return;
                   views.push_back(to_task_view(task, config));
                 }));
  std::stable_sort(views.begin(), views.end(), [](const TaskView& a, const TaskView& b) {
    return a.instance != b.instance ? a.instance < b.instance : b.first_seen() < a.first_seen();
  });
  return views;
}

Result<ActiveTasks> look_at_active(SchedulerClient& scheduler, const core::JobKey& job, const std::set<int32_t>& instances) {
  constexpr size_t kKept = 100;
  const bool is_named = instances.size() <= kInstancesNamed;
  Query query = task_query(job, instances, TaskFilter::ActiveOnly);
  query.emplace("limit", std::to_string(is_named ? kKept : 1'000));
  query.emplace("configs", "byHash");
  const codec::JsonValue page = TRY(scheduler.get(kMethod, "/v1/tasks", query));
  ActiveTasks active;
  if (const auto* tasks = page.find("tasks")) {
    for (const auto& task : tasks->items()) {
      if (is_asked(task, instances) && active.first.size() < kKept) active.first.push_back(to_task_view(task, nullptr));
    }
  }
  active.total = is_named ? page.int_or("total", 0) : static_cast<int64_t>(active.first.size());
  return active;
}

Result<int64_t> count_active(SchedulerClient& scheduler, const core::JobKey& job, const std::set<int32_t>& instances) {
  if (instances.size() > kInstancesNamed) {
    int64_t count = 0;
    Query all = task_query(job, instances, TaskFilter::ActiveOnly);
    all.emplace("fields", "instanceId");
    TRY(scheduler.walk(kMethod, "/v1/tasks", std::move(all), "tasks",
                       [&](const codec::JsonValue& task, const codec::JsonValue&) { count += is_asked(task, instances) ? 1 : 0; }));
    return count;
  }
  Query query = task_query(job, instances, TaskFilter::ActiveOnly);
  query.emplace("limit", "1");
  return TRY(scheduler.get(kMethod, "/v1/tasks", query)).get_int("total");
}

Result<std::set<int32_t>> active_instances(SchedulerClient& scheduler, const core::JobKey& job) {
  std::set<int32_t> ids;
  Query query = task_query(job, {}, TaskFilter::ActiveOnly);
  query.emplace("fields", "instanceId");
  TRY(scheduler.walk(kMethod, "/v1/tasks", std::move(query), "tasks", [&](const codec::JsonValue& task, const codec::JsonValue&) {
    ids.insert(static_cast<int32_t>(task.int_or("instanceId", -1)));
  }));
  return ids;
}

}  // namespace aurora::client
