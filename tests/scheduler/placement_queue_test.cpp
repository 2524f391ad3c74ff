#include "scheduler/placement_queue.h"

#include <catch2/catch.hpp>

#include "core/host/ports.h"
#include "core/placement/match.h"
#include "core/placement/quarantine.h"
#include "support/decider.h"

namespace aurora::scheduler {
namespace {

using namespace core;

// A cluster and the part of the engine that decides which groups are tried, and when.
struct Bench {
  test::Decider decider;
  Rng rng{1};
  PlacementQueue queue{decider.settings, rng};

  void apply(const std::vector<Change>& changes) {
    for (const Change& change : changes) {
      queue.observe(decider.cluster, change, decider.clock.now());
      decider.cluster.apply(change);
    }
  }
  void see(const HostId& host, const std::string& session, bool is_leaving = false) {
    apply({HostSeen{host, session, 1, decider.clock.now(), is_leaving}});
  }
  void add_host(const std::string& name, double cpus) {
    Host host = test::a_host(name, "r1");
    host.capacity.cpus = cpus;
    apply({HostSaved{host}});
    see(host.id, "s");
  }
  ConfigHash add_tasks(const TaskConfig& config, int32_t count = 1) {
    for (int32_t i = 0; i < count; ++i)
      apply({TaskSaved{test::a_task({.instance = i, .config = config, .at = decider.clock.now()})}});
    return TaskConfigRef(config).hash();
  }
  ConfigHash add_job(const std::string& job, double cpus, int32_t count = 1) {
    return add_tasks(a_config(job, cpus), count);
  }
  // Without an executor's overhead.
  static TaskConfig a_config(const std::string& job, double cpus, std::vector<Constraint> constraints = {}) {
    TaskConfig config = test::a_service(job);
    config.resources.cpus = cpus;
    config.executor_config.reset();
    config.constraints = std::move(constraints);
    return config;
  }
  // The groups that are tried now.
  std::set<ConfigHash> pass(Duration time) {
    decider.clock.advance(time);
    const auto due = queue.take_due(decider.cluster, decider.clock.now());
    if (due.empty()) return due;
    const auto decision = decide(decider.cluster, PlaceTasks{.groups = due}, decider.context());
    apply(decision->changes);
    queue.answered(decider.cluster, due, std::get<PlaceTasks::Answer>(decision->answer), decider.clock.now());
    return due;
  }
  void end(Task task) {
    task.status = TaskStatus::Finished;
    task.events.push_back({decider.clock.now(), task.status, std::nullopt, std::nullopt});
    apply({TaskSaved{task}});
  }
  void end(const std::string& job) { end(*decider.cluster.find_active({test::a_key(job), 0})); }
  // Until whatever waits is tried once a minute.
  void settle() {
    for (int i = 0; i < 20; ++i) pass(minutes(2));
  }
  size_t waiting(const ConfigHash& group) const {
    const auto found = decider.cluster.pending_groups().find(group);
    return found == decider.cluster.pending_groups().end() ? 0 : found->second.size();
  }
};

TEST_CASE("room that is freed wakes the groups that fit there, and no others") {
  Bench bench;
  bench.add_host("h1", 2);
  bench.add_job("www/prod/small", 2);
  bench.pass(seconds(1));
  bench.add_host("h2", 4);
  bench.add_job("www/prod/large", 4);
  bench.pass(seconds(1));
  const ConfigHash needs_two = bench.add_job("www/prod/two", 2);
  const ConfigHash needs_three = bench.add_job("www/prod/three", 3);
  bench.settle();
  REQUIRE(bench.decider.cluster.task_count(TaskStatus::Pending) == 2);
  CHECK(bench.pass(milliseconds(1)).empty());
  bench.end("www/prod/small");
  CHECK(bench.pass(milliseconds(201)) == std::set<ConfigHash>{needs_two});
  CHECK(bench.decider.cluster.pending_groups().count(needs_two) == 0);
  bench.end("www/prod/large");
  CHECK(bench.pass(milliseconds(201)) == std::set<ConfigHash>{needs_three});
}

TEST_CASE("what is freed goes to another group each time, however many tasks one of them has") {
  Bench bench;
  bench.add_host("h1", 2);
  bench.add_job("www/prod/first", 1);
  bench.add_job("www/prod/second", 1);
  bench.pass(seconds(1));
  const ConfigHash large = bench.add_job("www/prod/large", 1, 20);
  bench.pass(seconds(1));
  const ConfigHash small = bench.add_job("www/prod/small", 1);
  bench.settle();
  bench.end("www/prod/first");
  CHECK(bench.pass(milliseconds(201)) == std::set<ConfigHash>{large});
  CHECK(bench.waiting(large) == 19);
  bench.end("www/prod/second");
  bench.pass(milliseconds(201));
  CHECK(bench.waiting(large) == 19);
  CHECK(bench.waiting(small) == 0);
}

TEST_CASE("room that is left over is tried by the next groups at once, until nothing more fits") {
  Bench bench;
  bench.add_host("h1", 2);
  bench.add_host("h2", 2);
  bench.add_job("www/prod/first", 2);
  bench.add_job("www/prod/second", 2);
  bench.pass(seconds(1));
  const std::vector<Constraint> one_a_rack = {{"rack", LimitConstraint{1}}};
  const ConfigHash limited = bench.add_tasks(Bench::a_config("www/prod/limited", 2, one_a_rack), 2);
  bench.pass(seconds(1));
  const ConfigHash other = bench.add_job("www/prod/other", 2, 2);
  bench.settle();
  bench.end("www/prod/first");
  bench.end("www/prod/second");
  CHECK(bench.pass(milliseconds(201)) == std::set<ConfigHash>{limited});
  CHECK(bench.waiting(limited) == 1);
  CHECK(bench.pass({}) == std::set<ConfigHash>{other});
  CHECK(bench.waiting(other) == 1);
  CHECK(bench.pass({}).empty());
  CHECK(bench.pass(milliseconds(201)).empty());
}

TEST_CASE("who cannot use the room that it seems to fit leaves it to all others") {
  Bench bench;
  Host host = test::a_host("h1", "r1");
  host.capacity.cpus = 2;
  host.port_ranges = {};  // it says that it has ports, but none of them can be found
  bench.apply({HostSaved{host}});
  bench.see(host.id, "s");
  bench.add_job("www/prod/web", 2);
  bench.pass(seconds(1));
  TaskConfig config = Bench::a_config("www/prod/ports", 1);
  config.resources.ports = {"http"};
  const ConfigHash ports = bench.add_tasks(config);
  bench.pass(seconds(1));
  const ConfigHash two = bench.add_job("www/prod/two", 2);
  bench.settle();
  bench.end("www/prod/web");
  CHECK(bench.pass(milliseconds(201)) == std::set<ConfigHash>{ports});
  CHECK(bench.pass({}) == std::set<ConfigHash>{ports, two});
  CHECK(bench.waiting(two) == 0);
  CHECK(bench.waiting(ports) == 1);
  CHECK(bench.pass(milliseconds(201)).empty());
}

TEST_CASE("a port that becomes free lets a group in, though the host has as many free ones as before") {
  Bench bench;
  Host host = test::a_host("h1", "r1");
  host.port_ranges = {{31000, 31000}};
  bench.apply({HostSaved{host}});
  bench.see(host.id, "s");
  const auto find_with_port = [&](int32_t port) {
    const HostTaskSummary summary{.job = test::a_key("a/b/c"), .ports = {{"http", port}}};
    bench.apply({UnknownTasksFound{
        host.id, {{.id = TaskId("unknown"), .host = host.id, .summary = summary, .since = {}}}}});
  };
  find_with_port(31000);
  TaskConfig config = Bench::a_config("www/prod/web", 1);
  config.resources.ports = {"http"};
  const ConfigHash web = bench.add_tasks(config);
  bench.settle();
  REQUIRE(bench.waiting(web) == 1);
  find_with_port(31001);
  bench.pass(milliseconds(201));
  CHECK(bench.waiting(web) == 0);
}

TEST_CASE("a group that is woken in vain goes on waiting longer each time") {
  Bench bench;
  bench.add_host("h1", 1);
  bench.add_job("www/prod/two", 2);
  bench.settle();
  int tries = 0;
  for (int i = 0; i < 60; ++i) {
    bench.apply({HostSaved{*bench.decider.cluster.find_host(HostId("h1"))}});
    bench.pass(milliseconds(201));
    tries += bench.pass(milliseconds(799)).empty() ? 0 : 1;
  }
  CHECK(tries <= 1);
}

TEST_CASE("a task that leaves its limit to others wakes those of its job, wherever there is room") {
  Bench bench;
  const std::vector<Constraint> one_a_rack = {{"rack", LimitConstraint{1}}};
  bench.add_host("h1", 1);
  const TaskConfig on_h1 = Bench::a_config(
      "www/prod/web", 1, {{"rack", LimitConstraint{1}}, {"host", ValueConstraint{false, {"h1"}}}});
  bench.add_tasks(on_h1);
  bench.pass(seconds(1));
  bench.add_host("h2", 8);  // of the same rack, with room for more than h1 has
  const Task second = test::a_task({.instance = 1, .config = Bench::a_config("www/prod/web", 4, one_a_rack)});
  for (const bool is_deleted : {false, true}) {
    bench.apply({TaskSaved{second}});
    bench.settle();
    REQUIRE(bench.waiting(second.config.hash()) == 1);
    if (is_deleted) {
      bench.apply({TaskDeleted{bench.decider.cluster.find_active({second.job(), 0})->id, second.job()}});
    } else {
      bench.end("www/prod/web");
    }
    CHECK(bench.pass(milliseconds(201)) == std::set<ConfigHash>{second.config.hash()});
    CHECK(bench.waiting(second.config.hash()) == 0);
    bench.apply({TaskDeleted{second.id, second.job()}});
    bench.add_tasks(on_h1);
    bench.settle();
  }
}

TEST_CASE("a new host wakes those that fit there; other attributes may concern every group") {
  Bench bench;
  bench.add_host("h1", 1);
  const ConfigHash two = bench.add_job("www/prod/two", 2);
  const ConfigHash nine = bench.add_job("www/prod/nine", 9);
  bench.settle();
  bench.apply({HostSaved{*bench.decider.cluster.find_host(HostId("h1"))}});
  CHECK(bench.pass(milliseconds(201)) == std::set<ConfigHash>{two, nine});
  bench.settle();
  bench.see(HostId("h1"), "another");
  CHECK(bench.pass(milliseconds(201)).empty());
  bench.add_host("h2", 1);
  bench.settle();
  bench.add_host("h3", 11);
  bench.pass(milliseconds(201));
  CHECK(bench.decider.cluster.pending_groups().empty());
}

TEST_CASE("a host that said that it leaves and then reports again wakes those that fit there") {
  Bench bench;
  bench.add_host("h1", 1);
  bench.see(HostId("h1"), "s", true);
  const ConfigHash one = bench.add_job("www/prod/one", 1);
  bench.settle();
  REQUIRE(bench.waiting(one) == 1);
  bench.see(HostId("h1"), "s");
  CHECK(bench.pass(milliseconds(201)) == std::set<ConfigHash>{one});
  CHECK(bench.waiting(one) == 0);
}

// Things change at random, also such as make hosts take what they did not take before.
class Unrest {
 public:
  Unrest(Bench& bench, uint64_t seed) : bench_(bench), dice_(seed) {
    for (int i = 0; i < 5; ++i) bench.add_host("h" + std::to_string(i), 4);
    for (int i = 0; i < 8; ++i) configs_.push_back(a_config(i));
  }

  void change() {
    const HostId host("h" + std::to_string(dice_.below(5)));
    switch (dice_.below(10)) {
      case 0:
      case 1:
        return add_job();
      case 2:
        return save(host);
      case 3:
        return bench_.see(host, dice_.below(2) == 0 ? "s" : "t", dice_.below(2) == 0);
      case 4:
        return bench_.apply({HostGone{host}});
      case 5:
        return bench_.apply({UnknownTasksFound{host, unknown_tasks(host)}});
      case 6:
        if (const Task* task = find_assigned()) bench_.apply({TaskDeleted{task->id, task->job()}});
        return;
      default:
        if (const Task* task = find_assigned()) bench_.end(*task);
    }
  }

  // A task that could be placed.
  std::optional<std::string> find_left() const {
    const Cluster& cluster = bench_.decider.cluster;
    for (const auto& [hash, group] : cluster.pending_groups()) {
      if (find_hold(cluster, group.front().task->config, bench_.decider.clock.now())) continue;
      for (const WaitingTask& waiting : group) {
        if (cluster.find_occupant(waiting.task->instance()) != nullptr) continue;
        for (const Host* host : cluster.list_hosts()) {
          if (takes(*host, *waiting.task)) return waiting.task->id.value() + " on " + host->id.value();
        }
      }
    }
    return std::nullopt;
  }

 private:
  TaskConfig a_config(int number) {
    TaskConfig config =
        Bench::a_config("www/prod/job" + std::to_string(number / 2), 0.5 * static_cast<double>(1 + number));
    if (number % 3 == 0) config.resources.ports = {"http", "admin"};
    if (number % 4 == 1) config.constraints = {{"rack", LimitConstraint{number / 4 + 1}}};
    if (number % 4 == 2) config.constraints = {{"rack", ValueConstraint{number == 2, {"r1"}}}};
    return config;
  }
  // None that joins a group which waits: it waits as long as the group does (spec/scheduler.md §4.1).
  void add_job() {
    const TaskConfig& config = configs_[dice_.below(configs_.size())];
    if (bench_.waiting(TaskConfigRef(config).hash()) > 0) return;
    for (uint64_t i = 0, count = 1 + dice_.below(3); i < count; ++i) {
      const auto instance = static_cast<int32_t>(dice_.below(6));
      if (bench_.decider.cluster.find_active({config.job, instance}) != nullptr) continue;
      bench_.apply({TaskSaved{test::a_task({.instance = instance,
                                            .config = config,
                                            .suffix = std::to_string(++tasks_),
                                            .at = bench_.decider.clock.now()})}});
    }
  }
  void save(const HostId& id) {
    Host host = *bench_.decider.cluster.find_host(id);
    host.mode = dice_.below(4) == 0 ? MaintenanceMode::Draining : MaintenanceMode::None;
    host.attributes["rack"] = {"r" + std::to_string(dice_.below(3))};
    host.port_ranges = {{31000, 31000 + static_cast<int32_t>(dice_.below(6))}};
    host.silences.reset();
    if (dice_.below(3) == 0)
      host.silences =
          Silences{{{TaskConfigRef(configs_[dice_.below(2)]).hash(), bench_.decider.clock.now()}}};
    bench_.apply({HostSaved{host}});
  }
  std::vector<UnknownTask> unknown_tasks(const HostId& host) {
    std::vector<UnknownTask> tasks;
    for (uint64_t i = dice_.below(3); i > 0; --i) {
      const HostTaskSummary summary{.job = configs_[dice_.below(configs_.size())].job,
                                    .instance_id = static_cast<int32_t>(dice_.below(6)),
                                    .cpus = 1,
                                    .ram_mb = 1,
                                    .disk_mb = 1,
                                    .ports = {{"http", 31000 + static_cast<int32_t>(dice_.below(4))}}};
      tasks.push_back({.id = TaskId("unknown-" + std::to_string(++tasks_)),
                       .host = host,
                       .summary = summary,
                       .since = bench_.decider.clock.now()});
    }
    return tasks;
  }
  const Task* find_assigned() {
    const auto tasks = bench_.decider.cluster.list_host_tasks(HostId("h" + std::to_string(dice_.below(5))));
    return tasks.empty() ? nullptr : tasks[dice_.below(tasks.size())];
  }
  bool takes(const Host& host, const Task& task) const {
    const Cluster& cluster = bench_.decider.cluster;
    const TaskNeed need{*task.config, cost_on_host(*task.config)};
    return cluster.is_connected(host.id) &&
           FreePorts(host.port_ranges, cluster.used_ports(host.id)).size() >=
               task.config->resources.ports.size() &&
           match(need, {host, cluster.available(host.id)}, LimitCounts(cluster)).empty();
  }

  Bench& bench_;
  Rng dice_;
  std::vector<TaskConfig> configs_;
  int tasks_ = 0;
};

TEST_CASE("through random histories no task that fits is left asleep") {
  for (uint64_t seed = 1; seed <= 40; ++seed) {
    CAPTURE(seed);
    Bench bench;
    Unrest unrest(bench, seed);
    for (int step = 0; step < 150; ++step) {
      CAPTURE(step);
      for (uint64_t i = bench.rng.below(3); i > 0; --i) unrest.change();
      int passes = 0;
      while (!bench.pass(milliseconds(201)).empty()) REQUIRE(++passes < 200);
      REQUIRE(unrest.find_left().value_or("nobody") == "nobody");
    }
  }
}

}  // namespace
}  // namespace aurora::scheduler
