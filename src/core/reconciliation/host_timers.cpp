#include "core/reconciliation/host_timers.h"

namespace aurora::core {

Timer host_timer(const HostSeen& seen, const Context& context) {
  return {seen.at + context.settings.host_timeout, CheckHost{seen.host}};
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
