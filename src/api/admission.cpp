#include "api/admission.h"

#include "aurora/codec/task_payload.h"
#include "aurora/core/job/validate.h"

namespace aurora::api {

Status check_admission(const core::JobKey& job, core::TaskConfig config) {
  if (!core::is_identifier(job.role)) return Unit{};  // the engine refuses it, in the original's words
  config.job = job;                                   // a job's configuration may leave it out
  return core::about(job, codec::check_runnable(config));
}

}  // namespace aurora::api
