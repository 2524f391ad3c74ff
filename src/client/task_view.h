// A task as the scheduler's API shows it: what people are told about.
#pragma once

#include <map>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "aurora/base/time.h"
#include "client/scheduler_client.h"

namespace aurora::client {

// Why no host takes a task: "Insufficient: CPU on 40 of 40 hosts".
struct PendingText {
  std::string kind;  // without the amounts and counts that change all the time
  std::string text;
};
PendingText to_pending_text(const codec::JsonValue& pending_reason);

struct TaskView {
  struct Event {
    Instant at;
    std::string status;
    std::optional<std::string> message;
  };
  std::string id;
  core::JobKey job;
  int32_t instance = 0;
  std::string status;
  std::string tone;  // what the status means to the eye: ok, attention, failed, progress, neutral
  bool is_active = false;
  bool is_running = false;
  std::string host;  // empty before it is assigned
  std::string reason;  // of its state, in the original's words
  std::string wait;    // of one that waits: for what, in one sentence
  PendingText pending;     // of one for which no host was found
  std::string end;     // of one that ended: why, in one sentence
  std::string stderr_url;  // of the process that decided the end
  std::map<std::string, int64_t> ports;
  int64_t failure_count = 0;
  int64_t max_failures = 0;
  double cpus = 0;
  int64_t ram_mb = 0;
  int64_t disk_mb = 0;
  int64_t gpus = 0;
  std::vector<std::string> port_names;
  std::vector<std::pair<std::string, std::string>> metadata;
  std::vector<Event> events;  // oldest first

  Instant first_seen() const { return events.empty() ? Instant{} : events.front().at; }
};

// For what a task waits, which no event says; empty if it does not.
std::string waiting_for(const TaskView& task);

TaskView to_task_view(const codec::JsonValue& task, const codec::JsonValue* config);

// The configuration of a task of a page of /v1/tasks: there by its hash, or with the task. May be nullptr.
const codec::JsonValue* config_of(const codec::JsonValue& task, const codec::JsonValue& page);
// Calls `take` with every task of a job, and its configuration.
Status walk_tasks(SchedulerClient& scheduler, Query query,
                  const std::function<void(const codec::JsonValue& task, const codec::JsonValue* config)>& take);

enum class TaskFilter { All, ActiveOnly };
// Sorted by instance, the newest run of each first. An empty set of instances: all.
Result<std::vector<TaskView>> list_tasks(SchedulerClient& scheduler, const core::JobKey& job,
                                         const std::set<int32_t>& instances, TaskFilter filter);
struct ActiveTasks {
  int64_t total = 0;            // of very many instances named: of those below
  std::vector<TaskView> first;  // 100 at most
};
Result<ActiveTasks> look_at_active(SchedulerClient& scheduler, const core::JobKey& job, const std::set<int32_t>& instances);
// How many active tasks there are; cheap even when there are thousands.
Result<int64_t> count_active(SchedulerClient& scheduler, const core::JobKey& job, const std::set<int32_t>& instances);
Result<std::set<int32_t>> active_instances(SchedulerClient& scheduler, const core::JobKey& job);

}  // namespace aurora::client
