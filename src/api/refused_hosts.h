// Hosts whose reports this scheduler does not take because they belong to another cluster: they are not among its
// hosts, and whoever looks for one finds here why. Thread-safe.
#pragma once

#include <map>
#include <mutex>
#include <string>

#include "aurora/base/time.h"
#include "aurora/core/ids.h"

namespace aurora::api {

class RefusedHosts {
 public:
  // Logs the first refusal of a host.
  void note(const core::HostId& host, const std::string& why, Instant now);
  void forget(const core::HostId& host);  // it was accepted
  std::string encode() const;             // JSON: [{"host", "why", "lastSeenMs"}]

 private:
  struct Refusal {
    std::string why;
    Instant last_seen;
  };
  mutable std::mutex mutex_;
  std::map<core::HostId, Refusal> refusals_;
};

}  // namespace aurora::api
