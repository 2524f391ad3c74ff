#include "aurora/core/process/collection.h"

#include <catch2/catch.hpp>

using namespace aurora;
using namespace aurora::core;

namespace {

const Instant kNow = Instant{} + hours(24 * 365);
constexpr DiskSpace kRoomy{1000, 900};
constexpr DiskSpace kFull{1000, 50};

// One a day: "t1" ended a day ago, "t2" two days ago.
std::vector<EndedTask> a_task_a_day(int days, bool has_files = true) {
  std::vector<EndedTask> tasks;
  for (int i = 1; i <= days; ++i) tasks.push_back({TaskId("t" + std::to_string(i)), kNow - hours(24 * i), has_files});
  return tasks;
}

std::string text_of(const std::vector<TaskId>& ids) {
  std::string text;
  for (const TaskId& id : ids) text += (text.empty() ? "" : " ") + id.value();
  return text;
}

}  // namespace

TEST_CASE("files go when their task ended longer ago than the age, oldest first") {
  const Collection chosen = choose_collection(a_task_a_day(16), kRoomy, {}, kNow);
  CHECK(text_of(chosen.files) == "t16 t15");
  CHECK(chosen.records.empty());
}

TEST_CASE("files of more tasks than the number go, the oldest of them") {
  const Collection chosen = choose_collection(a_task_a_day(5), kRoomy, {.tasks_max = 3}, kNow);
  CHECK(text_of(chosen.files) == "t5 t4");
}

TEST_CASE("while the disk is short of room a tenth goes at a time, and nothing that somebody may be reading") {
  const Collection chosen = choose_collection(a_task_a_day(10), kFull, {}, kNow);
  CHECK(chosen.is_short_of_disk);
  CHECK(text_of(chosen.files) == "t10 t9");
  const Collection fresh = choose_collection({{TaskId("new"), kNow - minutes(5)}}, kFull, {}, kNow);
  CHECK(fresh.files.empty());
  CHECK_FALSE(choose_collection(a_task_a_day(10), {1000, 100}, {}, kNow).is_short_of_disk);
  CHECK_FALSE(choose_collection(a_task_a_day(10), {}, {}, kNow).is_short_of_disk);
}

TEST_CASE("a record outlives its task's files fourfold, and is never dropped before them") {
  CHECK(choose_collection(a_task_a_day(56, false), kRoomy, {}, kNow).records.empty());
  CHECK(text_of(choose_collection(a_task_a_day(58, false), kRoomy, {}, kNow).records) == "t58 t57");
  CHECK(choose_collection(a_task_a_day(60), kRoomy, {}, kNow).records.empty());
  CHECK(choose_collection(a_task_a_day(40, false), kRoomy, {.tasks_max = 3}, kNow).records.size() == 10);
}

TEST_CASE("nothing to choose from is nothing to delete") {
  const Collection chosen = choose_collection({}, kFull, {}, kNow);
  CHECK(chosen.files.empty());
  CHECK(chosen.records.empty());
}
