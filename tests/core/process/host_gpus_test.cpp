#include <catch2/catch.hpp>

#include "core/process/host_table.h"

using namespace aurora;
using namespace aurora::core;

namespace {

const std::vector<std::string> kGpus{"/dev/nvidia0", "/dev/nvidia1", "/dev/nvidia2"};

Task task_with(const std::string& id, int64_t gpus) {
  Task task = test::task_of(id);
  TaskConfig config = *task.config;
  config.resources.gpus = gpus;
  task.config = TaskConfigRef(config);
  return task;
}

struct Bench {
  Bench() : tasks(make()) {}
  static HostTasks make(const std::vector<std::string>& gpus = kGpus) {
    Host host;
    host.id = HostId("h1");
    return HostTasks(host, "session", {}, "", gpus);
  }
  HostDecision feed(const HostEvent& event) {
    HostDecision decision = tasks.decide(event, now);
    for (const HostRecord& record : decision.records) {
      tasks.apply(record);
      journal.push_back(record);
    }
    return decision;
  }
  std::vector<std::string> launch(const std::string& id, int64_t gpus) {
    feed(LaunchRequested{{task_with(id, gpus)}});
    return gpus_of(id);
  }
  std::vector<std::string> gpus_of(const std::string& id) { return tasks.find(TaskId(id))->summary.gpus; }
  void restart(const std::vector<std::string>& gpus = kGpus) {
    tasks = make(gpus);
    for (const HostRecord& record : journal) tasks.apply(record);
  }
  void end(const std::string& id) { feed(RunnerExited{TaskId(id), {0, std::nullopt, RunState::Success}}); }

  HostTasks tasks;
  Instant now{1'000'000};
  std::vector<HostRecord> journal;
};

using Words = std::vector<std::string>;

}  // namespace

TEST_CASE("a GPU is of one active task at a time") {
  Bench bench;
  CHECK(bench.launch("a", 1) == Words{"/dev/nvidia0"});
  CHECK(bench.launch("none", 0).empty());
  CHECK(bench.launch("b", 2) == Words{"/dev/nvidia1", "/dev/nvidia2"});
  bench.end("a");
  CHECK(bench.launch("c", 1) == Words{"/dev/nvidia0"});
}

TEST_CASE("tasks of one order share no GPU") {
  Bench bench;
  bench.feed(LaunchRequested{{task_with("a", 2), task_with("b", 1)}});
  CHECK(bench.gpus_of("a") == Words{"/dev/nvidia0", "/dev/nvidia1"});
  CHECK(bench.gpus_of("b") == Words{"/dev/nvidia2"});
}

TEST_CASE("the next executor knows whose GPUs are whose, also when it has others") {
  Bench bench;
  bench.launch("a", 1);
  bench.restart();
  CHECK(bench.launch("b", 1) == Words{"/dev/nvidia1"});
  bench.restart({"/dev/nvidia3", "/dev/nvidia1", "/dev/nvidia0"});
  CHECK(bench.launch("c", 1) == Words{"/dev/nvidia3"});
  CHECK(bench.tasks.snapshot().size() == 3);
}

TEST_CASE("a task for which too few GPUs are free is lost, and says so") {
  Bench bench;
  bench.launch("a", 2);
  const HostDecision decision = bench.feed(LaunchRequested{{task_with("b", 2)}});
  CHECK(decision.effects.empty());
  const HostTask* task = bench.tasks.find(TaskId("b"));
  CHECK(task->status == TaskStatus::Lost);
  CHECK(task->message ==
        "Task initialization failed: fewer GPUs are free on this host than the 2 that it asks for");
  CHECK(bench.launch("c", 1) == Words{"/dev/nvidia2"});
}

TEST_CASE("a task that was being prepared begins again with the GPUs that it had, or not at all") {
  Bench bench;
  bench.launch("a", 1);
  bench.restart();
  HostTasks::FoundRunner found;
  found.unprepared = task_with("a", 1);
  CHECK(bench.tasks.adopt(TaskId("a"), found, bench.now).effects.size() == 1);
  // The folder alone, which is all that is left when the journal is lost, does not say which they are.
  std::get<TaskAccepted>(bench.journal.front()).summary.gpus.clear();
  bench.restart();
  const HostDecision decision = bench.tasks.adopt(TaskId("a"), found, bench.now);
  CHECK(decision.effects.empty());
  REQUIRE(decision.records.size() == 1);
  CHECK(std::get<TaskEnded>(decision.records.front()).status == TaskStatus::Lost);
}
