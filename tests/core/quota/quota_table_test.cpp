// The arithmetic of quotas (spec/scheduler.md §7), against tests/core/quota/golden/quota.txt: what is used before, what is
// asked, what is said, and what is used after.
#include <catch2/catch.hpp>

#include <cstdio>

#include "aurora/core/quota/consumption.h"
#include "support/decider.h"
#include "support/golden.h"

namespace aurora::core {
namespace {

std::string amount(const ResourceTotals& totals) {
  char text[96];
  std::snprintf(text, sizeof text, "%g/%lld/%lld", totals.cpus, static_cast<long long>(totals.ram_mb),
                static_cast<long long>(totals.disk_mb));
  return text;
}

TaskConfig a_config_of(const std::string& job, const std::string& tier, double cpus, int64_t ram_mb = 10, int64_t disk_mb = 10) {
  TaskConfig config = test::a_service(job);
  config.tier = tier;
  config.production = tier == "preferred";
  config.resources.cpus = cpus;
  config.resources.ram_mb = ram_mb;
  config.resources.disk_mb = disk_mb;
  return config;
}

TaskConfig dedicated(TaskConfig config) {
  config.constraints = {{"dedicated", ValueConstraint{false, {"www/db"}}}};
  return config;
}

// The role www with 10 cores, 1000 MB and 1000 MB.
struct Site : test::Decider {
  Site() {
    ResourceTotals quota;
    quota.cpus = 10;
    quota.ram_mb = quota.disk_mb = 1000;
    apply({QuotaSaved{{"www", quota}}});
  }

  std::string used() const {
    const RoleConsumption use = consumption_of(cluster, "www");
    return "prod " + amount(use.prod_shared) + ", non-prod " + amount(use.non_prod_shared) + ", dedicated prod " +
           amount(use.prod_dedicated) + ", dedicated non-prod " + amount(use.non_prod_dedicated);
  }
  template <typename Command>
  void ask(const std::string& what, const Command& command) {
    const auto decision = run(command);
    text += "  " + what + ": " + (decision.ok() ? "ok" : decision.error().message) + "\n    " + used() + "\n";
  }
  void create(const std::string& what, const TaskConfig& config, int32_t instances) {
    ask("create " + what, CreateJob{test::a_job_of(config, instances), "u"});
  }
  void add(const std::string& what, const std::string& job, int32_t count) {
    ask("add " + what, AddInstances{{test::a_key(job), 0}, count, "u"});
  }
  void update(const std::string& what, const TaskConfig& config, int32_t instances) {
    JobUpdateRequest request;
    request.task_config = config;
    request.instance_count = instances;
    request.settings.update_group_size = 1;
    ask("update " + what, StartUpdate{request, "", "u"});
  }
  void control(const std::string& what, UpdateControl control) {
    ask(what, ControlUpdate{cluster.list_active_updates("www").front()->key, control, "", "u"});
  }
  void cron(const std::string& what, TaskConfig config, int32_t instances) {
    config.is_service = false;
    JobConfiguration job = test::a_job_of(config, instances);
    job.cron_schedule = "0 0 * * *";
    ask("cron " + what, ScheduleCronJob{job, "u"});
  }
  void set_quota(double cpus, int64_t ram_mb, int64_t disk_mb) {
    ResourceTotals wanted;
    wanted.cpus = cpus;
    wanted.ram_mb = ram_mb;
    wanted.disk_mb = disk_mb;
    ask("set " + amount(wanted), SetQuota{{"www", wanted}, "u"});
  }
  void begin(const std::string& what) { text += what + "\n"; }

  std::string text;
};

std::string classes() {
  Site site;
  site.begin("four classes, of which one needs quota");
  site.create("2 x 3 cores, preferred", a_config_of("www/prod/a", "preferred", 3), 2);
  site.create("9 x 9 cores, preemptible", a_config_of("www/prod/b", "preemptible", 9), 9);
  site.create("9 x 9 cores, revocable", a_config_of("www/prod/c", "revocable", 9), 9);
  site.create("9 x 9 cores, preferred, dedicated", dedicated(a_config_of("www/prod/d", "preferred", 9)), 9);
  site.create("9 x 9 cores, preemptible, dedicated", dedicated(a_config_of("www/prod/e", "preemptible", 9)), 9);
  site.create("1 x 4 cores, preferred", a_config_of("www/prod/f", "preferred", 4), 1);
  site.create("1 x 0.01 cores more", a_config_of("www/prod/g", "preferred", 0.01), 1);
  site.add("nothing that fits", "www/prod/a", 1);
  site.ask("kill 1 x 4 cores", KillTasks{test::a_key("www/prod/f"), {}, "", "u"});
  site.add("1 x 3 cores", "www/prod/a", 1);
  return site.text;
}

std::string amounts() {
  Site site;
  site.begin("what is exceeded is told in the order CPU, RAM, disk");
  site.create("all", a_config_of("www/prod/a", "preferred", 11, 1001, 1002), 1);
  site.create("RAM and disk", a_config_of("www/prod/a", "preferred", 1, 600, 700), 2);
  site.create("CPU and disk", a_config_of("www/prod/a", "preferred", 5.5, 500, 700), 2);
  site.create("disk", a_config_of("www/prod/a", "preferred", 5, 500, 501), 2);
  site.create("just enough", a_config_of("www/prod/a", "preferred", 5, 500, 500), 2);
  return site.text;
}

std::string updates() {
  Site site;
  site.begin("an update counts with the larger of before and after, of each amount");
  site.create("4 x 2 cores, 100 MB", a_config_of("www/prod/a", "preferred", 2, 100), 4);
  site.update("to 4 x 3 cores", a_config_of("www/prod/a", "preferred", 3, 100), 4);
  site.update("to 4 x 1 core, 200 MB", a_config_of("www/prod/a", "preferred", 1, 200), 4);
  site.create("1 x 1 core", a_config_of("www/prod/b", "preferred", 1), 1);
  site.create("1 x 2 cores", a_config_of("www/prod/c", "preferred", 2), 1);
  site.control("pause", UpdateControl::Pause);
  site.control("rollback, which is not asked for quota", UpdateControl::Rollback);
  site.control("abort", UpdateControl::Abort);
  site.update("to 4 x 2 cores, not production", a_config_of("www/prod/a", "preemptible", 2, 100), 4);
  site.control("abort", UpdateControl::Abort);
  site.update("that only removes", a_config_of("www/prod/a", "preferred", 2, 100), 1);
  return site.text;
}

std::string crons() {
  Site site;
  site.begin("a cron job counts with its template, whatever runs");
  site.cron("3 x 2 cores", a_config_of("www/prod/a", "preferred", 2), 3);
  site.create("1 x 5 cores", a_config_of("www/prod/b", "preferred", 5), 1);
  site.ask("start it", StartCronJob{test::a_key("www/prod/a"), "u"});
  site.cron("5 x 2 cores in its place", a_config_of("www/prod/a", "preferred", 2), 5);
  site.cron("6 x 2 cores in its place", a_config_of("www/prod/a", "preferred", 2), 6);
  site.cron("1 x 2 cores in its place, while 3 run", a_config_of("www/prod/a", "preferred", 2), 1);
  site.cron("2 x 6 cores, preferred, dedicated", dedicated(a_config_of("www/prod/d", "preferred", 6)), 2);
  site.cron("9 x 9 cores, preemptible", a_config_of("www/prod/c", "preemptible", 9), 9);
  site.ask("deschedule the first", DescheduleCronJob{test::a_key("www/prod/a")});
  return site.text;
}

std::string quotas() {
  Site site;
  site.begin("a quota is not below what is used, and not negative");
  site.create("2 x 2 cores, 100 MB, 50 MB", a_config_of("www/prod/a", "preferred", 2, 100, 50), 2);
  site.set_quota(3.99, 200, 100);
  site.set_quota(4, 199, 100);
  site.set_quota(4, 200, 99);
  site.set_quota(4, 200, 100);
  site.set_quota(-1, 200, 100);
  site.set_quota(4, -2, 100);
  site.ask("kill all", KillTasks{test::a_key("www/prod/a"), {}, "", "u"});
  site.set_quota(0, 0, 0);
  site.create("1 x 1 core", a_config_of("www/prod/b", "preferred", 1), 1);
  return site.text;
}

TEST_CASE("quotas: what counts, what is refused, and with which words") {
  const std::string actual = classes() + amounts() + updates() + crons() + quotas();
  INFO(actual);
  CHECK(test::compare_golden("tests/core/quota/golden/quota.txt", actual).matches);
}

}  // namespace
}  // namespace aurora::core
