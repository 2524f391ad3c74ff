#include "aurora/core/job/task_config.h"

#include <catch2/catch.hpp>

#include <algorithm>
#include <functional>

#include "aurora/base/rng.h"
#include "support/builders.h"

using namespace aurora;
using namespace aurora::core;

namespace {

const Constraint kRack{"rack", LimitConstraint{2}};
const Constraint kHost{"host", ValueConstraint{true, {"h1", "h2"}}};

struct Edit {
  const char* name;
  std::function<void(TaskConfig&)> apply;
};

// One for each field, and more where a field has parts.
const std::vector<Edit> kEdits = {
    {"role", [](auto& c) { c.job.role = "x"; }},
    {"name", [](auto& c) { c.job.name = "x"; }},
    {"role and name swapped", [](auto& c) { std::swap(c.job.role, c.job.name); }},
    {"owner", [](auto& c) { c.owner.user = "x"; }},
    {"is_service", [](auto& c) { c.is_service = true; }},
    {"priority", [](auto& c) { c.priority = -1; }},
    {"max_task_failures", [](auto& c) { c.max_task_failures = 7; }},
    {"production", [](auto& c) { c.production = true; }},
    {"revocable", [](auto& c) { c.revocable = true; }},
    {"tier", [](auto& c) { c.tier = "preferred"; }},
    {"cpus", [](auto& c) { c.resources.cpus = 1.5; }},
    {"ram", [](auto& c) { c.resources.ram_mb = 64; }},
    {"disk", [](auto& c) { c.resources.disk_mb = 128; }},
    {"gpus", [](auto& c) { c.resources.gpus = 1; }},
    {"ports", [](auto& c) { c.resources.ports = {"http"}; }},
    {"two ports",
     [](auto& c) {
       c.resources.ports = {"ht", "tp"};
     }},
    {"limit constraint", [](auto& c) { c.constraints = {kRack}; }},
    {"value constraint", [](auto& c) { c.constraints = {kHost}; }},
    {"uri",
     [](auto& c) {
       c.mesos_fetcher_uris = {{"u", false, false, ""}};
     }},
    {"extracted uri",
     [](auto& c) {
       c.mesos_fetcher_uris = {{"u", true, false, ""}};
     }},
    {"cached uri",
     [](auto& c) {
       c.mesos_fetcher_uris = {{"u", false, true, ""}};
     }},
    {"links",
     [](auto& c) {
       c.task_links = {{"http", "x"}};
     }},
    {"no contact", [](auto& c) { c.contact_email.reset(); }},
    {"contact", [](auto& c) { c.contact_email = ""; }},
    {"no executor", [](auto& c) { c.executor_config.reset(); }},
    {"executor data", [](auto& c) { c.executor_config->data = "{} "; }},
    {"metadata",
     [](auto& c) {
       c.metadata = {{"a", "b"}};
     }},
    {"partition policy", [](auto& c) { c.partition_policy = PartitionPolicy{}; }},
    {"other partition policy",
     [](auto& c) {
       c.partition_policy = PartitionPolicy{false, 0};
     }},
    {"count policy", [](auto& c) { c.sla_policy = CountSlaPolicy{}; }},
    {"percentage policy", [](auto& c) { c.sla_policy = PercentageSlaPolicy{}; }},
    {"docker", [](auto& c) { c.container = DockerContainer{}; }},
    {"volume",
     [](auto& c) {
       c.container = MesosContainer{std::nullopt, {{"/a", "/b", VolumeMode::ReadOnly}}};
     }},
};

}  // namespace

TEST_CASE("hashes are equal exactly when configurations are") {
  std::vector<TaskConfig> all{test::a_config()};
  for (const Edit& edit : kEdits) {
    all.push_back(test::a_config());
    edit.apply(all.back());
  }
  for (size_t i = 0; i < all.size(); ++i) {
    CHECK(hash_of(all[i]) == hash_of(TaskConfig(all[i])));
    for (size_t j = 0; j < i; ++j) {
      CAPTURE(i, j);
      CHECK((hash_of(all[i]) == hash_of(all[j])) == (all[i] == all[j]));
    }
  }
}

TEST_CASE("the order of what is a set does not matter") {
  TaskConfig config = test::a_config();
  config.constraints = {kRack, kHost, {"host", LimitConstraint{1}}};
  config.metadata = {{"b", "1"}, {"a", "2"}, {"a", "1"}};
  config.mesos_fetcher_uris = {{"u2", false, false, ""}, {"u1", false, false, "x"}, {"u1", false, false, ""}};
  TaskConfig other = config;
  std::reverse(other.constraints.begin(), other.constraints.end());
  std::reverse(other.metadata.begin(), other.metadata.end());
  std::reverse(other.mesos_fetcher_uris.begin(), other.mesos_fetcher_uris.end());
  CHECK_FALSE(config == other);
  CHECK(hash_of(config) == hash_of(other));
  CHECK(TaskConfigRef(config) == TaskConfigRef(other));
  CHECK(*TaskConfigRef(config) == *TaskConfigRef(other));
}

TEST_CASE("a hash stays the same over releases") {
  // Stored records name configurations by it.
  TaskConfig config = test::a_config();
  config.executor_config->data = "{}";
  CHECK(hash_of(config).value() == "cef0895da011fc2669478b680c0c045f");
  CHECK(hash_of(TaskConfig{}).value() == "af5570f5a1810b7af78caf4bc70a660f");
}

TEST_CASE("a zero is a zero, whatever its sign") {
  TaskConfig config = test::a_config();
  config.resources.cpus = 0.0;
  TaskConfig negative = config;
  negative.resources.cpus = -0.0;
  CHECK(hash_of(config) == hash_of(negative));
}
