#include <catch2/catch.hpp>

#include "aurora/core/cluster/task_after.h"
#include "support/decider.h"
#include "support/golden.h"

namespace aurora::core {
namespace {

using test::a_host;
using test::a_service;
using test::a_task;
using test::Decider;

const HostId kHost("h1");

struct Sent {
  std::string session = "s1";
  int64_t sequence = 1;
  bool registers = true;
  bool complete = true;
  std::vector<TaskReport> tasks = {};
};

ReportTasks a_report(const Sent& sent) {
  ReportTasks report;
  report.host_id = kHost;
  report.session = sent.session;
  report.sequence = sent.sequence;
  if (sent.registers) report.host = a_host();
  report.complete = sent.complete;
  report.tasks = sent.tasks;
  return report;
}

std::string answer_of(const Result<Decided>& decision) {
  if (!decision.ok()) return "error";
  const auto& answer = std::get<ReportTasks::Answer>(decision->answer);
  if (answer.accepted) return "accepted";
  return answer.needs_registration ? "register" : "stale";
}

TEST_CASE("which reports are used", "[host]") {
  Decider decider;
  struct Step {
    Sent sent;
    std::string answer;
  };
  const Step steps[] = {
      {{.session = "s1", .sequence = 5, .registers = false}, "register"},
      {{.session = "s1", .sequence = 6}, "accepted"},
      {{.session = "s1", .sequence = 6}, "stale"},
      {{.session = "s1", .sequence = 4, .registers = false}, "stale"},
      {{.session = "s1", .sequence = 7, .registers = false}, "accepted"},
      {{.session = "s2", .sequence = 1, .registers = false}, "register"},
      {{.session = "s2", .sequence = 2}, "accepted"},
      {{.session = "s1", .sequence = 8, .registers = false}, "stale"},
      {{.session = "s1", .sequence = 9}, "stale"},  // a late registration of the executor that is gone
      {{.session = "s2", .sequence = 3, .registers = false}, "accepted"},
  };
  for (const Step& step : steps) {
    CAPTURE(step.sent.session, step.sent.sequence);
    const auto decision = decider.run(a_report(step.sent));
    CHECK(answer_of(decision) == step.answer);
    CHECK((step.answer == "accepted") == !decision->changes.empty());
  }
  decider.apply({HostGone{kHost}});
  CHECK(answer_of(decider.run(a_report({.session = "s2", .sequence = 4, .registers = false}))) == "register");
}

TEST_CASE("a host that leaves offers nothing until its next executor reports, and goes like a silent one",
          "[host]") {
  Decider decider;
  REQUIRE(decider.run(a_report({.sequence = 1})).ok());
  CHECK(decider.cluster.is_connected(kHost));
  ReportTasks last = a_report({.sequence = 2, .registers = false, .complete = false});
  last.leaving = true;
  CHECK(answer_of(decider.run(last)) == "accepted");
  CHECK_FALSE(decider.cluster.is_connected(kHost));
  CHECK(decider.cluster.find_session(kHost) != nullptr);
  decider.clock.advance(decider.settings.host_timeout);
  REQUIRE(decider.run(CheckHost{kHost}).ok());
  CHECK(decider.cluster.find_session(kHost) == nullptr);
  CHECK(answer_of(decider.run(a_report({.session = "s2", .sequence = 1}))) == "accepted");
  CHECK(decider.cluster.is_connected(kHost));
}

TEST_CASE("a second executor does not take the name of one that is there", "[host]") {
  Decider decider;
  REQUIRE(decider.run(a_report({.sequence = 1})).ok());
  ReportTasks other = a_report({.session = "other", .sequence = 1});
  other.host->agent_id = "other-agent";
  const auto refused = decider.run(other);
  REQUIRE_FALSE(refused.ok());
  CHECK(refused.error().message.find("'h1' is taken by the executor at") != std::string::npos);
  decider.apply({HostGone{kHost}});
  CHECK(answer_of(decider.run(other)) == "accepted");
}

TEST_CASE("a registration is stored once and keeps the maintenance mode", "[host]") {
  Decider decider;
  Host host = a_host();
  host.mode = MaintenanceMode::Draining;
  decider.apply({HostSaved{host}});
  auto stored = [](const Decision& decision) {
    return std::count_if(decision.changes.begin(), decision.changes.end(),
                         [](const Change& c) { return is_durable(c); });
  };
  CHECK(stored(*decider.run(a_report({.sequence = 1}))) == 0);
  ReportTasks report = a_report({.sequence = 2});
  report.host->capacity.cpus = 32;
  CHECK(stored(*decider.run(report)) == 1);
  CHECK(decider.cluster.find_host(kHost)->capacity.cpus == 32);
  CHECK(decider.cluster.find_host(kHost)->mode == MaintenanceMode::Draining);
}

TEST_CASE("registrations that are refused", "[host]") {
  struct Case {
    std::function<void(ReportTasks&)> change;
    std::string message;
  };
  const Case cases[] = {
      {[](ReportTasks& r) { r.host->capacity.cpus = -1; }, "negative"},
      {[](ReportTasks& r) { r.host->capacity.ram_mb = -1; }, "negative"},
      {[](ReportTasks& r) { r.host->capacity.cpus = 1e308; }, "at most 1,000,000 cpus"},
      {[](ReportTasks& r) { r.host->capacity.disk_mb = std::numeric_limits<int64_t>::max(); }, "beyond any machine"},
      {[](ReportTasks& r) { r.host->capacity.cpus = std::numeric_limits<double>::quiet_NaN(); }, "negative"},
      {[](ReportTasks& r) {
         r.host->port_ranges = {{0, 10}};
       },
       "0-10"},
      {[](ReportTasks& r) {
         r.host->port_ranges = {{1, 70000}};
       },
       "1-70000"},
      {[](ReportTasks& r) {
         r.host->port_ranges = {{20, 10}};
       },
       "20-10"},
      {[](ReportTasks& r) { r.host->id = HostId("h2"); }, "registers another one, 'h2'"},
      {[](ReportTasks& r) { r.host_id = r.host->id = HostId(); }, "has no name"},
      {[](ReportTasks& r) {
         r.tasks = {{TaskId("t"), TaskStatus::Pending, std::nullopt, {}}};
       },
       "as PENDING"},
  };
  for (const Case& c : cases) {
    CAPTURE(c.message);
    Decider decider;
    ReportTasks report = a_report({});
    c.change(report);
    const auto decision = decider.run(report);
    REQUIRE_FALSE(decision.ok());
    CHECK(decision.error().code == ErrorCode::InvalidArgument);
    CHECK_THAT(decision.error().message, Catch::Contains(c.message));
  }
}

TEST_CASE("a registration without the host attribute gets it, and its ports counted", "[host]") {
  Decider decider;
  ReportTasks report = a_report({});
  report.host->attributes.clear();
  report.host->port_ranges = {{100, 199}, {150, 249}};
  REQUIRE(decider.run(report).ok());
  const Host* host = decider.cluster.find_host(kHost);
  CHECK(host->attributes.at("host") == std::set<std::string>{"h1"});
  CHECK(host->capacity.ports == 150);
}

// --- Reconciliation.

constexpr TaskStatus kStored[] = {TaskStatus::Assigned,    TaskStatus::Starting,   TaskStatus::Running,
                                  TaskStatus::Partitioned, TaskStatus::Killing,    TaskStatus::Restarting,
                                  TaskStatus::Draining,    TaskStatus::Preempting, TaskStatus::Pending,
                                  TaskStatus::Throttled,   TaskStatus::Finished,   TaskStatus::Failed,
                                  TaskStatus::Killed,      TaskStatus::Lost};
constexpr TaskStatus kReported[] = {TaskStatus::Assigned, TaskStatus::Starting, TaskStatus::Running,
                                    TaskStatus::Killing,  TaskStatus::Finished, TaskStatus::Failed,
                                    TaskStatus::Killed,   TaskStatus::Lost};

// What the decision did, in one line.
std::string describe(const Cluster& cluster, const Decision& decision, const TaskId& id) {
  std::string text;
  auto add = [&](const std::string& part) { text += (text.empty() ? "" : ", ") + part; };
  for (const Change& change : decision.changes) {
    const auto task = find_task_after(cluster, change);
    if (!task) continue;
    const std::string status(enum_name(task->status));
    add(task->record.id == id ? "-> " + status : "replaced, " + status);
  }
  for (const Effect& effect : decision.effects) {
    CHECK(host_of(effect) == kHost);
    add(std::holds_alternative<KillTask>(effect) ? "kill" : "launch");
  }
  return text.empty() ? "nothing" : text;
}

std::string outcome_of(std::optional<TaskStatus> stored, std::optional<TaskStatus> reported, bool complete) {
  Decider decider;
  decider.apply({HostSaved{a_host()}});
  Task task = a_task({.status = stored.value_or(TaskStatus::Running), .config = a_service()});
  if (stored) decider.add(task);
  std::vector<TaskReport> tasks;
  if (reported) tasks = {{task.id, *reported, std::nullopt, {}}, {task.id, *reported, std::nullopt, {}}};
  const auto decision = decider.run(a_report({.complete = complete, .tasks = tasks}));
  REQUIRE(decision.ok());
  CHECK(decider.cluster.check_invariants() == std::nullopt);
  return describe(decider.cluster, *decision, task.id);
}

TEST_CASE("what a report means for each state of a service's task", "[host]") {
  std::string text = "stored / reported (twice in one message) : what follows\n";
  auto line = [&](std::optional<TaskStatus> stored, std::optional<TaskStatus> reported, bool complete) {
    text += stored ? std::string(enum_name(*stored)) : "unknown";
    text += " / " + (reported ? std::string(enum_name(*reported)) : "absent");
    text += " : " + outcome_of(stored, reported, complete) + "\n";
  };
  for (TaskStatus stored : kStored) {
    for (TaskStatus reported : kReported) line(stored, reported, false);
    line(stored, std::nullopt, true);
  }
  for (TaskStatus reported : kReported) line(std::nullopt, reported, false);
  CHECK(test::compare_golden("tests/core/commands/golden/reports.txt", text).matches);
}

TEST_CASE("only a complete report tells that a task is not there", "[host]") {
  CHECK(outcome_of(TaskStatus::Running, std::nullopt, false) == "nothing");
  CHECK(outcome_of(TaskStatus::Running, std::nullopt, true) == "-> LOST, replaced, PENDING");
}

TEST_CASE("a task whose record says that it runs elsewhere is not moved, and killed only if it was to end", "[host]") {
  Decider decider;
  const Task& task = decider.add(a_task({.status = TaskStatus::Running, .host = "h2"}));
  const auto decision = decider.run(a_report({.tasks = {{task.id, TaskStatus::Running, std::nullopt, {}}}}));
  CHECK(describe(decider.cluster, *decision, task.id) == "nothing");
  CHECK(decider.cluster.list_unknown_tasks(kHost).size() == 1);
  const auto ended =
      decider.run(a_report({.sequence = 2, .tasks = {{task.id, TaskStatus::Failed, std::nullopt, {}}}}));
  CHECK(describe(decider.cluster, *ended, task.id) == "nothing");
}

TEST_CASE("of two reports on a task in one message the end counts", "[host]") {
  Decider decider;
  const Task& task = decider.add(a_task(TaskStatus::Starting));
  const auto decision = decider.run(a_report({.tasks = {{task.id, TaskStatus::Running, std::nullopt, {}},
                                                        {task.id, TaskStatus::Finished, "Task finished.", {}},
                                                        {task.id, TaskStatus::Running, std::nullopt, {}}}}));
  CHECK(describe(decider.cluster, *decision, task.id) == "-> FINISHED");
  CHECK(decider.cluster.find_task(task.id)->events.back().message == "Task finished.");
}

// --- Silent hosts.

std::string outcome_of_silence(TaskStatus stored, bool partition_aware) {
  Decider decider;
  decider.settings.partition_aware = partition_aware;
  decider.apply({HostSaved{a_host()}, HostSeen{kHost, "s1", 1, decider.clock.now()}});
  const TaskId id = decider.add(a_task({.status = stored, .config = a_service()})).id;
  decider.clock.advance(decider.settings.host_timeout);
  const auto decision = decider.run(CheckHost{kHost});
  REQUIRE(decision.ok());
  CHECK(decider.cluster.find_session(kHost) == nullptr);
  CHECK(decider.cluster.check_invariants() == std::nullopt);
  return describe(decider.cluster, *decision, id);
}

TEST_CASE("what silence of the host means for each state", "[host]") {
  std::string text = "stored : what follows, partition aware | not partition aware\n";
  for (TaskStatus stored : kStored) {
    text += std::string(enum_name(stored)) + " : " + outcome_of_silence(stored, true) + " | " +
            outcome_of_silence(stored, false) + "\n";
  }
  CHECK(test::compare_golden("tests/core/commands/golden/silence.txt", text).matches);
}

TEST_CASE("a host is silent only after the whole time without a report", "[host]") {
  Decider decider;
  decider.apply({HostSaved{a_host()}, HostSeen{kHost, "s1", 1, decider.clock.now()}});
  const TaskId id = decider.add(a_task(TaskStatus::Running)).id;
  decider.clock.advance(decider.settings.host_timeout - milliseconds(1));
  const auto early = decider.run(CheckHost{kHost});
  REQUIRE(early->changes.size() == 1);
  CHECK(std::get<HostChecked>(early->changes[0]).host == kHost);
  decider.clock.advance(milliseconds(1));
  REQUIRE(decider.run(CheckHost{kHost}).ok());
  CHECK(decider.cluster.find_task(id)->status == TaskStatus::Partitioned);
  CHECK(decider.run(CheckHost{kHost})->changes.empty());
}

TEST_CASE("a partitioned task that is reported again goes on", "[host]") {
  CHECK(outcome_of(TaskStatus::Partitioned, TaskStatus::Running, true) == "-> RUNNING");
}

TEST_CASE("when hosts are looked at", "[host]") {
  Decider decider;
  decider.apply({HostSaved{a_host("h1")}, HostSaved{a_host("h2")}});
  const Instant first = decider.clock.now();
  const Context context = decider.context();
  const auto timers_of = [&](const Change& change) {
    decider.apply({change});
    return timers_for(decider.cluster, change, context);
  };
  const auto check_due = [&](const TimerChanges& timers, Instant due) {
    CHECK(timers.over == std::vector<TimerSubject>{subject_of(kHost)});
    REQUIRE(timers.set.size() == 1);
    CHECK(timers.set[0].due == due);
    CHECK(std::get<CheckHost>(timers.set[0].command).host == kHost);
  };
  check_due(timers_of(HostSeen{kHost, "s1", 1, first}), first + decider.settings.host_timeout);
  // What follows leaves the timer where it is; when that is due, it is set again from the last report.
  const Instant last = first + seconds(5);
  CHECK(timers_of(HostSeen{kHost, "s1", 2, first + seconds(1)}).set.empty());
  CHECK(timers_of(HostSeen{kHost, "s2", 1, last}).set.empty());
  check_due(timers_of(HostChecked{kHost}), last + decider.settings.host_timeout);
  // One that was given up begins anew.
  CHECK(timers_of(HostGone{kHost, last}).over == std::vector<TimerSubject>{subject_of(kHost)});
  CHECK(timers_of(HostChecked{kHost}).set.empty());
  check_due(timers_of(HostSeen{kHost, "s2", 2, last + seconds(9)}),
            last + seconds(9) + decider.settings.host_timeout);
  // After a restart each known host has the whole time to report.
  const auto restarted = timers_after_restart(decider.cluster, context);
  CHECK(restarted.size() == 2);
  for (const Timer& timer : restarted) CHECK(timer.due == context.now + decider.settings.host_timeout);
}

}  // namespace
}  // namespace aurora::core
