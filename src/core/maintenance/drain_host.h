// The steps of a drain (spec/scheduler.md §11.2). The original polls all draining hosts each minute; here a host is
// looked at when something has changed that may let its next task go, and polled besides.
#pragma once

#include "aurora/core/maintenance/drain.h"
#include "core/sla/sla_gate.h"

namespace aurora::core {

enum class DrainLook { Poll, News };

// One look at a draining host. REQUIRES: its mode is Draining.
void drain_host(const Cluster& cluster, const Host& host, DrainLook look, SlaGate& gate, const Context& context,
                Decision& decision);

// What changes that were just applied mean for draining hosts. Costs what the changes concern.
void follow_drains(const Cluster& cluster, const std::vector<Change>& applied, const Context& context,
                   Decision& decision);

}  // namespace aurora::core
