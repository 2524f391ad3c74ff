// A cluster with executors that do as they are told, in simulated time: commands, what follows from them and
// timers run as in the engine, and every launched task starts and stays up unless the test says that it dies.
#pragma once

#include <functional>
#include <map>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "support/decider.h"

namespace aurora::test {

class SmallCluster {
 public:
  explicit SmallCluster(int hosts = 2) {
    decider.settings.host_timeout = hours(10'000);  // no heartbeats here
    core::ResourceTotals plenty;
    plenty.cpus = 1'000;
    plenty.ram_mb = plenty.disk_mb = 1'000'000;
    decider.cluster.apply(core::QuotaSaved{{"www", plenty}});
    for (int i = 1; i <= hosts; ++i) connect("h" + std::to_string(i));
  }

  Decider decider;
  // Runs of which this is true fail as soon as they start.
  std::function<bool(const core::Task&)> dies = [](const core::Task&) { return false; };
  // Coordinators that were to be asked: nobody answers by himself.
  std::function<void(const core::AskCoordinator&)> ask = [](const auto&) {};
  // Called after every batch of changes.
  std::function<void(const std::vector<core::Change>&)> watch = [](const auto&) {};

  void connect(const std::string& name) {
    core::Host host = a_host(name);
    send({.host_id = host.id,
          .session = "s",
          .sequence = ++sequence_,
          .host = host,
          .complete = true,
          .tasks = {}});
  }

  template <typename Command>
  Result<core::Answer> run(const Command& command) {
    Result<core::Decided> decision = decide(decider.cluster, command, decider.context());
    if (!decision.ok()) return std::move(decision).error();
    core::Answer answer = decision->answer;
    keep(*decision);
    return answer;
  }

  // What is due until `span` from now, in order; hosts and placement act at once.
  void pass(Duration span) {
    const Instant end = decider.clock.now() + span;
    settle();
    while (!timers_.empty() && timers_.begin()->first <= end) {
      auto timer = timers_.extract(timers_.begin());
      decider.clock.advance(timer.key() - decider.clock.now());
      std::visit([this](const auto& c) { (void)run(c); }, timer.mapped());
      settle();
    }
    decider.clock.advance(end - decider.clock.now());
  }

  // As after a restart of the scheduler: what is durable stays, the rest is gone.
  void forget_timers() {
    timers_.clear();
    apply({.set = core::timers_after_restart(decider.cluster, decider.context())});
  }

  core::UpdateStatus status(const core::UpdateKey& key) const {
    return core::status_of(*decider.cluster.find_update(key));
  }

 private:
  void send(const core::ReportTasks& report) { AURORA_CHECK(run(report).ok()); }

  void keep(const core::Decision& decision) {
    std::vector<core::Change> changes = decision.changes;
    std::vector<core::Effect> effects = decision.effects;
    while (!changes.empty()) {
      decider.apply(changes);
      for (const core::Change& change : changes)
        apply(core::timers_for(decider.cluster, change, decider.context()));
      watch(changes);
      core::Decision next = core::follow_up(decider.cluster, changes, decider.context());
      changes = std::move(next.changes);
      effects.insert(effects.end(), next.effects.begin(), next.effects.end());
    }
    for (const core::Effect& effect : effects) perform(effect);
  }

  void perform(const core::Effect& effect) {
    if (const auto* launch = std::get_if<core::LaunchTask>(&effect)) {
      const core::Task* task = core::find_launched(decider.cluster, *launch);
      if (task == nullptr) return;
      news_.push_back({launch->host, {task->id, core::TaskStatus::Starting, std::nullopt, {}}});
      news_.push_back({launch->host, {task->id, core::TaskStatus::Running, std::nullopt, {}}});
      if (dies(*task)) {
        news_.push_back({launch->host, {task->id, core::TaskStatus::Failed, "Task failed.", {}}});
      }
    } else if (const auto* kill = std::get_if<core::KillTask>(&effect)) {
      news_.push_back(
          {kill->host, {kill->task_id, core::TaskStatus::Killed, "Instructed to kill task.", {}}});
    } else if (const auto* question = std::get_if<core::AskCoordinator>(&effect)) {
      ask(*question);
    }
  }

  void settle() {
    for (int rounds = 0; rounds < 1000; ++rounds) {
      std::set<core::ConfigHash> groups;
      for (const auto& [hash, tasks] : decider.cluster.pending_groups()) groups.insert(hash);
      if (groups.empty() && news_.empty()) return;
      auto news = std::exchange(news_, {});
      for (const auto& [host, report] : news) {
        send({.host_id = host,
              .session = "s",
              .sequence = ++sequence_,
              .host = {},
              .complete = false,
              .tasks = {report}});
      }
      AURORA_CHECK(run(core::PlaceTasks{.groups = groups}).ok());
      if (news.empty() && news_.empty()) return;  // pending tasks that do not fit
    }
    AURORA_CHECK(false);
  }

  void apply(core::TimerChanges changes) {
    for (const core::TimerSubject& subject : changes.over)
      std::erase_if(timers_, [&](const auto& timer) { return subject_of(timer.second) == subject; });
    for (core::Timer& timer : changes.set) timers_.emplace(timer.due, std::move(timer.command));
  }

  std::multimap<Instant, core::TimedCommand> timers_;
  std::vector<std::pair<core::HostId, core::TaskReport>> news_;  // not yet told to the scheduler
  int64_t sequence_ = 0;
};

}  // namespace aurora::test
