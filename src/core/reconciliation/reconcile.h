// An executor's report against what the scheduler believes of that host: status updates and, for a complete
// report, the comparison of both lists (spec/scheduler.md §2.3, §2.9, §24).
#pragma once

#include "aurora/core/cluster/cluster.h"
#include "aurora/core/decision/decision.h"
#include "aurora/core/host/report.h"

namespace aurora::core {

// Fails when the report holds a status that no executor reports. Moves each task at most once. Whether the
// host's digest is what the tables will expect of it: then the report, complete or not, was compared with all
// of them.
Result<bool> reconcile(const Cluster& cluster, const ReportTasks& report, const Context& context,
                       Decision& decision);

}  // namespace aurora::core
