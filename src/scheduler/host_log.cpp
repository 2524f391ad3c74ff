#include "scheduler/host_log.h"

#include "aurora/base/log.h"

namespace aurora::scheduler {

using namespace core;

void log_host(const Cluster& before, const Change& change) {
  if (const auto* seen = std::get_if<HostSeen>(&change)) {
    const std::string host = "host " + seen->host.value();
    const HostSession* known = before.find_session(seen->host);
    if (seen->leaving) {
      log_info("scheduler", host + " leaves: its executor is being stopped, its tasks go on");
    } else if (known == nullptr || known->session != seen->session) {
      log_info("scheduler", host + " is here");
    }
  } else if (const auto* gone = std::get_if<HostGone>(&change)) {
    log_warning("scheduler", "host " + gone->host.value() + " is gone: no report of its executor for too long");
  }
}

}  // namespace aurora::scheduler
