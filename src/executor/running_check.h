// One health check, or one request to end, that is on its way. It never waits: the poller says when to go on.
// Used by one thread; destroying one that is not over ends what it has started.
#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <string>

#include "aurora/core/process/check_result.h"
#include "aurora/executor/task_surroundings.h"
#include "aurora/os/files.h"
#include "aurora/os/poller.h"

namespace aurora::executor {

class RunningCheck {
 public:
  virtual ~RunningCheck() = default;
  // Goes on without waiting, and begins at the first call. Its result once it has one; until then the poller
  // gives `key` when it can go on.
  virtual std::optional<core::CheckFailure> advance(os::Poller& poller, uint64_t key) = 0;
  // Why one that takes too long has failed.
  virtual std::string timed_out() const = 0;
};

std::unique_ptr<RunningCheck> start_http_check(const core::HttpCheck& check);
// A POST to a port of this machine: any answer is one.
std::unique_ptr<RunningCheck> start_request(int32_t port, const std::string& endpoint);

// Takes the handle of a process that was killed and has not ended yet: somebody has to reap it.
using Bury = std::function<void(os::Fd process)>;
struct ShellSetting {
  const TaskSurroundings* surroundings = nullptr;  // outlives the call
  std::string folder;                              // in which it runs
  std::string mark;                                // NAME=value, by which others find what it leaves behind
  bool switches_user = true;                       // if the task does
};
// As the role without its further groups, in the task's surroundings; its output is read up to some length.
std::unique_ptr<RunningCheck> start_shell_check(const core::ShellCheck& check, const ShellSetting& setting,
                                                Bury bury);

}  // namespace aurora::executor
