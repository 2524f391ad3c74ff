#include "aurora/core/process/find_end_reason.h"

#include <catch2/catch.hpp>

using namespace aurora;
using namespace aurora::core;

namespace {

constexpr int32_t kRunner = 7;

// A history as its runner would have written it, one call per line.
class Story {
 public:
  Story() { state(RunState::Active, 0); }
  Story& state(RunState state, int64_t at, int32_t by = kRunner) {
    history_.apply(RunStateRecord{state, Instant{at}, by});
    return *this;
  }
  Story& run(uint32_t process, int64_t end, int32_t return_code, ProcessState state = ProcessState::Failed,
             std::string detail = "") {
    history_.apply(ProcessRecord{process, ProcessState::Waiting, Instant{}});
    if (detail.empty()) history_.apply(ProcessRecord{process, ProcessState::Forked, Instant{}, 100});
    if (detail.empty()) history_.apply(ProcessRecord{process, ProcessState::Running, Instant{}, 100});
    history_.apply(ProcessRecord{process, state, Instant{end}, 100, return_code, std::move(detail)});
    return *this;
  }
  Story& runner_ended(int32_t signal, int64_t at) {
    history_.apply(RunnerEndRecord{Instant{at}, 0, signal});
    return *this;
  }
  const RunHistory& history() const { return history_; }

 private:
  RunHistory history_;
};

TaskPlan plan_of(std::vector<std::string> names) {
  TaskPlan plan;
  for (std::string& name : names) plan.processes.emplace_back().name = std::move(name);
  return plan;
}

void check(const TaskPlan& plan, const Story& story, const std::string& sentence) {
  RunnerEnd end{std::nullopt, std::nullopt, story.history().state()};
  if (story.history().runner_end) end = *story.history().runner_end;
  const auto reason = find_end_reason(plan, story.history(), end);
  CHECK((reason ? to_sentence(*reason) : "none") == sentence);
}

using enum RunState;

}  // namespace

TEST_CASE("a task that succeeded has no reason") {
  check(plan_of({"a"}), Story().run(0, 5, 0, ProcessState::Success).state(Cleaning, 5).state(Success, 5), "none");
}

TEST_CASE("the process that failed for good says why its task failed, with its last run") {
  check(plan_of({"a", "b"}), Story().run(1, 5, 3).state(Cleaning, 5).state(Failed, 5),
        "process 'b' exited with code 3");
  TaskPlan retries = plan_of({"a"});
  retries.processes[0].max_failures = 3;
  check(retries, Story().run(0, 1, 2).run(0, 2, 3).run(0, 3, 4).state(Cleaning, 3).state(Failed, 3),
        "process 'a' exited with code 4 (run 3)");
}

TEST_CASE("what the kernel killed for its memory says so") {
  check(plan_of({"a"}), Story().run(0, 5, -9, ProcessState::Failed, "1 process at 48 MB").state(Cleaning, 5).state(Failed, 5),
        "process 'a' was ended by SIGKILL: 1 process at 48 MB");
}

TEST_CASE("what ended only because the task was being wound up decided nothing") {
  check(plan_of({"a", "b"}),
        Story().run(1, 5, 3).state(Cleaning, 5).run(0, 9, 143).state(Failed, 9),
        "process 'b' exited with code 3");
}

TEST_CASE("of several failures the one that reached the task's limit counts, whatever their place in the plan") {
  TaskPlan plan = plan_of({"a", "b", "c"});
  plan.max_failures = 2;
  check(plan, Story().run(2, 1, 1).run(0, 5, 7).state(Cleaning, 5).state(Failed, 5),
        "process 'a' exited with code 7");
}

TEST_CASE("a task that can never go on names the last process that failed") {
  TaskPlan plan = plan_of({"a", "b"});
  plan.max_failures = 0;
  plan.orders = {{"a", "b"}};
  check(plan, Story().run(0, 5, 9).state(Cleaning, 5).state(Failed, 5), "process 'a' exited with code 9");
}

TEST_CASE("ephemeral and final processes fail no task") {
  TaskPlan plan = plan_of({"a", "b", "c"});
  plan.processes[0].ephemeral = true;
  plan.processes[2].final = true;
  check(plan, Story().run(0, 1, 1).run(1, 5, 2).state(Cleaning, 5).run(2, 6, 1).state(Failed, 6),
        "process 'b' exited with code 2");
}

TEST_CASE("a process that goes on failing is given up after its hundredth run") {
  TaskPlan plan = plan_of({"a"});
  plan.processes[0].max_failures = 0;
  Story story;
  for (int i = 0; i < kProcessRunsMax; ++i) story.run(0, i, 1);
  check(plan, story.state(Cleaning, 100).state(Failed, 100), "process 'a' exited with code 1 (run 100)");
}

TEST_CASE("what could not be started says what was in its way") {
  check(plan_of({"a"}),
        Story().run(0, 5, 127, ProcessState::Failed, "cannot execute /bin/bash: No such file or directory")
            .state(Cleaning, 5).state(Failed, 5),
        "process 'a' could not be started: cannot execute /bin/bash: No such file or directory");
}

TEST_CASE("of a killed task one process is told, first of all one that did not leave by itself") {
  const TaskPlan plan = plan_of({"a", "b", "c"});
  check(plan, Story().run(0, 1, 0, ProcessState::Success).state(Active, 5).state(Cleaning, 5)
                  .run(1, 6, -15, ProcessState::Killed).run(2, 6, 143).state(Killed, 6),
        "killed by request; process 'b' was ended by SIGTERM");
  check(plan, Story().state(Cleaning, 5).run(0, 6, -15, ProcessState::Killed).state(Killed, 65)
                  .run(2, 65, -1, ProcessState::Killed),
        "killed by request; process 'c' was ended by SIGKILL");
}

TEST_CASE("a runner that could not say the last word is the reason itself") {
  check(plan_of({"a"}), Story().runner_ended(9, 5).state(Killed, 5, 0), "the task's runner was ended by SIGKILL");
  check(plan_of({"a"}), Story().state(Lost, 5, 0), "the task's runner ended");
  const RunnerEnd invalid{102, std::nullopt, std::nullopt};
  CHECK(to_sentence(find_end_reason({}, {}, invalid).value()) ==
        "the task's runner exited with code 102: its checkpoint says nothing");
}

TEST_CASE("a history that knows more processes than its plan is read as far as both go") {
  check(plan_of({}), Story().run(3, 5, 1).state(Cleaning, 5).state(Failed, 5),
        "the task could not be set up: its processes wait for each other");
}
