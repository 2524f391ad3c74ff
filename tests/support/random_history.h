// Decisions that follow on each other at random: jobs come, tasks move wherever the table lets them, old ones
// are pruned, hosts change.
#pragma once

#include "aurora/core/lifecycle/task_lifecycle.h"
#include "support/decider.h"

namespace aurora::test {

class RandomHistory {
 public:
  explicit RandomHistory(uint64_t seed) : dice_(seed) {
    decider_.settings.timing.history_max_per_job_threshold = 3;
    for (const char* host : {"h1", "h2", "h3"}) keep({core::HostSaved{roomy_host(host, "r1")}});
  }

  void step() {
    decider_.clock.advance(milliseconds(static_cast<int64_t>(dice_.below(120'000))));
    switch (dice_.below(7)) {
      case 0:
        return create();
      case 1:
        return change_host();
      case 2:
        return keep(decider_.run(core::KillTasks{a_job_key(), {a_number(4)}, "", "u"}));
      case 3:
        return keep(decider_.run(core::PruneHistory{a_job_key()}));
      default:
        return move_some_task();
    }
  }

  const std::vector<core::Change>& changes() const { return changes_; }
  const core::Cluster& cluster() const { return decider_.cluster; }

 private:
  int32_t a_number(uint64_t below) { return static_cast<int32_t>(dice_.below(below)); }
  core::JobKey a_job_key() { return a_key("www/prod/job" + std::to_string(dice_.below(3))); }

  void create() {
    core::TaskConfig config = a_config(to_string(a_job_key()));
    config.is_service = dice_.below(2) == 0;
    config.max_task_failures = a_number(3);
    config.resources.cpus = 0.1 * (1 + a_number(3));
    if (dice_.below(4) == 0) config.tier = "revocable";
    keep(decider_.run(core::CreateJob{a_job_of(config, 1 + a_number(4)), "u"}));
  }

  static core::Host roomy_host(const std::string& name, const std::string& rack) {
    core::Host host = a_host(name, rack);
    host.capacity.revocable_cpus = host.capacity.cpus;
    return host;
  }
  void change_host() {
    const std::string name = "h" + std::to_string(1 + a_number(3));
    keep({core::HostSaved{roomy_host(name, "r" + std::to_string(a_number(2)))}});
  }

  void move_some_task() {
    const std::vector<const core::Task*> tasks = decider_.cluster.list_tasks({});
    if (tasks.empty()) return;
    const core::Task& task = *tasks[dice_.below(tasks.size())];
    const auto& statuses = EnumNames<core::TaskStatus>::values;
    const core::TaskStatus to = statuses[dice_.below(statuses.size())].value;
    core::TransitionRequest request{to, std::nullopt};
    if (task.status == core::TaskStatus::Pending && to == core::TaskStatus::Assigned)
      request.assignment = core::Assignment{core::HostId("h" + std::to_string(1 + a_number(3))), {}};
    core::Decision decision;
    core::transition(decider_.cluster, task, request, decider_.context(), decision);
    keep(std::move(decision.changes));
  }

  void keep(const Result<core::Decided>& decision) {
    if (decision.ok()) changes_.insert(changes_.end(), decision->changes.begin(), decision->changes.end());
  }
  void keep(std::vector<core::Change> changes) {
    decider_.apply(changes);
    changes_.insert(changes_.end(), changes.begin(), changes.end());
  }

  Rng dice_;
  Decider decider_;
  std::vector<core::Change> changes_;
};

}  // namespace aurora::test
