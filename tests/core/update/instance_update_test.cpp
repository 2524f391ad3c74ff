#include "core/update/instance_update.h"

#include <catch2/catch.hpp>

#include "support/builders.h"
#include "support/golden.h"

namespace aurora::core {
namespace {

using test::a_service;
using test::a_task;

const Instant kStart{1'700'000'000'000};

std::string_view name_of(Verdict verdict) {
  switch (verdict) {
    case Verdict::Succeeded:
      return "succeeded";
    case Verdict::Add:
      return "add";
    case Verdict::Kill:
      return "kill";
    case Verdict::Wait:
      return "wait";
    case Verdict::WaitWatch:
      return "wait for the watch time";
    case Verdict::CountFailure:
      return "count a failure";
  }
  return "?";
}

TEST_CASE("what an instance needs, for each state of its task", "[update]") {
  const TaskConfigRef wanted(a_service());
  TaskConfig other = a_service();
  other.priority = 7;
  std::string text = "state of the task : wanted as it is | wanted otherwise | not wanted\n";
  for (const auto& entry : EnumNames<TaskStatus>::values) {
    if (entry.value == TaskStatus::Deleted || entry.value == TaskStatus::Init) continue;
    const Task same = a_task({.status = entry.value, .config = a_service()});
    const Task different = a_task({.status = entry.value, .config = other});
    auto judged = [&](const TaskConfigRef* desired, const Task& task) {
      return std::string(name_of(judge(desired, &task, seconds(45), kStart + seconds(44))));
    };
    text += std::string(entry.name) + " : " + judged(&wanted, same) + " | " + judged(&wanted, different) +
            " | " + judged(nullptr, different) + "\n";
  }
  auto without_task = [&](const TaskConfigRef* desired) {
    return std::string(name_of(judge(desired, nullptr, seconds(45), kStart)));
  };
  text += "no task : " + without_task(&wanted) + " | " + without_task(&wanted) + " | " +
          without_task(nullptr) + "\n";
  CHECK(test::compare_golden("tests/core/update/golden/instance_update.txt", text).matches);
}

TEST_CASE("the watch time begins when the task runs", "[update]") {
  const TaskConfigRef wanted(a_service());
  const Task task = a_task({.status = TaskStatus::Running, .config = a_service(), .at = kStart});
  CHECK(judge(&wanted, &task, seconds(45), kStart + seconds(45) - milliseconds(1)) == Verdict::WaitWatch);
  CHECK(judge(&wanted, &task, seconds(45), kStart + seconds(45)) == Verdict::Succeeded);
  CHECK(judge(&wanted, &task, seconds(0), kStart) == Verdict::Succeeded);
}

}  // namespace
}  // namespace aurora::core
