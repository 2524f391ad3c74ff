#include "executor/survivors.h"

#include "aurora/os/processes.h"
#include "executor/checkpoint_lock.h"

namespace aurora::executor {
namespace {

class Survivors {
 public:
  explicit Survivors(const WorkFolder& work) : work_(work) {
    const std::string sandbox = work.paths_of(core::TaskId("*")).sandbox;
    const size_t id = sandbox.rfind('*');
    before_id_ = sandbox.substr(0, id);
    after_id_ = sandbox.substr(id + 1);
  }

  std::vector<int> find() {
    std::vector<int> found;
    for (const int pid : os::list_processes()) {
      const auto home = os::environment_of(pid, "HOME");
      const auto task_id = home ? task_of(*home) : std::nullopt;
      if (task_id && is_over(*task_id)) found.push_back(pid);
    }
    return found;
  }

 private:
  std::optional<core::TaskId> task_of(const std::string& sandbox) const {
    if (!sandbox.starts_with(before_id_) || !sandbox.ends_with(after_id_)) return std::nullopt;
    if (sandbox.size() <= before_id_.size() + after_id_.size()) return std::nullopt;
    std::string id =
        sandbox.substr(before_id_.size(), sandbox.size() - before_id_.size() - after_id_.size());
    if (id.find('/') != std::string::npos) return std::nullopt;
    return core::TaskId(std::move(id));
  }

  // Its lock is kept meanwhile. A task without a checkpoint is none of which we know that it is over.
  bool is_over(const core::TaskId& task_id) {
    auto known = locks_.find(task_id);
    if (known == locks_.end()) {
      known = locks_.emplace(task_id, CheckpointLock::take(work_.paths_of(task_id).checkpoint)).first;
    }
    return known->second.ok();
  }

  const WorkFolder& work_;
  std::string before_id_;
  std::string after_id_;
  std::map<core::TaskId, Result<CheckpointLock>> locks_;
};

}  // namespace

bool end_survivors(const WorkFolder& work, Duration max) {
  Survivors survivors(work);
  return os::end_families([&] { return survivors.find(); }, max);
}

}  // namespace aurora::executor
