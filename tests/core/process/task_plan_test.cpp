#include "aurora/core/process/task_plan.h"

#include <catch2/catch.hpp>

using namespace aurora;
using namespace aurora::core;

namespace {

ProcessPlan process(std::string name) {
  ProcessPlan plan;
  plan.name = std::move(name);
  plan.cmdline = "true";
  return plan;
}

TaskPlan plan_of(std::vector<ProcessPlan> processes, std::vector<std::vector<std::string>> orders) {
  TaskPlan plan;
  plan.processes = std::move(processes);
  plan.orders = std::move(orders);
  return plan;
}

ProcessPlan daemon(std::string name) {
  ProcessPlan plan = process(std::move(name));
  plan.daemon = true;
  return plan;
}
ProcessPlan ephemeral(std::string name) {
  ProcessPlan plan = process(std::move(name));
  plan.ephemeral = true;
  return plan;
}
ProcessPlan final_process(std::string name) {
  ProcessPlan plan = process(std::move(name));
  plan.final = true;
  return plan;
}

// p0 before p1 before p2...
TaskPlan chain_of(int length) {
  TaskPlan plan;
  plan.orders.emplace_back();
  for (int i = 0; i < length; ++i) {
    plan.processes.push_back(process("p" + std::to_string(i)));
    plan.orders[0].push_back(plan.processes.back().name);
  }
  return plan;
}

}  // namespace

TEST_CASE("plans that can be run") {
  CHECK(validate(plan_of({process("a")}, {})).ok());
  CHECK(validate(plan_of({process("a"), process("b")}, {{"a", "b"}})).ok());
  CHECK(validate(plan_of({process("a"), process("b"), process("c")}, {{"a", "b"}, {"a", "c"}, {"b", "c"}})).ok());
  CHECK(validate(plan_of({process("a")}, {{"elsewhere", "too"}})).ok());  // entirely outside: ignored
  CHECK(validate(plan_of({process("a"), daemon("d")}, {{"a", "d"}})).ok());
  CHECK(validate(plan_of({ephemeral("a"), ephemeral("b")}, {{"a", "b"}})).ok());
  CHECK(validate(plan_of({process("a"), final_process("f"), final_process("g")}, {{"f", "g"}})).ok());
}

TEST_CASE("plans that cannot be run say why") {
  struct Case {
    TaskPlan plan;
    std::string message;
  };
  const Case cases[] = {
      {plan_of({}, {}), "Task has no processes."},
      {plan_of({process("a"), process("a")}, {}), "Task has invalid process: Duplicate process name: a"},
      {plan_of({process(".a")}, {}), "Task has invalid process: Process name .a must not start with '.' or contain '/'"},
      {plan_of({process("a/b")}, {}), "Task has invalid process: Process name a/b must not start with '.' or contain '/'"},
      {plan_of({process("")}, {}), "Task has invalid process: a process has an empty name"},
      {plan_of({process(std::string("a\0b", 3))}, {}), "Task has invalid process: a process name holds a NUL character"},
      {plan_of({process("a")}, {{"a", "elsewhere"}}), "Invalid process dependencies!"},
      {plan_of({process("a"), final_process("f")}, {{"a", "f"}}), "Invalid process dependencies!"},
      {plan_of({daemon("d"), process("a")}, {{"d", "a"}}),
       "Process a depends on daemon process d, which never finishes"},
      {plan_of({ephemeral("e"), process("a")}, {{"e", "a"}}),
       "Non-ephemeral process a depends on ephemeral process e"},
      {plan_of({process("a"), process("b")}, {{"a", "b"}, {"b", "a"}}),
       "Invalid process dependencies! Cycle through process a"},
      {plan_of({process("a")}, {{"a", "a"}}), "Invalid process dependencies! Cycle through process a"},
  };
  for (const Case& c : cases) {
    const Status status = validate(c.plan);
    REQUIRE_FALSE(status.ok());
    CHECK(status.error().message == c.message);
  }
}

TEST_CASE("plans that are too large for a host say so") {
  struct Case {
    TaskPlan plan;
    std::string message;
  };
  TaskPlan many = chain_of(1001);
  many.orders.clear();
  ProcessPlan longest = process("p");
  longest.cmdline = std::string(131'071, 'x');
  ProcessPlan longer = process("p");
  longer.cmdline = std::string(131'072, 'x');
  ProcessPlan torn = process("p");
  torn.cmdline = std::string("a\0b", 3);
  const std::string name(256, 'n');
  const Case cases[] = {
      {chain_of(1000), ""},
      {many, "the task has 1,001 processes; at most 1,000 are supervised: let a process start the others, or split the job"},
      {plan_of({process("a")}, {std::vector<std::string>(10'000, "other")}), ""},
      {plan_of({process("a")}, {std::vector<std::string>(10'001, "other")}),
       "the order constraints of the task list 10,001 processes; at most 10,000 are followed: leave out what follows "
       "from others"},
      {plan_of({process("a")}, std::vector<std::vector<std::string>>(10'001)),
       "the order constraints of the task list 10,001 processes; at most 10,000 are followed: leave out what follows "
       "from others"},
      {plan_of({process(name.substr(1))}, {}), ""},
      {plan_of({process(name)}, {}), "process \"" + name.substr(0, 40) +
                                         "...\" has a name of 256 bytes; at most 255 can be the name of its log "
                                         "folder: shorten it"},
      {plan_of({longest}, {}), ""},
      {plan_of({longer}, {}), "process \"p\" has a command line of 131,072 bytes; at most 131,071 can be executed: put "
                              "it into a file of the sandbox"},
      {plan_of({torn}, {}), "Task has invalid process: the command line of p holds a NUL character"},
  };
  for (const Case& c : cases) {
    const Status status = validate(c.plan);
    CHECK((status.ok() ? "" : status.error().message) == c.message);
  }
}

// No plan is that large any more; what grows faster than the plan does not come back here.
TEST_CASE("the order of 60,000 processes is checked in no time, cycle or not") {
  TaskPlan plan = chain_of(60'000);
  CHECK(check_structure(plan).ok());
  plan.orders.push_back({plan.processes.back().name, plan.processes.front().name});
  CHECK(check_structure(plan).error().message == "Invalid process dependencies! Cycle through process p0");
}
