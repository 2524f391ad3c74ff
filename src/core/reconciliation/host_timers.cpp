#include "core/reconciliation/host_timers.h"

namespace aurora::core {

namespace {

// Due when the host would be silent for too long.
TimerChanges timer_at(const HostId& host, Instant last_seen, const Context& context) {
  return {{subject_of(host)}, {{last_seen + context.settings.host_timeout, CheckHost{host}}}};
}

}  // namespace

TimerChanges host_timers_for(const Cluster& cluster, const HostSeen& seen, const Context& context) {
  const HostSession* session = cluster.find_session(seen.host);
  const bool is_first = session == nullptr || session->since == seen.at;
  return is_first ? timer_at(seen.host, seen.at, context) : TimerChanges{};
}

TimerChanges host_timers_for(const Cluster& cluster, const HostChecked& checked, const Context& context) {
  const HostSession* session = cluster.find_session(checked.host);
  return session != nullptr ? timer_at(checked.host, session->last_seen, context) : TimerChanges{};
}

// No host has reported yet: each gets the full time from now before its tasks are given up.
std::vector<Timer> host_timers_after_restart(const Cluster& cluster, const Context& context) {
  std::vector<Timer> timers;
  for (const Host* host : cluster.list_hosts()) {
    timers.push_back({context.now + context.settings.host_timeout, CheckHost{host->id}});
  }
  return timers;
}

}  // namespace aurora::core
