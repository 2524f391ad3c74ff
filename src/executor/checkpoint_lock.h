// The right to say how a task ended: the lock of its checkpoint. It goes from the executor that makes the task
// through the nursery to the runner and is held by one of them as long as the task lives or may still be born; so
// whoever gets it knows that no runner is there and that none will come.
#pragma once

#include "aurora/executor/task_files.h"
#include "aurora/os/files.h"

namespace aurora::executor {

class CheckpointLock {
 public:
  // NotFound: there is no checkpoint; FailedPrecondition: somebody has the lock. Waits for nobody.
  static Result<CheckpointLock> take(const std::string& path);

  Result<core::RunHistory> read() const { return read_history(path_); }
  Status append(std::string_view records) const { return os::append_all(file_, records); }
  const os::Fd& file() const { return file_; }  // to pass the lock on

 private:
  CheckpointLock(std::string path, os::Fd file) : path_(std::move(path)), file_(std::move(file)) {}
  std::string path_;
  os::Fd file_;
};

}  // namespace aurora::executor
