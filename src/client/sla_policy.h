// Whether instances of a job are promised by number or percentage (spec/client.md §6.1, §6.3): adding and killing some
// changes what the promise means.
#pragma once

#include "client/scheduler_client.h"

namespace aurora::client {

// Of the job's active instances, any; asked once. False when nobody knows. A copy of the client, since it gets less patience.
bool has_counting_policy(SchedulerClient scheduler, const core::JobKey& job);

}  // namespace aurora::client
