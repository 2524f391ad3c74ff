#include <catch2/catch.hpp>

#include "aurora/core/maintenance/drain.h"
#include "core/update/small_cluster.h"

namespace aurora::core {
namespace {

using test::SmallCluster;

const std::string kJob = "www/prod/web";

JobConfiguration a_promised_job(int32_t instances, std::optional<SlaPolicy> policy) {
  TaskConfig config = test::a_service(kJob);
  config.tier = "preferred";
  config.resources.cpus = 0.1;
  config.sla_policy = std::move(policy);
  return test::a_job_of(config, instances);
}

struct Bench {
  explicit Bench(int hosts, int32_t instances, std::optional<SlaPolicy> policy = std::nullopt) : small(hosts) {
    const auto created = small.run(CreateJob{a_promised_job(instances, std::move(policy)), "u"});
    INFO((created.ok() ? "" : created.error().message));
    REQUIRE(created.ok());
    small.pass(minutes(10));
    REQUIRE(running() == instances);
    small.watch = [this](const std::vector<Change>&) { least_running = std::min(least_running, running()); };
    least_running = instances;
  }

  HostModes drain(const std::set<HostId>& hosts, std::optional<DrainHosts::Terms> terms = std::nullopt) {
    const auto answer = small.run(DrainHosts{hosts, std::move(terms), "ops"});
    REQUIRE(answer.ok());
    return std::get<HostModes>(*answer);
  }
  HostModes end(const std::set<HostId>& hosts) {
    return std::get<HostModes>(*small.run(EndMaintenance{hosts, "ops"}));
  }
  MaintenanceMode mode(const std::string& host) { return small.decider.cluster.find_host(HostId(host))->mode; }
  size_t tasks_on(const std::string& host) { return small.decider.cluster.list_host_tasks(HostId(host)).size(); }
  int64_t running() { return small.decider.cluster.count_tasks(test::a_key(kJob)).of(TaskStatus::Running); }
  // What was said of drained tasks.
  std::set<std::string> messages() {
    std::set<std::string> texts;
    for (const Task* task : small.decider.cluster.list_job_tasks(test::a_key(kJob))) {
      for (const TaskEvent& event : task->events) {
        if (event.status == TaskStatus::Draining) texts.insert(event.message.text());
      }
    }
    return texts;
  }

  SmallCluster small;
  int64_t least_running = 0;
};

DrainHosts::Terms terms(SlaPolicy policy, int64_t timeout_secs = 3600) { return {std::move(policy), timeout_secs}; }

TEST_CASE("a drained host is empty and says so", "[maintenance]") {
  Bench bench(3, 9);
  const size_t before = bench.tasks_on("h1");
  REQUIRE(before > 0);
  const HostModes modes = bench.drain({HostId("h1"), HostId("gone")});
  CHECK(modes.statuses == std::vector<HostMode>{{HostId("h1"), MaintenanceMode::Draining}});
  CHECK(modes.unknown == std::vector<HostId>{HostId("gone")});
  bench.small.pass(seconds(10));
  CHECK(bench.mode("h1") == MaintenanceMode::Drained);
  CHECK_FALSE(bench.small.decider.cluster.find_host(HostId("h1"))->drain);
  CHECK(bench.tasks_on("h1") == 0);
  CHECK(bench.running() == 9);
  CHECK(bench.messages() == std::set<std::string>{"Draining machine for maintenance."});
  bench.end({HostId("h1")});
  CHECK(bench.mode("h1") == MaintenanceMode::None);
}

TEST_CASE("any request may come in any mode", "[maintenance]") {
  Bench bench(2, 4);
  const HostId host("h1");
  const auto start = [&] { return bench.small.run(StartMaintenance{{host}, "ops"}); };
  REQUIRE(start().ok());
  CHECK(bench.mode("h1") == MaintenanceMode::Scheduled);
  CHECK(bench.tasks_on("h1") > 0);
  bench.drain({host}, terms(CountSlaPolicy{4, 0}));
  bench.small.pass(seconds(5));
  REQUIRE(start().ok());
  CHECK(bench.mode("h1") == MaintenanceMode::Scheduled);
  CHECK_FALSE(bench.small.decider.cluster.find_host(host)->drain);
  bench.end({host});
  bench.end({host});
  CHECK(bench.mode("h1") == MaintenanceMode::None);
}

TEST_CASE("an empty host is drained at once, with a policy a moment later", "[maintenance]") {
  Bench bench(2, 1);
  const std::string empty = bench.tasks_on("h1") == 0 ? "h1" : "h2";
  CHECK(bench.drain({HostId(empty)}).statuses.front().mode == MaintenanceMode::Drained);
  CHECK(bench.mode(empty) == MaintenanceMode::Drained);
  bench.end({HostId(empty)});
  CHECK(bench.drain({HostId(empty)}, terms(CountSlaPolicy{})).statuses.front().mode == MaintenanceMode::Draining);
  CHECK(bench.mode(empty) == MaintenanceMode::Drained);
}

TEST_CASE("a drain never takes a job below its own policy", "[maintenance]") {
  Bench bench(4, 24, CountSlaPolicy{23, 30});
  bench.drain({HostId("h1"), HostId("h2")}, terms(PercentageSlaPolicy{0, 0}));
  CHECK(bench.running() == 23);
  bench.small.pass(minutes(1));
  CHECK(bench.mode("h1") == MaintenanceMode::Draining);
  bench.small.pass(minutes(10));
  CHECK(bench.mode("h1") == MaintenanceMode::Drained);
  CHECK(bench.mode("h2") == MaintenanceMode::Drained);
  CHECK(bench.least_running == 23);
  CHECK(bench.running() == 24);
}

TEST_CASE("the request's policy holds for tasks without one", "[maintenance]") {
  Bench bench(3, 30);
  bench.drain({HostId("h1"), HostId("h2")}, terms(PercentageSlaPolicy{90, 60}));
  bench.small.pass(minutes(30));
  CHECK(bench.mode("h1") == MaintenanceMode::Drained);
  CHECK(bench.mode("h2") == MaintenanceMode::Drained);
  CHECK(bench.least_running == 27);
}

TEST_CASE("the next task goes as soon as time allows, not with the next poll", "[maintenance]") {
  Bench bench(3, 21, CountSlaPolicy{20, 5});
  bench.small.decider.settings.sla.host_maintenance_polling_interval = hours(1);
  const size_t left = bench.tasks_on("h1");
  bench.drain({HostId("h1")}, terms(CountSlaPolicy{}, 24 * 3600));
  bench.small.pass(milliseconds(static_cast<int64_t>(left) * 5'100));
  CHECK(bench.mode("h1") == MaintenanceMode::Drained);
  CHECK(bench.least_running == 20);
}

TEST_CASE("after the timeout no policy counts", "[maintenance]") {
  Bench bench(2, 20, CountSlaPolicy{19, 7200});
  bench.small.run(KillTasks{test::a_key(kJob), {0}, "", "u"}).ok();
  bench.small.run(AddInstances{{test::a_key(kJob), 1}, 1, "u"}).ok();
  bench.small.pass(minutes(5));
  bench.drain({HostId("h1")}, terms(CountSlaPolicy{}, 600));
  bench.small.pass(seconds(600));
  CHECK(bench.mode("h1") == MaintenanceMode::Draining);
  bench.small.pass(seconds(1));
  CHECK(bench.mode("h1") == MaintenanceMode::Drained);
}

TEST_CASE("without a policy a task's own holds for one poll", "[maintenance]") {
  Bench bench(2, 20, CountSlaPolicy{19, 7200});
  REQUIRE(bench.tasks_on("h1") > 1);
  bench.drain({HostId("h1")});
  bench.small.pass(seconds(59));
  CHECK(bench.mode("h1") == MaintenanceMode::Draining);
  bench.small.pass(seconds(2));
  CHECK(bench.mode("h1") == MaintenanceMode::Drained);
}

TEST_CASE("a restart forgets nothing of a drain", "[maintenance]") {
  Bench bench(3, 24, CountSlaPolicy{23, 5});
  bench.drain({HostId("h1")}, terms(CountSlaPolicy{}));
  bench.small.forget_timers();
  bench.small.pass(minutes(3));
  CHECK(bench.mode("h1") == MaintenanceMode::Drained);
  CHECK(bench.least_running == 23);
}

TEST_CASE("a clock that was set back does not make a drain longer", "[maintenance]") {
  Bench bench(2, 20, CountSlaPolicy{19, 7200});
  bench.drain({HostId("h1")}, terms(CountSlaPolicy{}, 600));
  Host host = *bench.small.decider.cluster.find_host(HostId("h1"));
  bench.end({HostId("h1")});  // and with it what is remembered of the drain
  host.drain->created = bench.small.decider.clock.now() + hours(2);
  bench.small.decider.cluster.apply(HostSaved{host});
  bench.small.forget_timers();
  bench.small.pass(seconds(602));
  CHECK(bench.mode("h1") == MaintenanceMode::Drained);
}

TEST_CASE("a host that registers again goes on being drained, and cannot drain itself", "[maintenance]") {
  Bench bench(2, 20, CountSlaPolicy{19, 7200});
  bench.drain({HostId("h1")}, terms(CountSlaPolicy{}));
  const Host before = *bench.small.decider.cluster.find_host(HostId("h1"));
  REQUIRE(before.drain);
  Host told = test::a_host("h1");
  told.agent_id = before.agent_id;
  ReportTasks report{.host_id = told.id, .session = "another", .sequence = 1, .host = told, .complete = false, .tasks = {}};
  CHECK(bench.small.run(report).ok());
  CHECK(bench.small.decider.cluster.find_host(HostId("h1"))->drain == before.drain);
  Host liar = test::a_host("h2");
  liar.mode = MaintenanceMode::Draining;
  liar.drain = DrainRequest{};
  report = {.host_id = liar.id, .session = "another", .sequence = 1, .host = liar, .complete = false, .tasks = {}};
  CHECK(bench.small.run(report).ok());
  CHECK(bench.mode("h2") == MaintenanceMode::None);
  CHECK_FALSE(bench.small.decider.cluster.find_host(HostId("h2"))->drain);
}

TEST_CASE("maintenance that ends in the middle leaves the rest where it is", "[maintenance]") {
  Bench bench(2, 24, CountSlaPolicy{23, 60});
  bench.drain({HostId("h1")}, terms(CountSlaPolicy{}));
  bench.small.pass(minutes(3));
  const size_t left = bench.tasks_on("h1");
  REQUIRE(left > 0);
  bench.end({HostId("h1")});
  bench.small.pass(hours(1));
  CHECK(bench.tasks_on("h1") >= left);
  CHECK(bench.mode("h1") == MaintenanceMode::None);
}

TEST_CASE("a partitioned task does not keep its host", "[maintenance]") {
  Bench bench(2, 2);
  const auto tasks = bench.small.decider.cluster.list_host_tasks(HostId("h1"));
  REQUIRE_FALSE(tasks.empty());
  for (const Task* task : tasks) {
    REQUIRE(bench.small.run(ChangeTask{task->id, {}, {}, TaskStatus::Partitioned, "cut off"}).ok());
  }
  bench.drain({HostId("h1")});
  CHECK(bench.mode("h1") == MaintenanceMode::Drained);
}

TEST_CASE("what holds a task up is said", "[maintenance]") {
  Bench bench(2, 20, CountSlaPolicy{19, 60});
  bench.drain({HostId("h1")}, terms(CountSlaPolicy{}));
  const Cluster& cluster = bench.small.decider.cluster;
  const Decision nothing;
  SlaBudget budget(cluster, bench.small.decider.settings.limits, bench.small.decider.clock.now(), nothing);
  const auto holds = list_holds(cluster, *cluster.find_host(HostId("h1")), budget, 100);
  REQUIRE(holds.size() == bench.tasks_on("h1"));
  int leaving = 0;
  for (const DrainHold& hold : holds) {
    leaving += hold.is_leaving ? 1 : 0;
    if (!hold.is_leaving) CHECK(hold.why == "18 of 20 instances would be up, policy wants 19");
  }
  CHECK(leaving == 1);
}

TEST_CASE("requests that make no sense are refused", "[maintenance]") {
  Bench bench(1, 1);
  const auto refused = [&](const DrainHosts& command) {
    const auto answer = bench.small.run(command);
    return answer.ok() ? "" : answer.error().message;
  };
  const std::set<HostId> h1 = {HostId("h1")};
  CHECK(refused({{}, {}, "ops"}) == "No hosts: name at least one.");
  CHECK(refused({h1, terms(PercentageSlaPolicy{101, 0}), "ops"}) == "percentage must be between 0 and 100.");
  CHECK(refused({h1, terms(PercentageSlaPolicy{50, 7201}), "ops"}) ==
        "durationSecs=7201 must be between 0 and 7200 (--max_sla_duration_secs).");
  CHECK(refused({h1, terms(CountSlaPolicy{-1, 0}), "ops"}) == "count=-1 must be 0 or more.");
  CHECK(refused({h1, terms(CoordinatorSlaPolicy{"ftp://x", ""}), "ops"}) ==
        "coordinatorUrl must begin with http:// or https://.");
  CHECK(refused({h1, terms(CountSlaPolicy{}, -1), "ops"}) == "timeoutSecs=-1 must be between 0 and 31536000.");
  std::set<HostId> many;
  for (int i = 0; i <= 1000; ++i) many.insert(HostId("h" + std::to_string(i)));
  CHECK(refused({many, {}, "ops"}) == "1001 hosts: a request may name at most 1000. Send several.");
}

// --- Coordinators.


TEST_CASE("a coordinator is asked about one task at a time, and its yes ends that task", "[maintenance]") {
  Bench bench(2, 4, CoordinatorSlaPolicy{"http://c/ask", "ok"});
  std::vector<AskCoordinator> asked;
  bench.small.ask = [&](const AskCoordinator& question) { asked.push_back(question); };
  const size_t before = bench.tasks_on("h1");
  REQUIRE(before >= 2);
  bench.drain({HostId("h1")}, terms(CountSlaPolicy{}, 3600));
  REQUIRE(asked.size() == 1);
  CHECK(asked.front().url.text() == "http://c/ask");
  CHECK(asked.front().status_key.text() == "ok");
  CHECK(asked.front().countdown == seconds(3600));
  CHECK(bench.tasks_on("h1") == before);
  bench.small.pass(seconds(3));
  CHECK(asked.size() == 1);  // still that one
  for (size_t i = 0; i < before; ++i) {
    REQUIRE(asked.size() == i + 1);
    const AskCoordinator question = asked.back();
    bench.small.run(CoordinatorAnswer{question.url.text(), question.task_id, question.since, true, ""}).ok();
    bench.small.pass(milliseconds(1));
    CHECK(bench.tasks_on("h1") == before - 1 - i);
  }
  CHECK(bench.mode("h1") == MaintenanceMode::Drained);
}

TEST_CASE("a coordinator that refuses is asked about others, and about the same again with the next poll",
          "[maintenance]") {
  Bench bench(2, 4, CoordinatorSlaPolicy{"http://c", ""});
  std::vector<AskCoordinator> asked;
  bench.small.ask = [&](const AskCoordinator& question) {
    asked.push_back(question);
  };
  const size_t on_host = bench.tasks_on("h1");
  bench.drain({HostId("h1")}, terms(CountSlaPolicy{}, 3600));
  const auto refuse_all = [&] {
    for (size_t i = 0; i < asked.size() && i < 100; ++i) {
      const AskCoordinator question = asked[i];
      bench.small.run(CoordinatorAnswer{question.url.text(), question.task_id, question.since, false, "says no"}).ok();
    }
  };
  refuse_all();
  std::set<TaskId> ids;
  for (const AskCoordinator& question : asked) ids.insert(question.task_id);
  CHECK(ids.size() == on_host);
  CHECK(asked.size() == on_host);
  asked.clear();
  bench.small.pass(seconds(58));
  CHECK(asked.empty());
  bench.small.pass(seconds(3));
  CHECK(asked.size() == 1);
  CHECK(bench.tasks_on("h1") == on_host);
}

TEST_CASE("an answer that comes too late, or about a task that has moved, ends nothing", "[maintenance]") {
  Bench bench(2, 4, CoordinatorSlaPolicy{"http://c", ""});
  std::vector<AskCoordinator> asked;
  bench.small.ask = [&](const AskCoordinator& question) { asked.push_back(question); };
  bench.drain({HostId("h1")}, terms(CountSlaPolicy{}, 3600));
  REQUIRE(asked.size() == 1);
  const AskCoordinator first = asked.front();
  const size_t before = bench.tasks_on("h1");
  const auto yes = [&](const AskCoordinator& question) {
    bench.small.run(CoordinatorAnswer{question.url.text(), question.task_id, question.since, true, ""}).ok();
    bench.small.pass(seconds(1));  // whoever is killed leaves
  };
  SECTION("maintenance has ended") {
    bench.end({HostId("h1")});
    yes(first);
    CHECK(bench.tasks_on("h1") == before);
    bench.drain({HostId("h1")}, terms(CountSlaPolicy{}, 3600));
    bench.small.pass(seconds(1));
    CHECK(bench.tasks_on("h1") == before);  // an old yes is none
  }
  SECTION("nobody has answered for so long that it was asked again") {
    bench.small.pass(seconds(91));
    CHECK(asked.size() == 2);
  }
  SECTION("the task is another now") {
    AskCoordinator other = first;
    other.since = other.since - seconds(1);
    yes(other);
    CHECK(bench.tasks_on("h1") == before);
  }
}

TEST_CASE("so many coordinators are asked at a time", "[maintenance]") {
  Bench bench(2, 1);
  bench.small.decider.settings.sla.max_parallel_coordinated_maintenance = 2;
  std::vector<AskCoordinator> asked;
  bench.small.ask = [&](const AskCoordinator& question) { asked.push_back(question); };
  for (int i = 0; i < 4; ++i) {
    TaskConfig config = test::a_service("www/prod/job" + std::to_string(i));
    config.tier = "preferred";
    config.sla_policy = CoordinatorSlaPolicy{"http://c" + std::to_string(i), ""};
    REQUIRE(bench.small.run(CreateJob{test::a_job_of(config, 2), "u"}).ok());
  }
  bench.small.pass(minutes(1));
  bench.drain({HostId("h1"), HostId("h2")}, terms(CountSlaPolicy{}, 3600));
  CHECK(asked.size() == 2);
}

}  // namespace
}  // namespace aurora::core
