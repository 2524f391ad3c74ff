#include "aurora/core/summary/job_summary.h"

#include <catch2/catch.hpp>

#include "support/builders.h"

namespace aurora::core {
namespace {

using test::a_key;
using test::a_task;

constexpr Instant kNow{1'700'000'000'000};

struct Given {
  TaskStatus status;
  Duration ago = {};
};

void fill(Cluster& cluster, const std::vector<Given>& tasks) {
  int32_t instance = 0;
  for (const Given& given : tasks) {
    cluster.apply(TaskSaved{a_task({.status = given.status, .instance = instance, .at = kNow - given.ago})});
    ++instance;
  }
}

TEST_CASE("every status is counted in its class") {
  const std::pair<TaskStatus, JobStats> cases[] = {
      {TaskStatus::Pending, {1, 0, 0, 0}},    {TaskStatus::Throttled, {1, 0, 0, 0}},
      {TaskStatus::Assigned, {0, 1, 0, 0}},   {TaskStatus::Starting, {0, 1, 0, 0}},
      {TaskStatus::Running, {0, 1, 0, 0}},    {TaskStatus::Restarting, {0, 1, 0, 0}},
      {TaskStatus::Preempting, {0, 1, 0, 0}}, {TaskStatus::Draining, {0, 1, 0, 0}},
      {TaskStatus::Killing, {0, 1, 0, 0}},    {TaskStatus::Partitioned, {0, 1, 0, 0}},
      {TaskStatus::Finished, {0, 0, 1, 0}},   {TaskStatus::Killed, {0, 0, 1, 0}},
      {TaskStatus::Failed, {0, 0, 0, 1}},     {TaskStatus::Lost, {0, 0, 0, 1}},
  };
  for (const auto& [status, stats] : cases) {
    INFO(enum_name(status));
    Cluster cluster;
    fill(cluster, {{status}});
    const auto summary = find_job_summary(cluster, a_key(), kNow, {});
    REQUIRE(summary);
    CHECK(summary->stats == stats);
    CHECK(summary->instance_count == 1);
  }
}

TEST_CASE("a job is unstable while its recent attempts fail") {
  struct Case {
    const char* what;
    std::vector<Given> tasks;
    bool is_unstable;
  };
  const Case cases[] = {
      {"it runs", {{TaskStatus::Running}}, false},
      {"it is held back", {{TaskStatus::Running}, {TaskStatus::Throttled}}, true},
      {"it just failed and runs again", {{TaskStatus::Failed, seconds(5)}, {TaskStatus::Running}}, true},
      {"it failed long ago and runs",
       {{TaskStatus::Failed, hours(1)}, {TaskStatus::Running, minutes(59)}},
       false},
      {"it was lost just now", {{TaskStatus::Lost, seconds(1)}, {TaskStatus::Pending}}, true},
      {"it failed and nothing runs", {{TaskStatus::Failed, hours(5)}}, true},
      {"it finished after a failure",
       {{TaskStatus::Failed, hours(5)}, {TaskStatus::Finished, hours(4)}},
       false},
      {"it was killed", {{TaskStatus::Killed}}, false},
  };
  for (const Case& expected : cases) {
    INFO(expected.what);
    Cluster cluster;
    fill(cluster, expected.tasks);
    CHECK(find_job_summary(cluster, a_key(), kNow, {})->is_unstable == expected.is_unstable);
  }
}

TEST_CASE("a job looks as its latest active task does, else as its latest ended one") {
  Cluster cluster;
  TaskConfig old_config = test::a_service();
  old_config.tier = "old";
  TaskConfig new_config = test::a_config();
  new_config.tier = "new";
  cluster.apply(TaskSaved{
      a_task({.status = TaskStatus::Running, .config = old_config, .suffix = "1", .at = kNow - hours(2)})});
  cluster.apply(
      TaskSaved{a_task({.status = TaskStatus::Finished, .config = new_config, .suffix = "2", .at = kNow})});
  CHECK(find_job_summary(cluster, a_key(), kNow, {})->tier == "old");
  CHECK(find_job_summary(cluster, a_key(), kNow, {})->job_type == "service");
  cluster.apply(TaskSaved{
      a_task({.status = TaskStatus::Failed, .config = old_config, .suffix = "1", .at = kNow - hours(1)})});
  CHECK(find_job_summary(cluster, a_key(), kNow, {})->tier == "new");
  CHECK(find_job_summary(cluster, a_key(), kNow, {})->job_type == "adhoc");
  CHECK_FALSE(find_job_summary(cluster, a_key("www/prod/none"), kNow, {}));
}

TEST_CASE("only active instances are grouped by configuration") {
  Cluster cluster;
  TaskConfig other = test::a_config();
  other.priority = 7;
  for (const int32_t id : {0, 1, 3})
    cluster.apply(TaskSaved{a_task({.status = TaskStatus::Running, .instance = id})});
  cluster.apply(TaskSaved{a_task({.status = TaskStatus::Running, .instance = 2, .config = other})});
  cluster.apply(TaskSaved{a_task({.status = TaskStatus::Finished, .instance = 4})});
  const std::vector<ConfigGroup> groups = list_config_groups(cluster, a_key());
  REQUIRE(groups.size() == 2);
  CHECK(groups[0].instances == std::vector<InstanceRange>{{0, 1}, {3, 3}});
  CHECK(groups[1].instances == std::vector<InstanceRange>{{2, 2}});
  CHECK(groups[1].config->priority == 7);
}

}  // namespace
}  // namespace aurora::core
