// What the tables say of the tasks that a host runs: whose they are, and what follows for those that are nobody's.
#pragma once

#include <vector>

#include "aurora/core/cluster/cluster.h"
#include "aurora/core/decision/decision.h"
#include "aurora/core/host/report.h"

namespace aurora::core {

enum class Standing {
  Known,      // its record says that it is on this host
  Waiting,    // its record waits for a host: the store is older than the launch
  Condemned,  // this store has decided its end
  Unknown,    // nothing is known that could justify a kill
};
Standing standing_of(const Cluster& cluster, const HostId& host, const TaskId& task);

// Whether the report names an active task that the tables do not have on this host and nobody has described yet:
// only a registration describes tasks.
bool needs_descriptions(const Cluster& cluster, const ReportTasks& report);

// A report with one word on each task.
struct HostNews {
  const HostId& host;
  bool is_complete = false;
  std::vector<const TaskReport*> tasks = {};
};

// The tasks of the report that are unknown or condemned, and not over: those that were found before stay unless the
// report is complete. Condemned ones are killed, again at every report.
void note_unknown_tasks(const Cluster& cluster, const HostNews& news, const Context& context, Decision& decision);

// REQUIRES: Standing::Waiting. The task is where the host says it is, and as far: one that has ended has
// ended, and one that is being killed there waits for its end.
void adopt_waiting(const Cluster& cluster, const HostId& host, const TaskReport& report, const Context& context,
                   Decision& decision);

// After a complete report: tombstones of tasks that the host does not have any more.
void drop_tombstones(const Cluster& cluster, const HostNews& news, Decision& decision);

}  // namespace aurora::core
