#include "aurora/core/task/task_rules.h"

#include <cstdint>
#include <initializer_list>
#include <span>

namespace aurora::core {
namespace {

// Statuses as bits; one more bit means "no such task".
class StatusSet {
 public:
  constexpr StatusSet(TaskStatus status) : bits_(bit(status)) {}
  static constexpr StatusSet no_task() { return StatusSet(uint64_t{1} << 62); }
  constexpr bool contains(TaskStatus status) const { return (bits_ & bit(status)) != 0; }
  constexpr bool contains_no_task() const { return (bits_ & no_task().bits_) != 0; }
  friend constexpr StatusSet operator|(StatusSet a, StatusSet b) { return StatusSet(a.bits_ | b.bits_); }

 private:
  explicit constexpr StatusSet(uint64_t bits) : bits_(bits) {}
  static constexpr uint64_t bit(TaskStatus status) {
    return uint64_t{1} << (status == TaskStatus::Deleted ? 63 : static_cast<int>(status));
  }
  uint64_t bits_;
};

struct StepList {
  Step steps[3] = {};
  size_t count = 0;
  constexpr StepList(std::initializer_list<Step> list) {
    for (const Step step : list) steps[count++] = step;
  }
  constexpr std::span<const Step> all() const { return {steps, count}; }
};

struct LifecycleRow {
  StatusSet from;
  StatusSet to;
  StepList steps;
  bool legal = true;
};

using enum TaskStatus;
using enum Step;

constexpr StatusSet kTerminal = StatusSet(Finished) | Failed | Killed | Lost;
constexpr StatusSet kOnHost = StatusSet(Assigned) | Starting | Running;  // and nobody has asked it to end
constexpr StatusSet kMoving = StatusSet(Restarting) | Draining | Preempting;

// The cells that do anything. What is not listed is illegal and silent.
constexpr LifecycleRow kRows[] = {
    // Waiting. Killing a task that waits leaves no record.
    {Init, StatusSet(Pending) | Throttled, {Save}},
    {Throttled, Pending, {Save}},
    {Pending, Assigned, {Save}},
    {StatusSet(Pending) | Throttled, Killing, {Delete}},

    // On a host.
    {Assigned, StatusSet(Starting) | Running, {Save}},
    {Starting, Running, {Save}},
    {kOnHost, Finished, {Save, RescheduleIfService}},
    {kOnHost, Failed, {IncrementFailures, Save, RescheduleIfFailuresLeft}},
    {kOnHost, Killed, {Save, Reschedule}},
    {Assigned, Lost, {Save, Reschedule, Kill}},
    {StatusSet(Starting) | Running, Lost, {Save, Reschedule}},
    {kOnHost, kMoving | Killing, {Save, Kill}},
    {StatusSet(Starting) | Running, Partitioned, {Save}},

    // On a host that is silent. Whoever acts on the task does not wait for the host.
    {Partitioned, kOnHost, {Save}},
    {Partitioned, Finished, {Save, RescheduleIfService}},
    {Partitioned, Failed, {IncrementFailures, Save, RescheduleIfFailuresLeft}},
    {Partitioned, Lost, {Save, RescheduleUnlessKilling, Kill}},
    {Partitioned, kMoving | Killing, {Save, MarkLost}},

    // Leaving its host to run again elsewhere, however it ends.
    {kMoving, StatusSet(Finished) | Failed | Killed, {Save, Reschedule}},
    {kMoving, Lost, {Save, Reschedule, Kill}},
    {kMoving, Killing, {Save}},
    {kMoving, Partitioned, {Save, MarkLost}},

    // Ending for good.
    {Killing, kTerminal, {Save}},
    {Killing, Partitioned, {Save, MarkLost}},
    {kTerminal | Killing, Deleted, {Delete}},

    // A host runs what was to end: kill it there. (Aurora kills what it has no record of, too. A store that is new or
    // older than the host's tasks has no record of any: see core/reconciliation/unknown_host_tasks.h.)
    {kMoving | Killing | kTerminal, kOnHost, {Kill}, false},
};

}  // namespace

TaskRule find_rule(std::optional<TaskStatus> from, TaskStatus to) {
  TaskRule rule;
  rule.noop = from ? *from == to : to == TaskStatus::Deleted;
  if (rule.noop) return rule;
  for (const LifecycleRow& row : kRows) {
    const bool starts_here = from ? row.from.contains(*from) : row.from.contains_no_task();
    if (!starts_here || !row.to.contains(to)) continue;
    rule.legal = row.legal;
    rule.steps.assign(row.steps.all().begin(), row.steps.all().end());
    return rule;
  }
  return rule;
}

}  // namespace aurora::core
