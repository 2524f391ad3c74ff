#include "core/task/task_rules.h"

namespace aurora::core {
namespace {

using enum TaskStatus;
using enum Step;

constexpr StatusSet kTerminal = StatusSet(Finished) | Failed | Killed | Lost;
constexpr StatusSet kOnHost = StatusSet(Assigned) | Starting | Running;  // and nobody has asked it to end
constexpr StatusSet kMoving = StatusSet(Restarting) | Draining | Preempting;

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
    // older than the host's tasks has no record of any: see core/host/unknown_host_tasks.h.)
    {kMoving | Killing | kTerminal, kOnHost, {Kill}, false},
};

}  // namespace

std::span<const LifecycleRow> lifecycle_rows() { return kRows; }

}  // namespace aurora::core
