#include "aurora/core/job/validate.h"

#include <catch2/catch.hpp>

#include <cmath>
#include <functional>

#include "support/builders.h"

using namespace aurora;
using namespace aurora::core;

namespace {

struct Case {
  std::function<void(JobConfiguration&, JobLimits&)> edit;
  std::string message;  // empty: accepted
};

void check(const Case& c) {
  JobConfiguration job = test::a_job("www/prod/web", 20);
  JobLimits limits;
  c.edit(job, limits);
  const Result<JobConfiguration> result = validate(job, limits);
  CHECK((result.ok() ? "" : result.error().message) == c.message);
  if (!result.ok()) CHECK(result.error().code == ErrorCode::InvalidArgument);
}

Constraint dedicated(std::set<std::string> values) {
  return {"dedicated", ValueConstraint{false, std::move(values)}};
}

}  // namespace

TEST_CASE("a job is refused with Aurora's words") {
  check({[](auto&, auto&) {}, ""});
  check({[](auto& j, auto&) { j.instance_count = 0; }, "Instance count must be positive."});
  check({[](auto& j, auto&) { j.instance_count = -5; }, "Instance count must be positive."});
  check({[](auto& j, auto&) { j.task_config = {}; }, "Job configuration must have taskConfig set."});
  check({[](auto& j, auto&) { j.key.name = "a b"; },
         "Job key JobKey(role:www, environment:prod, name:a b) is invalid."});
  check({[](auto& j, auto&) { j.key.role = ""; },
         "Job key JobKey(role:, environment:prod, name:web) is invalid."});
  check({[](auto& j, auto&) { j.key.environment = "qa"; },
         R"(Job environment qa doesn't match: ^(prod|devel|test|staging\d*)$)"});
  check({[](auto& j, auto&) { j.key.environment = j.task_config.job.environment = "staging12"; }, ""});
  check({[](auto& j, auto&) { j.key.environment = "stagingx"; },
         R"(Job environment stagingx doesn't match: ^(prod|devel|test|staging\d*)$)"});
  check({[](auto& j, auto&) { j.owner.user = "a;b"; }, "Job user contains illegal characters: a;b"});
  check({[](auto& j, auto&) { j.owner.user = ""; }, ""});
  check({[](auto& j, auto&) { j.task_config.job.name = "api"; },
         "Job key www/prod/web differs from the key of its task configuration, www/prod/api."});
  check({[](auto& j, auto&) {
           j.cron_schedule = "* * * * *";
           j.task_config.is_service = true;
         },
         "A service task may not be run on a cron schedule: www/prod/web"});
}

TEST_CASE("a task configuration is refused with Aurora's words") {
  check({[](auto& j, auto&) { j.task_config.tier = "a b"; }, "Tier contains illegal characters: a b"});
  check({[](auto& j, auto&) { j.task_config.tier = "gold"; }, "Invalid tier 'gold' in TaskConfig."});
  check({[](auto& j, auto&) { j.task_config.executor_config.reset(); }, "Configuration may not be null."});
  check({[](auto& j, auto&) { j.task_config.executor_config->name = ""; },
         "Executor name may not be left unset."});
  check({[](auto& j, auto&) { j.task_config.executor_config->name = "Mine"; },
         "Configuration for executor 'Mine' doesn't exist."});
}

TEST_CASE("dedicated hosts are for their role") {
  const auto with = [](const Constraint& constraint) {
    return [constraint](JobConfiguration& j, JobLimits&) { j.task_config.constraints = {constraint}; };
  };
  check({with({"dedicated", LimitConstraint{1}}), "A dedicated constraint must be of value type."});
  check({with(dedicated({})), "A dedicated constraint must have exactly one value"});
  check({with(dedicated({"www/a", "www/b"})), "A dedicated constraint must have exactly one value"});
  check({with(dedicated({"db/fast"})), "Only db may use hosts dedicated for that role."});
  check({with(dedicated({"www/fast"})), ""});
  check({with(dedicated({"*/fast"})), ""});
}

TEST_CASE("containers need permission") {
  const auto docker = [](JobConfiguration& j) -> DockerContainer& {
    j.task_config.container = DockerContainer{"nginx", {}};
    return std::get<DockerContainer>(j.task_config.container);
  };
  check({[&](auto& j, auto&) { docker(j).image = ""; }, "A container must specify an image."});
  check({[&](auto& j, auto&) {
           docker(j).parameters = {{"a", "b"}};
         },
         "This scheduler is configured to disallow Docker parameters."});
  check({[&](auto& j, auto&) {
           docker(j);
           j.task_config.executor_config.reset();
         },
         "This scheduler is configured to require an executor for Docker-based tasks."});
  check({[&](auto& j, auto&) { docker(j); },
         "This scheduler is not configured to allow the container type DOCKER"});
  check({[&](auto& j, auto& limits) {
           docker(j);
           j.task_config.executor_config.reset();
           limits.allow_docker_containers = true;
           limits.require_docker_use_executor = false;
         },
         ""});
  check({[](auto& j, auto&) {
           j.task_config.container = MesosContainer{std::nullopt, {{"/a", "/b"}}};
         },
         "This scheduler is configured to disallow container volumes."});
}

TEST_CASE("resources must be there") {
  check({[](auto& j, auto&) { j.task_config.resources.cpus = 0; }, "num_cpus must be greater than 0.0"});
  check({[](auto& j, auto&) { j.task_config.resources.cpus = std::nan(""); },
         "num_cpus must be greater than 0.0"});
  check({[](auto& j, auto&) { j.task_config.resources.ram_mb = 0; }, "ram_mb must be greater than 0.0"});
  check({[](auto& j, auto&) { j.task_config.resources.disk_mb = -1; }, "disk_mb must be greater than 0.0"});
  check({[](auto& j, auto&) { j.task_config.resources.gpus = 1; },
         "GPU resource support is disabled in this cluster."});
  check({[](auto& j, auto& limits) {
           limits.allow_gpu_resource = true;
           j.task_config.resources.gpus = -1;
         },
         "num_gpus must not be negative"});
  check({[](auto& j, auto&) { j.task_config.mesos_fetcher_uris = {{}}; },
         "Mesos Fetcher for individual jobs is disabled in this cluster."});
  // The first failure wins.
  check({[](auto& j, auto&) { j.task_config.resources = {}; }, "num_cpus must be greater than 0.0"});
}

TEST_CASE("service level policies must leave something to kill") {
  const auto with = [](const SlaPolicy& policy, int32_t instances, const std::string& tier = "preferred") {
    return [=](JobConfiguration& j, JobLimits&) {
      j.task_config.sla_policy = policy;
      j.task_config.tier = tier;
      j.instance_count = instances;
    };
  };
  check({with(CountSlaPolicy{1, 0}, 20, "preemptible"), "Tier 'preemptible' does not support SlaPolicy."});
  check({with(CountSlaPolicy{1, 0}, 19),
         "Job with fewer than 20 instances cannot have Percentage/Count SlaPolicy."});
  check({with(CountSlaPolicy{20, 0}, 20),
         "Current CountSlaPolicy: count=20 will not allow any instances to be killed. Must be less than "
         "instanceCount=20."});
  check({with(CountSlaPolicy{19, 7200}, 20), ""});
  check({with(CountSlaPolicy{19, 7201}, 20),
         "CountSlaPolicy: durationSecs=7201 must be less than cluster-wide maximum of 7200 secs."});
  check(
      {with(PercentageSlaPolicy{95.1, 0}, 20),
       "Current PercentageSlaPolicy: percentage=95.100000 will not allow any instances to be killed. Must be "
       "less than 95.000000."});
  check({with(PercentageSlaPolicy{95, 0}, 20), ""});
  check({with(PercentageSlaPolicy{95, 9000}, 20),
         "PercentageSlaPolicy: durationSecs=9000 must be less than cluster-wide maximum of 7200 secs."});
  check({with(CoordinatorSlaPolicy{"http://c", "ok"}, 1), ""});
}

TEST_CASE("validation fills in what follows") {
  JobConfiguration job = test::a_job();
  job.task_config.job = {};
  job.task_config.owner = {};
  job.task_config.tier = "";
  job.task_config.production = true;
  job.task_config.resources.ports = {"http", "admin", "health"};
  const TaskConfig config = validate(job, JobLimits{}).value().task_config;
  CHECK(config.job == job.key);
  CHECK(config.owner.user == "ann");
  CHECK(config.tier == "preemptible");
  CHECK_FALSE(config.production);
  CHECK(config.task_links == std::map<std::string, std::string>{{"health", "http://%host%:%port:health%"},
                                                                {"http", "http://%host%:%port:http%"}});
  job.task_config.tier = "preferred";
  job.task_config.task_links = {{"mine", "x"}};
  const TaskConfig preferred = validate(job, JobLimits{}).value().task_config;
  CHECK(preferred.production);
  CHECK(preferred.task_links.size() == 1);
}

TEST_CASE("what is revocable follows from the tier, and a cluster may do without") {
  JobConfiguration job = test::a_job();
  job.task_config.revocable = true;
  CHECK_FALSE(validate(job, JobLimits{}).value().task_config.revocable);
  job.task_config.tier = "revocable";
  job.task_config.revocable = false;
  CHECK(validate(job, JobLimits{}).value().task_config.revocable);
  CHECK_FALSE(validate(job, JobLimits{.enable_revocable_cpus = false}).value().task_config.revocable);
}

TEST_CASE("the number of instances has a limit") {
  const JobLimits limits;
  CHECK(check_instance_count(1, limits).ok());
  CHECK(check_instance_count(4000, limits).ok());
  for (const int64_t count : {int64_t{0}, int64_t{4001}, int64_t{1} << 40}) {
    CHECK(check_instance_count(count, limits).error().message ==
          "Instance count must be between 1 and 4000 inclusive.");
  }
}
