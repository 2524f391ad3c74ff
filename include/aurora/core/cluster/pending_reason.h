// Why the tasks of one configuration wait: the vetoes of the closest host, in Aurora's words, and what all
// hosts say, with amounts. Found by a placement round that placed nothing; forgotten in a restart.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "aurora/base/fields.h"
#include "aurora/base/time.h"

namespace aurora::core {

// One reason and the hosts that give it.
struct HostVeto {
  std::string reason;  // "Insufficient: CPU" (spec/scheduler.md §4.4)
  int64_t hosts = 0;   // how many give it; one host may give several
  std::string detail;  // "asked 4, most free 2.5 on h3"; may be empty
  friend bool operator==(const HostVeto&, const HostVeto&) = default;
};
void fields(Is<HostVeto> auto& v, auto&& visit) {
  visit("reason", v.reason);
  visit("hosts", v.hosts);
  visit("detail", v.detail);
}

struct PendingReason {
  std::string reason;  // vetoes of the closest host joined with ',' (spec/scheduler.md §4.6)
  int64_t score = 0;
  Instant since;
  uint64_t host_version = 0;  // of the host index then: no host takes them that has not improved since
  int64_t hosts = 0;          // that were asked: the connected ones
  std::vector<HostVeto> vetoes = {};  // of all of them, those of most hosts first
  friend bool operator==(const PendingReason&, const PendingReason&) = default;
};

// For people, in one line: "38 of 40 hosts: Insufficient: CPU (asked 4, most free 2.5 on h3)", ...
std::string to_sentence(const PendingReason& reason);

}  // namespace aurora::core
