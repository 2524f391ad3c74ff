#include "core/host/host_timers.h"

namespace aurora::core {

void add_host_timers(const Change& applied, const Context& context, std::vector<Timer>& timers) {
  if (const auto* seen = std::get_if<HostSeen>(&applied)) {
    timers.push_back({seen->at + context.settings.host_timeout, CheckHost{seen->host}});
  }
}

void add_host_timers_after_restart(const Cluster& cluster, const Context& context,
                                   std::vector<Timer>& timers) {
  for (const Host* host : cluster.list_hosts()) {
    timers.push_back({context.now + context.settings.host_timeout, CheckHost{host->id}});
  }
}

}  // namespace aurora::core
