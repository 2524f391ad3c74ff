#include "executor/checkpoint_lock.h"

namespace aurora::executor {

Result<CheckpointLock> CheckpointLock::take(const std::string& path) {
  if (!os::exists(path)) return Error{ErrorCode::NotFound, path + " does not exist"};
  os::Fd file = TRY(os::open_for_append(path, 0600));
  if (!os::try_lock(file)) return Error{ErrorCode::FailedPrecondition, path + " is locked: its task is alive"};
  return CheckpointLock(path, std::move(file));
}

}  // namespace aurora::executor
