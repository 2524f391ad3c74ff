// Which instances of an update go back to their hosts (Aurora 0.22, spec/scheduler.md §9.8).
#include <catch2/catch.hpp>

#include "core/update/small_cluster.h"

namespace aurora::core {
namespace {

using test::SmallCluster;

constexpr int32_t kInstances = 12;
const JobKey kJob = test::a_key();

TaskConfig version(int number) {
  TaskConfig config = test::a_service();
  config.resources.cpus = 0.5;
  config.executor_config->data = "version " + std::to_string(number);
  return config;
}

struct Bench {
  explicit Bench(bool is_enabled = true) {
    small.decider.settings.update_affinity.is_enabled = is_enabled;
    REQUIRE(small.run(CreateJob{test::a_job_of(version(1), kInstances), "u"}).ok());
    small.pass(seconds(1));
    before = hosts();
    small.watch = [this](const std::vector<Change>& changes) {
      for (const Change& change : changes) {
        if (const auto* kept = std::get_if<InstanceKept>(&change)) claims[kept->instance.instance_id] = *kept;
      }
    };
  }
  void update(TaskConfig config, int32_t instances = kInstances) {
    JobUpdateRequest request;
    request.task_config = std::move(config);
    request.instance_count = instances;
    request.settings.update_group_size = 3;
    const auto answer = small.run(StartUpdate{request, "", "u"});
    REQUIRE(answer.ok());
    small.pass(minutes(2));
    REQUIRE(small.status(*std::get<StartUpdate::Answer>(*answer).key) == UpdateStatus::RolledForward);
    CHECK(small.decider.cluster.check_invariants() == std::nullopt);
  }
  std::map<int32_t, HostId> hosts() {
    std::map<int32_t, HostId> found;
    for (const Task* task : small.decider.cluster.list_active(kJob)) found[task->instance_id] = task->host;
    return found;
  }

  SmallCluster small{6};
  std::map<int32_t, HostId> before;
  std::map<int32_t, InstanceKept> claims;
};

TEST_CASE("with update affinity every replaced instance is on its host again", "[update][affinity]") {
  Bench bench;
  const Instant begun = bench.small.decider.clock.now();
  bench.update(version(2));
  CHECK(bench.claims.size() == kInstances);
  CHECK(bench.claims.at(0).until == begun + minutes(3));
  CHECK(bench.hosts() == bench.before);
  CHECK(bench.small.decider.cluster.list_kept().empty());
}

TEST_CASE("without it no host is kept", "[update][affinity]") {
  Bench bench(false);
  bench.update(version(2));
  CHECK(bench.claims.empty());
}

TEST_CASE("only what surely fits and asks for the same goes back", "[update][affinity]") {
  Bench bench;
  TaskConfig next = version(2);
  SECTION("it asks for less") { next.resources.ram_mb /= 2; }
  SECTION("it asks for more of one resource") { next.resources.disk_mb += 1; }
  SECTION("it has another port") { next.resources.ports.insert(next.resources.ports.end(), "extra"); }
  SECTION("it has another constraint") { next.constraints.push_back({"rack", LimitConstraint{100}}); }
  const bool asks_for_less = next.resources.ram_mb < version(2).resources.ram_mb;
  bench.update(next);
  CHECK(bench.claims.size() == (asks_for_less ? kInstances : 0));
}

TEST_CASE("instances that go for good leave nothing behind", "[update][affinity]") {
  Bench bench;
  bench.update(version(2), 4);
  CHECK(bench.claims.size() == 4);
}

}  // namespace
}  // namespace aurora::core
