// What a configuration must pass before it reaches the engine: everything whose cost is in its sender's hands is done on
// the thread that serves the sender.
#pragma once

#include "aurora/base/result.h"
#include "aurora/core/job/task_config.h"

namespace aurora::api {

// What any host would refuse to run, with the executor's own code; the message begins with the job.
Status check_admission(const core::JobKey& job, core::TaskConfig config);

}  // namespace aurora::api
