// May a task be ended now without breaking what its job was promised (Aurora 0.22, spec/scheduler.md §12)? Pure: what a
// decision has ended already counts as ended.
#pragma once

#include <map>
#include <optional>
#include <set>
#include <string>
#include <unordered_set>
#include <vector>

#include "aurora/core/cluster/cluster.h"
#include "aurora/core/decision/decision.h"

namespace aurora::core {

// So many other instances must be up when one of a job with `active` instances is ended. At least one instance may be
// ended at a time, whatever the policy says.
int64_t required_up(const PercentageSlaPolicy& policy, int64_t active);
int64_t required_up(const CountSlaPolicy& policy, int64_t active);

struct SlaVerdict {
  enum class Kind {
    Allowed,
    TooFewRunning,  // however long for
    TooFewForLong,  // enough are RUNNING, some of them not for as long as the policy asks
    Coordinator,    // somebody outside decides: core/sla/sla_gate.h
  };
  Kind kind = Kind::Allowed;
  int64_t active = 0;        // instances of the job
  int64_t up = 0;            // others that are RUNNING; for TooFewForLong: for long enough
  int64_t required = 0;      // others that must be
  int64_t duration_secs = 0;  // for so long
  // When time alone may change the answer.
  std::optional<Instant> again_at = {};
  std::string coordinator = {};  // what it said, or why it was not asked

  bool is_allowed() const { return kind == Kind::Allowed; }
};
// "18 of 20 instances would be up, policy wants 19": no full stop. REQUIRES: it is not allowed.
std::string to_sentence(const SlaVerdict& verdict);

// Checks for one decision. What `decision` has moved away from RUNNING by the time of a check is not up, and
// what it has added counts. A job's tasks
// are looked at once, when its counts do not tell the answer.
class SlaBudget {
 public:
  SlaBudget(const Cluster& cluster, const JobLimits& limits, Instant now, const Decision& decision);

  SlaVerdict check(const Task& task, const SlaPolicy& policy);
  bool has_moved(const TaskId& task);              // by the decision
  bool has_asked(const std::string& coordinator);  // the decision has
  size_t asked_count();                            // coordinators that the decision asks

 private:
  struct Uptime {
    std::vector<Instant> since;  // of RUNNING tasks whose hosts were heard, in order
    bool has_unheard = false;    // after a restart: nobody knows yet whether all of them run
  };
  struct Promise {
    int64_t required = 0;
    int64_t duration_secs = 0;
  };
  void read_decision();
  void note_left(const Task& task);
  SlaVerdict check_up(const Task& task, const Promise& promise, int64_t active);
  Uptime& uptime_of(const JobKey& job);
  bool is_running(const Task& task) const { return task.status == TaskStatus::Running && !left_.contains(task.id); }

  const Cluster& cluster_;
  const JobLimits& limits_;
  const Instant now_;
  const Decision& decision_;
  size_t read_ = 0;  // of its changes
  std::unordered_set<TaskId> moved_;
  std::unordered_set<TaskId> left_;  // were RUNNING
  std::map<JobKey, int64_t> left_of_job_;
  std::map<JobKey, int64_t> more_active_;  // instances that the decision adds, less those that it takes away
  std::set<std::string> asked_;
  std::map<JobKey, Uptime> uptimes_;
};

}  // namespace aurora::core
