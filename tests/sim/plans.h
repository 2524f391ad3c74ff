// Random plans, each compared with what then really happens, in a cluster in which nothing else does: whoever was there
// before has been sent away, hosts are well and the network is good.
#pragma once

#include "aurora/core/plan/plan.h"
#include "sim/scheduler.h"

namespace aurora::sim {

class Plans {
 public:
  // `let_pass`: simulated time, with all checks.
  Plans(World& world, Scheduler& scheduler, std::function<void(Duration)> let_pass)
      : world_(world), scheduler_(scheduler), let_pass_(std::move(let_pass)) {}

  void run();  // fails the world when something happens that was not planned
  size_t compared() const { return compared_; }
  size_t waiting() const { return waiting_; }    // of these, plans in which something does not fit
  size_t victims() const { return victims_; }    // tasks that they would preempt

 private:
  using TaskStates = std::map<core::TaskId, std::pair<core::JobKey, core::TaskStatus>>;  // of active ones

  bool clear();
  bool make_jobs();
  void compare_one();
  core::PlannedCommand some_command();
  core::TaskConfig some_config(const std::string& job);
  std::optional<core::Plan> plan(const core::PlannedCommand& command);
  std::optional<core::Answer> start(const core::PlannedCommand& command, const core::Plan& plan);
  bool let_settle(const core::JobKey& job);
  void keep_moving(const core::JobKey& job);
  void compare(const core::Plan& plan, const std::optional<core::UpdateKey>& update, const TaskStates& before,
               Instant begun);
  void compare_order(const core::Plan& plan, const core::JobUpdate& update);
  TaskStates list_active();
  Result<core::Answer> submit(core::Command command);
  void fail(const std::string& what);

  World& world_;
  Scheduler& scheduler_;
  const std::function<void(Duration)> let_pass_;
  std::string planned_;  // for messages
  size_t compared_ = 0;
  size_t waiting_ = 0;
  size_t victims_ = 0;
};

}  // namespace aurora::sim
