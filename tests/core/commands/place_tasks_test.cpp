#include <catch2/catch.hpp>

#include <algorithm>

#include "core/placement/match.h"
#include "support/decider.h"

namespace aurora::core {
namespace {

using test::a_config;
using test::a_host;
using test::a_task;
using test::Decider;

void connect(Decider& decider, Host host) {
  const HostId id = host.id;
  decider.apply({HostSaved{std::move(host)}, HostSeen{id, "s", 1, decider.clock.now()}});
}

void add_pending(Decider& decider, const TaskConfig& config, int32_t count, int32_t first = 0) {
  for (int32_t i = first; i < first + count; ++i) decider.add(a_task({.instance = i, .config = config}));
}

std::set<ConfigHash> all_groups(const Decider& decider) {
  std::set<ConfigHash> groups;
  for (const auto& [hash, tasks] : decider.cluster.pending_groups()) groups.insert(hash);
  return groups;
}

PlaceTasks::Answer place(Decider& decider, int32_t tasks_max = 1000) {
  const auto decision = decider.run(PlaceTasks{all_groups(decider), tasks_max});
  REQUIRE(decision.ok());
  CHECK(decider.cluster.check_invariants() == std::nullopt);
  return std::get<PlaceTasks::Answer>(decision->answer);
}

std::map<std::string, int> tasks_per_host(const Decider& decider) {
  std::map<std::string, int> counts;
  for (const Host* host : decider.cluster.list_hosts()) {
    counts[host->id.value()] = static_cast<int>(decider.cluster.list_host_tasks(host->id).size());
  }
  return counts;
}

std::string reason_of(const Decider& decider, const TaskConfig& config) {
  const PendingReason* reason = decider.cluster.find_pending_reason(hash_of(config));
  return reason ? reason->reason : "(none)";
}

TEST_CASE("a placed task is assigned and its launch is sent", "[placement]") {
  Decider decider;
  TaskConfig config = a_config();
  config.resources.ports = {"admin", "http"};
  connect(decider, a_host());
  add_pending(decider, config, 1);
  CHECK(place(decider).placed == 1);
  const Task* task = decider.cluster.find_active({config.job, 0});
  CHECK(task->status == TaskStatus::Assigned);
  CHECK(task->host == HostId("h1"));
  REQUIRE(task->assigned_ports.size() == 2);
  CHECK(task->assigned_ports.at("admin") != task->assigned_ports.at("http"));
  REQUIRE(decider.effects.size() == 1);
  CHECK(find_launched(decider.cluster, std::get<LaunchTask>(decider.effects[0])) == task);
}

TEST_CASE("instances of a job spread over the hosts", "[placement]") {
  Decider decider;
  for (int i = 1; i <= 4; ++i) connect(decider, a_host("h" + std::to_string(i)));
  add_pending(decider, a_config(), 10);
  CHECK(place(decider).placed == 10);
  for (const auto& [host, count] : tasks_per_host(decider)) CHECK((count == 2 || count == 3));
}

TEST_CASE("hosts are filled to the last task and not beyond", "[placement]") {
  Decider decider;
  for (int i = 1; i <= 3; ++i) connect(decider, a_host("h" + std::to_string(i)));
  TaskConfig config = a_config();
  config.resources.cpus = 3.75;  // 4 with the executor: 4 fit on a host
  add_pending(decider, config, 15);
  const auto answer = place(decider);
  CHECK(answer.placed == 12);
  CHECK(answer.unplaced == std::set<ConfigHash>{hash_of(config)});
  CHECK(reason_of(decider, config) == "Insufficient: CPU");
}

TEST_CASE("ports of a host are never given twice", "[placement]") {
  Decider decider;
  Host host = a_host();
  host.port_ranges = {{31000, 31004}};
  host.capacity.ports = 5;
  connect(decider, host);
  TaskConfig config = a_config();
  config.resources.ports = {"http", "admin"};
  add_pending(decider, config, 3);
  CHECK(place(decider).placed == 2);
  CHECK(decider.cluster.used_ports(host.id).size() == 4);
  CHECK(reason_of(decider, config) == "Insufficient: ports");
}

TEST_CASE("a limit holds within one round and over groups of the job", "[placement]") {
  Decider decider;
  connect(decider, a_host("h1", "r1"));
  connect(decider, a_host("h2", "r1"));
  connect(decider, a_host("h3", "r2"));
  TaskConfig first = a_config();
  first.constraints = {{"rack", LimitConstraint{2}}};
  TaskConfig second = first;
  second.priority = 1;
  add_pending(decider, first, 3, 0);
  add_pending(decider, second, 3, 3);
  CHECK(place(decider).placed == 4);
  CHECK(decider.cluster.count_job_tasks(first.job, "rack", "r1") == 2);
  CHECK(decider.cluster.count_job_tasks(first.job, "rack", "r2") == 2);
  CHECK(reason_of(decider, first) == "Limit not satisfied: rack");
}

TEST_CASE("groups take turns", "[placement]") {
  Decider decider;
  connect(decider, a_host());
  add_pending(decider, a_config("www/prod/large"), 100);
  add_pending(decider, a_config("www/prod/small"), 2);
  CHECK(place(decider, 6).placed == 6);
  CHECK(decider.cluster.pending_groups().size() == 1);
  CHECK(decider.cluster.find_active({test::a_key("www/prod/small"), 1})->status == TaskStatus::Assigned);
}

TEST_CASE("what the limit of a call leaves over is not called unplaced", "[placement]") {
  Decider decider;
  connect(decider, a_host());
  add_pending(decider, a_config(), 5);
  const auto answer = place(decider, 3);
  CHECK(answer.placed == 3);
  CHECK(answer.unplaced.empty());
}

TEST_CASE("hosts scheduled for maintenance are used last", "[placement]") {
  Decider decider;
  Host leaving = a_host("h1");
  leaving.mode = MaintenanceMode::Scheduled;
  connect(decider, leaving);
  connect(decider, a_host("h2"));
  TaskConfig config = a_config();
  config.resources.cpus = 3.75;
  add_pending(decider, config, 6);
  CHECK(place(decider).placed == 6);
  CHECK(tasks_per_host(decider) == std::map<std::string, int>{{"h1", 2}, {"h2", 4}});
}

// All that hosts say, in one sentence.
std::string sentence_of(const Decider& decider, const TaskConfig& config) {
  const PendingReason* reason = decider.cluster.find_pending_reason(hash_of(config));
  return reason ? to_sentence(*reason) : "(none)";
}

TEST_CASE("a reason tells what was asked and what there is, and on how many hosts", "[placement]") {
  Decider decider;
  for (int i = 1; i <= 4; ++i) {
    Host host = a_host("h" + std::to_string(i), "r" + std::to_string(i % 3));
    host.capacity.cpus = i == 3 ? 2.5 : 2;
    host.capacity.ram_mb = 512;
    connect(decider, host);
  }
  Host draining = a_host("h5");
  draining.mode = MaintenanceMode::Draining;
  connect(decider, draining);
  Host dedicated = a_host("h6");
  dedicated.attributes["dedicated"] = {"www/db"};
  connect(decider, dedicated);

  decider.settings.overhead = {.cpus = 0.25, .ram_mb = 128};
  TaskConfig large = a_config("www/prod/large");
  large.resources.cpus = 4;
  large.resources.ram_mb = 2'048;
  TaskConfig racked = a_config("www/prod/racked");
  racked.constraints = {{"rack", ValueConstraint{false, {"r7", "r8"}}}};
  TaskConfig unknown = a_config("www/prod/unknown");
  unknown.constraints = {{"gpu", ValueConstraint{false, {"yes"}}}};
  for (const TaskConfig& config : {large, racked, unknown}) add_pending(decider, config, 2);
  CHECK(place(decider).placed == 0);
  CHECK(
      sentence_of(decider, large) ==
      "4 of 6 hosts: Insufficient: CPU (asked 4 and 0.25 for the executor, most free 2.5 on h3); "
      "4 of 6 hosts: Insufficient: RAM (asked 2048 MB and 128 MB for the executor, most free 512 MB on h1); "
      "1 of 6 hosts: Host draining for maintenance (h5); "
      "1 of 6 hosts: Host is dedicated (for tasks with the constraint dedicated: www/db)");
  CHECK(sentence_of(decider, racked) ==
        "4 of 6 hosts: Constraint not satisfied: rack (wanted r7, r8; they have r0, r1, r2); "
        "1 of 6 hosts: Host draining for maintenance (h5); "
        "1 of 6 hosts: Host is dedicated (for tasks with the constraint dedicated: www/db)");
  CHECK(sentence_of(decider, unknown)
            .starts_with("4 of 6 hosts: Constraint not satisfied: gpu (wanted yes; they have none); "));
  CHECK(reason_of(decider, racked) == "Constraint not satisfied: rack");  // the original's words
}

TEST_CASE("a reason names the limit, and few of many values", "[placement]") {
  Decider decider;
  for (int i = 1; i <= 8; ++i) connect(decider, a_host("h" + std::to_string(i), "r" + std::to_string(i)));
  TaskConfig limited = a_config("www/prod/limited");
  limited.constraints = {{"host", LimitConstraint{1}}};
  TaskConfig racked = a_config("www/prod/racked");
  racked.constraints = {{"rack", ValueConstraint{true, {"r1", "r2", "r3", "r4", "r5", "r6", "r7", "r8"}}}};
  add_pending(decider, limited, 9);
  add_pending(decider, racked, 1);
  CHECK(place(decider).placed == 8);
  CHECK(sentence_of(decider, limited) ==
        "8 of 8 hosts: Limit not satisfied: host (wanted at most 1 of the job on each host)");
  CHECK(sentence_of(decider, racked) ==
        "8 of 8 hosts: Constraint not satisfied: rack (wanted any but r1, r2, r3, r4, r5, r6, r7, r8; they "
        "have r1, "
        "r2, r3, r4, r5 and others)");
}

TEST_CASE("among many hosts and groups a reason is kept for a while, and told of hosts that are closer",
          "[placement]") {
  constexpr int64_t kHosts = 210;  // with 100 groups more than are asked anew each second
  const bool is_limited = GENERATE(false, true);
  CAPTURE(is_limited);
  Decider decider;
  const auto connect_one = [&](const std::string& name, double cpus) {
    Host host = a_host(name);
    host.capacity.cpus = cpus;
    connect(decider, host);
  };
  for (int64_t i = 0; i < kHosts; ++i) connect_one("h" + std::to_string(i), 1);
  for (int i = 0; i < 100; ++i) {
    TaskConfig config = a_config("www/prod/job" + std::to_string(i));
    config.resources.cpus = 4;
    if (is_limited) config.constraints = {{"host", LimitConstraint{2}}};
    add_pending(decider, config, 2);
  }
  CHECK(place(decider).placed == 0);
  const ConfigHash group = *all_groups(decider).begin();
  const auto place_group = [&] {
    const auto decision = decider.run(PlaceTasks{{group}});
    return std::get<PlaceTasks::Answer>(decision->answer).placed;
  };
  const auto reason = [&] { return *decider.cluster.find_pending_reason(group); };
  const PendingReason first = reason();
  CHECK(first.hosts == kHosts);

  connect_one("closer", 4);
  CHECK(place_group() == 0);
  CHECK(reason().hosts == kHosts);
  CHECK((reason().score < first.score) == !is_limited);
  connect_one("large", 5);  // for one of the two tasks
  CHECK(place_group() == 1);
  CHECK(reason().hosts == kHosts);
  CHECK(reason().since == first.since);
  decider.clock.advance(seconds(10));
  CHECK(place_group() == 0);
  CHECK(reason().hosts == kHosts + 2);
}

TEST_CASE("why tasks are pending", "[placement]") {
  struct Case {
    std::string name;
    std::function<void(Decider&)> prepare;
    std::string reason;
  };
  const Case cases[] = {
      {"no hosts", [](Decider&) {}, "No hosts are connected"},
      {"a host that never reported", [](Decider& d) { d.apply({HostSaved{a_host()}}); },
       "No hosts are connected"},
      {"a host that is gone",
       [](Decider& d) {
         connect(d, a_host());
         d.apply({HostGone{HostId("h1")}});
       },
       "No hosts are connected"},
      {"the closest host tells",
       [](Decider& d) {
         Host draining = a_host("h1");
         draining.mode = MaintenanceMode::Draining;
         connect(d, draining);
         Host small = a_host("h2");
         small.capacity.cpus = 1;
         small.capacity.ram_mb = 100;
         connect(d, small);
         Host smaller = a_host("h3");
         smaller.capacity.cpus = 0.1;
         smaller.capacity.ram_mb = 100;
         connect(d, smaller);
       },
       "Insufficient: CPU,Insufficient: RAM"},
      {"only draining hosts",
       [](Decider& d) {
         Host draining = a_host("h1");
         draining.mode = MaintenanceMode::Draining;
         connect(d, draining);
       },
       "Host draining for maintenance"},
  };
  for (const Case& c : cases) {
    CAPTURE(c.name);
    Decider decider;
    c.prepare(decider);
    add_pending(decider, a_config(), 1);
    CHECK(place(decider).placed == 0);
    CHECK(reason_of(decider, a_config()) == c.reason);
  }
}

TEST_CASE("a thousand tasks with ports on one host are one linear pass", "[placement]") {
  Decider decider;
  Host host = a_host();
  host.capacity = {1e6, 1'000'000'000, 1'000'000'000, 0, 30001};
  host.port_ranges = {{30000, 60000}};
  connect(decider, host);
  TaskConfig config = a_config();
  config.resources.ports = {"http"};
  add_pending(decider, config, 1000);
  CHECK(place(decider).placed == 1000);
  CHECK(decider.cluster.used_ports(host.id).size() == 1000);
}

TEST_CASE("unknown and empty groups are left alone", "[placement]") {
  Decider decider;
  const auto decision = decider.run(PlaceTasks{{ConfigHash("no-such")}});
  REQUIRE(decision.ok());
  CHECK(decision->changes.empty());
  CHECK(std::get<PlaceTasks::Answer>(decision->answer).unplaced.empty());
}

Host random_host(Rng& rng) {
  Host host = a_host("h" + std::to_string(rng.below(12)), "r" + std::to_string(rng.below(3)));
  host.capacity.cpus = static_cast<double>(8 + rng.below(9));
  host.port_ranges = {{31000, 31000 + static_cast<int32_t>(6 + rng.below(4))}};
  host.capacity.ports = host.port_ranges[0].last - 31000 + 1;
  if (rng.below(5) == 0) host.mode = MaintenanceMode::Scheduled;
  if (rng.below(8) == 0) host.mode = MaintenanceMode::Draining;
  return host;
}

// A host comes, goes or changes, or a task ends. Hosts never lose what they have promised.
void change_something(Decider& decider, Rng& rng) {
  const auto hosts = decider.cluster.list_hosts();
  const HostId some = hosts.empty() ? HostId() : hosts[rng.below(hosts.size())]->id;
  switch (rng.below(4)) {
    case 0: {
      Host host = random_host(rng);
      if (const Host* known = decider.cluster.find_host(host.id)) {
        host.capacity = known->capacity;
        host.port_ranges = known->port_ranges;
      }
      return connect(decider, host);
    }
    case 1:
      return decider.apply({HostGone{some}});
    default: {
      const auto tasks = decider.cluster.list_host_tasks(some);
      if (tasks.empty()) return;
      Task ended = *tasks[rng.below(tasks.size())];
      ended.status = TaskStatus::Finished;
      ended.events.push_back({decider.clock.now(), ended.status, std::nullopt, std::nullopt});
      decider.apply({TaskSaved{ended}});
    }
  }
}

bool fits_somewhere(const Decider& decider, const TaskConfig& config) {
  const auto hosts = decider.cluster.list_hosts();
  return std::any_of(hosts.begin(), hosts.end(), [&](const Host* host) {
    return decider.cluster.find_session(host->id) &&
           match({config, cost_on_host(config)}, {*host, decider.cluster.available(host->id)},
                 LimitCounts(decider.cluster))
               .empty();
  });
}

TEST_CASE("through random histories promises are kept and nothing that fits is left", "[placement]") {
  for (uint64_t seed = 1; seed <= 60; ++seed) {
    CAPTURE(seed);
    Rng rng(seed);
    Decider decider;
    int32_t instance = 0;
    for (int round = 0; round < 40; ++round) {
      for (uint64_t i = 0, changes = rng.below(4); i < changes; ++i) change_something(decider, rng);
      if (rng.below(3) == 0) {
        TaskConfig config = a_config();
        config.resources.cpus = 0.1 * static_cast<double>(1 + rng.below(60));
        if (rng.below(2) == 0) config.resources.ports = {"http", "admin"};
        if (rng.below(4) == 0)
          config.constraints = {{"rack", LimitConstraint{static_cast<int32_t>(rng.below(6))}}};
        if (rng.below(4) == 0) config.constraints = {{"rack", ValueConstraint{rng.below(2) == 0, {"r1"}}}};
        add_pending(decider, config, 6, instance);
        instance += 6;
      }
      const auto answer = place(decider, 1 + static_cast<int32_t>(rng.below(20)));
      for (const ConfigHash& hash : answer.unplaced) {
        const TaskId waiting = decider.cluster.pending_groups().at(hash).front().task->id;
        REQUIRE_FALSE(fits_somewhere(decider, *decider.cluster.find_task(waiting)->config));
      }
    }
  }
}

}  // namespace
}  // namespace aurora::core
