// A rolling change of a service job (Aurora 0.22, spec/scheduler.md §9, spec/api.md §6.5).
#pragma once

#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <variant>
#include <vector>

#include "aurora/base/time.h"
#include "aurora/core/ids.h"
#include "aurora/core/job/job.h"

namespace aurora::core {

enum class UpdateStatus {
  RollingForward = 0,
  RollingBack = 1,
  RollForwardPaused = 2,
  RollBackPaused = 3,
  RolledForward = 4,
  RolledBack = 5,
  Aborted = 6,
  Error = 7,
  Failed = 8,
  RollForwardAwaitingPulse = 9,
  RollBackAwaitingPulse = 10,
};

enum class InstanceAction {
  Updated = 1,
  RolledBack = 2,
  Updating = 3,
  RollingBack = 4,
  UpdateFailed = 5,
  RollbackFailed = 6,
};

struct QueueStrategy {
  int32_t group_size = 1;
  friend bool operator==(const QueueStrategy&, const QueueStrategy&) = default;
};
void fields(Is<QueueStrategy> auto& s, auto&& visit) { visit("groupSize", s.group_size); }

struct BatchStrategy {
  int32_t group_size = 1;
  bool autopause_after_batch = false;
  friend bool operator==(const BatchStrategy&, const BatchStrategy&) = default;
};
void fields(Is<BatchStrategy> auto& s, auto&& visit) {
  visit("groupSize", s.group_size);
  visit("autopauseAfterBatch", s.autopause_after_batch);
}

struct VariableBatchStrategy {
  std::vector<int32_t> group_sizes;
  bool autopause_after_batch = false;
  friend bool operator==(const VariableBatchStrategy&, const VariableBatchStrategy&) = default;
};
void fields(Is<VariableBatchStrategy> auto& s, auto&& visit) {
  visit("groupSizes", s.group_sizes);
  visit("autopauseAfterBatch", s.autopause_after_batch);
}

using UpdateStrategy = std::variant<QueueStrategy, BatchStrategy, VariableBatchStrategy>;

struct UpdateSettings {
  int32_t update_group_size = 1;  // used when no strategy is given
  int32_t max_per_instance_failures = 0;
  int32_t max_failed_instances = 0;
  int32_t min_wait_in_instance_running_ms = 0;  // how long an instance must stay Running: the watch time
  bool rollback_on_failure = true;
  std::vector<InstanceRange> update_only_these_instances;  // empty = all
  bool wait_for_batch_completion = false;                  // used when no strategy is given
  int32_t block_if_no_pulses_after_ms = 0;                 // 0 = not coordinated
  bool sla_aware = false;
  std::optional<UpdateStrategy> update_strategy;
  friend bool operator==(const UpdateSettings&, const UpdateSettings&) = default;
};
void fields(Is<UpdateSettings> auto& s, auto&& visit) {
  visit("updateGroupSize", s.update_group_size);
  visit("maxPerInstanceFailures", s.max_per_instance_failures);
  visit("maxFailedInstances", s.max_failed_instances);
  visit("minWaitInInstanceRunningMs", s.min_wait_in_instance_running_ms);
  visit("rollbackOnFailure", s.rollback_on_failure);
  visit("updateOnlyTheseInstances", s.update_only_these_instances);
  visit("waitForBatchCompletion", s.wait_for_batch_completion);
  visit("blockIfNoPulsesAfterMs", s.block_if_no_pulses_after_ms);
  visit("slaAware", s.sla_aware);
  visit("updateStrategy", s.update_strategy);
}

struct UpdateEvent {
  UpdateStatus status = UpdateStatus::RollingForward;
  Instant timestamp;
  std::optional<std::string> user;
  std::optional<std::string> message;
  friend bool operator==(const UpdateEvent&, const UpdateEvent&) = default;
};
void fields(Is<UpdateEvent> auto& e, auto&& visit) {
  visit("status", e.status);
  visit("timestampMs", e.timestamp);
  visit("user", e.user);
  visit("message", e.message);
}

struct InstanceUpdateEvent {
  int32_t instance_id = 0;
  Instant timestamp;
  InstanceAction action = InstanceAction::Updating;
  std::optional<std::string> message;
  friend bool operator==(const InstanceUpdateEvent&, const InstanceUpdateEvent&) = default;
};
void fields(Is<InstanceUpdateEvent> auto& e, auto&& visit) {
  visit("instanceId", e.instance_id);
  visit("timestampMs", e.timestamp);
  visit("action", e.action);
  visit("message", e.message);
}

struct InstanceTaskConfig {
  TaskConfigRef task;
  std::vector<InstanceRange> instances;
  friend bool operator==(const InstanceTaskConfig&, const InstanceTaskConfig&) = default;
};
void fields(Is<InstanceTaskConfig> auto& c, auto&& visit) {
  visit("task", c.task);
  visit("instances", c.instances);
}

// What is replaced by what. desired_state is absent when the update only removes instances.
struct UpdateInstructions {
  std::vector<InstanceTaskConfig> initial_state;
  std::optional<InstanceTaskConfig> desired_state;
  UpdateSettings settings;
  friend bool operator==(const UpdateInstructions&, const UpdateInstructions&) = default;
};
void fields(Is<UpdateInstructions> auto& i, auto&& visit) {
  visit("initialState", i.initial_state);
  visit("desiredState", i.desired_state);
  visit("settings", i.settings);
}

// The stored update. Its status is that of its last event (find_status).
struct JobUpdate {
  UpdateKey key;
  std::string user;
  std::vector<Metadata> metadata;
  UpdateInstructions instructions;
  std::vector<UpdateEvent> events;                   // oldest first; never empty in a stored update
  std::vector<InstanceUpdateEvent> instance_events;  // oldest first
  friend bool operator==(const JobUpdate&, const JobUpdate&) = default;
};
void fields(Is<JobUpdate> auto& u, auto&& visit) {
  visit("key", u.key);
  visit("user", u.user);
  visit("metadata", u.metadata);
  visit("instructions", u.instructions);
  visit("updateEvents", u.events);
  visit("instanceEvents", u.instance_events);
}

UpdateStatus status_of(const JobUpdate& update);  // REQUIRES: it has events
Instant created_at(const JobUpdate& update);
Instant last_modified(const JobUpdate& update);
bool is_active(UpdateStatus status);   // not terminal: blocks other changes of the job
bool is_working(UpdateStatus status);  // RollingForward or RollingBack
bool is_terminal(UpdateStatus status);

// An instance that may not be ended yet (§9.9).
struct SlaWait {
  Duration delay;    // of the last wait; they grow
  Instant retry_at;  // tried again in any case
  Instant look_at;   // not after that: when time alone may allow it
  friend bool operator==(const SlaWait&, const SlaWait&) = default;
};

// What the scheduler remembers of a working update between evaluations. In memory only: a restart, pause or
// resume begins afresh (spec/scheduler.md §9.4). As large as what is in work, not as the update: it is copied for each
// evaluation.
struct UpdateProgress {
  enum class InstanceState { Idle, Working, Succeeded, Failed };
  using Instances = std::shared_ptr<const std::vector<int32_t>>;
  Instances order;               // all of the update, as it goes through them; null: not begun
  size_t started = 0;            // so many of these, from the front; of them neither working nor failed: succeeded
  std::set<int32_t> working;
  std::set<int32_t> failed;
  std::map<int32_t, int32_t> failures;    // of working instances
  std::map<int32_t, TaskId> failed_task;  // of the same: the last run already counted as a failure
  Instances touched;                      // before a restart, sorted, for auto-pause (§9.10); null: none
  std::map<int32_t, SlaWait> sla_waits;
  int64_t sla_attempts = 0;               // how often it was asked whether an instance may be ended
  Instant last_pulse;                     // for coordinated updates (§9.7)
  Instant next_look;                      // when the first watch time is over; the epoch: nothing is watched
  friend bool operator==(const UpdateProgress&, const UpdateProgress&) = default;
};

}  // namespace aurora::core

template <>
struct aurora::EnumNames<aurora::core::UpdateStatus> {
  using enum aurora::core::UpdateStatus;
  static constexpr std::array<EnumName<aurora::core::UpdateStatus>, 11> values{
      {{RollingForward, "ROLLING_FORWARD"},
       {RollingBack, "ROLLING_BACK"},
       {RollForwardPaused, "ROLL_FORWARD_PAUSED"},
       {RollBackPaused, "ROLL_BACK_PAUSED"},
       {RolledForward, "ROLLED_FORWARD"},
       {RolledBack, "ROLLED_BACK"},
       {Aborted, "ABORTED"},
       {Error, "ERROR"},
       {Failed, "FAILED"},
       {RollForwardAwaitingPulse, "ROLL_FORWARD_AWAITING_PULSE"},
       {RollBackAwaitingPulse, "ROLL_BACK_AWAITING_PULSE"}}};
};
template <>
struct aurora::EnumNames<aurora::core::InstanceAction> {
  using enum aurora::core::InstanceAction;
  static constexpr std::array<EnumName<aurora::core::InstanceAction>, 6> values{
      {{Updated, "INSTANCE_UPDATED"},
       {RolledBack, "INSTANCE_ROLLED_BACK"},
       {Updating, "INSTANCE_UPDATING"},
       {RollingBack, "INSTANCE_ROLLING_BACK"},
       {UpdateFailed, "INSTANCE_UPDATE_FAILED"},
       {RollbackFailed, "INSTANCE_ROLLBACK_FAILED"}}};
};
template <>
struct aurora::UnionNames<aurora::core::UpdateStrategy> {
  static constexpr std::array<std::string_view, 3> values{"queueStrategy", "batchStrategy",
                                                          "varBatchStrategy"};
};
