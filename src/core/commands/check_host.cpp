// A host that has been silent for too long: its tasks may or may not be running (spec/scheduler.md §2.6,
// §24).
#include "aurora/core/commands/command.h"
#include "aurora/core/lifecycle/task_lifecycle.h"
#include "core/placement/quarantine.h"

namespace aurora::core {
namespace {

// Moves that the table does not know do nothing: an assigned task is left to its own timeout, which finds out
// the same.
void give_up(const Cluster& cluster, const Task& task, const Context& context, Decision& decision) {
  const TaskStatus to = context.settings.partition_aware ? TaskStatus::Partitioned : TaskStatus::Lost;
  const std::string message = "Host " + task.host.value() + " has not reported for " +
                              std::to_string(context.settings.host_timeout.ms / 1000) + " seconds.";
  const EndReason reason = host_lost(task.host.value() + " was silent for " +
                                     std::to_string(context.settings.host_timeout.ms / 1000) + " s");
  transition(cluster, task, {to, message, reason}, context, decision);
}

// No instance waits for ever for what an unknown task does on a host that may never come back. If it does,
// its registration tells of them again.
void give_up_unknown(const Cluster& cluster, const HostId& host, Decision& decision) {
  if (!cluster.list_unknown_tasks(host).empty()) decision.changes.push_back(UnknownTasksFound{host, {}});
}

}  // namespace

// Without a session the host has not reported since the scheduler started, or is already gone.
Result<Decided> decide(const Cluster& cluster, const CheckHost& command, const Context& context) {
  Decided decision;
  const HostSession* session = cluster.find_session(command.host);
  if (session) {
    if (context.now - session->last_seen < context.settings.host_timeout) {
      decision.changes.push_back(HostChecked{command.host});
      return decision;
    }
    if (!session->has_left) note_suspects(cluster, command.host, context, decision);
    decision.changes.push_back(HostGone{command.host, session->has_left ? Instant{} : context.now});
    give_up_unknown(cluster, command.host, decision);
  }
  for (const Task* task : cluster.list_host_tasks(command.host)) give_up(cluster, *task, context, decision);
  return decision;
}

}  // namespace aurora::core
