#include "aurora/scheduler/engine.h"

#include <algorithm>

#include "aurora/base/log.h"
#include "aurora/base/slewed_clock.h"
#include "scheduler/engine_bench.h"

namespace aurora::scheduler {
namespace {

TEST_CASE("a created job is answered, placed and launched by one round") {
  Bench bench;
  bench.add_host();
  const int before = bench.syncs;
  const auto answer = bench.submit(CreateJob{a_job("www/prod/web", 3), "user"});
  REQUIRE(answer->ok());
  CHECK(std::get<Message>(**answer).text == "3 new tasks pending for job www/prod/web");
  CHECK(bench.syncs == before + 1);
  CHECK(bench.outbox.effects.size() == 3);
  for (const Task& task : bench.tasks()) CHECK(task.status == TaskStatus::Assigned);
  CHECK(bench.counters.values()["schedule_attempts_fired"] == 3);
}

TEST_CASE("answers leave only after the commit") {
  Bench bench;
  bool answered = false;
  bench.disk.before_sync = [&]() -> Status {
    CHECK_FALSE(answered);
    return Unit{};
  };
  bench.engine->submit_async(CreateJob{a_job(), "user"}, [&](auto) { answered = true; });
  bench.engine->run_round();
  CHECK(answered);
}

TEST_CASE("effects leave only after the commit") {
  Bench bench;
  bench.add_host();
  const int before = bench.syncs;
  bench.outbox.on_post = [&] { CHECK(bench.syncs == before + 1); };
  (void)bench.submit(CreateJob{a_job(), "user"});
  CHECK(bench.outbox.effects.size() == 1);
}

TEST_CASE("commands that wait together share one commit and see each other") {
  Bench bench;
  std::vector<bool> created;
  for (int i = 0; i < 50; ++i) {
    const std::string job = "www/prod/job" + std::to_string(i / 2);  // each name twice
    bench.engine->submit_async(CreateJob{a_job(job), "user"},
                               [&](const auto& a) { created.push_back(a.ok()); });
  }
  const int before = bench.syncs;
  bench.engine->run_round();
  CHECK(bench.syncs == before + 1);
  REQUIRE(created.size() == 50);
  for (size_t i = 0; i < created.size(); ++i) CHECK(created[i] == (i % 2 == 0));
}

TEST_CASE("a refused command changes nothing and needs no sync") {
  Bench bench;
  const int before = bench.syncs;
  const auto answer = bench.submit(CreateJob{a_job("www/nowhere/web"), "user"});
  CHECK_FALSE(answer->ok());
  CHECK(bench.syncs == before);
  CHECK(bench.tasks().empty());
}

TEST_CASE("a heartbeat needs no sync") {
  Bench bench;
  bench.add_host();
  const int before = bench.syncs;
  ReportTasks report;
  report.host_id = HostId("h1");
  report.session = "session";
  report.sequence = 2;
  report.complete = true;
  CHECK(bench.submit(report)->ok());
  CHECK(bench.syncs == before);
}

TEST_CASE("after a failed commit nothing is answered, posted or done any more") {
  Bench bench;
  bench.add_host();
  bench.disk.before_sync = [] { return Error{ErrorCode::ResourceExhausted, "the disk is full"}; };
  CHECK_FALSE(bench.submit(CreateJob{a_job(), "user"}).has_value());
  CHECK(bench.failure->message == "the disk is full");
  bench.settle(seconds(1));
  CHECK(bench.outbox.effects.empty());
  CHECK_FALSE(bench.submit(CreateJob{a_job("www/prod/other"), "user"}).has_value());
}

TEST_CASE("a job that is larger than a placement goes on being placed without waiting") {
  Bench bench;
  ReportTasks large_host = Bench::registration("h1");
  large_host.host->capacity.cpus = 1e6;
  large_host.host->capacity.ram_mb = large_host.host->capacity.disk_mb = int64_t{1} << 40;
  REQUIRE(bench.submit(large_host)->ok());
  REQUIRE(bench.submit(CreateJob{a_job("www/prod/large", 2'500), "user"})->ok());
  CHECK(bench.outbox.effects.size() == 1'000);
  bench.settle();
  CHECK(bench.outbox.effects.size() == 2'500);
}

TEST_CASE("a restart finds the same state") {
  Bench bench;
  bench.add_host();
  (void)bench.submit(CreateJob{a_job("www/prod/web", 3), "user"});
  bench.settle(milliseconds(5));
  (void)bench.submit(KillTasks{.job = a_key(), .instances = {1}, .message = "", .user = "user"});
  bench.settle();
  const auto before = bench.tasks();
  bench.restart();
  CHECK(bench.tasks() == before);
  CHECK(bench.engine->query([](const Cluster& c) { return c.check_invariants(); }) == std::nullopt);
}

TEST_CASE("after a restart the hosts are heard before anything is placed, for a while") {
  Bench bench;
  bench.add_host("h1");
  bench.add_host("h2");
  bench.config.listen_for = seconds(10);
  const auto restart_with_one_pending = [&](const std::string& job) {
    bench.restart();
    (void)bench.submit(CreateJob{a_job(job), "user"});
    bench.settle(seconds(2));
  };
  const auto placed = [&] {
    return std::ranges::count_if(bench.tasks(),
                                 [](const Task& t) { return t.status != TaskStatus::Pending; });
  };
  restart_with_one_pending("www/prod/web");
  bench.add_host("h1");
  bench.settle(seconds(2));
  CHECK(placed() == 0);  // h2 may run what this store does not know
  bench.add_host("h2");
  bench.settle();
  CHECK(placed() == 1);

  restart_with_one_pending("www/prod/late");
  bench.add_host("h1");
  bench.settle(seconds(5));
  CHECK(placed() == 1);
  bench.settle(seconds(4));  // h2 stays away: the others are not kept waiting for it
  CHECK(placed() == 2);

  bench.config.store_may_be_old = true;
  restart_with_one_pending("www/prod/old");
  bench.add_host("h1");
  bench.add_host("h2");
  bench.settle(seconds(5));
  CHECK(placed() == 2);
  bench.settle(seconds(6));
  CHECK(placed() == 3);
}

TEST_CASE("timers are set again after a restart") {
  Bench bench;
  bench.add_host();
  (void)bench.submit(CreateJob{a_job(), "user"});
  bench.settle(milliseconds(5));
  bench.restart();
  REQUIRE(bench.engine->next_timer().has_value());
  for (int i = 0; i < 20; ++i) bench.settle(seconds(20));  // nobody starts it: the transient timeout
  CHECK(bench.counters.values()["timed_out_tasks"] == 1);
  CHECK(bench.engine->values_of_things()["tasks_LOST_www/prod/web"] == 1);
}

TEST_CASE("monitoring tells a task that was killed while it waited from one that was pruned") {
  Bench bench;
  (void)bench.submit(CreateJob{a_job(), "user"});
  (void)bench.submit(KillTasks{.job = a_key(), .instances = {}, .message = "", .user = "user"});
  CHECK(bench.tasks().empty());
  CHECK(bench.counters.values()["tasks_pruned"] == 0);
}

TEST_CASE("illegal moves and refusals of hosts are counted") {
  Bench bench;
  (void)bench.submit(CreateJob{a_job("www/prod/web", 2), "user"});
  (void)bench.submit(RestartTasks{a_key("www/prod/web"), {0, 1}, "user"});  // of tasks that wait
  CHECK(bench.counters.values()["scheduler_illegal_task_state_transitions"] == 2);
  bench.add_host();

  TaskConfig large = a_config("www/prod/large");
  large.constraints = {{"rack", ValueConstraint{false, {"none"}}}};
  (void)bench.submit(CreateJob{test::a_job_of(large, 3), "user"});
  bench.settle(milliseconds(5));
  auto counted = bench.counters.values();
  CHECK(counted["scheduling_veto_constraint_mismatch"] >= 1);
  CHECK(counted["scheduling_veto_static"] == counted["scheduling_veto_constraint_mismatch"]);
  CHECK(counted["schedule_attempts_no_match"] >= 3);
}

TEST_CASE("a kill that is not confirmed is sent again") {
  Bench bench;
  bench.add_host();
  (void)bench.submit(CreateJob{a_job(), "user"});
  bench.settle(milliseconds(5));
  (void)bench.submit(KillTasks{.job = a_key(), .instances = {}, .message = "", .user = "user"});
  bench.settle();
  const auto kills = [&] {
    return std::ranges::count_if(bench.outbox.effects,
                                 [](const Effect& e) { return std::holds_alternative<KillTask>(e); });
  };
  CHECK(kills() == 1);
  bench.settle(seconds(31));
  CHECK(kills() == 2);
  CHECK(bench.counters.values()["task_kill_retries"] == 1);
}

TEST_CASE("tasks that found no host are placed when one joins, without waiting for their back-off") {
  Bench bench;
  (void)bench.submit(CreateJob{a_job(), "user"});
  for (int i = 0; i < 120; ++i) bench.settle(seconds(1));
  CHECK(bench.outbox.effects.empty());
  bench.add_host();
  bench.settle();
  CHECK(bench.outbox.effects.size() == 1);
}

TEST_CASE("no more is placed than the outbox has room for, and the rest as soon as it has") {
  Bench bench;
  bench.add_host();
  bench.outbox.room_left = 3;
  REQUIRE(bench.submit(CreateJob{a_job("www/prod/web", 10), "user"})->ok());
  bench.settle();
  CHECK(bench.outbox.effects.size() == 3);
  CHECK_FALSE(bench.engine->run_round());  // nobody waits by looking all the time
  const Duration wait = bench.engine->next_timer().value() - bench.clock.now();
  CHECK(wait > Duration{});
  CHECK(wait <= milliseconds(50));
  bench.settle(seconds(1));
  CHECK(bench.outbox.effects.size() == 3);

  bench.outbox.room_left = 2;
  bench.settle(bench.engine->next_timer().value() - bench.clock.now());
  CHECK(bench.outbox.effects.size() == 5);
  CHECK(bench.counters.values()["schedule_waits_for_outbox"] > 0);
  bench.outbox.room_left = 100;
  bench.settle(milliseconds(50));
  CHECK(bench.outbox.effects.size() == 10);
}

TEST_CASE("a task that comes when the outbox has room again does not wait") {
  Bench bench;
  bench.add_host();
  bench.outbox.room_left = 0;
  REQUIRE(bench.submit(CreateJob{a_job("www/prod/web", 1), "user"})->ok());
  bench.outbox.room_left = 100;
  REQUIRE(bench.submit(CreateJob{a_job("www/prod/other", 1), "user"})->ok());
  CHECK(bench.outbox.effects.size() == 2);
}

TEST_CASE("launches that wait for the log take their room") {
  Bench bench;
  bench.add_host();
  bench.outbox.room_left = 5;
  bench.log.is_held = true;
  static_cast<void>(bench.submit(CreateJob{a_job("www/prod/web", 10), "user"}));
  bench.settle();
  bench.settle(milliseconds(100));
  const auto count = [&](TaskStatus status) {
    return bench.engine->look([&](const Cluster& cluster) { return cluster.task_count(status); }).value;
  };
  CHECK(count(TaskStatus::Assigned) == 5);
  bench.log.begin_sync();
  bench.log.end_sync();
  CHECK(bench.outbox.effects.size() == 5);
  bench.settle(milliseconds(100));
  CHECK(count(TaskStatus::Assigned) == 5);
  bench.outbox.room_left = 1;
  bench.settle(milliseconds(100));
  CHECK(count(TaskStatus::Assigned) == 6);
  bench.log.begin_sync();
  bench.log.end_sync();
}

TEST_CASE("kills leave when there is no room for launches") {
  Bench bench;
  bench.add_host();
  REQUIRE(bench.submit(CreateJob{a_job("www/prod/web", 2), "user"})->ok());
  bench.outbox.room_left = 0;
  REQUIRE(bench.submit(KillTasks{a_key("www/prod/web"), {}, "", "user"})->ok());
  bench.settle();
  CHECK(std::ranges::count_if(bench.outbox.effects, [](const Effect& effect) {
          return std::holds_alternative<KillTask>(effect);
        }) == 2);
}

TEST_CASE("tasks that found no room are placed when a task ends") {
  Bench bench;
  bench.add_host();  // 16 cores
  TaskConfig big = a_config("www/prod/big");
  big.resources.cpus = 12;
  (void)bench.submit(CreateJob{test::a_job_of(big, 2), "user"});
  for (int i = 0; i < 60; ++i) bench.settle(seconds(1));
  REQUIRE(bench.outbox.effects.size() == 1);
  const TaskId first = std::get<LaunchTask>(bench.outbox.effects[0]).task_id;
  ReportTasks report;
  report.host_id = HostId("h1");
  report.session = "session";
  report.sequence = 2;
  report.tasks = {{first, TaskStatus::Finished, {}, bench.clock.now()}};
  REQUIRE(bench.submit(report)->ok());
  bench.settle();
  CHECK(bench.outbox.effects.size() == 2);
}

// An engine with the daemon's clock, two hosts that report every five seconds, and a task that runs.
struct Daemon : Bench {
  SlewedClock time{clock};
  int64_t sequence = 1;
  TaskId task;

  Daemon() {
    configure_log(LogFormat::Text, LogLevel::Error);
    engine = std::make_unique<Engine>(config, store, log, time.attendant(), Rng(1), outbox, counters);
    REQUIRE(engine->start().ok());
    add_host();
    TaskConfig service = test::a_service();
    (void)submit(CreateJob{test::a_job_of(service, 1), "user"});
    settle(milliseconds(5));
    task = std::get<LaunchTask>(outbox.effects.at(0)).task_id;
    report(TaskStatus::Running);
    for (int i = 0; i < 200; ++i) {
      if (i % 5 == 0) report(TaskStatus::Running);
      settle(seconds(1));
    }
    REQUIRE(status() == TaskStatus::Running);
  }
  void queue_report(TaskStatus status) {
    ReportTasks report;
    report.host_id = HostId("h1");
    report.session = "session";
    report.sequence = ++sequence;
    report.complete = true;
    report.tasks = {{task, status, {}, clock.now()}};
    engine->submit_async(report, nullptr);
  }
  void report(TaskStatus status) {
    queue_report(status);
    engine->run_round();
  }
  TaskStatus status() const {
    return engine->query([&](const Cluster& cluster) { return cluster.find_task(task)->status; });
  }
  // Rounds as run() makes them, without any report.
  void pass(Duration span) {
    for (Duration passed; passed < span; passed = passed + seconds(1)) settle(seconds(1));
  }
};

TEST_CASE("time in which the engine does not look counts against no host") {
  SECTION("stopped, or a machine that was suspended") {
    Daemon daemon;
    daemon.clock.advance(minutes(2));
    daemon.settle();
    CHECK(daemon.status() == TaskStatus::Running);
  }
  SECTION("a disk that hangs during a commit, while other threads go on and reports wait or are lost") {
    Daemon daemon;
    daemon.disk.before_sync = [&]() -> Status {
      daemon.disk.before_sync = nullptr;
      for (int i = 0; i < 120; ++i) {
        daemon.clock.advance(seconds(1));
        (void)daemon.time.now();
      }
      return Unit{};
    };
    (void)daemon.submit(CreateJob{a_job("www/prod/other"), "user"});
    daemon.settle();
    CHECK(daemon.status() == TaskStatus::Running);
    daemon.pass(seconds(30));
    CHECK(daemon.status() == TaskStatus::Running);
  }
  SECTION("a disk that hangs, while the engine is asked for rounds again and again") {
    Daemon daemon;
    daemon.log.is_held = true;
    (void)daemon.submit(CreateJob{a_job("www/prod/other"), "user"});
    daemon.pass(minutes(2));
    daemon.log.is_held = false;
    daemon.log.begin_sync();
    daemon.log.end_sync();
    daemon.settle();
    CHECK(daemon.status() == TaskStatus::Running);
    daemon.pass(seconds(30));
    CHECK(daemon.status() == TaskStatus::Running);
  }
  SECTION("again and again, each time before anybody has reported") {
    Daemon daemon;
    for (int i = 0; i < 10; ++i) {
      daemon.clock.advance(minutes(2));
      daemon.settle();
      daemon.settle(seconds(1));
    }
    CHECK(daemon.status() == TaskStatus::Running);
  }
  SECTION("and a host that stays silent afterwards is given up after its full time") {
    Daemon daemon;
    daemon.clock.advance(minutes(2));
    daemon.settle();
    daemon.pass(seconds(60));
    CHECK(daemon.status() == TaskStatus::Running);
    daemon.pass(seconds(30));
    CHECK(daemon.status() != TaskStatus::Running);
  }
}

TEST_CASE("time in which the engine does not look counts against no task in a passing state") {
  Daemon daemon;
  (void)daemon.submit(KillTasks{.job = a_key(), .instances = {}, .message = "", .user = "user"});
  daemon.clock.advance(minutes(6));
  daemon.settle();
  CHECK(daemon.status() == TaskStatus::Killing);
  CHECK(daemon.counters.values()["timed_out_tasks"] == 0);
}

TEST_CASE("more commands than the queue holds are refused") {
  Bench bench;
  bench.config.queue_max = 2;
  bench.restart();
  int refused = 0;
  for (int i = 0; i < 5; ++i) {
    bench.engine->submit_async(KillTasks{.job = a_key(), .instances = {}, .message = "", .user = "u"},
                               [&](const auto& answer) {
                                 if (!answer.ok() && answer.error().code == ErrorCode::Unavailable) ++refused;
                               });
  }
  CHECK(refused == 3);
}

TEST_CASE("before its state is loaded an engine refuses commands") {
  Bench bench;
  Engine engine(bench.config, bench.store, bench.log, bench.clock, Rng(1), bench.outbox, bench.counters);
  CHECK_FALSE(engine.is_ready());
  const auto answer = engine.submit(CreateJob{a_job(), "user"});
  CHECK(answer.error().code == ErrorCode::Unavailable);
}

TEST_CASE("an unreadable store stops the start") {
  Bench bench;
  REQUIRE(test::BatchLog(bench.disk).append({"no change"}).ok());
  Engine engine(bench.config, bench.store, bench.log, bench.clock, Rng(1), bench.outbox, bench.counters);
  CHECK_FALSE(engine.start().ok());
}

}  // namespace
}  // namespace aurora::scheduler
