#include "scheduler/jobs_in_flight.h"

#include <catch2/catch.hpp>

#include "support/builders.h"

namespace aurora::scheduler {
namespace {

using namespace core;

TEST_CASE(
    "whoever tells of a job waits for every durable change of it, until that is durable, and for no "
    "other's") {
  const Task task = test::a_task();
  const JobKey job = task.job();
  JobUpdate update;
  update.key = {job, UpdateId("u1")};
  const std::vector<Change> changes = {
      TaskSaved{task},           TaskMoved{task.id, 1, {}},           TaskDeleted{task.id, job, 0},
      UpdateSaved{update},       UpdateEventAdded{update.key, 0, {}}, InstanceEventAdded{update.key, 0, {}},
      UpdateDeleted{update.key},
  };
  const JobKey other = test::a_key("www/prod/other");
  for (const Change& change : changes) {
    CAPTURE(change.index());
    Cluster cluster;
    cluster.apply(TaskSaved{task});
    JobsInFlight jobs;
    jobs.note(cluster, change, 7);
    CHECK(jobs.newest(job) == 7);
    CHECK(jobs.newest(other) == 0);
    jobs.forget(6);
    CHECK(jobs.newest(job) == 7);
    jobs.note(cluster, change, 9);
    jobs.forget(7);
    CHECK(jobs.newest(job) == 9);
    jobs.forget(9);
    CHECK(jobs.newest(job) == 0);
  }
}

TEST_CASE("whoever tells of a job waits for changes of hosts, which its tasks may be on") {
  const Cluster cluster;
  JobsInFlight jobs;
  jobs.note(cluster, HostSaved{test::a_host()}, 3);
  CHECK(jobs.newest(test::a_key()) == 3);
}

}  // namespace
}  // namespace aurora::scheduler
