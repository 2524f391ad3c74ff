#include "sim/health.h"

namespace aurora::sim {

using namespace core;

void Health::after(const TaskId& task_id, Duration delay, std::function<void(Runner&)> then) {
  const uint64_t order = watched_.at(task_id);
  setting_.world.after(delay, [this, task_id, order, then = std::move(then)] {
    const auto known = watched_.find(task_id);
    if (known == watched_.end() || known->second != order) return;
    if (Runner* runner = setting_.find_runner(task_id)) then(*runner);
  });
}

void Health::watch(const TaskId& task_id, bool is_healthy) {
  if (!watched_.try_emplace(task_id, ++orders_).second) return;
  if (is_healthy && !proven_.contains(task_id))
    fail(task_id, "is taken for healthy, and no check has passed");
  World& world = setting_.world;
  Duration lives = {};
  if (!is_healthy) {
    lives = world.between(milliseconds(10), seconds(4));
    after(task_id, lives, [this, task_id](Runner& runner) {
      if (runner.health() == "never" || !runner.is_active()) return;
      proven_.insert(task_id);
      setting_.deliver(HealthProven{task_id});
    });
  }
  after(task_id, lives + world.between(seconds(1), seconds(60)), [this, task_id](Runner& runner) {
    if (runner.health() == "well" || !runner.is_active()) return;
    unhealthy_.insert(task_id);
    setting_.deliver(EndRequested{task_id, failed_health_check("http", "simulated")});
  });
}

void Health::shut_down(const TaskId& task_id) {
  watched_[task_id] = ++orders_;
  Runner* runner = setting_.find_runner(task_id);
  if (runner == nullptr || !runner->is_active()) return setting_.deliver(ShutdownDone{task_id});
  setting_.deliver(ShutdownBegun{task_id});
  runner->ask_to_end();
  after(task_id, setting_.world.between(milliseconds(1), seconds(10)),
        [this, task_id](Runner&) { setting_.deliver(ShutdownDone{task_id}); });
}

void Health::leave(const TaskId& task_id) { watched_.erase(task_id); }

void Health::forget() { watched_.clear(); }

void Health::expect_damage() { may_be_damaged_ = true; }

void Health::check(const TaskReport& report) {
  const Runner* runner = setting_.find_runner(report.task_id);
  if (runner == nullptr || may_be_damaged_) return;
  if (report.status == TaskStatus::Running) {
    told_running_.insert(report.task_id);
    if (runner->traits().is_checked && !proven_.contains(report.task_id))
      fail(report.task_id, "runs before it is healthy");
  }
  if (report.status == TaskStatus::Starting && told_running_.contains(report.task_id))
    fail(report.task_id, "starts after it ran");
  const bool is_blamed = report.reason && report.reason->cause == EndCause::HealthCheck;
  if (is_blamed && !unhealthy_.contains(report.task_id))
    fail(report.task_id, "is ended as unhealthy, and no check has failed");
  if (report.status == TaskStatus::Finished && runner->ended_because_asked())
    fail(report.task_id, "has finished, and was asked to end");
}

void Health::fail(const TaskId& task_id, const std::string& what) const {
  setting_.world.fail("task " + task_id.value() + " on " + setting_.host + " " + what);
}

}  // namespace aurora::sim
