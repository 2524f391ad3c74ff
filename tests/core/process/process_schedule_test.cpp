#include "core/process/process_schedule.h"

#include <catch2/catch.hpp>
#include <functional>

using namespace aurora;
using namespace aurora::core;
using enum ProcessState;

namespace {

struct Options {
  int32_t max_failures = 1;
  bool daemon = false;
  bool ephemeral = false;
};

TaskPlan plan_of(const std::vector<std::pair<std::string, Options>>& processes,
                 std::vector<std::vector<std::string>> orders = {}) {
  TaskPlan plan;
  for (const auto& [name, options] : processes) {
    ProcessPlan process;
    process.name = name;
    process.max_failures = options.max_failures;
    process.daemon = options.daemon;
    process.ephemeral = options.ephemeral;
    plan.processes.push_back(process);
  }
  plan.orders = std::move(orders);
  return plan;
}

// What may run after each of these runs of process 0 ended so, with the waits over: the schedule in one line.
std::string after(const TaskPlan& plan, const std::vector<ProcessState>& ends) {
  ProcessSchedule schedule(plan, ProcessSchedule::Kind::Ordinary);
  Instant now{1000};
  for (const ProcessState end : ends) {
    schedule.began(0);
    schedule.ended(0, end, now);
    now = now + seconds(5);
  }
  std::string text;
  for (const uint32_t process : schedule.runnable(now)) text += plan.processes[process].name;
  if (schedule.is_complete()) text += " complete";
  if (!schedule.is_healthy()) text += " unhealthy";
  return text;
}

}  // namespace

TEST_CASE("what follows from how a process ended") {
  struct Case {
    Options options;
    std::vector<ProcessState> ends;
    std::string result;
  };
  const Case cases[] = {
      {{}, {}, "a"},
      {{}, {Success}, " complete"},
      {{}, {Failed}, " complete unhealthy"},
      {{}, {Killed}, "a"},
      {{}, {Lost}, "a"},
      {{.max_failures = 2}, {Failed}, "a"},
      {{.max_failures = 2}, {Failed, Failed}, " complete unhealthy"},
      {{.max_failures = 2}, {Failed, Killed, Lost}, "a"},
      {{.max_failures = 0}, {Failed, Failed, Failed, Failed}, "a"},
      {{.daemon = true}, {Success, Success}, "a"},
      {{.daemon = true}, {Success, Failed}, " complete unhealthy"},
      {{.ephemeral = true}, {}, "a complete"},
      {{.ephemeral = true}, {Failed}, " complete"},
      {{.max_failures = 0}, std::vector<ProcessState>(99, Failed), "a"},
      {{.max_failures = 0}, std::vector<ProcessState>(100, Failed), " complete unhealthy"},
      {{.daemon = true}, std::vector<ProcessState>(99, Success), "a"},
      {{.daemon = true}, std::vector<ProcessState>(100, Success), " complete unhealthy"},
      {{}, std::vector<ProcessState>(100, Killed), " complete unhealthy"},
  };
  for (const Case& c : cases) {
    CAPTURE(c.ends.size());
    CHECK(after(plan_of({{"a", c.options}}), c.ends) == c.result);
  }
}

TEST_CASE("successors wait until their predecessors finished") {
  const TaskPlan plan = plan_of({{"a", {}}, {"b", {}}, {"c", {}}}, {{"a", "b"}});
  CHECK(after(plan, {}) == "ac");
  CHECK(after(plan, {Success}) == "bc");
}

TEST_CASE("a failed ephemeral process lets its successors go on") {
  CHECK(after(plan_of({{"a", {.ephemeral = true}}, {"b", {.ephemeral = true}}}, {{"a", "b"}}), {Failed}) ==
        "b complete");
}

TEST_CASE("a failed process with successors is a dead-lock where the task tolerates the failure") {
  TaskPlan plan = plan_of({{"a", {}}, {"b", {}}}, {{"a", "b"}});
  plan.max_failures = 2;
  CHECK(after(plan, {Failed}) == " unhealthy");
  plan.orders.clear();
  CHECK(after(plan, {Failed}) == "b");
}

TEST_CASE("min_duration counts from the end of a run") {
  const TaskPlan plan = plan_of({{"a", {.max_failures = 2}}});
  ProcessSchedule schedule(plan, ProcessSchedule::Kind::Ordinary);
  schedule.began(0);
  schedule.ended(0, Failed, Instant{60'000});
  CHECK(schedule.runnable(Instant{64'999}).empty());
  CHECK(schedule.next_runnable(Instant{61'000}) == Instant{65'000});
  CHECK(schedule.runnable(Instant{65'000}).size() == 1);
}

TEST_CASE("max_concurrency limits what runs, in declaration order") {
  TaskPlan plan = plan_of({{"a", {}}, {"b", {}}, {"c", {}}});
  plan.max_concurrency = 2;
  ProcessSchedule schedule(plan, ProcessSchedule::Kind::Ordinary);
  CHECK(schedule.runnable(Instant{}) == std::vector<uint32_t>{0, 1});
  schedule.began(0);
  schedule.began(1);
  CHECK(schedule.runnable(Instant{}).empty());
  CHECK_FALSE(schedule.next_runnable(Instant{}).has_value());
  schedule.ended(1, Success, Instant{});
  CHECK(schedule.runnable(Instant{}) == std::vector<uint32_t>{2});
}

TEST_CASE("a process that waits again comes back in declaration order") {
  TaskPlan plan = plan_of({{"a", {.max_failures = 3}}, {"b", {}}, {"c", {}}});
  plan.max_concurrency = 1;
  ProcessSchedule schedule(plan, ProcessSchedule::Kind::Ordinary);
  schedule.began(0);
  schedule.ended(0, Failed, Instant{1000});
  CHECK(schedule.runnable(Instant{1000}) == std::vector<uint32_t>{1});
  CHECK(schedule.runnable(Instant{6000}) == std::vector<uint32_t>{0});
  CHECK(schedule.next_runnable(Instant{7000}) == Instant{7000});
}

TEST_CASE("a list of an order that says the same twice is one dependency") {
  const TaskPlan plan = plan_of({{"a", {}}, {"b", {}}}, {{"a", "b"}, {"a", "b"}});
  CHECK(after(plan, {}) == "a");
  CHECK(after(plan, {Success}) == "b");
}

// Each run costs what follows from it: a step through all processes for each of them would take minutes.
TEST_CASE("a chain of 60,000 processes is walked in no time") {
  constexpr uint32_t kLength = 60'000;
  TaskPlan plan;
  plan.orders.emplace_back();
  for (uint32_t i = 0; i < kLength; ++i) {
    plan.processes.emplace_back().name = "p" + std::to_string(i);
    plan.orders[0].push_back(plan.processes.back().name);
  }
  ProcessSchedule schedule(plan, ProcessSchedule::Kind::Ordinary);
  for (uint32_t i = 0; i < kLength; ++i) {
    REQUIRE(schedule.runnable(Instant{}) == std::vector<uint32_t>{i});
    schedule.began(i);
    REQUIRE(schedule.is_healthy());
    schedule.ended(i, Success, Instant{});
  }
  CHECK(schedule.is_complete());
}
