#include "aurora/core/update/job_update.h"

#include <algorithm>

#include "aurora/base/result.h"

namespace aurora::core {

UpdateStatus status_of(const JobUpdate& update) {
  AURORA_CHECK(!update.events.empty());
  return update.events.back().status;
}

Instant created_at(const JobUpdate& update) {
  return update.events.empty() ? Instant{} : update.events.front().timestamp;
}

Instant last_modified(const JobUpdate& update) {
  Instant latest = update.events.empty() ? Instant{} : update.events.back().timestamp;
  if (!update.instance_events.empty()) latest = std::max(latest, update.instance_events.back().timestamp);
  return latest;
}

bool is_active(UpdateStatus status) { return !is_terminal(status); }

bool is_working(UpdateStatus status) {
  return status == UpdateStatus::RollingForward || status == UpdateStatus::RollingBack;
}

bool is_terminal(UpdateStatus status) {
  switch (status) {
    case UpdateStatus::RolledForward:
    case UpdateStatus::RolledBack:
    case UpdateStatus::Aborted:
    case UpdateStatus::Error:
    case UpdateStatus::Failed:
      return true;
    case UpdateStatus::RollingForward:
    case UpdateStatus::RollingBack:
    case UpdateStatus::RollForwardPaused:
    case UpdateStatus::RollBackPaused:
    case UpdateStatus::RollForwardAwaitingPulse:
    case UpdateStatus::RollBackAwaitingPulse:
      return false;
  }
  return false;
}

}  // namespace aurora::core
