// The health checks of one host's tasks and their requests to end, without HTTP and without commands: what
// comes of them is said by the tasks' configurations. Like the real ones they end with the executor's
// process.
#pragma once

#include <functional>
#include <map>
#include <set>

#include "aurora/executor/health_watch.h"
#include "sim/runner.h"

namespace aurora::sim {

class Health final : public executor::HealthWatch {
 public:
  struct Setting {  // of the machine
    World& world;
    const std::string& host;
    std::function<Runner*(const core::TaskId&)> find_runner;
    std::function<void(core::HostEvent)> deliver;
  };
  explicit Health(const Setting& setting) : setting_(setting) {}

  void watch(const core::TaskId& task_id, bool is_healthy) override;
  void shut_down(const core::TaskId& task_id) override;
  void leave(const core::TaskId& task_id) override;

  void forget();         // the executor's process is gone
  void expect_damage();  // the journal may have lost what was told
  bool has_ended(const core::TaskId& task_id) const { return unhealthy_.contains(task_id); }
  // What the executor tells of a task agrees with what its checks have said.
  void check(const core::TaskReport& report);

 private:
  void after(const core::TaskId& task_id, Duration delay, std::function<void(Runner&)> then);
  void fail(const core::TaskId& task_id, const std::string& what) const;

  const Setting& setting_;
  std::map<core::TaskId, uint64_t> watched_;  // by which order
  uint64_t orders_ = 0;
  std::set<core::TaskId> proven_;     // healthy, by this executor or one before
  std::set<core::TaskId> unhealthy_;  // likewise
  std::set<core::TaskId> told_running_;
  bool may_be_damaged_ = false;
};

}  // namespace aurora::sim
