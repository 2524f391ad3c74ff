// What it costs to have tasks go for others: hosts full of preemptible tasks, and preferred ones that arrive and have
// waited long enough. Decisions and queue are the scheduler's; hosts end a task 20 ms after they are told. Prints,
// asserts nothing about time.
//
//   ninja -C build preemption_bench && build/preemption_bench [hosts] [preferred tasks]
#include <cstdio>
#include <cstdlib>
#include <ctime>
#include <string>

#include "scheduler/placement_queue.h"
#include "support/decider.h"

using namespace aurora;
using namespace aurora::core;

namespace {

constexpr int32_t kTasksPerHost = 15;  // of a core each, with their executors': the hosts have 16
constexpr Duration kStep = milliseconds(10);
constexpr Duration kTaskEnds = milliseconds(20);

double cpu_seconds() { return static_cast<double>(std::clock()) / CLOCKS_PER_SEC; }

TaskQuery those_that_go() {
  TaskQuery query;
  query.statuses = {TaskStatus::Preempting};
  return query;
}

class Site {
 public:
  explicit Site(int32_t hosts) : hosts_(hosts) {
    decider_.settings.preemption.delay = Duration{};
    for (int32_t i = 0; i < hosts; ++i) {
      Host host = test::a_host("host" + std::to_string(i), "rack" + std::to_string(i % 100));
      apply({HostSaved{host}, HostSeen{host.id, "s", 1, now()}});
    }
    for (int32_t i = 0; i < hosts * kTasksPerHost; ++i) add_batch(i);
  }

  // Returns seconds of the clock until all run; `cpu`: of the scheduler's decisions meanwhile.
  double place_preferred(int32_t count, double& cpu) {
    TaskConfig config = test::a_service("www/prod/web");
    config.tier = "preferred";
    config.production = true;
    config.resources.cpus = 3.75;
    for (int32_t i = 0; i < count; ++i) apply({TaskSaved{test::a_task({.instance = i, .config = config, .at = now()})}});
    const Instant begun = now();
    const double before = cpu_seconds();
    const ConfigHash group = TaskConfigRef(config).hash();
    while (decider_.cluster.pending_groups().contains(group)) pass();
    cpu = cpu_seconds() - before;
    return static_cast<double>((now() - begun).ms) / 1000;
  }
  int64_t victims() const { return victims_; }

 private:
  Instant now() const { return decider_.clock.now(); }

  void add_batch(int32_t number) {
    TaskConfig config = test::a_service("ads/prod/batch" + std::to_string(number % 50));
    config.resources.cpus = 0.75;
    const std::string host = "host" + std::to_string(number % hosts_);
    apply({TaskSaved{test::a_task({.status = TaskStatus::Running, .instance = number / 50, .config = config, .host = host})}});
  }

  void pass() {
    decider_.clock.advance(kStep);
    end_victims();
    const auto due = queue_.take_due(decider_.cluster, now());
    if (due.empty()) return;
    const auto decision = decide(decider_.cluster, PlaceTasks{.groups = due}, decider_.context());
    apply(decision->changes);
    queue_.answered(decider_.cluster, due, std::get<PlaceTasks::Answer>(decision->answer), now());
  }

  void end_victims() {
    std::vector<TaskId> ended;
    for (const Task* task : decider_.cluster.list_tasks(those_that_go())) {
      if (task->events.back().timestamp + kTaskEnds <= now()) ended.push_back(task->id);
    }
    victims_ += static_cast<int64_t>(ended.size());
    for (const TaskId& id : ended) {
      const auto decision = decide(
          decider_.cluster,
          ChangeTask{.task_id = id, .expected = {}, .expected_since = {}, .to = TaskStatus::Killed, .message = {}},
          decider_.context());
      if (!decision.ok()) std::abort();
      apply(decision->changes);
    }
  }

  void apply(const std::vector<Change>& changes) {
    for (const Change& change : changes) {
      queue_.observe(decider_.cluster, change, now());
      decider_.cluster.apply(change);
    }
  }

  const int32_t hosts_;
  test::Decider decider_;
  scheduler::PlacementQueue queue_{decider_.settings, decider_.rng};
  int64_t victims_ = 0;
};

}  // namespace

int main(int argc, char** argv) {
  const int32_t hosts_max = argc > 1 ? std::atoi(argv[1]) : 5'000;
  const int32_t tasks = argc > 2 ? std::atoi(argv[2]) : 1'000;
  double first = 0;
  for (const int32_t hosts : {hosts_max / 10, hosts_max}) {
    const int32_t count = std::min(tasks, hosts);
    Site site(hosts);
    double cpu = 0;
    const double seconds = site.place_preferred(count, cpu);
    const double each_us = cpu / count * 1e6;
    if (first == 0) first = each_us;
    std::printf("%6d hosts, %d tasks each: %5d preferred tasks placed after %5.2f s, %5lld had to go; CPU %6.3f s, %7.1f us a task (%.2f)\n",
                hosts, kTasksPerHost, count, seconds, static_cast<long long>(site.victims()), cpu, each_us, each_us / first);
  }
  return 0;
}
