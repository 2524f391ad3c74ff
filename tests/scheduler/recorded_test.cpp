// A failure of a real devcluster, as it was recorded (tests/scheduler/recorded/record), decided again by this version.
#include <catch2/catch.hpp>

#include "aurora/base/clock.h"
#include "aurora/scheduler/replay.h"
#include "support/builders.h"

namespace aurora::scheduler {
namespace {

using namespace core;

const std::string kRecording = std::string(AURORA_SOURCE_DIR) + "/tests/scheduler/recorded/lost_host.jsonl";

Replay replayed(std::optional<Instant> until) {
  auto reader = store::RecordingReader::open(kRecording);
  REQUIRE(reader.ok());
  Replay replay(utc_alone());
  const Status done = replay.run(*reader, until);
  INFO((done.ok() ? "" : done.error().message));
  REQUIRE(done.ok());
  return replay;
}

JobKey job(const std::string& name) { return {"www-data", "devel", name}; }

// The first moment at which a task of the job is in the status.
Instant first(const Cluster& cluster, const std::string& name, TaskStatus status) {
  Instant moment{INT64_MAX};
  for (const Task* task : cluster.list_job_tasks(job(name))) {
    for (const TaskEvent& event : task->events) {
      if (event.status == status) moment = std::min(moment, event.timestamp);
    }
  }
  return moment;
}

TEST_CASE("a recorded devcluster that lost a host is decided again as it was") {
  const Replay replay = replayed(std::nullopt);
  for (const ReplayDifference& difference : replay.report().differences) {
    UNSCOPED_INFO("round " << difference.round << " " << difference.command << "\nthen " << difference.recorded << "\nnow  " << difference.decided);
  }
  CHECK(replay.report().difference_count == 0);
  CHECK(replay.report().commands > 20);
  CHECK(replay.cluster().count_tasks(job("web")).of(TaskStatus::Running) == 4);
  CHECK(replay.cluster().count_tasks(job("fails")).of(TaskStatus::Failed) >= 3);
  CHECK(replay.cluster().count_tasks(job("big")).of(TaskStatus::Pending) == 1);
}

TEST_CASE("the moment of the loss can be looked at") {
  const Replay whole = replayed(std::nullopt);
  const Instant lost = first(whole.cluster(), "web", TaskStatus::Lost);
  const Replay before = replayed(lost - milliseconds(1));
  CHECK(before.cluster().connected_host_count() == 2);
  CHECK(before.cluster().count_tasks(job("web")).of(TaskStatus::Running) == 4);
  const Replay then = replayed(lost);
  CHECK(then.cluster().connected_host_count() == 1);
  CHECK(then.cluster().count_tasks(job("web")).of(TaskStatus::Running) < 4);
}

}  // namespace
}  // namespace aurora::scheduler
