#include "core/placement/match.h"

#include <catch2/catch.hpp>

#include "aurora/core/placement/task_group.h"
#include "core/host/ports.h"
#include "support/decider.h"
#include "support/golden.h"

namespace aurora::core {
namespace {

using test::a_config;
using test::a_host;
using test::a_task;
using test::Decider;

Constraint value(const std::string& name, std::set<std::string> values, bool negated = false) {
  return {name, ValueConstraint{negated, std::move(values)}};
}
Constraint limit(const std::string& name, int32_t count) { return {name, LimitConstraint{count}}; }

struct Case {
  std::string name;
  std::function<void(TaskConfig&, Host&)> change;
  std::string reasons;
  int64_t score = 0;
};

TEST_CASE("every reason not to use a host", "[placement]") {
  const Case cases[] = {
      {"nothing in the way", [](TaskConfig&, Host&) {}, "", 0},
      {"dedicated host", [](TaskConfig&, Host& h) { h.attributes["dedicated"] = {"www/db"}; },
       "Host is dedicated", 1'000'000},
      {"dedicated host, dedicated task",
       [](TaskConfig& t, Host& h) {
         h.attributes["dedicated"] = {"www/db"};
         t.constraints = {value("dedicated", {"www/db"})};
       },
       "", 0},
      {"dedicated host, task of another",
       [](TaskConfig& t, Host& h) {
         h.attributes["dedicated"] = {"www/db"};
         t.constraints = {value("dedicated", {"ads/db"})};
       },
       "Constraint not satisfied: dedicated", 10'000},
      {"scheduled maintenance", [](TaskConfig&, Host& h) { h.mode = MaintenanceMode::Scheduled; }, "", 0},
      {"draining", [](TaskConfig&, Host& h) { h.mode = MaintenanceMode::Draining; },
       "Host draining for maintenance", 100'000},
      {"drained", [](TaskConfig&, Host& h) { h.mode = MaintenanceMode::Drained; },
       "Host drained for maintenance", 100'000},
      {"one of the values",
       [](TaskConfig& t, Host&) {
         t.constraints = {value("rack", {"r0", "r1"})};
       },
       "", 0},
      {"none of the values", [](TaskConfig& t, Host&) { t.constraints = {value("rack", {"r0"})}; },
       "Constraint not satisfied: rack", 10'000},
      {"a refused value", [](TaskConfig& t, Host&) { t.constraints = {value("rack", {"r1"}, true)}; },
       "Constraint not satisfied: rack", 10'000},
      {"a refused value of a missing attribute",
       [](TaskConfig& t, Host&) { t.constraints = {value("zone", {"z"}, true)}; }, "", 0},
      {"a wanted value of a missing attribute",
       [](TaskConfig& t, Host&) { t.constraints = {value("zone", {"z"})}; }, "Constraint not satisfied: zone",
       10'000},
      {"a limit that is not reached", [](TaskConfig& t, Host&) { t.constraints = {limit("host", 3)}; }, "",
       0},
      {"a limit that is reached", [](TaskConfig& t, Host&) { t.constraints = {limit("host", 2)}; },
       "Limit not satisfied: host", 10'000},
      {"a limit on a missing attribute", [](TaskConfig& t, Host&) { t.constraints = {limit("zone", 9)}; },
       "Constraint not satisfied: zone", 10'000},
      {"values come before limits",
       [](TaskConfig& t, Host&) {
         t.constraints = {limit("host", 1), value("rack", {"r0"})};
       },
       "Constraint not satisfied: rack", 10'000},
      {"maintenance comes before constraints",
       [](TaskConfig& t, Host& h) {
         h.mode = MaintenanceMode::Draining;
         t.constraints = {value("rack", {"r0"})};
       },
       "Host draining for maintenance", 100'000},
      {"CPU", [](TaskConfig& t, Host&) { t.resources.cpus = 16.25; }, "Insufficient: CPU", 500 / 16},
      {"RAM", [](TaskConfig& t, Host&) { t.resources.ram_mb = 16 * 1024 - 128 + 1000; }, "Insufficient: RAM",
       40},
      {"disk", [](TaskConfig& t, Host&) { t.resources.disk_mb = 64 * 1024 + 460800; }, "Insufficient: disk",
       1000},
      {"ports",
       [](TaskConfig& t, Host& h) {
         h.capacity.ports = 1, t.resources.ports = {"http", "admin"};
       },
       "Insufficient: ports", 1},
      {"GPU", [](TaskConfig& t, Host&) { t.resources.gpus = 2; }, "Insufficient: GPU", 500},
      {"more GPUs given away than there are, and none wanted",
       [](TaskConfig&, Host& h) { h.capacity.gpus = -1; }, "", 0},
      {"revocable CPU",
       [](TaskConfig& t, Host& h) {
         t.revocable = true;
         h.capacity.cpus = -1;
         h.capacity.revocable_cpus = 1.25;
       },
       "", 0},
      {"revocable CPU where there is only other", [](TaskConfig& t, Host&) { t.revocable = true; },
       "Insufficient: CPU", 78},
      {"CPU where there is only revocable",
       [](TaskConfig&, Host& h) {
         h.capacity.cpus = 0;
         h.capacity.revocable_cpus = 16;
       },
       "Insufficient: CPU", 78},
      {"revocable and everything else at once",
       [](TaskConfig& t, Host& h) {
         t.resources = {1e9, int64_t{1} << 60, int64_t{1} << 60, 1000, {"http"}};
         t.revocable = true;
         h.capacity.cpus = -1;
         h.capacity.ports = 0;
       },
       "Insufficient: CPU,Insufficient: RAM,Insufficient: disk,Insufficient: ports,Insufficient: GPU", 4001},
      {"everything at once",
       [](TaskConfig& t, Host& h) {
         t.resources = {1e9, int64_t{1} << 60, int64_t{1} << 60, 1000, {"http"}};
         h.capacity.ports = 0;
       },
       "Insufficient: CPU,Insufficient: RAM,Insufficient: disk,Insufficient: ports,Insufficient: GPU", 4001},
  };
  for (const Case& c : cases) {
    CAPTURE(c.name);
    TaskConfig config = a_config();
    Host host = a_host();
    c.change(config, host);
    Decider decider;
    decider.cluster.apply(HostSaved{host});
    for (int32_t instance : {0, 1}) {  // two other tasks of the job are on the host
      decider.add(a_task({.status = TaskStatus::Killing, .instance = instance}));
    }
    const auto vetoes =
        match({config, cost_on_host(config)}, {host, host.capacity}, LimitCounts(decider.cluster));
    CHECK(join_reasons(vetoes) == c.reasons);
    CHECK(total_score(vetoes) == c.score);
  }
}

struct Reason {
  const char* name;
  std::function<void(TaskConfig&, Host&)> change;
};

std::string told(const std::vector<const Reason*>& reasons) {
  TaskConfig config = a_config();
  Host host = a_host();
  for (const Reason* reason : reasons) reason->change(config, host);
  Decider decider;
  decider.cluster.apply(HostSaved{host});
  decider.add(a_task({.status = TaskStatus::Running, .instance = 0}));
  const auto vetoes = match({config, cost_on_host(config)}, {host, host.capacity}, LimitCounts(decider.cluster));
  std::string text;
  for (const Reason* reason : reasons) text += (text.empty() ? "" : " + ") + std::string(reason->name);
  return text + ": " + join_reasons(vetoes) + " = " + std::to_string(total_score(vetoes)) + "\n";
}

// Scheduler.md §4.4: of the groups of its table the first that has a veto ends the look; of resources all are told.
TEST_CASE("every veto, and every two at once: which is told, and what it counts", "[placement]") {
  const auto add = [](const Constraint& constraint) {
    return [constraint](TaskConfig& t, Host&) { t.constraints.push_back(constraint); };
  };
  const Reason reasons[] = {
      {"dedicated", [](TaskConfig&, Host& h) { h.attributes["dedicated"] = {"ads/db"}; }},
      {"scheduled", [](TaskConfig&, Host& h) { h.mode = MaintenanceMode::Scheduled; }},
      {"draining", [](TaskConfig&, Host& h) { h.mode = MaintenanceMode::Draining; }},
      {"drained", [](TaskConfig&, Host& h) { h.mode = MaintenanceMode::Drained; }},
      {"value", add(value("rack", {"r0"}))},
      {"refused value", add(value("host", {"h1"}, true))},
      {"limit on a missing attribute", add(limit("zone", 9))},
      {"limit", add(limit("host", 1))},
      {"1 core too much", [](TaskConfig& t, Host&) { t.resources.cpus = 16.75; }},
      {"1 GB RAM too much", [](TaskConfig& t, Host&) { t.resources.ram_mb = 17 * 1024 - 128; }},
      {"1 GB disk too much", [](TaskConfig& t, Host&) { t.resources.disk_mb = 65 * 1024; }},
      {"2 ports too many",
       [](TaskConfig& t, Host& h) {
         h.capacity.ports = 0;
         t.resources.ports = {"a", "b"};
       }},
      {"1 GPU too many", [](TaskConfig& t, Host&) { t.resources.gpus = 1; }},
  };
  std::string actual;
  for (const Reason& reason : reasons) actual += told({&reason});
  for (const Reason& first : reasons) {
    for (const Reason* second = &first + 1; second != std::end(reasons); ++second) actual += told({&first, second});
  }
  INFO(actual);
  CHECK(test::compare_golden("tests/core/placement/golden/vetoes.txt", actual).matches);
}

TEST_CASE("tasks placed in this round count for limits", "[placement]") {
  Decider decider;
  LimitCounts counts(decider.cluster);
  const TaskConfig config = a_config();
  counts.add(config.job, a_host("h1", "r1"));
  counts.add(config.job, a_host("h2", "r1"));
  CHECK(counts.count(config.job, "rack", "r1") == 2);
  CHECK(counts.count(config.job, "host", "h2") == 1);
  CHECK(counts.count(test::a_key("a/prod/b"), "rack", "r1") == 0);
}

TEST_CASE("ports: overlapping ranges count once, used ones are left out", "[placement]") {
  Rng rng(3);
  CHECK(count_ports({{10, 12}, {11, 14}, {20, 20}}) == 6);
  CHECK(count_ports({}) == 0);
  FreePorts free({{10, 12}, {11, 14}}, {11, 14, 90});
  CHECK(free.size() == 3);
  std::set<int32_t> drawn;
  while (free.size() > 0) drawn.insert(free.draw(rng));
  CHECK(drawn == std::set<int32_t>{10, 12, 13});
}

TEST_CASE("a group that finds no host waits longer each time, up to the limit", "[placement]") {
  Rng rng(5);
  const TaskTiming timing;
  Duration penalty{0};
  penalty = next_group_penalty(penalty, timing, rng);
  CHECK(penalty >= timing.initial_schedule_penalty);
  penalty = first_group_penalty(timing);
  for (int i = 0; i < 200; ++i) {
    const Duration next = next_group_penalty(penalty, timing, rng);
    REQUIRE(next >= penalty);
    REQUIRE(next.ms <= std::max<int64_t>(2 * penalty.ms, 2));
    penalty = next;
  }
  CHECK(penalty == timing.max_schedule_penalty);
}

}  // namespace
}  // namespace aurora::core
