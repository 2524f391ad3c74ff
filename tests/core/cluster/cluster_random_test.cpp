// Random histories: whatever is done, the invariants hold, applying twice changes nothing, and a replay of
// the final records in any order gives the same cluster.
#include <catch2/catch.hpp>

#include <algorithm>

#include "aurora/core/lifecycle/task_lifecycle.h"
#include "support/decider.h"

using namespace aurora;
using namespace aurora::core;
using test::Decider;

namespace {

class RandomHistory {
 public:
  explicit RandomHistory(uint64_t seed) : dice_(seed) {
    for (const char* host : {"h1", "h2", "h3"}) keep({HostSaved{test::a_host(host)}});
  }

  void step() {
    decider_.clock.advance(milliseconds(static_cast<int64_t>(dice_.below(120'000))));
    switch (dice_.below(6)) {
      case 0:
        return create();
      case 1:
        return change_host();
      case 2:
        return keep(decider_.run(KillTasks{a_job_key(), {a_number(4)}, "", "u"}));
      default:
        return move_some_task();
    }
  }

  const std::vector<Change>& changes() const { return changes_; }
  const Cluster& cluster() const { return decider_.cluster; }

 private:
  int32_t a_number(uint64_t below) { return static_cast<int32_t>(dice_.below(below)); }
  JobKey a_job_key() { return test::a_key("www/prod/job" + std::to_string(dice_.below(3))); }

  void create() {
    TaskConfig config = test::a_config(to_string(a_job_key()));
    config.is_service = dice_.below(2) == 0;
    config.max_task_failures = a_number(3);
    config.resources.cpus = 0.1 * (1 + a_number(3));
    keep(decider_.run(CreateJob{test::a_job_of(config, 1 + a_number(4)), "u"}));
  }

  void change_host() {
    const std::string name = "h" + std::to_string(1 + a_number(3));
    keep({HostSaved{test::a_host(name, "r" + std::to_string(a_number(2)))}});
  }

  void move_some_task() {
    const std::vector<const Task*> tasks = decider_.cluster.list_tasks({});
    if (tasks.empty()) return;
    Task task = *tasks[dice_.below(tasks.size())];
    const auto& statuses = EnumNames<TaskStatus>::values;
    const TaskStatus to = statuses[dice_.below(statuses.size())].value;
    if (task.status == TaskStatus::Pending && to == TaskStatus::Assigned) {
      task.host = HostId("h" + std::to_string(1 + a_number(3)));
    }
    Decision decision;
    transition(decider_.cluster, task, {to, std::nullopt}, decider_.context(), decision);
    keep(std::move(decision.changes));
  }

  void keep(const Result<Decided>& decision) {
    if (decision.ok()) changes_.insert(changes_.end(), decision->changes.begin(), decision->changes.end());
  }
  void keep(std::vector<Change> changes) {
    decider_.apply(changes);
    changes_.insert(changes_.end(), changes.begin(), changes.end());
  }

  Rng dice_;
  Decider decider_;
  std::vector<Change> changes_;
};

std::vector<Task> records_of(const Cluster& cluster) {
  std::vector<Task> records;
  for (const Task* task : cluster.list_tasks({})) records.push_back(*task);
  return records;
}

void check_same(const Cluster& a, const Cluster& b) {
  CHECK(records_of(a) == records_of(b));
  CHECK(a.pending_groups() == b.pending_groups());
  for (const Host* host : a.list_hosts()) {
    CHECK(a.available(host->id) == b.available(host->id));
    for (const JobKey& job : a.list_jobs()) {
      CHECK(a.count_job_tasks(job, "rack", "r1") == b.count_job_tasks(job, "rack", "r1"));
    }
  }
  CHECK(b.check_invariants().value_or("") == "");
}

}  // namespace

TEST_CASE("invariants hold through random histories, which replay to the same cluster") {
  for (uint64_t seed = 1; seed <= 20; ++seed) {
    CAPTURE(seed);
    RandomHistory history(seed);
    Cluster twice;
    size_t applied = 0;
    for (int step = 0; step < 300; ++step) {
      history.step();
      REQUIRE(history.cluster().check_invariants().value_or("") == "");
      for (; applied < history.changes().size(); ++applied) {
        twice.apply(history.changes()[applied]);
        twice.apply(history.changes()[applied]);
      }
    }
    check_same(history.cluster(), twice);

    std::vector<Change> records;
    for (const Task& task : records_of(history.cluster())) records.push_back(TaskSaved{task});
    for (const Host* host : history.cluster().list_hosts()) records.push_back(HostSaved{*host});
    std::reverse(records.begin(), records.end());
    Cluster replayed;
    for (const Change& record : records) replayed.apply(record);
    check_same(history.cluster(), replayed);
  }
}
