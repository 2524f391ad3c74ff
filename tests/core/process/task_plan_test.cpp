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
