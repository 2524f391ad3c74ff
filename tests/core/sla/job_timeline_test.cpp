#include "aurora/core/sla/job_timeline.h"

#include <catch2/catch.hpp>

namespace aurora::core {
namespace {

using enum TaskStatus;

constexpr Instant kFrom{1'700'000'000'000};
constexpr Duration kStep = seconds(10);

SlaTask a_task(int32_t instance, std::vector<std::pair<int64_t, TaskStatus>> events) {
  SlaTask task{.instance_id = instance, .status = events.empty() ? Init : events.back().second};
  for (const auto& [secs, status] : events) task.events.push_back({kFrom + seconds(secs), status});
  return task;
}

// "up/least+restarts" of each step.
std::string timeline(const std::vector<SlaTask>& tasks, int64_t secs = 40) {
  std::string text;
  for (const TimelineStep& step : job_timeline(tasks, {kFrom, kFrom + seconds(secs)}, kStep)) {
    text += std::to_string(step.up) + "/" + std::to_string(step.least_up);
    text += (step.restarts > 0 ? "+" + std::to_string(step.restarts) : "") + " ";
  }
  return text;
}

TEST_CASE("instances are up while their tasks are RUNNING") {
  CHECK(timeline({}) == "0/0 0/0 0/0 0/0 ");
  CHECK(timeline({a_task(0, {})}) == "0/0 0/0 0/0 0/0 ");
  CHECK(timeline({a_task(0, {{-50, Pending}, {-40, Running}})}) == "1/1 1/1 1/1 1/1 ");
  CHECK(timeline({a_task(0, {{-50, Pending}, {-40, Running}, {-5, Killing}, {25, Killed}})}) == "0/0 0/0 0/0 0/0 ");
  CHECK(timeline({a_task(0, {{5, Pending}, {15, Running}}), a_task(1, {{5, Pending}, {25, Running}})}) == "0/0 1/0 2/1 2/2 ");
  CHECK(timeline({a_task(0, {{-50, Pending}, {-40, Running}, {10, Failed}})}) == "0/0 0/0 0/0 0/0 ");
}

TEST_CASE("what took a task's place is a restart, and a gap within a step is seen") {
  CHECK(timeline({a_task(0, {{-50, Pending}, {-40, Running}, {12, Failed}}), a_task(0, {{12, Pending}, {18, Running}})}) ==
        "1/1 1/0+1 1/1 1/1 ");
  // Thrice within a step, in any order.
  CHECK(timeline({a_task(7, {{23, Pending}, {24, Running}}), a_task(7, {{-9, Running}, {21, Failed}}), a_task(7, {{22, Pending}, {22, Lost}}),
                  a_task(7, {{21, Throttled}, {22, Failed}})}) == "1/1 1/1 1/0+3 1/1 ");
  // Before the window.
  CHECK(timeline({a_task(0, {{-50, Running}, {-40, Failed}}), a_task(0, {{-40, Pending}, {-30, Running}})}) == "1/1 1/1 1/1 1/1 ");
}

TEST_CASE("what somebody began anew is no restart") {
  CHECK(timeline({a_task(0, {{-500, Running}, {-400, Killed}}), a_task(0, {{15, Pending}, {15, Running}})}) == "0/0 1/0 1/1 1/1 ");
  CHECK(timeline({a_task(0, {{-500, Running}}), a_task(1, {{15, Pending}, {15, Running}})}) == "1/1 2/1 2/2 2/2 ");
}

TEST_CASE("another instance that begins in the moment in which one ends leaves no gap") {
  CHECK(timeline({a_task(0, {{-50, Running}, {15, Failed}}), a_task(1, {{0, Pending}, {15, Running}})}) == "1/1 1/1 1/1 1/1 ");
}

TEST_CASE("steps are those of the clock, the first and last as long as they are") {
  const Instant from = kFrom + seconds(3);
  const auto steps = job_timeline({}, {from, from + seconds(20)}, kStep);
  REQUIRE(steps.size() == 3);
  CHECK(steps[0].end == kFrom + seconds(10));
  CHECK(steps[1].end == kFrom + seconds(20));
  CHECK(steps[2].end == kFrom + seconds(23));
}

}  // namespace
}  // namespace aurora::core
