// What a start costs: a store of running tasks is opened, read and verified into the tables, and the timers and
// rooms that the engine keeps are made.
//   ninja -C build load_bench
//   build/load_bench FOLDER [HOSTS] [TASKS]      makes the store in FOLDER unless there is one
// The first run makes the store, the following ones measure: three each, with the malloc that the scheduler
// has (GLIBC_TUNABLES=glibc.malloc.hugetlb=1); 10000 1000000 is the largest cluster.
#include <malloc.h>

#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <ctime>
#include <filesystem>
#include <functional>
#include <string>

#include "aurora/base/log.h"
#include "aurora/store/store.h"
#include "support/builders.h"

namespace {

using namespace aurora;
using namespace aurora::core;

constexpr int32_t kInstancesPerJob = 1'000;
constexpr size_t kChangesPerCommit = 1'000;

void require(bool holds, const std::string& what) {
  if (holds) return;
  std::fprintf(stderr, "load_bench: %s\n", what.c_str());
  std::exit(1);
}

std::string host_name(int32_t number) { return "host" + std::to_string(number) + ".example.org"; }

Task a_running_task(const TaskConfigRef& config, int32_t instance, int32_t number, int32_t hosts, Rng& rng) {
  Task task = test::a_task({.status = TaskStatus::Running,
                            .instance = instance,
                            .suffix = rng.uuid(),
                            .host = host_name(number % hosts)});
  task.config = config;
  task.id = make_task_id(task.instance(), rng.uuid());
  task.assigned_ports["http"] = 31000 + number / hosts;
  for (TaskEvent& event : task.events) event.scheduler = "scheduler1.example.org";
  task.events.front().message = "Job created by ann";
  return task;
}

// As the scheduler writes it: the new task, then what became of it.
void add_history(const Task& task, std::vector<Change>& changes) {
  Task pending = task;
  pending.status = TaskStatus::Pending;
  pending.host = {};
  pending.assigned_ports.clear();
  pending.events.resize(1);
  changes.emplace_back(TaskSaved{std::move(pending)});
  for (size_t i = 1; i < task.events.size(); ++i) {
    TaskMove move{.event = task.events[i]};
    if (move.event.status == TaskStatus::Assigned)
      move.assignment = Assignment{task.host, task.assigned_ports};
    changes.emplace_back(TaskMoved{task.id, static_cast<int32_t>(i), std::move(move)});
  }
}

void make_store(const std::string& folder, int32_t hosts, int32_t tasks) {
  auto store = store::open_rocks_store(folder, store::IfMissing::Initialize);
  require(store.ok() && (*store)->load([](Change) {}).ok(), "cannot make the store");
  Rng rng(1);
  std::vector<Change> changes;
  const auto commit = [&] { require((*store)->commit(std::exchange(changes, {})).ok(), "cannot write"); };
  for (int32_t i = 0; i < hosts; ++i) changes.emplace_back(HostSaved{test::a_host(host_name(i), "r1")});
  commit();
  TaskConfigRef config;
  for (int32_t i = 0; i < tasks; ++i) {
    if (i % kInstancesPerJob == 0) {
      TaskConfig next = test::a_service("www/prod/job" + std::to_string(i / kInstancesPerJob));
      next.resources.ports = {"http"};
      config = TaskConfigRef(std::move(next));
    }
    add_history(a_running_task(config, i % kInstancesPerJob, i, hosts, rng), changes);
    if (changes.size() >= kChangesPerCommit) commit();
  }
  commit();
}

size_t resident_bytes() {
  size_t pages = 0;
  std::FILE* file = std::fopen("/proc/self/statm", "r");
  require(file != nullptr && std::fscanf(file, "%*u %zu", &pages) == 1, "cannot read /proc/self/statm");
  std::fclose(file);
  return pages * 4096;
}

void time(const char* what, int32_t tasks, const std::function<void()>& work) {
  const auto wall = std::chrono::steady_clock::now();
  const std::clock_t cpu = std::clock();
  work();
  const double ms =
      std::chrono::duration<double, std::milli>(std::chrono::steady_clock::now() - wall).count();
  const double cpu_ms = 1000.0 * static_cast<double>(std::clock() - cpu) / CLOCKS_PER_SEC;
  std::printf("%-40s %8.0f ms, CPU %8.0f ms, %6.2f us a task, resident %5zu MB\n", what, ms, cpu_ms,
              1000 * cpu_ms / tasks, resident_bytes() >> 20);
}

}  // namespace

int main(int argc, char** argv) {
  require(argc > 1, "say a folder");
  configure_log(LogFormat::Text, LogLevel::Error);
  const std::string folder = argv[1];
  const int32_t hosts = argc > 2 ? std::atoi(argv[2]) : 10'000;
  const int32_t tasks = argc > 3 ? std::atoi(argv[3]) : 100'000;
  if (!std::filesystem::exists(folder)) {
    time("the store is made", tasks, [&] { make_store(folder, hosts, tasks); });
    return 0;  // what it took is not in the next figures
  }
  std::unique_ptr<store::DurableStore> store;
  time("opened to be read", tasks, [&] {
    auto opened = store::open_rocks_store(folder);
    require(opened.ok(), "cannot open the store");
    store = std::move(opened).value();
  });
  Cluster cluster;
  time("read, verified, opened to be written", tasks, [&] {
    const Status loaded = store->load([&](Change change) { cluster.apply(std::move(change)); });
    require(loaded.ok(), "cannot load");
  });
  require(cluster.task_count(TaskStatus::Running) == static_cast<size_t>(tasks), "tasks are missing");
  std::printf("in use %zu MB\n", (mallinfo2().uordblks + mallinfo2().hblkhd) >> 20);
  return 0;
}
