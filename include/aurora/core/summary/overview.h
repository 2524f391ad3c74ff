// How the cluster is: what is wrong with which jobs, which hosts are missing, how full it is and by whom. Read in parts, so
// that nobody waits for a walk over all; what is kept of each part has a bound. Pure.
#pragma once

#include <array>
#include <optional>
#include <string>
#include <vector>

#include "aurora/core/cluster/cluster.h"

namespace aurora::core {

// The worst first.
enum class Trouble {
  Failed = 0,    // its last attempt failed, and nothing of it runs
  Flapping = 1,  // tasks end again and again, and wait until they may start again
  Unstable = 2,  // one failed a short time ago
  Waiting = 3,   // tasks have no host
};

struct TroubledJob {
  JobKey key;
  Trouble trouble = Trouble::Waiting;
  int64_t tasks = 0;       // that are in that state
  int64_t active = 0;      // of the job, these among them
  bool production = false;
  std::optional<Instant> since = {};  // the latest failure, or the longest wait
  std::string reason = {};            // one sentence
};
void fields(Is<TroubledJob> auto& j, auto&& visit) {
  visit("key", j.key);
  visit("trouble", j.trouble);
  visit("taskCount", j.tasks);
  visit("activeTaskCount", j.active);
  visit("production", j.production);
  visit("sinceMs", j.since);
  visit("reason", j.reason);
}

struct MissingHost {
  HostId host;
  std::optional<Instant> since = {};  // it was given up; nothing: it has not been heard since the scheduler started, or has left
};
void fields(Is<MissingHost> auto& h, auto&& visit) {
  visit("host", h.host);
  visit("sinceMs", h.since);
}

struct RoleUse {
  std::string role;
  ResourceTotals use = {};  // what its active tasks ask for, pending ones too
  double share = 0;     // of all that connected hosts have: of the resource of which it wants most
};
void fields(Is<RoleUse> auto& r, auto&& visit) {
  visit("role", r.role);
  visit("use", r.use);
  visit("share", r.share);
}

struct Overview {
  static constexpr size_t kShown = 20;  // of each list, the worst, first or largest

  std::array<int64_t, 4> troubled_counts{};  // jobs, by Trouble
  std::vector<TroubledJob> troubled = {};
  int64_t hosts = 0;
  int64_t connected_hosts = 0;
  int64_t draining_hosts = 0;
  std::vector<MissingHost> missing = {};
  std::vector<HostId> draining = {};  // as many as are shown
  ResourceTotals capacity = {};       // of connected hosts
  ResourceTotals available = {};      // what they have left
  std::vector<RoleUse> roles = {};
};

// The jobs at `window`, as Cluster::list_job_page() counts them. Returns how many it looked at.
size_t add_jobs(Overview& overview, const Cluster& cluster, const Window& window, Instant now);
// The hosts from this position on, `count` at most; false: there are no more.
bool add_hosts(Overview& overview, const Cluster& cluster, size_t from, size_t count);
size_t add_roles(Overview& overview, const Cluster& cluster, const Window& window);  // after the hosts
// What takes a look at each job that is shown: since when and why. Last.
void explain_troubled(Overview& overview, const Cluster& cluster);

}  // namespace aurora::core

template <>
struct aurora::EnumNames<aurora::core::Trouble> {
  using enum aurora::core::Trouble;
  static constexpr std::array<EnumName<aurora::core::Trouble>, 4> values{
      {{Failed, "FAILED"}, {Flapping, "FLAPPING"}, {Unstable, "UNSTABLE"}, {Waiting, "WAITING"}}};
};
