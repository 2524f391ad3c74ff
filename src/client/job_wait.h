// Waiting for a job's tasks (spec/client.md §8). The original looked at 0, 2, 6, 14, ... seconds and gave up after 254;
// we give up at the same time, but look more often at first, so that a quick end is noticed quickly. After three seconds
// a wait says what it is for (wait_notice.h).
#pragma once

#include <set>
#include <string>

#include "client/scheduler_client.h"

namespace aurora::client {

// Failed: instances ended otherwise than was waited for. Failed and Interrupted have been told.
enum class WaitEnd { Done, TimedOut, Interrupted, Failed };

// Until none of these instances (empty set: none of the job's) is active.
WaitEnd wait_until_dead(Session& session, SchedulerClient& scheduler, const core::JobKey& job,
                        const std::set<int32_t>& instances);

enum class WaitFor { Pending, Running, Finished };
Result<WaitFor> parse_wait_for(const std::string& text);
// Until the newest run of each of these instances is live or over (Running), or over (Finished). Without a limit. Failed
// when one of them is FAILED, KILLED or LOST then, with a line on which and why.
Result<WaitEnd> wait_until(Session& session, SchedulerClient& scheduler, const core::JobKey& job,
                           const std::set<int32_t>& instances, WaitFor state);
// What a verb that waited so ends with: 0, 4 for Failed, 130; an error is told here.
int code_of_wait(Session& session, const Result<WaitEnd>& end);

}  // namespace aurora::client
