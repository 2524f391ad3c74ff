// What the scheduler remembers of a host that is being drained. In memory only: after a restart the host is looked at
// again.
#pragma once

#include <set>

#include "aurora/base/time.h"
#include "aurora/core/ids.h"

namespace aurora::core {

struct DrainProgress {
  std::set<JobKey> jobs;  // whose tasks there may not be ended yet
  Instant poll_at;        // looked at again in any case
  Instant next_look;      // not after `poll_at`
  friend bool operator==(const DrainProgress&, const DrainProgress&) = default;
};

}  // namespace aurora::core
