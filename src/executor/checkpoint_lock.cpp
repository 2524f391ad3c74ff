#include "executor/checkpoint_lock.h"

namespace aurora::executor {

Result<CheckpointLock> CheckpointLock::take(const std::string& path) {
  os::Fd file = TRY(os::open_existing(path));
  if (!os::try_lock(file))
    return Error{ErrorCode::FailedPrecondition, path + " is locked: its task is alive"};
  return CheckpointLock(path, std::move(file));
}

}  // namespace aurora::executor
