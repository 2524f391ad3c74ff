// What has happened in the cluster, for who follows it: one short record for each change that people and
// programs wait for. Holds no configuration, and so no secret.
#pragma once

#include <array>
#include <optional>
#include <string_view>

#include "aurora/base/fields.h"
#include "aurora/base/shared_text.h"
#include "aurora/base/time.h"
#include "aurora/core/ids.h"

namespace aurora::scheduler {

enum class EventType { Task, Job, Update, Cron, Host, Quota };

// What a type says in `from` and `to`:
//   Task    a task's status; new: no `from`; deleted from the history: to DELETED
//   Job     CREATED, KILLED, RESTARTED, INSTANCES_ADDED: what somebody asked for
//   Update  an update's status; with an instance: what was done with it, as INSTANCE_UPDATED; DELETED
//   Cron    SCHEDULED, DESCHEDULED; what has come of a moment, as STARTED
//   Host    UP, LEAVING, DOWN; or, when maintenance changes, its mode, as DRAINING
//   Quota   SET
struct Event {
  Instant at;
  EventType type = EventType::Task;
  core::JobKey job = {};  // of a quota its role alone; of a host none
  std::optional<int32_t> instance_id = {};
  core::TaskId task_id = {};
  core::HostId host = {};
  SharedText update_id = {};
  std::string_view from = {};  // a name that lives as long as the process; empty: none
  std::string_view to = {};
  SharedText user = {};     // who asked for it
  SharedText message = {};  // at most kEventTextMax bytes, as the next
  SharedText reason = {};   // why a task ended, in one sentence
  friend bool operator==(const Event&, const Event&) = default;
};
constexpr size_t kEventTextMax = 1'024;

}  // namespace aurora::scheduler

template <>
struct aurora::EnumNames<aurora::scheduler::EventType> {
  using enum aurora::scheduler::EventType;
  static constexpr std::array<EnumName<aurora::scheduler::EventType>, 6> values{
      {{Task, "task"}, {Job, "job"}, {Update, "update"}, {Cron, "cron"}, {Host, "host"}, {Quota, "quota"}}};
};
