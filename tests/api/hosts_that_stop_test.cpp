// The engine and the queues of its outbox, while all hosts stand still and when they go on.
#include <catch2/catch.hpp>
#include <map>
#include <set>

#include "api/host_queues.h"
#include "scheduler/engine_bench.h"

namespace aurora::api {
namespace {

using namespace core;

constexpr HostQueueLimits kLimits = {.launches_max = 300, .relaunches = 100};
constexpr size_t kHosts = 20;
constexpr int32_t kTasks = 2'000;
constexpr Duration kStep = milliseconds(50);

// Hosts that take every launch at once, and report all they have every five seconds; or do nothing at all.
struct Farm final : scheduler::Outbox {
  explicit Farm(const Clock& its_clock) : clock(its_clock) {}

  void post(std::vector<Effect> effects) override {
    for (Effect& effect : effects) queues.push(std::move(effect), clock.monotonic());
    held_max = std::max(held_max, queues.launches());
  }
  size_t room() const override { return queues.make_room(clock.monotonic()); }

  void deliver(const scheduler::Engine& engine) {
    while (auto batch = queues.take(clock.monotonic())) {
      if (!is_stopped) {
        for (const Effect& effect : batch->effects) take(engine, std::get<LaunchTask>(effect));
      }
      queues.finish(*batch, is_stopped ? Delivery::Retry : Delivery::Done, clock.monotonic());
    }
  }
  void take(const scheduler::Engine& engine, const LaunchTask& launch) {
    const auto is_wanted = [&](const Cluster& cluster) { return find_launched(cluster, launch) != nullptr; };
    if (engine.look(is_wanted).value && !running[launch.host].insert(launch.task_id).second) ++repeated;
  }

  const Clock& clock;
  mutable HostQueues queues{kLimits};
  size_t held_max = 0;
  bool is_stopped = false;
  std::map<HostId, std::set<TaskId>> running;
  size_t repeated = 0;  // launches of what ran there
};

struct StoppableCluster : scheduler::Bench {
  Farm farm{clock};
  int64_t sequence = 1;

  StoppableCluster() {
    effects_to = &farm;
    restart();
    for (size_t i = 0; i < kHosts; ++i) {
      ReportTasks report = registration("h" + std::to_string(i));
      report.host->capacity = {.cpus = 1'000, .ram_mb = 1'000'000, .disk_mb = 1'000'000};
      REQUIRE(submit(report)->ok());
    }
    for (int job = 0; job < 10; ++job) {
      (void)submit(CreateJob{test::a_job("www/prod/job" + std::to_string(job), kTasks / 10), "user"});
    }
  }
  void report() {
    ++sequence;
    for (size_t i = 0; i < kHosts; ++i) {
      ReportTasks report;
      report.host_id = HostId("h" + std::to_string(i));
      report.session = "session";
      report.sequence = sequence;
      report.complete = true;
      for (const TaskId& id : farm.running[report.host_id]) {
        report.tasks.push_back({id, TaskStatus::Running, {}, clock.now()});
      }
      engine->submit_async(std::move(report), nullptr);
    }
  }
  void pass(Duration time) {
    for (Duration passed; passed < time; passed = passed + kStep) {
      if (!farm.is_stopped && clock.now().ms % 5'000 < kStep.ms) report();
      settle(kStep);
      farm.deliver(*engine);
    }
  }
  size_t count(TaskStatus status) const {
    return engine->query([&](const Cluster& cluster) { return cluster.task_count(status); });
  }
};

TEST_CASE("all hosts stand still while tasks wait for them, and come back: nothing grows, all run") {
  StoppableCluster cluster;
  cluster.farm.is_stopped = true;
  cluster.pass(seconds(20));
  CHECK(cluster.count(TaskStatus::Assigned) == 200);  // as many as there may be, and the others wait
  CHECK(cluster.count(TaskStatus::Pending) == kTasks - 200);
  CHECK(cluster.farm.queues.launches() == 200);
  cluster.pass(seconds(40));  // what is stale is dropped, and makes room for as many again
  CHECK(cluster.farm.queues.launches() <= 200);
  CHECK(cluster.count(TaskStatus::Assigned) <= 600);

  cluster.farm.is_stopped = false;
  cluster.pass(seconds(30));
  CHECK(cluster.count(TaskStatus::Running) == kTasks);
  CHECK(cluster.engine->query([](const Cluster& all) { return all.list_tasks({}).size(); }) == kTasks);
  CHECK(cluster.farm.queues.launches() == 0);
  CHECK(cluster.farm.queues.waiting() == 0);
  CHECK(cluster.farm.held_max <= kLimits.launches_max);
  CHECK(cluster.farm.repeated == 0);
}

TEST_CASE("hosts that answer are given far more tasks than the outbox has room for at a time") {
  StoppableCluster cluster;
  cluster.pass(seconds(6));
  CHECK(cluster.count(TaskStatus::Running) == kTasks);
  CHECK(cluster.farm.queues.dropped() == 0);
  CHECK(cluster.farm.held_max <= 200);  // nothing is asked for twice, and placement leaves the rest free
}

}  // namespace
}  // namespace aurora::api
