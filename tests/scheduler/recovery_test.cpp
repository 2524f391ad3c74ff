#include "scheduler/recovery_bench.h"

namespace aurora::scheduler {
namespace {

TaskQuery of_job(const std::string& name) {
  TaskQuery query;
  query.job_name = name;
  return query;
}

TEST_CASE("the cluster goes back to a copy, without the tasks that were deleted from it") {
  RecoveryBench bench;
  bench.create("www/prod/web", 3);
  bench.create("www/prod/bad", 2);
  const std::string copy = bench.back_up();
  bench.create("www/prod/late", 4);

  REQUIRE(bench.stage(copy) == RecoveryState::Staged);
  CHECK(bench.recovery->report().counts.at("tasks") == 5);
  CHECK(*bench.staged_count() == 5);
  CHECK(bench.delete_tasks(of_job("bad")) == "2 tasks deleted from the backup.");
  CHECK(bench.delete_tasks(of_job("bad")) == "0 tasks deleted from the backup.");
  CHECK(bench.recovery->report().counts.at("tasks") == 3);
  CHECK(*bench.staged_count() == 3);
  CHECK(bench.task_count() == 9);  // the live state is as it was
  CHECK_FALSE(bench.recovery->is_committed());

  CHECK_THAT(bench.commit(), Catch::StartsWith("Backup " + copy + " is the state of the next start"));
  CHECK(bench.recovery->is_committed());
  const auto refused = bench.engine->submit(CreateJob{a_job("www/prod/lost"), "user"});
  REQUIRE_FALSE(refused.ok());
  CHECK(refused.error().code == ErrorCode::Unavailable);
  CHECK_THAT(refused.error().message, Catch::Contains("A backup is being made the state of this scheduler"));
  CHECK(bench.task_count() == 9);
  CHECK_THAT(bench.commit(), Catch::Contains("A backup is being made the state"));
  CHECK_THAT(bench.discard(), Catch::Contains("A backup is being made the state"));
  CHECK_THAT(bench.recovery->stage(copy).error().message, Catch::Contains("already loaded"));

  bench.stop();
  CHECK(bench.commits == 1);
  bench.start();
  CHECK(bench.task_count() == 3);
  CHECK(bench.store->may_be_old());
  CHECK(bench.recovery->list_backups()->size() == 1);  // the copies stay where they are
  CHECK(bench.recovery->report().state == RecoveryState::None);
}

TEST_CASE("what is not there, or is being done, is said in the original's words") {
  RecoveryBench bench;
  CHECK(bench.recovery->list_backups()->empty());
  CHECK(bench.recovery->stage("7").error().message == "Backup " + bench.backups.folder + "/7 does not exist.");
  CHECK(bench.commit() == "No backup loaded.");
  CHECK(bench.delete_tasks(of_job("web")) == "No backup loaded.");
  CHECK(bench.staged_count().error().message == "No backup loaded.");
  CHECK(bench.discard() == "There was no backup loaded.");
  bench.create("www/prod/web", 3);
  bench.back_up();
  CHECK(bench.stage("1") == RecoveryState::Staged);  // by its number
  CHECK(bench.recovery->stage("1").error().message == "Another backup is already loaded.");
  CHECK(bench.discard() == "The backup is unloaded.");
  CHECK(bench.recovery->report().state == RecoveryState::None);
  CHECK(bench.commit() == "No backup loaded.");
}

TEST_CASE("a copy that was discarded while it was loaded is gone, and another may follow at once") {
  RecoveryBench bench;
  bench.create("www/prod/web", 50);
  bench.back_up();
  for (int round = 0; round < 5; ++round) {
    REQUIRE(bench.recovery->stage("1").ok());
    const std::string early = bench.delete_tasks(of_job("none"));
    CHECK_THAT(early, Catch::Contains("is still being loaded") || Catch::Contains("0 tasks deleted"));
    CHECK(bench.discard() == "The backup is unloaded.");
    CHECK(bench.staged_count().error().message == "No backup loaded.");
  }
  CHECK(bench.stage("1") == RecoveryState::Staged);
}

TEST_CASE("a copy that cannot be read says why, and the state is as it was") {
  RecoveryBench bench;
  bench.create("www/prod/web", 3);
  bench.back_up();
  for (const auto& entry : std::filesystem::recursive_directory_iterator(bench.backups.folder)) {
    if (entry.is_regular_file() && entry.path().extension() == ".log") std::filesystem::resize_file(entry.path(), 10);
  }
  CHECK(bench.stage("1") == RecoveryState::Failed);
  CHECK_THAT(bench.recovery->report().message, Catch::StartsWith("Failed to read backup " + bench.backups.folder + "/1: "));
  CHECK(bench.commit() == "No backup loaded.");
  CHECK(bench.task_count() == 3);
  CHECK(bench.stage("1") == RecoveryState::Failed);  // and may be tried again
}

TEST_CASE("a commit that fails leaves the scheduler as it was") {
  RecoveryBench bench;
  bench.create("www/prod/web", 3);
  bench.back_up();
  REQUIRE(bench.stage("1") == RecoveryState::Staged);
  std::filesystem::remove(bench.folder.path() + "/db/restoring/CURRENT");
  CHECK_FALSE(bench.commit().empty());
  CHECK(bench.recovery->report().state == RecoveryState::Failed);
  CHECK_FALSE(bench.recovery->is_committed());
  CHECK(bench.commits == 0);
  bench.create("www/prod/more", 1);  // it takes commands again
  bench.stop();
  bench.start();
  CHECK(bench.task_count() == 4);
}

TEST_CASE("what a killed process had staged is removed by the next") {
  RecoveryBench bench;
  bench.stop();
  const std::string left = bench.folder.path() + "/db/restoring";
  std::filesystem::create_directories(left + "/more");
  bench.start();
  CHECK_FALSE(std::filesystem::exists(left));
}

// --- The engine.

TEST_CASE("a suspended engine decides nothing, refuses what waits, and lets no time pass") {
  Bench bench;
  bench.add_host();
  REQUIRE(bench.submit(CreateJob{a_job("www/prod/web", 1), "user"})->ok());
  std::optional<Result<Answer>> waiting;
  bench.engine->submit_async(CreateJob{a_job("www/prod/late", 1), "user"}, [&](Result<Answer> a) { waiting = std::move(a); });
  bench.engine->suspend("because");
  CHECK_FALSE(bench.engine->run_round());
  REQUIRE(waiting);
  CHECK(waiting->error().message == "because");
  CHECK(bench.submit(CreateJob{a_job("www/prod/later", 1), "user"})->error().message == "because");
  bench.settle(hours(1));
  CHECK(bench.tasks().size() == 1);
  bench.engine->resume();
  CHECK(bench.submit(CreateJob{a_job("www/prod/more", 2), "user"})->ok());
}

}  // namespace
}  // namespace aurora::scheduler
