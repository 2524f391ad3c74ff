// Somebody has decided over tasks that this scheduler does not know: from now on it knows that they are to end.
#include <algorithm>

#include "aurora/core/commands/command.h"

namespace aurora::core {
namespace {

Status check_named(const Cluster& cluster, const KillUnknownTasks& command) {
  std::set<TaskId> unknown;
  std::set<HostId> hosts;
  for (const UnknownTask* task : cluster.list_unknown_tasks()) {
    unknown.insert(task->id);
    hosts.insert(task->host);
  }
  const std::string look = "; `aurora admin unknown_tasks list` shows those there are.";
  for (const TaskId& id : command.task_ids) {
    if (unknown.contains(id)) continue;
    return Error{ErrorCode::NotFound, "No host runs an unknown task '" + id.value() + "'" + look};
  }
  for (const HostId& host : command.hosts) {
    if (hosts.contains(host)) continue;
    return Error{ErrorCode::NotFound, "Host '" + host.value() + "' runs no unknown task" + look};
  }
  if (command.all || !command.task_ids.empty() || !command.hosts.empty()) return Unit{};
  return Error{ErrorCode::InvalidArgument, "Name the tasks to kill, their hosts, or all."};
}

}  // namespace

Result<Decided> decide(const Cluster& cluster, const KillUnknownTasks& command, const Context& context) {
  TRY(check_named(cluster, command));
  Decided decision;
  std::map<HostId, std::vector<UnknownTask>> left;  // as each host's list is afterwards
  int32_t count = 0;
  for (const UnknownTask* task : cluster.list_unknown_tasks()) {
    UnknownTask& noted = left[task->host].emplace_back(*task);
    if (!command.all && !command.task_ids.contains(task->id) && !command.hosts.contains(task->host)) continue;
    noted.is_condemned = true;
    ++count;
    decision.changes.push_back(TombstoneSaved{{task->id, task->host, context.now}});
    decision.effects.push_back(KillTask{task->host, task->id});
  }
  for (auto& [host, tasks] : left) decision.changes.push_back(UnknownTasksFound{host, std::move(tasks)});
  decision.answer = Message{count == 0 ? "No tasks to kill."
                                       : std::to_string(count) + " unknown task(s) are being killed.",
                            count};
  return decision;
}

}  // namespace aurora::core
