// Every cell of the lifecycle table, as text, against tests/core/task/golden/task_rules.txt.
#include <catch2/catch.hpp>

#include <algorithm>

#include "aurora/core/task/task_rules.h"
#include "support/golden.h"

using namespace aurora;
using namespace aurora::core;

namespace {

// In the order of a task's life.
constexpr std::array kStatuses{
    TaskStatus::Init,       TaskStatus::Pending,  TaskStatus::Throttled,   TaskStatus::Assigned,
    TaskStatus::Starting,   TaskStatus::Running,  TaskStatus::Partitioned, TaskStatus::Restarting,
    TaskStatus::Preempting, TaskStatus::Draining, TaskStatus::Killing,     TaskStatus::Finished,
    TaskStatus::Failed,     TaskStatus::Killed,   TaskStatus::Lost,        TaskStatus::Deleted};
static_assert(kStatuses.size() == EnumNames<TaskStatus>::values.size());

const char* code_of(Step step) {
  switch (step) {
    case Step::IncrementFailures:
      return "F";
    case Step::Save:
      return "S";
    case Step::Reschedule:
      return "R";
    case Step::RescheduleIfService:
      return "Rs";
    case Step::RescheduleIfFailuresLeft:
      return "Rf";
    case Step::RescheduleUnlessKilling:
      return "Rk";
    case Step::MarkLost:
      return "L";
    case Step::Kill:
      return "K";
    case Step::Delete:
      return "D";
  }
  return "?";
}

std::string cell_of(std::optional<TaskStatus> from, TaskStatus to) {
  const TaskRule rule = find_rule(from, to);
  if (rule.noop) return "noop";
  std::string text;
  for (const Step step : rule.steps) text += (text.empty() ? "" : " ") + std::string(code_of(step));
  if (rule.legal) return text;
  return text.empty() ? "-" : "(" + text + ")";
}

std::string padded(std::string text, size_t width) {
  text.resize(std::max(width, text.size()), ' ');
  return text;
}

std::string render_table() {
  std::vector<std::optional<TaskStatus>> rows(kStatuses.begin(), kStatuses.end() - 1);
  rows.push_back(std::nullopt);

  std::string text = padded("from \\ to", 14);
  for (const TaskStatus to : kStatuses) text += padded(std::string(enum_name(to)), 12);
  text = text.substr(0, text.find_last_not_of(' ') + 1) + '\n';
  for (const auto& from : rows) {
    std::string line = padded(from ? std::string(enum_name(*from)) : "no such task", 14);
    for (const TaskStatus to : kStatuses) line += padded(cell_of(from, to), 12);
    text += line.substr(0, line.find_last_not_of(' ') + 1) + '\n';
  }
  return text +
         "\nF count the failure, S save, R reschedule (Rs a service, Rf while failures are left, Rk unless "
         "it was "
         "being killed),\nL then mark as lost, K send a kill, D delete; noop: is there already; - illegal; "
         "(..) "
         "illegal, yet this is done\n";
}

}  // namespace

TEST_CASE("every cell of the lifecycle table is as reviewed") {
  const std::string actual = render_table();
  const test::GoldenResult golden = test::compare_golden("tests/core/task/golden/task_rules.txt", actual);
  INFO(actual);
  CHECK(golden.matches);
}

TEST_CASE("steps come in their fixed order, and only legal moves save") {
  for (const auto& from : EnumNames<TaskStatus>::values) {
    for (const auto& to : EnumNames<TaskStatus>::values) {
      const TaskRule rule = find_rule(from.value, to.value);
      CAPTURE(from.name, to.name);
      CHECK(std::is_sorted(rule.steps.begin(), rule.steps.end()));
      const bool saves = std::count(rule.steps.begin(), rule.steps.end(), Step::Save) == 1;
      const bool deletes = std::count(rule.steps.begin(), rule.steps.end(), Step::Delete) == 1;
      CHECK(rule.legal == (saves != deletes));
      CHECK_FALSE((rule.noop && rule.legal));
    }
  }
}
