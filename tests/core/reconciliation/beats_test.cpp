// Beats without lists: a host's table and the scheduler's, with what they say to each other in between.
#include <catch2/catch.hpp>

#include "aurora/core/process/host_tasks.h"
#include "support/decider.h"

namespace aurora::core {
namespace {

using test::a_host;
using test::a_service;
using test::a_task;
using test::Decider;
using test::text_of;
using enum TaskStatus;

const HostId kHost("h1");

Task a_running(int32_t instance, TaskStatus status = Running) {
  return a_task({.status = status, .instance = instance, .config = a_service()});
}

class Pair {
 public:
  Pair() : host(a_host(), "session") {}

  // The host has the task and the scheduler does not know that yet.
  void run(const Task& task, TaskStatus status = Running) {
    take(host.decide(LaunchRequested{{task}}, now()));
    if (status == Running) take(host.decide(RunnerStarted{task.id}, now()));
  }
  // Both know it, after the next exchange.
  void run_known(int32_t count) {
    for (int32_t i = 0; i < count; ++i) run(scheduler.add(a_running(i)));
  }
  // Lets time pass until the host says something: what it says, and the answer, as text.
  std::string next() {
    for (int waited = 0; waited < 100'000; waited += 100) {
      take(host.decide(TimerFired{}, now()));
      if (!sent.empty()) return exchange();
      scheduler.clock.advance(milliseconds(100));
    }
    return "silence";
  }
  std::string now_said() {
    take(host.decide(TimerFired{}, now()));
    return sent.empty() ? "silence" : exchange();
  }
  Instant now() const { return scheduler.clock.now(); }
  ReportTasks::Answer answer;
  Decider scheduler;
  HostTasks host;
  ReportTasks last;
  bool scheduler_is_old = false;
  std::vector<ReportTasks> sent;

 private:
  void take(const HostDecision& decision) {
    for (const HostRecord& record : decision.records) host.apply(record);
    for (const HostEffect& effect : decision.effects) {
      if (const auto* send = std::get_if<SendReport>(&effect)) sent.push_back(send->report);
    }
  }
  std::string exchange() {
    REQUIRE(sent.size() == 1);
    last = std::exchange(sent, {}).front();
    ReportTasks heard = last;
    if (scheduler_is_old) heard.digest.reset();  // unknown to it, and ignored
    const auto decision = scheduler.run(heard);
    REQUIRE(decision.ok());
    answer = std::get<ReportTasks::Answer>(decision->answer);
    if (scheduler_is_old) answer.agrees = false;
    take(host.decide(ReportAnswered{last.sequence, answer}, now()));
    std::string text = last.host ? "registration" : last.complete ? "list" : last.digest ? "beat" : "news";
    text += " of " + std::to_string(last.tasks.size());
    if (answer.needs_registration) return text + ", who are you";
    return text + (answer.agrees ? ", agreed" : ", not agreed");
  }
};

size_t launches(const Decider& decider) {
  return static_cast<size_t>(std::ranges::count_if(
      decider.effects, [](const Effect& effect) { return std::holds_alternative<LaunchTask>(effect); }));
}

TEST_CASE("a host of which all is known says nothing but that, and now and then all of it", "[host]") {
  Pair pair;
  pair.run_known(10);
  CHECK(pair.next() == "registration of 10, agreed");
  const Instant start = pair.now();
  std::map<std::string, int> said;
  while (pair.now() - start < minutes(20)) {
    const Instant before = pair.now();
    ++said[pair.next()];
    CHECK((pair.now() - before).ms >= 4'500);
    CHECK((pair.now() - before).ms <= 5'100);
  }
  CHECK(said.size() == 2);
  CHECK(said["beat of 0, agreed"] > 220);
  CHECK(said["list of 10, agreed"] >= 4);
  CHECK(said["list of 10, agreed"] <= 5);
}

TEST_CASE("news goes at once, and into a beat that is due", "[host]") {
  Pair pair;
  pair.run_known(3);
  pair.next();
  pair.run(pair.scheduler.add(a_running(4, Assigned)), Starting);
  CHECK(pair.now_said() == "news of 1, not agreed");  // nobody was asked to
  CHECK(pair.now_said() == "silence");
  pair.scheduler.clock.advance(seconds(5));
  pair.run(pair.scheduler.add(a_running(5, Assigned)), Running);
  CHECK(pair.now_said() == "beat of 1, agreed");
  CHECK(pair.next() == "beat of 0, agreed");
}

TEST_CASE("a launch that was lost is sent again at the next beat, without a list", "[host]") {
  Pair pair;
  pair.run_known(3);
  pair.next();
  pair.scheduler.add(a_running(7, Assigned));
  CHECK(pair.next() == "beat of 0, agreed");
  CHECK(launches(pair.scheduler) == 1);
  CHECK(pair.next() == "beat of 0, agreed");
  CHECK(launches(pair.scheduler) == 2);
  pair.run(a_running(7, Assigned));  // it arrives
  CHECK(pair.now_said() == "news of 1, not agreed");
  CHECK(pair.next() == "beat of 0, agreed");
  CHECK(launches(pair.scheduler) == 2);
}

TEST_CASE("a task that was to be killed before its host told of it, and is not there, is over", "[host]") {
  Pair pair;
  pair.next();
  Task task = a_running(7, Assigned);
  task.status = Killing;
  task.events.push_back({pair.now(), Killing, {}, {}});
  pair.scheduler.add(task);
  CHECK(pair.next() == "beat of 0, agreed");
  CHECK(pair.scheduler.cluster.find_task(task.id)->status == Lost);
}

TEST_CASE("a host that is asked for its list sends it, although all is known of it", "[host]") {
  Pair pair;
  pair.run_known(3);
  pair.next();
  CHECK(pair.next() == "beat of 0, agreed");
  CHECK(text_of(pair.scheduler.run(Reconcile{Reconcile::Kind::Explicit})) == "1 host is to list all tasks.");
  CHECK(pair.next() == "beat of 0, not agreed");
  CHECK(pair.now_said() == "list of 3, agreed");
  CHECK(pair.next() == "beat of 0, agreed");
}

ReportTasks a_list(const HostId& host, const std::vector<int32_t>& instances) {
  ReportTasks report;
  report.host_id = host;
  report.session = "session";
  report.sequence = 1;
  report.host = a_host(host.value());
  report.complete = true;
  for (const int32_t instance : instances) {
    TaskReport task;
    task.task_id = a_running(instance).id;
    task.status = Running;
    report.tasks.push_back(task);
  }
  return report;
}

TEST_CASE("whoever has tasks is asked for lists, or whoever is connected", "[host]") {
  Decider scheduler;
  for (const char* name : {"h1", "h2"}) REQUIRE(scheduler.run(a_list(HostId(name), {})).ok());
  scheduler.add(a_running(1));
  CHECK(text_of(scheduler.run(Reconcile{Reconcile::Kind::Explicit})) == "1 host is to list all tasks.");
  CHECK(text_of(scheduler.run(Reconcile{Reconcile::Kind::Implicit})) == "2 hosts are to list all tasks.");
}

// A digest is 64 bits, and a host may be wrong about what it has.
TEST_CASE("a task that a host has dropped without a word, by digests that agree, is found by its list", "[host]") {
  Decider scheduler;
  scheduler.add(a_running(1));
  const TaskId dropped = scheduler.add(a_running(2)).id;
  ReportTasks report = a_list(kHost, {1, 2});
  const std::vector<TaskReport> both = report.tasks;
  // Whether the answer agrees. The digest says that the host has what is expected, whatever it lists.
  const auto say = [&](bool is_complete, size_t tasks) {
    ++report.sequence;
    report.complete = is_complete;
    report.tasks.assign(both.begin(), both.begin() + static_cast<ptrdiff_t>(tasks));
    report.digest = scheduler.cluster.expected_tasks(kHost).told;
    return std::get<ReportTasks::Answer>(scheduler.run(report)->answer).agrees;
  };
  say(true, 2);
  report.host.reset();
  CHECK(say(false, 0));
  REQUIRE(scheduler.run(Reconcile{}).ok());
  CHECK_FALSE(say(false, 0));
  CHECK(scheduler.cluster.find_task(dropped)->status == Running);
  say(true, 1);
  CHECK(scheduler.cluster.find_task(dropped)->status == Lost);
  CHECK(scheduler.cluster.find_task(a_running(1).id)->status == Running);
}

TEST_CASE("where host and tables differ the list is asked for at once, and once", "[host]") {
  Pair pair;
  pair.run_known(3);
  pair.next();
  SECTION("the tables have given a task up: it is killed again") {
    Task task = *pair.scheduler.cluster.find_task(a_running(1).id);
    task.status = Lost;
    task.events.push_back({pair.now(), Lost, {}, {}});
    pair.scheduler.add(task);
    CHECK(pair.next() == "beat of 0, not agreed");
    CHECK(pair.now_said() == "list of 3, not agreed");
    CHECK(std::get<KillTask>(pair.scheduler.effects.back()).task_id == task.id);
    CHECK(pair.now_said() == "silence");
    CHECK(pair.next() == "list of 3, not agreed");  // until it is gone: the kill at each, as ever
  }
  SECTION("the tables have missed a status") {
    Task task = *pair.scheduler.cluster.find_task(a_running(1).id);
    task.status = Starting;
    task.events.pop_back();
    task.events.back().status = Starting;
    pair.scheduler.add(task);
    CHECK(pair.next() == "beat of 0, not agreed");
    CHECK(pair.now_said() == "list of 3, agreed");
    CHECK(pair.scheduler.cluster.find_task(task.id)->status == Running);
    CHECK(pair.next() == "beat of 0, agreed");
  }
  SECTION("the host has lost a task") {
    pair.scheduler.add(a_running(8));
    CHECK(pair.next() == "beat of 0, not agreed");
    CHECK(pair.now_said() == "list of 3, agreed");
    CHECK(pair.scheduler.cluster.find_task(a_running(8).id)->status == Lost);
  }
  SECTION("one for another: their number is the same") {
    pair.scheduler.cluster.apply(TaskDeleted{a_running(1).id});
    pair.scheduler.add(a_running(8));
    CHECK(pair.next() == "beat of 0, not agreed");
    CHECK(pair.now_said() == "list of 3, who are you");  // nobody has described the one it does not know
    CHECK(pair.next() == "registration of 3, not agreed");
    CHECK(pair.next() == "list of 3, not agreed");  // as long as it is nobody's
    CHECK(pair.scheduler.cluster.list_unknown_tasks(kHost).size() == 1);
  }
  SECTION("its host was given up, and nobody has said otherwise") {
    Task task = *pair.scheduler.cluster.find_task(a_running(1).id);
    task.status = Partitioned;
    task.events.push_back({pair.now(), Partitioned, {}, {}});
    pair.scheduler.add(task);
    CHECK(pair.next() == "beat of 0, not agreed");
    CHECK(pair.now_said() == "list of 3, agreed");
    CHECK(pair.scheduler.cluster.find_task(task.id)->status == Running);
  }
}

TEST_CASE("a task that is being killed costs no lists while its host goes on saying what it said", "[host]") {
  Pair pair;
  pair.run_known(3);
  pair.next();
  Task task = *pair.scheduler.cluster.find_task(a_running(1).id);
  task.status = Killing;
  task.events.push_back({pair.now(), Killing, {}, {}});
  pair.scheduler.add(task);
  CHECK(pair.next() == "beat of 0, agreed");
}

TEST_CASE("tombstones of a host are looked at with a list", "[host]") {
  Pair pair;
  pair.run_known(2);
  pair.next();
  pair.scheduler.cluster.apply(TombstoneSaved{{TaskId("gone"), kHost, pair.now()}});
  CHECK(pair.next() == "beat of 0, not agreed");
  CHECK(pair.now_said() == "list of 2, not agreed");
  CHECK(pair.scheduler.cluster.tombstone_count() == 0);
  CHECK(pair.next() == "list of 2, agreed");
  CHECK(pair.next() == "beat of 0, agreed");
}

TEST_CASE("a scheduler that has started again knows no session and hears all of it", "[host]") {
  Pair pair;
  pair.run_known(5);
  pair.next();
  CHECK(pair.next() == "beat of 0, agreed");
  pair.scheduler.cluster.apply(HostGone{kHost, pair.now()});  // as far as a host can tell
  CHECK(pair.next() == "beat of 0, who are you");
  const Instant asked = pair.now();
  CHECK(pair.next() == "registration of 5, agreed");
  CHECK((pair.now() - asked).ms <= 1'100);
  CHECK(pair.next() == "beat of 0, agreed");
}

TEST_CASE("a scheduler that knows no digests hears the list at every beat", "[host]") {
  Pair pair;
  pair.run_known(4);
  pair.scheduler_is_old = true;
  CHECK(pair.next() == "registration of 4, not agreed");
  CHECK(pair.next() == "list of 4, not agreed");
  CHECK(pair.next() == "list of 4, not agreed");
  pair.scheduler_is_old = false;  // it was upgraded in place of a restart: the next list tells
  CHECK(pair.next() == "list of 4, agreed");
  CHECK(pair.next() == "beat of 0, agreed");
  pair.scheduler_is_old = true;  // and back: whoever does not know the session asks for the registration
  pair.scheduler.cluster.apply(HostGone{kHost, pair.now()});
  CHECK(pair.next() == "beat of 0, who are you");
  CHECK(pair.next() == "registration of 4, not agreed");
  CHECK(pair.next() == "list of 4, not agreed");
}

TEST_CASE("an executor that knows no digests is heard as ever", "[host]") {
  Decider scheduler;
  const Task task = scheduler.add(a_running(0));
  scheduler.add(a_running(1));
  scheduler.add(a_running(2, Assigned));
  ReportTasks report;
  report.host = a_host();
  report.host_id = kHost;
  report.session = "s";
  report.complete = true;
  report.tasks = {{task.id, Running, {}, {}}};
  for (report.sequence = 1; report.sequence < 4; ++report.sequence) {
    const auto decision = scheduler.run(report);
    REQUIRE(decision.ok());
    CHECK(std::get<ReportTasks::Answer>(decision->answer).accepted);
    CHECK_FALSE(std::get<ReportTasks::Answer>(decision->answer).agrees);
    CHECK(launches(scheduler) == static_cast<size_t>(report.sequence));
    report.host.reset();
  }
  CHECK(scheduler.cluster.find_task(a_running(1).id)->status == Lost);
}

TEST_CASE("hosts that begin together, or meet a new scheduler together, do not stay together", "[host]") {
  constexpr int kHosts = 500;
  std::vector<HostTasks> hosts;
  Rng rng(3);
  for (int i = 0; i < kHosts; ++i) hosts.emplace_back(a_host("h" + std::to_string(i)), rng.uuid());
  std::map<int64_t, int> per_quarter_second;
  bool is_known = true;
  const auto let_pass = [&](Instant from, Instant to) {
    per_quarter_second.clear();
    for (Instant now = from; now < to; now = now + milliseconds(50)) {
      for (HostTasks& host : hosts) {
        for (const HostEffect& effect : host.decide(TimerFired{}, now).effects) {
          const auto& report = std::get<SendReport>(effect).report;
          ++per_quarter_second[now.ms / 250];
          const bool accepted = is_known || report.host;
          host.decide(ReportAnswered{report.sequence, ReportTasks::Answer{accepted, !accepted, "", accepted}},
                      now);
        }
      }
    }
    return std::ranges::max_element(per_quarter_second, {}, &std::pair<const int64_t, int>::second)->second;
  };
  CHECK(let_pass(Instant{1'000'000}, Instant{1'001'000}) == kHosts);  // all at once
  let_pass(Instant{1'001'000}, Instant{1'300'000});
  CHECK(let_pass(Instant{1'300'000}, Instant{1'310'000}) <
        kHosts / 5);  // about a twentieth of them each time
  is_known = false;   // until it registers: here every beat is met by a scheduler that has just started
  CHECK(let_pass(Instant{1'310'000}, Instant{1'316'000}) < kHosts / 3);
}

TEST_CASE("the host's digest is that of its list, whatever has happened to its tasks", "[host]") {
  Rng dice(11);
  for (int round = 0; round < 30; ++round) {
    Pair pair;
    std::vector<TaskId> ids;
    for (int step = 0; step < 200; ++step) {
      const auto any = [&] { return ids.empty() ? TaskId("never") : ids[dice.below(ids.size())]; };
      std::vector<HostEvent> events;
      switch (dice.below(7)) {
        case 0:
        case 1: {
          const Task task = a_running(static_cast<int32_t>(ids.size()), Assigned);
          ids.push_back(task.id);
          events.push_back(LaunchRequested{{task}});
          break;
        }
        case 2:
          events.push_back(RunnerStarted{any()});
          break;
        case 3:
          events.push_back(RunnerExited{any(), {0, std::nullopt, RunState::Success}});
          break;
        case 4:
          events.push_back(KillRequested{{any()}});
          break;
        case 5:
          events.push_back(interrupted_start(any()));
          break;
        default:
          events.push_back(TasksCollected{{}, {any()}});
      }
      for (const HostEvent& event : events) {
        for (const HostRecord& record : pair.host.decide(event, pair.now()).records) pair.host.apply(record);
      }
      if (step % 20 != 0) continue;
      pair.scheduler_is_old = true;  // so that each is a list
      pair.scheduler.clock.advance(seconds(30));
      for (const HostEffect& effect : pair.host.decide(TimerFired{}, pair.now()).effects) {
        const auto* send = std::get_if<SendReport>(&effect);
        if (!send) continue;
        REQUIRE(send->report.complete);
        TaskDigest listed;
        for (const TaskReport& task : send->report.tasks) {
          if (!is_terminal(task.status)) listed.add(task.task_id, task.status);
        }
        REQUIRE(send->report.digest == listed);
        const bool is_heard = dice.below(3) != 0;
        const std::optional<ReportTasks::Answer> answer =
            is_heard ? std::optional(ReportTasks::Answer{.accepted = true}) : std::nullopt;
        for (const HostRecord& record :
             pair.host.decide(ReportAnswered{send->report.sequence, answer}, pair.now()).records)
          pair.host.apply(record);
      }
    }
  }
}

}  // namespace
}  // namespace aurora::core
