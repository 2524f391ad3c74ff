#include "executor/survivors.h"

#include <algorithm>
#include <functional>
#include <map>

#include "aurora/os/processes.h"
#include "executor/checkpoint_lock.h"

namespace aurora::executor {
namespace {

class Survivors {
 public:
  Survivors(const WorkFolder& work, const Watched& watched) : work_(work), watched_(watched) {
    const std::string sandbox = work.paths_of(core::TaskId("*")).sandbox;
    const size_t id = sandbox.rfind('*');
    before_id_ = sandbox.substr(0, id);
    after_id_ = sandbox.substr(id + 1);
  }

  void visit(const std::function<void(int pid)>& visit) {
    for (const int pid : os::adopted_children()) {
      // Runners that are being born and writers of logs are copies of us.
      if (watched_.runners.contains(pid) || os::is_copy_of_us(pid)) continue;
      const auto task_id = task_of(pid);
      if (!task_id || !watched_.tasks.contains(*task_id)) visit(pid);
    }
    std::vector<int> all = os::list_processes();
    std::sort(all.begin(), all.end(), std::greater<>());  // the youngest first: they may be gone soon
    for (const int pid : all) {
      const auto task_id = task_of(pid);
      if (task_id && is_over(*task_id)) visit(pid);
    }
  }

 private:
  std::optional<core::TaskId> task_of(int pid) const {
    const auto home = os::environment_of(pid, "HOME");
    const auto task_id = home ? task_of_sandbox(*home) : std::nullopt;
    if (task_id) return task_id;
    const auto run = os::environment_of(pid, "MESOS_DIRECTORY");  // in an image HOME is the same for all
    return run ? task_of_sandbox(*run + "/sandbox") : std::nullopt;
  }

  std::optional<core::TaskId> task_of_sandbox(const std::string& sandbox) const {
    if (!sandbox.starts_with(before_id_) || !sandbox.ends_with(after_id_)) return std::nullopt;
    if (sandbox.size() <= before_id_.size() + after_id_.size()) return std::nullopt;
    std::string id = sandbox.substr(before_id_.size(), sandbox.size() - before_id_.size() - after_id_.size());
    if (id.find('/') != std::string::npos) return std::nullopt;
    return core::TaskId(std::move(id));
  }

  // Its lock is kept meanwhile. A task without a checkpoint is none of which we know that it is over.
  bool is_over(const core::TaskId& task_id) {
    if (watched_.tasks.contains(task_id)) return false;
    auto known = locks_.find(task_id);
    if (known == locks_.end()) {
      known = locks_.emplace(task_id, CheckpointLock::take(work_.paths_of(task_id).checkpoint)).first;
    }
    return known->second.ok();
  }

  const WorkFolder& work_;
  const Watched& watched_;
  std::string before_id_;
  std::string after_id_;
  std::map<core::TaskId, Result<CheckpointLock>> locks_;
};

}  // namespace

bool end_survivors(const WorkFolder& work, const Watched& watched, Duration max) {
  Survivors survivors(work, watched);
  bool is_clean = os::end_families([&](const auto& visit) { survivors.visit(visit); }, max);
  for (const int pid : os::adopted_children()) {
    if (watched.runners.contains(pid)) continue;
    os::reap(pid);
    is_clean = false;  // it may have left one more, or is a writer of logs on its way out
  }
  return is_clean;
}

}  // namespace aurora::executor
