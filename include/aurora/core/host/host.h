// A machine that runs tasks: what it has, how it is reached, whether it is in maintenance (spec/scheduler.md
// §1.9).
#pragma once

#include <map>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "aurora/base/optional_box.h"
#include "aurora/base/time.h"
#include "aurora/core/ids.h"
#include "aurora/core/job/constraint.h"
#include "aurora/core/job/resources.h"
#include "aurora/core/job/task_config.h"

namespace aurora::core {

enum class MaintenanceMode { None = 1, Scheduled = 2, Draining = 3, Drained = 4 };

struct PortRange {
  int32_t first = 0;
  int32_t last = 0;  // included
  friend bool operator==(const PortRange&, const PortRange&) = default;
};
void fields(Is<PortRange> auto& r, auto&& visit) {
  visit("first", r.first);
  visit("last", r.last);
}

// The host fell silent soon after it was given a task of this configuration (core/placement/quarantine.h).
struct Suspect {
  ConfigHash config;
  Instant at;  // when the host was given up
  friend bool operator==(const Suspect&, const Suspect&) = default;
};
void fields(Is<Suspect> auto& s, auto&& visit) {
  visit("config", s.config);
  visit("at", s.at);
}

// What the scheduler has learned from the host's silences: no executor says it.
struct Silences {
  std::vector<Suspect> suspects;  // oldest first, one a configuration
  friend bool operator==(const Silences&, const Silences&) = default;
};
void fields(Is<Silences> auto& s, auto&& visit) { visit("suspects", s.suspects); }

// Somebody wants the host empty (§11.2). It goes when the host is, or when maintenance ends.
struct DrainRequest {
  SlaPolicy policy;          // for tasks without one of their own
  int64_t timeout_secs = 0;  // from `created` on; afterwards no policy counts
  Instant created;
  std::string user;
  friend bool operator==(const DrainRequest&, const DrainRequest&) = default;
};
void fields(Is<DrainRequest> auto& d, auto&& visit) {
  visit("policy", d.policy);
  visit("timeoutSecs", d.timeout_secs);
  visit("created", d.created);
  visit("user", d.user);
}

// Who brought the host into its mode, and when. Kept when the host is drained or in service again.
struct ModeRequest {
  std::string user;
  Instant at;
  friend bool operator==(const ModeRequest&, const ModeRequest&) = default;
};
void fields(Is<ModeRequest> auto& r, auto&& visit) {
  visit("user", r.user);
  visit("at", r.at);
}

struct Host {
  HostId id;
  std::string agent_id;      // stable over restarts of the executor; part of the sandbox paths
  std::string executor_url;  // where the scheduler sends launches and where pages are, http://host:port
  std::map<std::string, std::set<std::string>> attributes;  // always holds "host"
  MaintenanceMode mode = MaintenanceMode::None;
  ResourceTotals capacity;  // ports: the count over port_ranges
  std::vector<PortRange> port_ranges;
  std::optional<Silences> silences = {};  // none while there is no suspect
  OptionalBox<DrainRequest> drain = {};
  OptionalBox<ModeRequest> mode_request = {};  // none: nobody ever asked
  friend bool operator==(const Host&, const Host&) = default;
};
void fields(Is<Host> auto& h, auto&& visit) {
  visit("host", h.id);
  visit("agentId", h.agent_id);
  visit("executorUrl", h.executor_url);
  visit("attributes", h.attributes);
  visit("mode", h.mode);
  visit("capacity", h.capacity);
  visit("portRanges", h.port_ranges);
  visit("silences", h.silences);
  visit("drain", h.drain);
  visit("modeRequest", h.mode_request);
}
inline bool is_dedicated(const Host& host) { return host.attributes.contains(kDedicated); }

}  // namespace aurora::core

template <>
struct aurora::EnumNames<aurora::core::MaintenanceMode> {
  using enum aurora::core::MaintenanceMode;
  static constexpr std::array<EnumName<aurora::core::MaintenanceMode>, 4> values{
      {{None, "NONE"}, {Scheduled, "SCHEDULED"}, {Draining, "DRAINING"}, {Drained, "DRAINED"}}};
};
