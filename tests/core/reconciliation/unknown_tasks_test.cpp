// A task that the tables do not have is no task that may be killed: what follows for a store that is new, older than
// what hosts run, or another cluster's.
#include <catch2/catch.hpp>
#include <limits>

#include "aurora/core/job/task_limits.h"
#include "aurora/core/lifecycle/task_lifecycle.h"
#include "aurora/core/summary/task_figures.h"
#include "support/decider.h"

namespace aurora::core {
namespace {

using test::a_config;
using test::a_host;
using test::a_service;
using test::a_task;
using test::Decider;
using test::text_of;

const HostId kHost("h1");

TaskReport running(const Task& task, TaskStatus status = TaskStatus::Running) {
  TaskReport report{task.id, status, std::nullopt, {}};
  report.summary = summary_of(task);
  return report;
}

struct Reporter {
  Decider& decider;
  HostId host = kHost;
  int64_t sequence = 0;

  ReportTasks make(std::vector<TaskReport> tasks) {
    ReportTasks report;
    report.host_id = host;
    report.session = "s1";
    report.sequence = ++sequence;
    report.complete = true;
    report.host = a_host(host.value());
    report.tasks = std::move(tasks);
    return report;
  }
  Decision registration(std::vector<TaskReport> tasks) {
    auto decision = decider.run(make(std::move(tasks)));
    REQUIRE(decision.ok());
    return std::move(decision).value();
  }
  ReportTasks::Answer word(std::vector<TaskReport> tasks) {  // an incremental one: describes nothing
    ReportTasks report = make(std::move(tasks));
    report.complete = false;
    report.host.reset();
    for (TaskReport& task : report.tasks) task.summary.reset();
    return std::get<ReportTasks::Answer>(decider.run(report)->answer);
  }
};

int kills(const Decision& decision) {
  return static_cast<int>(std::ranges::count_if(
      decision.effects, [](const Effect& effect) { return std::holds_alternative<KillTask>(effect); }));
}

KillUnknownTasks kill_these(std::set<TaskId> ids) { return {std::move(ids), {}, false, "ann"}; }
KillUnknownTasks kill_on(const HostId& host) { return {{}, {host}, false, "ann"}; }
KillUnknownTasks kill_all() { return {{}, {}, true, "ann"}; }

Decided place(Decider& decider) {
  PlaceTasks command;
  for (const auto& [hash, tasks] : decider.cluster.pending_groups()) command.groups.insert(hash);
  return decider.run(command).value();
}

TEST_CASE("an empty store kills nothing that a host runs: it lists it, with what it holds", "[host]") {
  Decider decider;
  Reporter host{decider};
  const Task task = a_task(TaskStatus::Running);
  const Decision decision = host.registration({running(task)});
  CHECK(kills(decision) == 0);
  const auto unknown = decider.cluster.list_unknown_tasks();
  REQUIRE(unknown.size() == 1);
  CHECK(unknown[0]->id == task.id);
  CHECK(unknown[0]->host == kHost);
  CHECK(unknown[0]->summary == summary_of(task));
  CHECK_FALSE(unknown[0]->is_condemned);
  CHECK(decider.cluster.available(kHost).cpus == a_host().capacity.cpus - task.config->resources.cpus);
  CHECK(decider.cluster.check_invariants() == std::nullopt);
  CHECK(kills(host.registration({running(task)})) == 0);
  host.registration({});  // it has ended
  CHECK(decider.cluster.list_unknown_tasks().empty());
  CHECK(decider.cluster.available(kHost).cpus == a_host().capacity.cpus);
}

TEST_CASE("no second copy of an instance is placed while something unknown runs in its place", "[host]") {
  Decider decider;
  Reporter host{decider};
  const Task unknown = a_task({.status = TaskStatus::Running, .instance = 0, .suffix = "old"});
  host.registration({running(unknown)});
  decider.add(a_task({.instance = 0, .suffix = "new"}));
  const TaskId other = decider.add(a_task({.instance = 1, .suffix = "new"})).id;

  Decided decision = place(decider);
  const auto answer = std::get<PlaceTasks::Answer>(decision.answer);
  CHECK(answer.placed == 1);
  CHECK(answer.unplaced.size() == 1);  // tried again later, not at once
  CHECK(decider.cluster.find_task(other)->status == TaskStatus::Assigned);
  const Task* held = decider.cluster.find_active(unknown.instance());
  REQUIRE(held->status == TaskStatus::Pending);
  CHECK_THAT(status_reason(decider.cluster, *held),
             Catch::Contains("host h1 runs task " + unknown.id.value()) && Catch::Contains("aurora admin unknown_tasks"));

  host.registration({running(*decider.cluster.find_task(other), TaskStatus::Starting)});
  CHECK(std::get<PlaceTasks::Answer>(place(decider).answer).placed == 1);
}

TEST_CASE("no instance waits for an unknown task whose host is given up", "[host]") {
  Decider decider;
  Reporter host{decider};
  const Task unknown = a_task({.status = TaskStatus::Running, .instance = 0, .suffix = "old"});
  host.registration({running(unknown)});
  decider.clock.advance(decider.settings.host_timeout - milliseconds(1));
  REQUIRE(decider.run(CheckHost{kHost}).ok());
  CHECK(decider.cluster.find_occupant(unknown.instance()) != nullptr);
  decider.clock.advance(milliseconds(1));
  REQUIRE(decider.run(CheckHost{kHost}).ok());
  CHECK(decider.cluster.find_occupant(unknown.instance()) == nullptr);
  CHECK(decider.cluster.list_unknown_tasks().empty());
  CHECK(kills(host.registration({running(unknown)})) == 0);  // it was only cut off
  CHECK(decider.cluster.list_unknown_tasks().size() == 1);
}

TEST_CASE("what a host says that an unknown task has gives it no room, and sums do not overflow", "[host]") {
  Decider decider;
  Reporter host{decider};
  std::vector<TaskReport> tasks;
  for (int32_t i = 0; i < 2; ++i) {
    TaskReport& report = tasks.emplace_back(running(a_task({.status = TaskStatus::Running, .instance = i})));
    report.summary->cpus = -1e300;
    report.summary->ram_mb = std::numeric_limits<int64_t>::min();
    report.summary->disk_mb = std::numeric_limits<int64_t>::max();
  }
  host.registration(tasks);
  const ResourceTotals left = decider.cluster.available(kHost);
  CHECK(left.cpus == a_host().capacity.cpus);
  CHECK(left.ram_mb == a_host().capacity.ram_mb);
  CHECK(left.disk_mb == a_host().capacity.disk_mb - 2 * kDiskMbMax);
}

TEST_CASE("ports of an unknown task are not given away", "[host]") {
  Decider decider;
  Reporter host{decider};
  Task unknown = a_task(TaskStatus::Running);
  unknown.assigned_ports = {{"http", 31000}};
  host.registration({running(unknown)});
  CHECK(decider.cluster.used_ports(kHost) == std::vector<int32_t>{31000});
}

TEST_CASE("a task that this store gave up and forgot is killed when its host comes back with it", "[host]") {
  Decider decider;
  Reporter host{decider};
  const Task task = decider.add(a_task({.status = TaskStatus::Lost, .config = a_service(), .host = "h1"}));
  Decision decision;
  transition(decider.cluster, task, {TaskStatus::Deleted, std::nullopt}, decider.context(), decision);
  decider.keep(decision);
  REQUIRE(decider.cluster.find_task(task.id) == nullptr);
  REQUIRE(decider.cluster.find_tombstone(task.id) != nullptr);

  CHECK(kills(host.registration({running(task)})) == 1);
  CHECK(kills(host.registration({running(task)})) == 1);  // the kill may have been lost
  CHECK(kills(host.registration({running(task, TaskStatus::Killing)})) == 0);
  CHECK(decider.cluster.list_unknown_tasks().at(0)->is_condemned);
  CHECK(decider.cluster.find_tombstone(task.id) != nullptr);
  host.registration({{task.id, TaskStatus::Killed, std::nullopt, {}}});
  CHECK(decider.cluster.find_tombstone(task.id) == nullptr);
  CHECK(decider.cluster.list_unknown_tasks().empty());
}

TEST_CASE("only a task whose host has not told of its end leaves a tombstone", "[host]") {
  for (const TaskStatus status : {TaskStatus::Finished, TaskStatus::Failed, TaskStatus::Killed, TaskStatus::Lost}) {
    Decider decider;
    const Task task = decider.add(a_task({.status = status}));
    Decision decision;
    transition(decider.cluster, task, {TaskStatus::Deleted, std::nullopt}, decider.context(), decision);
    decider.keep(decision);
    CHECK((decider.cluster.find_tombstone(task.id) != nullptr) == (status == TaskStatus::Lost));
  }
}

TEST_CASE("tombstones go when they are a month old", "[host]") {
  Decider decider;
  decider.apply({TombstoneSaved{{TaskId("old"), HostId("gone"), decider.clock.now()}}});
  decider.clock.advance(hours(24 * 31));
  const Task task = decider.add(a_task({.status = TaskStatus::Lost}));
  Decision decision;
  transition(decider.cluster, task, {TaskStatus::Deleted, std::nullopt}, decider.context(), decision);
  decider.keep(decision);
  CHECK(decider.cluster.find_tombstone(TaskId("old")) == nullptr);
  CHECK(decider.cluster.tombstone_count() == 1);
}

TEST_CASE("a store older than a launch takes the task as it is instead of starting it twice", "[host]") {
  for (const TaskStatus stored : {TaskStatus::Pending, TaskStatus::Throttled}) {
    Decider decider;
    Reporter host{decider};
    const Task task = decider.add(a_task({.status = stored}));
    Task there = task;
    there.assigned_ports = {{"http", 31005}};
    const Decision decision = host.registration({running(there)});
    CHECK(kills(decision) == 0);
    const Task* adopted = decider.cluster.find_task(task.id);
    CHECK(adopted->status == TaskStatus::Running);
    CHECK(adopted->host == kHost);
    CHECK(adopted->assigned_ports.at("http") == 31005);
    CHECK(decider.cluster.list_unknown_tasks().empty());
    CHECK(decider.cluster.check_invariants() == std::nullopt);
    CHECK(std::get<PlaceTasks::Answer>(place(decider).answer).placed == 0);
  }
}

TEST_CASE("a store older than a launch does not start again what has ended, or is ending, at its host",
          "[host]") {
  const auto report_as = [](Decider& decider, TaskStatus status, const TaskConfig& config) {
    const Task task = decider.add(a_task({.config = config}));
    Reporter host{decider};
    host.registration({running(task, status)});
    CHECK(decider.cluster.check_invariants() == std::nullopt);
    return *decider.cluster.find_task(task.id);
  };
  for (const TaskStatus status :
       {TaskStatus::Finished, TaskStatus::Failed, TaskStatus::Killed, TaskStatus::Lost}) {
    Decider decider;
    const Task ended = report_as(decider, status, a_config());
    CHECK(ended.status == status);
    CHECK(ended.host == kHost);
    const bool runs_again = status == TaskStatus::Killed || status == TaskStatus::Lost;
    CHECK((decider.cluster.find_active(ended.instance()) != nullptr) == runs_again);
  }
  Decider decider;
  const Task ended = report_as(decider, TaskStatus::Finished, a_service());
  CHECK(decider.cluster.find_active(ended.instance())->ancestor_id == ended.id);

  Decider other;
  const Task ending = report_as(other, TaskStatus::Killing, a_service());
  CHECK(ending.status == TaskStatus::Assigned);
  CHECK(std::get<PlaceTasks::Answer>(place(other).answer).placed == 0);
}

TEST_CASE("a report that names what nobody has described is answered by asking for a registration", "[host]") {
  Decider decider;
  Reporter host{decider};
  const Task task = a_task(TaskStatus::Running);
  host.registration({});
  const auto answer = host.word({running(task)});
  CHECK_FALSE(answer.accepted);
  CHECK(answer.needs_registration);
  host.registration({running(task)});
  CHECK(host.word({running(task)}).accepted);
  CHECK(decider.cluster.list_unknown_tasks().at(0)->summary == summary_of(task));
}

TEST_CASE("an unknown task is killed when somebody asks for it, until it is gone", "[host]") {
  Decider decider;
  Reporter host{decider};
  Reporter other{decider, HostId("h2")};
  const Task first = a_task({.status = TaskStatus::Running, .instance = 0});
  const Task second = a_task({.status = TaskStatus::Running, .instance = 1});
  const Task elsewhere = a_task({.status = TaskStatus::Running, .instance = 2, .host = "h2"});
  host.registration({running(first), running(second)});
  other.registration({running(elsewhere)});

  CHECK_THAT(text_of(decider.run(kill_these({TaskId("none")}))),
             Catch::Contains("No host runs an unknown task 'none'"));
  CHECK_THAT(text_of(decider.run(kill_on(HostId("h3")))), Catch::Contains("'h3' runs no unknown"));
  CHECK_THAT(text_of(decider.run(KillUnknownTasks{})), Catch::Contains("Name the tasks"));

  const auto decision = decider.run(kill_these({first.id}));
  CHECK(text_of(decision) == "1 unknown task(s) are being killed.");
  CHECK(kills(*decision) == 1);
  CHECK(decider.cluster.find_occupant(first.instance()) != nullptr);  // its instance waits until it is gone
  CHECK(kills(host.registration({running(first), running(second)})) == 1);
  host.registration({running(second)});
  CHECK(decider.cluster.find_occupant(first.instance()) == nullptr);
  CHECK(decider.cluster.tombstone_count() == 0);

  CHECK(kills(*decider.run(kill_on(kHost))) == 1);
  CHECK(kills(*decider.run(kill_all())) == 2);
}

TEST_CASE("an unknown task that is adopted is the run of its instance", "[host]") {
  Decider decider;
  Reporter host{decider};
  const Task task = a_task({.status = TaskStatus::Running, .config = a_service()});
  Task launched = a_task({.status = TaskStatus::Assigned, .config = a_service()});
  host.registration({running(task)});
  const TaskId waiting = decider.add(a_task({.config = a_service(), .suffix = "new"})).id;

  const auto decision = decider.run(AdoptTask{kHost, launched, "ann"});
  REQUIRE(decision.ok());
  CHECK(decider.cluster.find_task(waiting) == nullptr);
  CHECK(decider.cluster.find_task(task.id)->status == TaskStatus::Running);
  CHECK(decider.cluster.find_task(task.id)->events.back().message == "Adopted by ann");
  CHECK(decider.cluster.list_unknown_tasks().empty());
  CHECK(decider.cluster.check_invariants() == std::nullopt);
  CHECK(kills(host.registration({running(task)})) == 0);
  CHECK(decider.run(AdoptTask{kHost, launched, "ann"}).error().code == ErrorCode::NotFound);
}

TEST_CASE("a task is not adopted under a name that no record can have", "[host]") {
  Decider decider;
  Reporter host{decider};
  Task task = a_task({.status = TaskStatus::Running, .config = a_service()});
  task.id = TaskId(std::string("t\0\0\0\0\1", 6));
  host.registration({running(task)});
  CHECK_THAT(text_of(decider.run(AdoptTask{kHost, task, "ann"})), Catch::Contains("its id holds a NUL character"));
}

TEST_CASE("a task is not adopted into an instance that runs elsewhere, nor while it is being killed", "[host]") {
  Decider decider;
  Reporter host{decider};
  const Task task = a_task(TaskStatus::Running);
  host.registration({running(task)});
  const Task& twin = decider.add(a_task({.status = TaskStatus::Running, .suffix = "twin", .host = "h2"}));
  CHECK_THAT(text_of(decider.run(AdoptTask{kHost, task, "ann"})), Catch::Contains("active as task '" + twin.id.value()));
  decider.apply({TaskDeleted{twin.id, twin.job(), twin.instance_id}});
  REQUIRE(decider.run(kill_all()).ok());
  CHECK_THAT(text_of(decider.run(AdoptTask{kHost, task, "ann"})), Catch::Contains("being killed"));
}

TEST_CASE("what a host tells of a task that is to be adopted is held to the limits of tasks", "[host]") {
  Decider decider;
  Reporter host{decider};
  Task task = a_task(TaskStatus::Running);
  host.registration({running(task)});
  TaskConfig huge = *task.config;
  huge.resources.cpus = 2 * kCpusMax;
  Task told = task;
  told.config = TaskConfigRef(std::move(huge));
  CHECK_THAT(text_of(decider.run(AdoptTask{kHost, told, "ann"})), Catch::Contains("can't be adopted: num_cpus is more than"));
  task.instance_id = -1;
  CHECK_THAT(text_of(decider.run(AdoptTask{kHost, task, "ann"})), Catch::Contains("instance -1"));
  CHECK(decider.cluster.list_unknown_tasks().size() == 1);
}

TEST_CASE("a scheduler uses nothing of a host that belongs to another cluster", "[host]") {
  Decider decider;
  decider.settings.cluster_id = "ours";
  Reporter host{decider};
  ReportTasks report = host.make({running(a_task(TaskStatus::Running))});
  report.cluster_id = "theirs";
  const auto refused = decider.run(report);
  REQUIRE_FALSE(refused.ok());
  CHECK(refused.error().code == ErrorCode::FailedPrecondition);
  CHECK_THAT(refused.error().message, Catch::Contains("Host 'h1' belongs to the cluster with the id theirs") &&
                                          Catch::Contains("has the id ours") && Catch::Contains("--data_dir") &&
                                          Catch::Contains("remove the file cluster_id"));
  CHECK(decider.cluster.list_hosts().empty());
  report.cluster_id = "";  // has never been accepted
  report.sequence = 7;
  const auto accepted = decider.run(report);
  REQUIRE(accepted.ok());
  CHECK(std::get<ReportTasks::Answer>(accepted->answer).cluster_id == "ours");
}

}  // namespace
}  // namespace aurora::core
