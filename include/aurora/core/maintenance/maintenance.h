// What operators ask of hosts (Aurora 0.22, spec/scheduler.md §11.1). Any may be asked in any mode. Hosts that never
// registered change nothing and are named in the answer.
#pragma once

#include <optional>
#include <set>
#include <string>
#include <vector>

#include "aurora/core/host/host.h"

namespace aurora::core {

struct HostMode {
  HostId host;
  MaintenanceMode mode = MaintenanceMode::None;
  friend bool operator==(const HostMode&, const HostMode&) = default;
};
void fields(Is<HostMode> auto& m, auto&& visit) {
  visit("host", m.host);
  visit("mode", m.mode);
}

struct HostModes {
  std::vector<HostMode> statuses;
  std::vector<HostId> unknown;
};
void fields(Is<HostModes> auto& m, auto&& visit) {
  visit("statuses", m.statuses);
  visit("unknown", m.unknown);
}

constexpr size_t kHostsPerRequestMax = 1'000;

struct StartMaintenance {  // new tasks go elsewhere if they can
  using Answer = HostModes;
  std::set<HostId> hosts;
  std::string user;
};
// Its tasks go as policies allow. Without a policy: all but those of tasks with a policy of their own at once, and
// those after one poll.
struct DrainHosts {
  struct Terms {
    SlaPolicy policy;  // for tasks without one of their own
    int64_t timeout_secs = 0;  // afterwards no policy counts
  };
  using Answer = HostModes;
  std::set<HostId> hosts;
  std::optional<Terms> terms;
  std::string user;
};
struct EndMaintenance {
  using Answer = HostModes;
  std::set<HostId> hosts;
  std::string user;
};

// What a coordinator has said of a task, or why it has not. Nothing happens unless the task still is as it was asked.
struct CoordinatorAnswer {
  using Answer = Unit;
  std::string url;
  TaskId task_id;
  Instant since;         // the task's last event when it was asked about
  bool allowed = false;
  std::string text;      // of one that is not allowed: why
};

}  // namespace aurora::core
