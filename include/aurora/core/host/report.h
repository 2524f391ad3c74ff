// What executors tell the scheduler, and what it answers.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "aurora/core/host/host.h"
#include "aurora/core/host/task_digest.h"
#include "aurora/core/task/end_reason.h"
#include "aurora/core/task/task_summary.h"

namespace aurora::core {

struct TaskReport {
  TaskId task_id;
  TaskStatus status = TaskStatus::Starting;
  std::optional<std::string> message;
  Instant at;
  std::optional<EndReason> reason = {};  // of a terminal status
  std::optional<HostTaskSummary> summary = {};  // of an active task, in a registration
};
void fields(Is<TaskReport> auto& r, auto&& visit) {
  visit("taskId", r.task_id);
  visit("status", r.status);
  visit("message", r.message);
  visit("timestamp", r.at);
  visit("reason", r.reason);
  visit("summary", r.summary);
}
// One message for registration, heartbeat and status updates. `sequence` grows with each message of a
// session, so a late one is told apart. A complete report lists every task the host has, including terminal
// ones whose report has not been acknowledged; it serves as reconciliation (spec/scheduler.md §2.9, §24). So
// does a beat, which says the same by its digest, to a scheduler whose last answer was that it agrees.
struct ReportTasks {
  struct Answer {
    bool accepted = false;  // false: stale, or the registration is wanted; send again with a new sequence
    bool needs_registration =
        false;  // this scheduler does not know the session: send a complete report with `host`
    std::string cluster_id = {};  // of the scheduler that accepted
    // The report had a digest, and after it the tables expect what the host has: a digest is enough next
    // time. False: the list is wanted, at once if this was none. Schedulers that know no digests never say
    // it.
    bool agrees = false;
  };
  HostId host_id;
  std::string session;
  int64_t sequence = 0;
  std::optional<Host> host;  // the registration
  bool complete = false;
  std::vector<TaskReport> tasks;
  bool leaving = false;  // the executor is being stopped: the host offers nothing until it reports again
  std::string cluster_id = {};  // of the cluster that has accepted this host before; empty: none has
  // Of all tasks that the host has and that are not over, once the scheduler knows `tasks`: in beats and
  // complete reports.
  std::optional<TaskDigest> digest = {};
};
void fields(Is<ReportTasks> auto& r, auto&& visit) {
  visit("hostId", r.host_id);
  visit("session", r.session);
  visit("sequence", r.sequence);
  visit("host", r.host);
  visit("complete", r.complete);
  visit("tasks", r.tasks);
  visit("leaving", r.leaving);
  visit("clusterId", r.cluster_id);
  visit("digest", r.digest);
}
void fields(Is<ReportTasks::Answer> auto& a, auto&& visit) {
  visit("accepted", a.accepted);
  visit("needsRegistration", a.needs_registration);
  visit("clusterId", a.cluster_id);
  visit("agrees", a.agrees);
}

}  // namespace aurora::core
