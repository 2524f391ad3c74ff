#include "aurora/core/quota/consumption.h"

#include <catch2/catch.hpp>

#include "support/builders.h"

namespace aurora::core {
namespace {

using test::a_task;

TaskConfig a_config_of(const std::string& job, double cpus, bool production, bool dedicated) {
  TaskConfig config = test::a_service(job);
  config.resources.cpus = cpus;
  config.production = production;
  if (dedicated) config.constraints = {{"dedicated", ValueConstraint{false, {"www/db"}}}};
  return config;
}

void run(Cluster& cluster, const TaskConfig& config, int32_t instances,
         TaskStatus status = TaskStatus::Running) {
  for (int32_t id = 0; id < instances; ++id) {
    cluster.apply(TaskSaved{a_task({.status = status, .instance = id, .config = config})});
  }
}

TEST_CASE("a role uses what its active tasks need, by class") {
  Cluster cluster;
  run(cluster, a_config_of("www/prod/a", 1, true, false), 2);
  run(cluster, a_config_of("www/prod/b", 2, false, false), 3, TaskStatus::Pending);
  run(cluster, a_config_of("www/prod/c", 4, true, true), 1);
  run(cluster, a_config_of("www/prod/d", 8, false, true), 1);
  run(cluster, a_config_of("www/prod/e", 99, true, false), 1, TaskStatus::Finished);
  run(cluster, a_config_of("ads/prod/a", 99, true, false), 1);
  const RoleConsumption used = consumption_of(cluster, "www");
  CHECK(used.prod_shared.cpus == 2);
  CHECK(used.non_prod_shared.cpus == 6);
  CHECK(used.prod_dedicated.cpus == 4);
  CHECK(used.non_prod_dedicated.cpus == 8);
  CHECK(used.prod_shared.ram_mb == 2 * 128);
  CHECK(used.prod_shared.disk_mb == 2 * 64);
  CHECK(consumption_of(cluster, "nobody").prod_shared == ResourceTotals{});
}

TEST_CASE("an update under way counts with the larger of before and after") {
  const TaskConfig before = a_config_of("www/prod/a", 1, false, false);
  const TaskConfig after = a_config_of("www/prod/a", 3, false, false);
  Cluster cluster;
  run(cluster, before, 4);
  JobUpdate update;
  update.key = {before.job, UpdateId("u")};
  update.instructions.initial_state = {{TaskConfigRef(before), {{0, 1}}}};
  update.instructions.desired_state = {TaskConfigRef(after), {{0, 1}, {7, 7}}};
  update.events = {{UpdateStatus::RollForwardPaused, Instant{1}, {}, {}}};
  cluster.apply(UpdateSaved{update});
  // Instances 2 and 3 are not touched: 2 x 1; the update counts with 3 x 3.
  CHECK(consumption_of(cluster, "www").non_prod_shared.cpus == 2 + 9);
  update.events.push_back({UpdateStatus::Aborted, Instant{2}, {}, {}});
  cluster.apply(UpdateSaved{update});
  cluster.apply(UpdateEventAdded{update.key, 1, update.events.back()});
  CHECK(consumption_of(cluster, "www").non_prod_shared.cpus == 4);
}

}  // namespace
}  // namespace aurora::core
