// Which silences hold a configuration back, and what lets it go.
#include "core/placement/quarantine.h"

#include <catch2/catch.hpp>

#include "support/decider.h"

namespace aurora::core {
namespace {

using test::a_config;
using test::a_host;
using test::a_task;

// Hosts that report at `now`; each falls silent when told to.
struct Hosts : test::Decider {
  explicit Hosts(int count) {
    for (int i = 1; i <= count; ++i) {
      apply({HostSaved{a_host(name(i))}});
      report(i);
    }
  }
  static std::string name(int i) { return "h" + std::to_string(i); }
  void report(int i) { apply({HostSeen{HostId(name(i)), "s", ++sequence, clock.now()}}); }

  // A task of `config` that `host` was given now, and that is in `status`.
  Task give(int host, TaskStatus status, const TaskConfig& config = a_config()) {
    return add(a_task(
        {.status = status, .instance = ++instance, .config = config, .host = name(host), .at = clock.now()}));
  }
  // Time passes, the others report, and the host is given up.
  void fall_silent(int host, int others_until = 0) {
    clock.advance(settings.host_timeout);
    for (int i = 1; i <= others_until; ++i) {
      if (i != host && cluster.is_connected(HostId(name(i)))) report(i);
    }
    REQUIRE(run(CheckHost{HostId(name(host))}).ok());
    REQUIRE_FALSE(cluster.is_connected(HostId(name(host))));
  }
  // The executor at this host, as it was or as a new process.
  void registers(int host, const std::string& session) {
    ReportTasks report;
    report.host_id = HostId(name(host));
    report.session = session;
    report.sequence = ++sequence;
    report.host = a_host(name(host));
    report.complete = true;
    REQUIRE(run(report).ok());
  }
  bool is_held(const TaskConfig& config = a_config()) {
    return find_hold(cluster, TaskConfigRef(config), clock.now()).has_value();
  }
  std::string place_one(const TaskConfig& config = a_config()) {
    const Task task = add(a_task({.instance = ++instance, .config = config}));
    REQUIRE(run(PlaceTasks{.groups = {task.config.hash()}}).ok());
    const Task* placed = cluster.find_task(task.id);
    return placed->status == TaskStatus::Pending ? cluster.find_pending_reason(task.config.hash())->reason
                                                 : std::string(enum_name(placed->status));
  }
  int64_t sequence = 0;
  int32_t instance = 0;
};

TEST_CASE("a configuration under which two hosts fell silent does not get a third", "[quarantine]") {
  for (const TaskStatus status : {TaskStatus::Assigned, TaskStatus::Starting, TaskStatus::Running}) {
    Hosts hosts(5);
    hosts.give(1, status);
    hosts.fall_silent(1, 5);
    CHECK_FALSE(hosts.is_held());
    hosts.give(2, status);
    hosts.fall_silent(2, 5);
    CHECK(hosts.is_held());
    CHECK_FALSE(hosts.is_held(a_config("www/prod/other")));
    CHECK(hosts.place_one() ==
          "Held back: 2 hosts (h1, h2) fell silent soon after they were given a task of this configuration. "
          "Update the job to another one, or, if it is not to blame, restart the instance; by itself it is "
          "tried "
          "again at 2023-11-14T23:14:35.000Z");
    CHECK(hosts.place_one(a_config("www/prod/other")) == "ASSIGNED");
    CHECK(hosts.cluster.check_invariants() == std::nullopt);
  }
}

TEST_CASE("what says nothing against a configuration", "[quarantine]") {
  SECTION("the same host twice") {
    Hosts hosts(5);
    for (int i = 0; i < 2; ++i) {
      hosts.give(1, TaskStatus::Assigned);
      hosts.fall_silent(1, 5);
      hosts.report(1);
    }
    CHECK_FALSE(hosts.is_held());
  }
  SECTION("an executor that only stood still") {
    Hosts hosts(5);
    for (int i = 1; i <= 2; ++i) {
      hosts.give(i, TaskStatus::Starting);
      hosts.fall_silent(i, 5);
    }
    CHECK(hosts.is_held());
    hosts.registers(1, "s");
    CHECK_FALSE(hosts.is_held());
  }
  SECTION("tasks that a host has reported twice as running") {
    Hosts hosts(5);
    for (int i = 1; i <= 2; ++i) {
      hosts.give(i, TaskStatus::Running);
      hosts.clock.advance(seconds(10));
      for (int j = 1; j <= 5; ++j) hosts.report(j);
      hosts.fall_silent(i, 5);
    }
    CHECK_FALSE(hosts.is_held());
  }
  SECTION("tasks that were sent to a host that was silent already") {
    Hosts hosts(5);
    for (int i = 1; i <= 2; ++i) {
      hosts.clock.advance(seconds(11));
      hosts.give(i, TaskStatus::Assigned);
      hosts.fall_silent(i, 0);
      for (int j = i + 1; j <= 5; ++j) hosts.report(j);
    }
    CHECK_FALSE(hosts.is_held());
  }
  SECTION("many hosts at once: the network or the power has gone") {
    Hosts hosts(6);
    for (int i = 1; i <= 3; ++i) hosts.give(i, TaskStatus::Starting);
    hosts.clock.advance(hosts.settings.host_timeout);
    for (int i = 4; i <= 6; ++i) hosts.report(i);
    for (int i = 1; i <= 3; ++i) REQUIRE(hosts.run(CheckHost{HostId(Hosts::name(i))}).ok());
    CHECK_FALSE(hosts.is_held());
  }
  SECTION("hosts that left in good order") {
    Hosts hosts(5);
    for (int i = 1; i <= 2; ++i) {
      hosts.give(i, TaskStatus::Starting);
      hosts.apply({HostSeen{HostId(Hosts::name(i)), "s", ++hosts.sequence, hosts.clock.now(), true}});
      hosts.clock.advance(hosts.settings.host_timeout);
      for (int j = 3; j <= 5; ++j) hosts.report(j);
      REQUIRE(hosts.run(CheckHost{HostId(Hosts::name(i))}).ok());
    }
    CHECK_FALSE(hosts.is_held());
  }
  SECTION("hosts that have not reported since the scheduler started") {
    Hosts hosts(4);
    hosts.give(1, TaskStatus::Starting);
    hosts.give(2, TaskStatus::Starting);
    hosts.apply({HostGone{HostId("h1")}, HostGone{HostId("h2")}});
    REQUIRE(hosts.run(CheckHost{HostId("h1")}).ok());
    REQUIRE(hosts.run(CheckHost{HostId("h2")}).ok());
    CHECK_FALSE(hosts.is_held());
  }
}

TEST_CASE("what lets a configuration go that was held back", "[quarantine]") {
  Hosts hosts(5);
  const TaskConfig other = a_config("www/prod/other");
  for (int i = 1; i <= 2; ++i) {
    hosts.give(i, TaskStatus::Starting);
    hosts.give(i, TaskStatus::Starting, other);
    hosts.fall_silent(i, 5);
  }
  REQUIRE(hosts.is_held());
  REQUIRE(hosts.is_held(other));
  for (int i = 3; i <= 5; ++i) hosts.report(i);

  SECTION("an hour since the first of two silences") {
    hosts.clock.advance(hours(1) - hosts.settings.host_timeout);
    CHECK_FALSE(hosts.is_held());
    CHECK(hosts.place_one() == "ASSIGNED");
  }
  SECTION("another instance that runs well") {
    hosts.give(3, TaskStatus::Running);
    hosts.clock.advance(minutes(1) - seconds(1));
    CHECK(hosts.is_held());
    hosts.clock.advance(seconds(1));
    CHECK_FALSE(hosts.is_held());
  }
  SECTION("a restart of an instance that waits") {
    const Task waiting = hosts.add(a_task({.instance = 100}));
    REQUIRE(hosts.run(RestartTasks{waiting.job(), {100}, "ann"}).ok());
    CHECK_FALSE(hosts.is_held());
    CHECK(hosts.is_held(other));
    CHECK(hosts.place_one() == "ASSIGNED");
  }
  SECTION("a start of its cron job by hand") {
    CronJob cron;
    cron.job = test::a_job_of(a_config(), 1);
    hosts.apply({CronJobSaved{cron}});
    REQUIRE(hosts.run(StartCronJob{cron.job.key, "ann"}).ok());
    CHECK_FALSE(hosts.is_held());
    CHECK(hosts.is_held(other));
  }
  SECTION("a new create") {
    for (const Task* task : hosts.cluster.list_tasks({})) hosts.apply({TaskDeleted{task->id}});
    REQUIRE(hosts.run(CreateJob{test::a_job_of(a_config(), 1), "ann"}).ok());
    CHECK_FALSE(hosts.is_held());
    CHECK(hosts.is_held(other));
  }
  CHECK(hosts.cluster.check_invariants() == std::nullopt);
}

TEST_CASE("evidence outlives the scheduler and a new executor of the host", "[quarantine]") {
  Hosts before(5);
  for (int i = 1; i <= 2; ++i) {
    before.give(i, TaskStatus::Assigned);
    before.fall_silent(i, 5);
  }
  Hosts after(0);
  after.clock.advance(before.clock.now() - after.clock.now());
  for (const Host* host : before.cluster.list_hosts()) after.apply({HostSaved{*host}});
  CHECK(after.is_held());
  after.registers(1, "new");
  CHECK(after.is_held());
}

TEST_CASE("a host keeps a bounded number of suspects", "[quarantine]") {
  Hosts hosts(3);
  for (int i = 0; i < 100; ++i)
    hosts.give(1, TaskStatus::Starting, a_config("www/prod/job" + std::to_string(i)));
  hosts.fall_silent(1, 3);
  CHECK(hosts.cluster.find_host(HostId("h1"))->silences->suspects.size() == 64);
}

}  // namespace
}  // namespace aurora::core
