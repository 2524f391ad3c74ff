// What followers are told of what the engine does.
#include <algorithm>

#include "aurora/core/update/update_request.h"
#include "scheduler/engine_bench.h"
#include "support/table_zone.h"

namespace aurora::scheduler {
namespace {

using Lines = std::vector<std::string>;

std::string line_of(const Event& event) {
  std::string line(enum_name(event.type));
  line += ' ' + (event.type == EventType::Host ? event.host.value()
                 : event.type == EventType::Quota ? event.job.role : to_string(event.job));
  if (event.instance_id) line += '/' + std::to_string(*event.instance_id);
  line += ' ' + (event.from.empty() ? "" : std::string(event.from) + " -> ") + std::string(event.to);
  if (event.type != EventType::Host && !event.host.empty()) line += " on " + event.host.value();
  if (event.user) line += " by " + *event.user;
  if (event.message) line += ": " + *event.message;
  if (event.reason) line += " (" + *event.reason + ")";
  return line;
}

struct EventBench : Bench {
  uint64_t seen = 0;

  std::vector<Event> take() {
    std::vector<Event> events;
    const EventWindow& window = engine->events();
    for (const auto& block : window.read_after(seen, 1'000'000).blocks) {
      for (uint64_t at = std::max(block.first, seen + 1); at <= block.last(); ++at)
        events.push_back((*block.events)[at - block.first]);
    }
    seen = window.newest();
    return events;
  }
  Lines lines() {
    Lines all;
    for (const Event& event : take()) all.push_back(line_of(event));
    return all;
  }
  void report(TaskStatus status, std::optional<EndReason> reason = {}) {
    ReportTasks report;
    report.host_id = HostId("h1");
    report.session = "session";
    report.sequence = ++sequence;
    report.tasks = {{tasks().back().id, status, {}, clock.now(), std::move(reason)}};
    REQUIRE(submit(report)->ok());
  }
  int64_t sequence = 1;
};

TEST_CASE("a job's life is told in events, in the order in which it happened") {
  EventBench bench;
  bench.add_host();
  CHECK(bench.lines() == Lines{"host h1 UP"});
  REQUIRE(bench.submit(CreateJob{a_job("www/prod/web", 1), "ann"})->ok());
  CHECK(bench.lines() == Lines{"job www/prod/web CREATED by ann: 1 instance", "task www/prod/web/0 PENDING",
                               "task www/prod/web/0 PENDING -> ASSIGNED on h1"});
  bench.report(TaskStatus::Starting);
  bench.report(TaskStatus::Running);
  CHECK(bench.lines() == Lines{"task www/prod/web/0 ASSIGNED -> STARTING on h1",
                               "task www/prod/web/0 STARTING -> RUNNING on h1"});
  bench.report(TaskStatus::Running);  // said again: nothing has happened
  CHECK(bench.lines().empty());
  bench.report(TaskStatus::Failed, EndReason{.cause = EndCause::Exited, .process = "hello", .exit_code = 1});
  CHECK(bench.lines() == Lines{"task www/prod/web/0 RUNNING -> FAILED on h1 (process 'hello' exited with code 1)"});
}

TEST_CASE("an event names its task, and its time is that of what happened") {
  EventBench bench;
  bench.add_host();
  REQUIRE(bench.submit(CreateJob{a_job("www/prod/web", 1), "ann"})->ok());
  const std::vector<Event> events = bench.take();
  REQUIRE(events.size() == 4);
  const Task task = bench.tasks().front();
  CHECK(events[3].task_id == task.id);
  CHECK(events[3].at == task.events.back().timestamp);
  CHECK(events[3].instance_id == 0);
}

TEST_CASE("who kills and restarts is told, and which instances") {
  EventBench bench;
  bench.add_host();
  REQUIRE(bench.submit(CreateJob{a_job("www/prod/web", 3), "ann"})->ok());
  bench.take();
  REQUIRE(bench.submit(KillTasks{.job = a_key(), .instances = {1, 2}, .message = "too many", .user = "bob"})->ok());
  CHECK(bench.lines() == Lines{"job www/prod/web KILLED by bob: instances 1, 2: too many",
                               "task www/prod/web/1 ASSIGNED -> KILLING on h1: Killed by bob.\ntoo many (killed by user bob)",
                               "task www/prod/web/2 ASSIGNED -> KILLING on h1: Killed by bob.\ntoo many (killed by user bob)"});
  REQUIRE(bench.submit(KillTasks{.job = a_key("www/prod/none"), .instances = {}, .message = "", .user = "bob"})->ok());
  CHECK(bench.lines().empty());
  REQUIRE(bench.submit(RestartTasks{.job = a_key(), .instances = {0}, .user = "bob"})->ok());
  CHECK(bench.lines().front() == "job www/prod/web RESTARTED by bob: instance 0");
}

TEST_CASE("a refused command makes no event") {
  EventBench bench;
  CHECK_FALSE(bench.submit(CreateJob{a_job("www/nowhere/web"), "ann"})->ok());
  CHECK(bench.lines().empty());
}

TEST_CASE("a host that comes, is drained, leaves and falls silent is told") {
  EventBench bench;
  bench.add_host();
  REQUIRE(bench.submit(DrainHosts{.hosts = {HostId("h1")}, .terms = {}, .user = "ann"})->ok());
  CHECK(bench.lines() == Lines{"host h1 UP", "host h1 NONE -> DRAINED"});
  REQUIRE(bench.submit(EndMaintenance{.hosts = {HostId("h1")}, .user = "ann"})->ok());
  CHECK(bench.lines() == Lines{"host h1 DRAINED -> NONE"});
  for (int i = 0; i < 300; ++i) bench.settle(seconds(1));
  CHECK(bench.lines() == Lines{"host h1 UP -> DOWN: no report of its executor for too long"});
  ReportTasks again = Bench::registration("h1");
  again.sequence = 2;
  REQUIRE(bench.submit(again)->ok());
  CHECK(bench.lines() == Lines{"host h1 DOWN -> UP"});
  again.sequence = 3;
  again.leaving = true;
  REQUIRE(bench.submit(again)->ok());
  CHECK(bench.lines() == Lines{"host h1 UP -> LEAVING: its executor is being stopped; its tasks go on"});
}

TEST_CASE("an update is told with what it does to instances") {
  EventBench bench;
  bench.add_host();
  JobUpdateRequest request;
  request.task_config = test::a_service();
  REQUIRE(bench.submit(StartUpdate{request, "more of it", "ann"})->ok());
  CHECK(bench.lines() == Lines{"host h1 UP", "update www/prod/web ROLLING_FORWARD by ann: more of it",
                               "update www/prod/web/0 INSTANCE_UPDATING", "task www/prod/web/0 PENDING",
                               "task www/prod/web/0 PENDING -> ASSIGNED on h1"});
  bench.report(TaskStatus::Running);
  CHECK(bench.lines() == Lines{"task www/prod/web/0 ASSIGNED -> RUNNING on h1",
                               "update www/prod/web/0 INSTANCE_UPDATED",
                               "update www/prod/web ROLLING_FORWARD -> ROLLED_FORWARD"});
}

TEST_CASE("a quota is told with what it was before") {
  EventBench bench;
  const auto set = [&](double cpus) {
    Quota quota{.role = "www", .amount = {.cpus = cpus, .ram_mb = 1024, .disk_mb = 2048}};
    REQUIRE(bench.submit(SetQuota{.quota = quota, .user = "ann"})->ok());
  };
  set(2);
  set(0.5);
  CHECK(bench.lines() == Lines{"quota www SET: CPU 2, RAM 1024 MB, disk 2048 MB; before: CPU 0, RAM 0 MB, disk 0 MB",
                               "quota www SET: CPU 0.5, RAM 1024 MB, disk 2048 MB; before: CPU 2, RAM 1024 MB, disk 2048 MB"});
}

TEST_CASE("a cron job's schedule and runs are told") {
  EventBench bench;
  bench.config.settings.cron.zones = std::make_shared<test::OneZone>("Etc/Zero", test::TableZone(Duration{}));
  bench.restart();
  JobConfiguration job = a_job("www/prod/report", 1);
  job.cron_schedule = "*/10 * * * *";
  REQUIRE(bench.submit(ScheduleCronJob{job, "ann"})->ok());
  CHECK(bench.lines() == Lines{"cron www/prod/report SCHEDULED by ann: */10 * * * *"});
  REQUIRE(bench.submit(StartCronJob{job.key, "bob"})->ok());
  const Lines started = bench.lines();
  CHECK(std::ranges::count(started, "cron www/prod/report STARTED by bob") == 1);
  CHECK(std::ranges::count(started, "task www/prod/report/0 PENDING") == 1);
  REQUIRE(bench.submit(DescheduleCronJob{job.key})->ok());
  CHECK(bench.lines() == Lines{"cron www/prod/report SCHEDULED -> DESCHEDULED"});
}

TEST_CASE("nothing is told before it is durable, and then before the answer") {
  EventBench bench;
  bench.add_host();
  bench.take();
  bench.log.is_held = true;
  size_t told_at_answer = 0;
  bench.engine->submit_async(CreateJob{a_job(), "ann"}, [&](const auto&) { told_at_answer = bench.take().size(); });
  bench.engine->run_round();
  CHECK(bench.engine->look([](const Cluster& cluster) { return cluster.list_tasks({}).size(); }).value == 1);
  CHECK(bench.take().empty());
  ReportTasks gone = Bench::registration("h1");  // of memory alone, but decided behind it
  gone.sequence = 2;
  gone.leaving = true;
  bench.engine->submit_async(gone, nullptr);
  bench.engine->run_round();
  CHECK(bench.take().empty());
  bench.log.begin_sync();
  CHECK(bench.take().empty());
  bench.log.end_sync();
  CHECK(told_at_answer == 3);
  CHECK(bench.lines() == Lines{"host h1 UP -> LEAVING: its executor is being stopped; its tasks go on"});
}

TEST_CASE("what could not be made durable is never told") {
  EventBench bench;
  bench.disk.before_sync = [] { return Error{ErrorCode::ResourceExhausted, "the disk is full"}; };
  bench.submit(CreateJob{a_job(), "ann"});
  bench.settle(seconds(1));
  CHECK(bench.take().empty());
}

TEST_CASE("a restart begins with no events, and tokens of before are known as such") {
  EventBench bench;
  bench.add_host();
  const EventToken token = bench.engine->events().token_at(1);
  CHECK(bench.engine->events().state_of(token) == TokenState::Good);
  bench.clock.advance(seconds(1));
  bench.restart();
  CHECK(bench.engine->events().newest() == 0);
  CHECK(bench.engine->events().state_of(token) == TokenState::EarlierStart);
}

TEST_CASE("a long message is cut between two characters") {
  EventBench bench;
  bench.add_host();
  std::string message;
  while (message.size() < 1'000) message += "\xC3\xA4";  // the limit of a kill's message is below ours with a prefix
  REQUIRE(bench.submit(CreateJob{a_job(), "ann"})->ok());
  REQUIRE(bench.submit(KillTasks{.job = a_key(), .instances = {}, .message = message, .user = std::string(200, 'u')})->ok());
  for (const Event& event : bench.take()) {
    CHECK(event.message.text().size() <= kEventTextMax);
    CHECK(event.reason.text().size() <= kEventTextMax);
  }
}

}  // namespace
}  // namespace aurora::scheduler
