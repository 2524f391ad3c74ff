// Makes sandboxes and plans of tasks in a thread of its own: how long that takes is in the hands of those who write the
// tasks and of the host's user database, and the host loop, which waits for nobody, only collects what is ready.
// Used by the host loop's thread; `ready` is called by the preparer's. Those whose image is not unpacked yet have a preparer of
// their own, as that may take minutes.
#pragma once

#include <condition_variable>
#include <deque>
#include <functional>
#include <mutex>
#include <optional>
#include <set>
#include <thread>
#include <vector>

#include "aurora/core/task/task.h"
#include "aurora/executor/posix_runner_host.h"
#include "aurora/os/files.h"

namespace aurora::executor {

class TaskPreparer {
 public:
  struct Order {
    core::Task task;
    std::vector<std::string> gpus;  // device files that are its own
  };
  struct Prepared {
    uint64_t key = 0;
    // Locked before the runner is there and passed on to it, so that no moment looks as if it had died.
    Result<os::Fd> checkpoint;
    core::RunnerTraits traits;
    std::optional<int32_t> taken_port;  // why it failed: somebody else listens there
    std::optional<Order> waits_for_image = std::nullopt;  // nothing was done: it is for another preparer
  };
  enum class Images { AreHere, MayTakeLong };  // which it takes on

  TaskPreparer(const PosixRunnerConfig& config, Images images, size_t waiting_max, std::function<void()> ready);
  // Waits for the task it is at, but for no image; what is not prepared by then is for the next executor.
  ~TaskPreparer();
  TaskPreparer(const TaskPreparer&) = delete;
  TaskPreparer& operator=(const TaskPreparer&) = delete;

  bool has_room() const;
  // Ends what takes long; one that is prepared already stays so.
  void cancel(uint64_t key);
  void submit(uint64_t key, Order order);
  std::vector<Prepared> take();

 private:
  struct Wanted {
    uint64_t key = 0;
    Order order;
  };

  void run();
  Prepared prepare(const Wanted& wanted) const;
  bool is_cancelled(uint64_t key) const;
  bool is_stopping() const;

  const PosixRunnerConfig config_;
  const Images images_;
  const size_t waiting_max_;
  const std::function<void()> ready_;
  mutable std::mutex mutex_;
  std::condition_variable changed_;
  std::deque<Wanted> wanted_;
  std::vector<Prepared> prepared_;
  uint64_t current_ = 0;          // the key that it is at; 0: none
  std::set<uint64_t> cancelled_;  // of those that are wanted, and the current one
  bool stopping_ = false;
  std::thread thread_;  // last: it uses all of the above
};

}  // namespace aurora::executor
