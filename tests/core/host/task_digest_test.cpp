#include "aurora/core/host/task_digest.h"

#include <algorithm>
#include <catch2/catch.hpp>
#include <map>

#include "aurora/base/rng.h"
#include "support/builders.h"

namespace aurora::core {
namespace {

using Tasks = std::map<TaskId, TaskStatus>;
using enum TaskStatus;

TaskDigest digest_of(const Tasks& tasks) {
  TaskDigest digest;
  for (const auto& [id, status] : tasks) digest.add(id, status);
  return digest;
}

TaskStatus a_status(Rng& dice) { return dice.below(2) == 0 ? Starting : Running; }

Tasks some_tasks(Rng& dice, uint64_t count) {
  Tasks tasks;
  while (tasks.size() < count) tasks.emplace(make_task_id({test::a_key(), 1}, dice.uuid()), a_status(dice));
  return tasks;
}

TEST_CASE("a digest is the same in whatever order its tasks came, and by whatever way they came about") {
  Rng dice(7);
  for (int round = 0; round < 50; ++round) {
    const Tasks tasks = some_tasks(dice, dice.below(60));
    std::vector<std::pair<TaskId, TaskStatus>> shuffled(tasks.begin(), tasks.end());
    for (size_t i = shuffled.size(); i > 1; --i) std::swap(shuffled[i - 1], shuffled[dice.below(i)]);
    TaskDigest digest;
    Tasks others = some_tasks(dice, 20);  // come and go meanwhile
    for (const auto& [id, status] : others) digest.add(id, status);
    for (const auto& [id, status] : shuffled) {
      digest.add(id, Starting);
      digest.remove(id, Starting);
      digest.add(id, status);
    }
    for (const auto& [id, status] : others) digest.remove(id, status);
    REQUIRE(digest == digest_of(tasks));
  }
}

TEST_CASE("a digest hides no difference: not an id, not a status, not two that are exchanged") {
  Rng dice(8);
  std::map<int64_t, Tasks> seen;
  for (int round = 0; round < 300; ++round) {
    Tasks tasks = some_tasks(dice, 2 + dice.below(30));
    std::vector<Tasks> versions = {tasks};
    for (auto& [id, status] : tasks) {
      versions.push_back(tasks);
      versions.back().at(id) = status == Starting ? Running : Starting;
      versions.push_back(tasks);
      versions.back().erase(id);
    }
    versions.push_back(tasks);
    auto& [first_id, first] = *versions.back().begin();
    auto& [second_id, second] = *std::next(versions.back().begin());
    std::swap(first, second);
    TaskId near = tasks.begin()->first;
    std::string text = near.value();
    text.back() = text.back() == '0' ? '1' : '0';
    versions.push_back(tasks);
    versions.back().erase(near);
    versions.back().emplace(TaskId(text), tasks.begin()->second);
    for (const Tasks& version : versions) {
      const auto [known, is_new] = seen.emplace(digest_of(version).hash, version);
      REQUIRE(known->second == version);
    }
  }
}

TEST_CASE("the digest of a set is the same on every machine and in every release") {
  TaskDigest digest;
  CHECK(digest == TaskDigest{0, 0});
  digest.add(TaskId("www-prod-web-0-1"), Starting);
  digest.add(TaskId("www-prod-web-1-x"), Running);
  digest.add(TaskId(""), Running);
  CHECK(digest.count == 3);
  CHECK(digest.hash == 6861865832713344106);
}

Task with_events(std::vector<TaskStatus> statuses) {
  Task task = test::a_task(Pending);
  task.events.clear();
  for (const TaskStatus status : statuses) task.events.push_back({Instant{1}, status, {}, {}});
  task.status = statuses.back();
  return task;
}

TEST_CASE("what the host of a task goes on saying while nothing changes") {
  CHECK(find_told_status(with_events({Pending, Assigned})) == std::nullopt);
  CHECK(find_told_status(with_events({Pending, Assigned, Starting})) == Starting);
  CHECK(find_told_status(with_events({Pending, Assigned, Starting, Running})) == Running);
  CHECK(find_told_status(with_events({Pending, Assigned, Killing})) == std::nullopt);
  CHECK(find_told_status(with_events({Pending, Assigned, Starting, Killing})) == Starting);
  CHECK(find_told_status(with_events({Pending, Assigned, Starting, Running, Restarting, Killing})) ==
        Running);
  CHECK(find_told_status(with_events({Pending, Assigned, Starting, Running, Draining})) == Running);
  CHECK(find_told_status(with_events({Pending, Assigned, Starting, Running, Preempting})) == Running);
  CHECK(find_told_status(with_events({Pending, Assigned, Running, Partitioned})) == Partitioned);
}

TEST_CASE("of a host is expected what its assigned tasks were told as, and how many were never told") {
  ExpectedTasks expected;
  const Task running = test::a_task(Running);
  const Task assigned = test::a_task({.status = Assigned, .instance = 1});
  expected.add(running);
  expected.add(assigned);
  expected.add(test::a_task({.status = Failed, .instance = 2}));
  CHECK(expected.told == digest_of({{running.id, Running}}));
  CHECK(expected.untold == 1);
  expected.remove(running);
  expected.remove(assigned);
  CHECK(expected == ExpectedTasks{});
}

}  // namespace
}  // namespace aurora::core
