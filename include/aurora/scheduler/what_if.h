// What would become of a cluster if: the real engine on a copy of its state, offline, until nothing moves any more. The
// same copy and changes give the same forecast, every time. Pure computing: no disk, no network, one thread.
//
// First the copy comes to rest: what was on its way when it was made arrives, so that what differs afterwards is the
// changes' doing. No cron job starts on the way, but up to `at`, if that is given.
#pragma once

#include <optional>
#include <set>
#include <string>
#include <vector>

#include "aurora/base/fields.h"
#include "aurora/core/cluster/cluster.h"
#include "aurora/core/decision/decision.h"
#include "aurora/core/maintenance/maintenance.h"

namespace aurora::scheduler {

// State that was read from a backup, an export or a scheduler.
struct CopiedState {
  std::string cluster_id;
  Instant at;  // when it was made
  std::vector<core::Change> changes = {};
  std::set<core::HostId> silent = {};  // hosts that are known to have been down then, beside those with PARTITIONED tasks
};
// The newest moment that a record of the state tells of; the epoch if there is none.
Instant newest_moment(const std::vector<core::Change>& changes);

struct WhatIf {
  std::vector<core::JobConfiguration> add = {};
  std::set<core::HostId> lose = {};
  std::vector<core::Host> add_hosts = {};
  std::set<core::HostId> drain = {};
  std::optional<Instant> at = {};
  std::string attribute = "rack";  // by which hosts are summed up
  std::string user = "whatif";
};
// As `aurora admin sla_host_drain` has hosts emptied when it is given nothing else.
core::DrainHosts::Terms drain_terms();
// How long after the copy `at` may be.
inline constexpr Duration kWhatIfAtMax = hours(24 * 7);
// Simulated time until something that still moves is given up.
inline constexpr Duration kWhatIfMovesMax = hours(6);

// How much of some hosts, or by a role, is in use.
struct Fill {
  int64_t hosts = 0;  // connected; of a role: that run tasks of it
  int64_t tasks = 0;
  core::ResourceTotals used;
  core::ResourceTotals capacity;  // of a role: its quota
  friend bool operator==(const Fill&, const Fill&) = default;
};
void fields(Is<Fill> auto& f, auto&& visit) {
  visit("hosts", f.hosts);
  visit("tasks", f.tasks);
  visit("used", f.used);
  visit("capacity", f.capacity);
}
struct FillChange {
  std::string name;
  Fill before;
  Fill after;
};
void fields(Is<FillChange> auto& f, auto&& visit) {
  visit("name", f.name);
  visit("before", f.before);
  visit("after", f.after);
}

// Instances of a job that wait for one reason.
struct Waiting {
  core::JobKey job;
  std::vector<core::InstanceRange> instances;
  std::string status;  // PENDING, THROTTLED, or PARTITIONED: nobody may start another
  std::string reason;  // what the closest host says
  std::string sentence;
  int64_t hosts = 0;  // that were asked
  std::vector<core::HostVeto> vetoes;
  bool waited_before = false;  // all of these waited without the changes, too
};
void fields(Is<Waiting> auto& w, auto&& visit) {
  visit("job", w.job);
  visit("instances", w.instances);
  visit("status", w.status);
  visit("reason", w.reason);
  visit("sentence", w.sentence);
  visit("hosts", w.hosts);
  visit("vetoes", w.vetoes);
  visit("waitedBefore", w.waited_before);
}

// An instance that is elsewhere afterwards, or nowhere (`to` is empty then).
struct Moved {
  core::JobKey job;
  int32_t instance_id = 0;
  std::string from;
  std::string to;
  std::string why;
};
void fields(Is<Moved> auto& m, auto&& visit) {
  visit("job", m.job);
  visit("instanceId", m.instance_id);
  visit("from", m.from);
  visit("to", m.to);
  visit("why", m.why);
}

struct AddedJob {
  core::JobKey job;
  int64_t instances = 0;
  int64_t placed = 0;
  std::string refusal;  // the scheduler's; empty: it is taken
};
void fields(Is<AddedJob> auto& a, auto&& visit) {
  visit("job", a.job);
  visit("instances", a.instances);
  visit("placed", a.placed);
  visit("refusal", a.refusal);
}

struct DrainedHost {
  std::string host;
  bool is_empty = false;
  int64_t tasks = 0;               // left on it
  std::vector<std::string> jobs;   // whose tasks may not go yet
};
void fields(Is<DrainedHost> auto& d, auto&& visit) {
  visit("host", d.host);
  visit("isEmpty", d.is_empty);
  visit("tasks", d.tasks);
  visit("jobs", d.jobs);
}

struct Forecast {
  std::string cluster_id;
  Instant copied_at;
  std::optional<Instant> at = {};  // that was asked for: the copy was played until then
  Instant changed_at;     // in the forecast's time
  Duration took;          // of that time, until nothing moved
  std::string unsettled;  // what moved even then; empty: nothing
  std::vector<AddedJob> added;
  std::vector<Waiting> pending;    // by job
  std::vector<Moved> preempted;    // by instance, also those that found another host
  std::vector<Moved> moved;        // of instances that ran before; without the preempted ones
  std::vector<DrainedHost> drains;
  std::string attribute;
  std::vector<FillChange> hosts;   // by the value of the attribute; "" for hosts without it
  std::vector<FillChange> roles;
  FillChange all;
  std::vector<std::string> notes;  // what was taken for granted
};
void fields(Is<Forecast> auto& f, auto&& visit) {
  visit("clusterId", f.cluster_id);
  visit("copiedAt", f.copied_at);
  visit("at", f.at);
  visit("changedAt", f.changed_at);
  visit("tookMs", f.took);
  visit("unsettled", f.unsettled);
  visit("added", f.added);
  visit("pending", f.pending);
  visit("preempted", f.preempted);
  visit("moved", f.moved);
  visit("drains", f.drains);
  visit("attribute", f.attribute);
  visit("hosts", f.hosts);
  visit("roles", f.roles);
  visit("all", f.all);
  visit("notes", f.notes);
}

// REQUIRES: the hosts that are lost or drained are in the state, those that are added are not. InvalidArgument: `at` is
// not within kWhatIfAtMax after the copy.
Result<Forecast> forecast(CopiedState state, const WhatIf& changes, core::SchedulerSettings settings);

}  // namespace aurora::scheduler
