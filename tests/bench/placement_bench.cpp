// What placement and single requests cost in a large cluster: 10,000 hosts, 100,000 tasks in 200 groups. Each
// should cost what it changes, whatever the size of the rest. Prints, asserts nothing about time.
//   placement_bench [hosts] [tasks]
#include <malloc.h>

#include <cstdio>
#include <cstdlib>
#include <ctime>
#include <functional>
#include <string>

#include "scheduler/placement_queue.h"
#include "support/decider.h"

using namespace aurora;
using namespace aurora::core;

namespace {

constexpr int32_t kInstancesPerJob = 500;

// Of processor time: other programs may be running.
double milliseconds_of(const std::function<void()>& work) {
  const std::clock_t start = std::clock();
  work();
  return 1000.0 * static_cast<double>(std::clock() - start) / CLOCKS_PER_SEC;
}

void print(const char* what, double total_ms, int64_t count) {
  std::printf("%-62s %10.1f ms %10.2f us each\n", what, total_ms,
              1000 * total_ms / static_cast<double>(count));
}

TaskConfig config_of(int32_t job) {
  TaskConfig config = test::a_service("bench/prod/job" + std::to_string(job));
  config.resources.cpus = 1 + 0.25 * (job % 4);
  if (job % 2 == 0) config.resources.ports = {"http"};
  if (job % 5 == 0) config.constraints = {{"host", LimitConstraint{1}}};
  return config;
}

std::set<ConfigHash> pending(const Cluster& cluster) {
  std::set<ConfigHash> groups;
  for (const auto& [hash, tasks] : cluster.pending_groups()) groups.insert(hash);
  return groups;
}

PlaceTasks::Answer place(test::Decider& decider) {
  const auto decision = decider.run(PlaceTasks{.groups = pending(decider.cluster)});
  decider.effects.clear();
  return std::get<PlaceTasks::Answer>(decision->answer);
}

void connect_hosts(test::Decider& decider, int32_t hosts) {
  for (int32_t i = 0; i < hosts; ++i) {
    const Host host = test::a_host("host" + std::to_string(i), "rack" + std::to_string(i % 100));
    decider.apply({HostSaved{host}, HostSeen{host.id, "s", 1, decider.clock.now()}});
  }
}

void insert_jobs(test::Decider& decider, int32_t tasks) {
  for (int32_t job = 0; job * kInstancesPerJob < tasks; ++job) {
    const TaskConfig config = config_of(job);
    for (int32_t i = 0; i < kInstancesPerJob; ++i) {
      decider.add(test::a_task({.instance = i, .config = config, .suffix = "a"}));
    }
  }
}

int32_t place_all(test::Decider& decider) {
  int32_t placed = 0;
  while (true) {
    const int32_t now = place(decider).placed;
    if (now == 0) return placed;
    placed += now;
  }
}

// The part of the engine that decides which groups are tried, and when.
class Engine {
 public:
  explicit Engine(test::Decider& decider) : decider_(decider), queue_(decider.settings, decider.rng) {
    queue_.add_all(decider.cluster, decider.clock.now());
    for (int i = 0; i < 600; ++i) pass(seconds(1));  // until every group has waited for longest
    tried_ = placed_ = 0;
  }
  void fail(const TaskId& id) {
    const auto ended = decide(
        decider_.cluster,
        ChangeTask{
            .task_id = id, .expected = {}, .expected_since = {}, .to = TaskStatus::Failed, .message = {}},
        decider_.context());
    if (!ended.ok()) std::abort();
    apply(ended->changes);
  }
  void pass(Duration time) {
    decider_.clock.advance(time);
    const auto due = queue_.take_due(decider_.cluster, decider_.clock.now());
    if (due.empty()) return;
    tried_ += static_cast<int64_t>(due.size());
    const auto decision = decide(decider_.cluster, PlaceTasks{.groups = due}, decider_.context());
    apply(decision->changes);
    const auto& answer = std::get<PlaceTasks::Answer>(decision->answer);
    placed_ += answer.placed;
    queue_.answered(decider_.cluster, due, answer, decider_.clock.now());
  }
  int64_t tried() const { return tried_; }
  int64_t placed() const { return placed_; }

 private:
  void apply(const std::vector<Change>& changes) {
    for (const Change& change : changes) {
      queue_.observe(decider_.cluster, change, decider_.clock.now());
      decider_.cluster.apply(change);
    }
  }
  test::Decider& decider_;
  scheduler::PlacementQueue queue_;
  int64_t tried_ = 0;
  int64_t placed_ = 0;
};

void end_and_replace(test::Decider& decider, int32_t count) {
  TaskQuery query;
  query.statuses = {TaskStatus::Assigned};
  const auto assigned = decider.cluster.list_tasks(query);
  std::vector<TaskId> ids;
  for (size_t i = 0; i < assigned.size() && ids.size() < static_cast<size_t>(count);
       i += 1 + assigned.size() / static_cast<size_t>(count)) {
    ids.push_back(assigned[i]->id);
  }
  Engine engine(decider);
  const auto times = static_cast<int64_t>(ids.size());
  const double idle_ms = milliseconds_of([&] {
    for (int64_t i = 0; i < times; ++i) engine.pass(milliseconds(200));
  });
  print("0.2 s pass in a full cluster: stuck groups are tried again", idle_ms, times);
  const double ms = milliseconds_of([&] {
    for (const TaskId& id : ids) {
      engine.fail(id);
      engine.pass(milliseconds(200));
    }
  });
  print("the same with a task that fails, and one that gets its place", ms, times);
  print("so that task costs", ms - idle_ms, times);
  std::printf("%-62s %10lld tried, %lld placed\n", "groups", static_cast<long long>(engine.tried()),
              static_cast<long long>(engine.placed()));
}

void try_stuck(test::Decider& decider, const char* what, const std::function<void(TaskConfig&)>& change) {
  constexpr int32_t kGroups = 100;
  for (int32_t i = 0; i < kGroups; ++i) {
    TaskConfig config = test::a_service("stuck/prod/job" + std::to_string(i));
    change(config);
    decider.add(test::a_task({.config = config, .suffix = what}));
  }
  int32_t tried = 0;
  const double ms = milliseconds_of([&] {
    for (int round = 0; round < 10; ++round) tried += static_cast<int32_t>(place(decider).unplaced.size());
  });
  print(what, ms, tried);
  for (int32_t i = 0; i < kGroups; ++i) {
    const JobKey job = test::a_key("stuck/prod/job" + std::to_string(i));
    for (const Task* task : decider.cluster.list_job_tasks(job)) decider.apply({TaskDeleted{task->id, job}});
  }
}

// A command with everything that the engine does about it in memory.
template <typename Command>
void run(test::Decider& decider, const Command& command) {
  const auto decision = decider.run(command);
  if (!decision.ok()) std::abort();
  for (const Change& change : decision->changes) timers_for(decider.cluster, change, decider.context());
  decider.keep(follow_up(decider.cluster, decision->changes, decider.context()));
  decider.effects.clear();
}

void list_pages(test::Decider& decider) {
  constexpr int kTimes = 200;
  const size_t tasks = decider.cluster.list_tasks({}).size();
  for (const size_t limit : {size_t{100}, size_t{1000}}) {
    print(("a page of " + std::to_string(limit) + " of all tasks").c_str(), milliseconds_of([&] {
            for (size_t i = 0; i < kTimes; ++i)
              (void)decider.cluster.list_task_page({}, {i * tasks / kTimes, limit, false});
          }),
          kTimes);
    TaskQuery query;
    query.statuses = {TaskStatus::Assigned, TaskStatus::Running};
    print(("a page of " + std::to_string(limit) + " of those with a status").c_str(), milliseconds_of([&] {
            for (size_t i = 0; i < kTimes; ++i)
              (void)decider.cluster.list_task_page(query, {i * tasks / kTimes, limit, false});
          }),
          kTimes);
  }
}

// What a task costs in memory, from its creation to RUNNING, all indexes included.
void measure_memory(int32_t hosts, int32_t tasks) {
  test::Decider decider;
  connect_hosts(decider, hosts);
  const auto in_use = [] { return static_cast<double>(mallinfo2().uordblks + mallinfo2().hblkhd); };
  const double before = in_use();
  insert_jobs(decider, tasks);
  place_all(decider);
  for (const TaskStatus to : {TaskStatus::Starting, TaskStatus::Running}) {
    TaskQuery query;
    query.statuses = {to == TaskStatus::Running ? TaskStatus::Starting : TaskStatus::Assigned};
    for (const Task* task : decider.cluster.list_tasks(query)) {
      const auto moved = decider.run(
          ChangeTask{.task_id = task->id, .expected = {}, .expected_since = {}, .to = to, .message = {}});
      if (!moved.ok()) std::abort();
    }
  }
  decider.effects = {};
  std::printf("%-62s %10.0f bytes each, %zu of it the record\n", "a running task in memory",
              (in_use() - before) / tasks, sizeof(Task));
}

void try_requests(test::Decider& decider) {
  constexpr int kTimes = 2'000;
  const auto key = [](int i) { return test::a_key("small/prod/job" + std::to_string(i)); };
  const auto time = [](const char* what, const std::function<void(int)>& once) {
    const double ms = milliseconds_of([&] {
      for (int i = 0; i < kTimes; ++i) once(i);
    });
    print(what, ms, kTimes);
  };
  time("a job of one task is created", [&](int i) {
    run(decider, CreateJob{test::a_job(to_string(key(i)), 1), "bench"});
  });
  time("and killed while it waits", [&](int i) {
    run(decider, KillTasks{.job = key(i), .instances = {}, .message = "", .user = "bench"});
  });
  const std::vector<const Host*> hosts = decider.cluster.list_hosts();
  const auto report = [&](int i, bool complete, TaskStatus status) {
    const HostId host = hosts[static_cast<size_t>(i) % hosts.size()]->id;
    ReportTasks told{
        .host_id = host, .session = "s", .sequence = 0, .host = {}, .complete = complete, .tasks = {}};
    told.sequence = decider.cluster.find_session(host)->sequence + 1;
    for (const Task* task : decider.cluster.list_host_tasks(host))
      told.tasks.push_back({task->id, status, {}, {}});
    return told;
  };
  time("a host tells that its tasks run",
       [&](int i) { run(decider, report(i, false, TaskStatus::Running)); });
  time("a heartbeat with the list of its tasks",
       [&](int i) { run(decider, report(i, true, TaskStatus::Running)); });
  time("one instance of a large job is killed", [&](int i) {
    run(decider, KillTasks{.job = test::a_key("bench/prod/job" + std::to_string(i % 100)),
                           .instances = {i / 100},
                           .message = "",
                           .user = "bench"});
  });
  time("the tasks of one job are listed", [&](int i) {
    TaskQuery query;
    query.role = "bench";
    query.environment = "prod";
    query.job_name = "job" + std::to_string(i % 100);
    if (decider.cluster.list_tasks(query).empty()) std::abort();
  });
  print("all tasks are listed, for a page of them", milliseconds_of([&] {
          for (int i = 0; i < 20; ++i) (void)decider.cluster.list_tasks({});
        }),
        20);
}

}  // namespace

int main(int argc, char** argv) {
  const int32_t hosts = argc > 1 ? std::atoi(argv[1]) : 10'000;
  const int32_t tasks = argc > 2 ? std::atoi(argv[2]) : 100'000;
  test::Decider decider;
  std::printf("%d hosts, %d tasks\n", hosts, tasks);
  print("a host registers", milliseconds_of([&] { connect_hosts(decider, hosts); }), hosts);
  print("a pending task is stored", milliseconds_of([&] { insert_jobs(decider, tasks); }), tasks);
  int32_t placed = 0;
  const double ms = milliseconds_of([&] { placed = place_all(decider); });
  print("a task is placed, and its record changed", ms, placed);
  std::printf("%-62s %10d\n", "placed", placed);
  end_and_replace(decider, 2'000);
  try_stuck(decider, "an attempt of a group that needs more than any host has",
            [](TaskConfig& config) { config.resources.cpus = 100; });
  try_stuck(decider, "an attempt of a group that wants an attribute no host has", [](TaskConfig& config) {
    config.constraints = {{"zone", ValueConstraint{false, {"z"}}}};
  });
  try_requests(decider);
  list_pages(decider);
  measure_memory(hosts, tasks * 9 / 10);
  return 0;
}
