#include "aurora/core/quota/consumption.h"

#include <catch2/catch.hpp>

#include "support/decider.h"

namespace aurora::core {
namespace {

using test::a_task;
using test::text_of;

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

TEST_CASE("a cron job counts with a run, or with what runs if that is more") {
  Cluster cluster;
  const TaskConfig template_config = a_config_of("www/prod/nightly", 2, true, false);
  CronJob cron;
  cron.job.key = template_config.job;
  cron.job.task_config = template_config;
  cron.job.instance_count = 3;
  cluster.apply(CronJobSaved{cron});
  CHECK(consumption_of(cluster, "www").prod_shared.cpus == 6);
  run(cluster, template_config, 2);
  CHECK(consumption_of(cluster, "www").prod_shared.cpus == 6);
  run(cluster, template_config, 5);  // of an earlier, larger template
  CHECK(consumption_of(cluster, "www").prod_shared.cpus == 10);
  cluster.apply(CronJobDeleted{template_config.job});
  CHECK(consumption_of(cluster, "www").prod_shared.cpus == 10);
}

ResourceTotals an_amount(double cpus, int64_t ram_mb, int64_t disk_mb) {
  ResourceTotals amount;
  amount.cpus = cpus;
  amount.ram_mb = ram_mb;
  amount.disk_mb = disk_mb;
  return amount;
}

TaskConfig of_tier(const std::string& job, const std::string& tier, double cpus) {
  TaskConfig config = a_config_of(job, cpus, false, false);
  config.tier = tier;
  return config;
}

struct Site : test::Decider {
  Site() { quota(4, 2048, 1024); }
  void quota(double cpus, int64_t ram_mb, int64_t disk_mb) {
    cluster.apply(QuotaSaved{{"www", an_amount(cpus, ram_mb, disk_mb)}});
  }
  std::string create(const TaskConfig& config, int32_t instances) {
    return text_of(run(CreateJob{test::a_job_of(config, instances), "u"}));
  }
  std::string update(const TaskConfig& config, int32_t instances) {
    JobUpdateRequest request;
    request.task_config = config;
    request.instance_count = instances;
    request.settings.update_group_size = 1;
    return text_of(run(StartUpdate{request, "", "u"}));
  }
};

TEST_CASE("production on shared hosts needs quota, and nothing else does") {
  Site site;
  CHECK(site.create(of_tier("www/prod/a", "preferred", 1), 5) ==
        "Insufficient resource quota: CPU quota exceeded by 1.00 core(s)");
  CHECK(site.create(of_tier("www/prod/a", "preferred", 1), 4) == "4 new tasks pending for job www/prod/a");
  CHECK(site.create(of_tier("www/prod/b", "preemptible", 9), 9) == "9 new tasks pending for job www/prod/b");
  TaskConfig dedicated = of_tier("www/prod/c", "preferred", 9);
  dedicated.constraints = {{"dedicated", ValueConstraint{false, {"www/db"}}}};
  CHECK(site.create(dedicated, 1) == "1 new tasks pending for job www/prod/c");
  CHECK(site.create(of_tier("ads/prod/a", "preferred", 0.5), 1) ==
        "Insufficient resource quota: CPU quota exceeded by 0.50 core(s); RAM quota exceeded by 128.00 MB; "
        "disk quota exceeded by 64.00 MB");
  CHECK(text_of(site.run(AddInstances{{test::a_key("www/prod/a"), 0}, 1, "u"})) ==
        "Insufficient resource quota: CPU quota exceeded by 1.00 core(s)");
  site.quota(5, 2048, 1024);
  CHECK(text_of(site.run(AddInstances{{test::a_key("www/prod/a"), 0}, 1, "u"})) ==
        "1 new tasks pending for job www/prod/a");
}

TEST_CASE("who asks for too much is told the figures and what to do") {
  Site site;
  const auto refused = site.run(CreateJob{test::a_job_of(of_tier("www/prod/a", "preferred", 1), 5), "u"});
  REQUIRE_FALSE(refused.ok());
  CHECK(refused.error().code == ErrorCode::ResourceExhausted);
  CHECK(refused.error().details ==
        std::vector<std::string>{"quota of www: 4.00 core(s) CPU, 2048.00 MB RAM, 1024.00 MB disk",
                                 "in use by its production tasks: 0.00 core(s) CPU, 0.00 MB RAM, 0.00 MB disk",
                                 "with this request: 5.00 core(s) CPU, 640.00 MB RAM, 320.00 MB disk",
                                 "an operator can raise it: aurora admin set_quota CLUSTER www CPU RAM DISK"});
}

TEST_CASE("an update needs quota for the larger of before and after, and its rollback for nothing more") {
  Site site;
  CHECK(site.create(of_tier("www/prod/a", "preferred", 1), 3) == "3 new tasks pending for job www/prod/a");
  CHECK(site.update(of_tier("www/prod/a", "preferred", 2), 3) ==
        "Insufficient resource quota: CPU quota exceeded by 2.00 core(s)");
  CHECK(site.update(of_tier("www/prod/a", "preferred", 0.5), 3) == "");
  CHECK(consumption_of(site.cluster, "www").prod_shared.cpus == 3);  // it may come back
  CHECK(site.create(of_tier("www/prod/b", "preferred", 2), 1) ==
        "Insufficient resource quota: CPU quota exceeded by 1.00 core(s)");
  // One that is under way is told, not counted twice.
  CHECK_THAT(site.update(of_tier("www/prod/a", "preferred", 2), 3),
             Catch::StartsWith("An active update already exists for this job"));
}

TEST_CASE("an update to a tier that needs no quota is not asked for any") {
  Site site;
  CHECK(site.create(of_tier("www/prod/a", "preferred", 1), 4) == "4 new tasks pending for job www/prod/a");
  CHECK(site.update(of_tier("www/prod/a", "preemptible", 90), 4) == "");
}

TEST_CASE("a production cron job needs quota for what it adds, on dedicated hosts too") {
  Site site;
  CronJob cron;
  cron.job = test::a_job_of(a_config_of("www/prod/nightly", 1, true, true), 5);
  const auto asked = [&] {
    const Status checked = check_cron_quota(site.cluster, cron.job);
    return checked.ok() ? "" : checked.error().message;
  };
  CHECK(asked() == "Insufficient resource quota: CPU quota exceeded by 1.00 core(s)");
  cron.job.instance_count = 4;
  CHECK(asked() == "");
  cron.job.task_config.constraints.clear();
  site.cluster.apply(CronJobSaved{cron});
  CHECK(asked() == "");  // in place of itself
  cron.job.instance_count = 5;
  CHECK(asked() == "Insufficient resource quota: CPU quota exceeded by 1.00 core(s)");
  cron.job.task_config.production = false;
  CHECK(asked() == "");
  // A template that needed none is no credit for one that needs some.
  site.cluster.apply(CronJobSaved{cron});
  cron.job.task_config.production = true;
  CHECK(asked() == "Insufficient resource quota: CPU quota exceeded by 1.00 core(s)");
}

TEST_CASE("a quota is set, told, and not below what is in use") {
  Site site;
  const auto set = [&](const std::string& role, double cpus, int64_t ram_mb, int64_t disk_mb) {
    return text_of(site.run(SetQuota{{role, an_amount(cpus, ram_mb, disk_mb)}, "u"}));
  };
  CHECK(site.create(of_tier("www/prod/a", "preferred", 1), 4) == "4 new tasks pending for job www/prod/a");
  CHECK(set("www", 3.5, 4096, 4096) ==
        "Quota: 3.50 core(s) CPU, 4096.00 MB RAM, 4096.00 MB disk is less then current prod reservation: "
        "4.00 core(s) CPU, 512.00 MB RAM, 256.00 MB disk");
  CHECK(set("www", -1, 4096, 4096) == "Negative values in: -1.00 core(s) CPU, 4096.00 MB RAM, 4096.00 MB disk");
  CHECK(set("www", 1e13, 1, 1) == "The quota of www is above 1,000,000,000,000; ask for less.");
  CHECK(set("a b", 1, 1, 1) == "Role contains illegal characters: a b");
  CHECK(set("www", 4, 512, 256) == "Quota of www set.");
  CHECK(site.cluster.quota_of("www") == an_amount(4, 512, 256));
  CHECK(site.cluster.quota_of("nobody") == ResourceTotals{});
  CHECK(site.cluster.list_quotas().size() == 1);
}

}  // namespace
}  // namespace aurora::core
