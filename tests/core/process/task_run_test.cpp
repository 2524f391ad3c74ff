// The golden sequences of spec/thermos-executor.md §5.2, on a simulated clock.
#include "aurora/core/process/task_run.h"

#include <catch2/catch.hpp>
#include <functional>
#include <map>

using namespace aurora;
using namespace aurora::core;

namespace {

struct Behaviour {
  Duration lasts = hours(1);
  int32_t exit_code = 0;
  bool ignores_term = false;
  // How long what it detached goes on after its SIGTERM; absent: it detaches nothing.
  std::optional<Duration> orphan_lasts = std::nullopt;
  std::string over_memory = "";
};

// Plays the runner: performs effects on imaginary processes and writes one line per record,
// "<seconds> <name> <STATE> [rc]".
class Play {
 public:
  Play(TaskPlan plan, std::map<std::string, Behaviour> behaviours)
      : run_(std::move(plan), 7), behaviours_(std::move(behaviours)) {}

  void feed(const RunEvent& event) { perform(run_.step(event, now_)); }

  // Until the task is over or nothing would ever happen.
  std::string until(Duration limit) {
    while (!run_.is_over()) {
      const std::optional<Instant> next = next_moment();
      if (!next || *next > Instant{} + limit) break;
      now_ = std::max(now_, *next);
      deliver_exits();
      if (!run_.is_over()) feed(RunTimerFired{});
    }
    return log_;
  }
  void advance_to(Duration at) { now_ = Instant{} + at; }
  std::optional<Instant> next_timer() const { return run_.next_timer(now_); }
  std::string log() const { return log_; }
  int terms() const { return terms_; }  // SIGTERMs that processes and orphans had

 private:
  std::optional<Instant> next_moment() const {
    std::optional<Instant> next = run_.next_timer(now_);
    for (const auto& [pid, end] : ends_) {
      if (!next || end.at < *next) next = end.at;
    }
    for (const Orphan& orphan : orphans_) {
      if (orphan.ends && *orphan.ends > now_ && (!next || *orphan.ends < *next)) next = *orphan.ends;
    }
    return next;
  }

  void deliver_exits() {
    for (bool again = true; again;) {
      again = false;
      for (const auto& [pid, end] : ends_) {
        if (end.at > now_) continue;
        const ProcessExited exited{end.process, end.return_code, end.over_memory};
        ends_.erase(pid);
        feed(exited);
        again = true;
        break;
      }
    }
  }

  void perform(const RunStep& step) {
    for (const RunRecord& record : step.records) write(record);
    for (const RunEffect& effect : step.effects) {
      if (const auto* launch = std::get_if<LaunchProcess>(&effect)) {
        const int32_t pid = ++last_pid_;
        const Behaviour& behaviour = behaviours_[run_.plan().processes[launch->process].name];
        ends_[pid] = {now_ + behaviour.lasts, launch->process, behaviour.exit_code, behaviour.over_memory};
        if (behaviour.orphan_lasts) orphans_.push_back({*behaviour.orphan_lasts, std::nullopt});
        feed(ProcessForked{launch->process, pid});
        feed(ProcessStarted{launch->process});
      } else if (const auto* terminate = std::get_if<TerminateProcess>(&effect)) {
        const std::string& name = run_.plan().processes[terminate->process].name;
        ++terms_;
        if (!behaviours_[name].ignores_term) ends_[terminate->pid] = {now_, terminate->process, -15};
      } else if (std::holds_alternative<TerminateOrphans>(effect)) {
        feed(OrphansChecked{terminate_orphans()});
      } else if (const auto* kill = std::get_if<KillProcess>(&effect)) {
        ends_.erase(kill->pid);
      }
    }
  }

  bool terminate_orphans() {
    std::erase_if(orphans_, [&](const Orphan& orphan) { return orphan.ends && *orphan.ends <= now_; });
    for (Orphan& orphan : orphans_) {
      if (orphan.ends) continue;
      ++terms_;
      orphan.ends = now_ + orphan.lasts;
    }
    return !orphans_.empty();
  }

  void write(const RunRecord& record) {
    if (const auto* state = std::get_if<RunStateRecord>(&record)) {
      log_ += std::to_string(state->at.ms / 1000) + " " + std::string(enum_name(state->state)) + "\n";
      return;
    }
    const auto& process = std::get<ProcessRecord>(record);
    if (process.state == ProcessState::Waiting || process.state == ProcessState::Forked) return;
    log_ += std::to_string(process.at.ms / 1000) + " " + run_.plan().processes[process.process].name + " " +
            std::string(enum_name(process.state));
    if (process.return_code) log_ += " " + std::to_string(*process.return_code);
    log_ += "\n";
  }

  struct End {
    Instant at;
    uint32_t process = 0;
    int32_t return_code = 0;
    std::string over_memory = "";
  };
  struct Orphan {
    Duration lasts;
    std::optional<Instant> ends;  // since it was told
  };
  TaskRun run_;
  std::vector<Orphan> orphans_;
  int terms_ = 0;
  std::map<std::string, Behaviour> behaviours_;
  std::map<int32_t, End> ends_;
  int32_t last_pid_ = 100;
  Instant now_;
  std::string log_;
};

ProcessPlan process(const std::string& name) {
  ProcessPlan plan;
  plan.name = name;
  return plan;
}
ProcessPlan final_process(const std::string& name, int32_t max_failures = 1) {
  ProcessPlan plan = process(name);
  plan.final = true;
  plan.max_failures = max_failures;
  return plan;
}

TaskPlan golden_plan(std::vector<ProcessPlan> processes) {
  TaskPlan plan;
  plan.processes = std::move(processes);
  plan.finalization_wait = seconds(4);
  return plan;
}

std::string play(TaskPlan plan, std::map<std::string, Behaviour> behaviours) {
  Play play(std::move(plan), std::move(behaviours));
  play.feed(RunBegun{});
  return play.until(hours(10));
}

}  // namespace

TEST_CASE("a failing process ends the others, then the finalizers run") {
  CHECK(play(golden_plan({process("a"), process("b"), final_process("f")}),
             {{"a", {seconds(1), 7}}, {"b", {seconds(100)}}, {"f", {seconds(1), 1}}}) ==
        "0 ACTIVE\n0 a RUNNING\n0 b RUNNING\n1 a FAILED 7\n1 CLEANING\n1 b KILLED -15\n"
        "1 FINALIZING\n1 f RUNNING\n2 f FAILED 1\n2 FAILED\n");
}

TEST_CASE("a process that ignores SIGTERM uses up the time; finalizers never run") {
  CHECK(play(golden_plan({process("a"), process("b"), final_process("f")}),
             {{"a", {seconds(1), 7}}, {"b", {seconds(100), 0, true}}, {"f", {}}}) ==
        "0 ACTIVE\n0 a RUNNING\n0 b RUNNING\n1 a FAILED 7\n1 CLEANING\n5 FAILED\n5 b KILLED -1\n");
}

TEST_CASE("a finalizer that does not end is killed when the time is over") {
  CHECK(play(golden_plan({process("a"), final_process("f")}), {{"a", {seconds(1), 7}}, {"f", {seconds(100)}}}) ==
        "0 ACTIVE\n0 a RUNNING\n1 a FAILED 7\n1 CLEANING\n1 FINALIZING\n1 f RUNNING\n5 FAILED\n5 f KILLED -1\n");
}

TEST_CASE("finalizers cannot fail a task, and an ephemeral process does not hold it") {
  ProcessPlan ephemeral = process("e");
  ephemeral.ephemeral = true;
  TaskPlan plan = golden_plan({process("b"), ephemeral, final_process("f", 3)});
  plan.max_failures = 2;
  plan.finalization_wait = seconds(8);
  CHECK(play(plan, {{"b", {seconds(2)}}, {"e", {seconds(500)}}, {"f", {seconds(1), 1}}}) ==
        "0 ACTIVE\n0 b RUNNING\n0 e RUNNING\n2 b SUCCESS 0\n2 CLEANING\n2 e KILLED -15\n2 FINALIZING\n"
        "2 f RUNNING\n3 f FAILED 1\n8 f RUNNING\n9 f FAILED 1\n10 SUCCESS\n");
}

TEST_CASE("a kill takes control, asks politely, and after 60 seconds does not ask") {
  Play stubborn(golden_plan({process("a"), process("b")}), {{"a", {}}, {"b", {hours(1), 0, true}}});
  stubborn.feed(RunBegun{});
  stubborn.advance_to(seconds(8));
  stubborn.feed(RunKillRequested{});
  CHECK(stubborn.until(hours(10)) ==
        "0 ACTIVE\n0 a RUNNING\n0 b RUNNING\n8 ACTIVE\n8 CLEANING\n8 a KILLED -15\n68 KILLED\n68 b KILLED -1\n");
}

TEST_CASE("the tutorial's killed task: ACTIVE, ACTIVE, CLEANING, FINALIZING, KILLED") {
  Play hello(golden_plan({process("hello_world")}), {{"hello_world", {}}});
  hello.feed(RunBegun{});
  hello.advance_to(seconds(3));
  hello.feed(RunKillRequested{});
  CHECK(hello.until(hours(1)) ==
        "0 ACTIVE\n0 hello_world RUNNING\n3 ACTIVE\n3 CLEANING\n3 hello_world KILLED -15\n3 FINALIZING\n3 KILLED\n");
}

TEST_CASE("one kill is one SIGTERM, and its first deadline stands, however often it is repeated") {
  Play stubborn(golden_plan({process("a")}), {{"a", {hours(1), 0, true, hours(1)}}});
  stubborn.feed(RunBegun{});
  for (int second = 8; second < 60; second += 4) {
    stubborn.until(seconds(second));
    stubborn.advance_to(seconds(second));
    stubborn.feed(RunKillRequested{});
  }
  CHECK(stubborn.until(hours(10)) ==
        "0 ACTIVE\n0 a RUNNING\n8 ACTIVE\n8 CLEANING\n68 KILLED\n68 a KILLED -1\n");
  CHECK(stubborn.terms() == 2);
}

TEST_CASE("a kill of a task that cleans already: nobody is told twice, and the kill's time counts") {
  Play stubborn(golden_plan({process("a"), process("b")}), {{"a", {seconds(1), 7}}, {"b", {hours(1), 0, true}}});
  stubborn.feed(RunBegun{});
  stubborn.until(seconds(2));
  stubborn.advance_to(seconds(2));
  stubborn.feed(RunKillRequested{});
  CHECK(stubborn.until(hours(10)) ==
        "0 ACTIVE\n0 a RUNNING\n0 b RUNNING\n1 a FAILED 7\n1 CLEANING\n2 CLEANING\n62 KILLED\n62 b KILLED -1\n");
  CHECK(stubborn.terms() == 1);
}

TEST_CASE("losing a task that is being killed does not wait") {
  Play stubborn(golden_plan({process("a")}), {{"a", {hours(1), 0, true}}});
  stubborn.feed(RunBegun{});
  stubborn.feed(RunKillRequested{});
  stubborn.until(seconds(5));
  stubborn.advance_to(seconds(5));
  stubborn.feed(RunKillRequested{Duration{}, RunState::Lost});
  CHECK(stubborn.log() == "0 ACTIVE\n0 a RUNNING\n0 ACTIVE\n0 CLEANING\n5 CLEANING\n5 LOST\n5 a KILLED -1\n");
}

TEST_CASE("a runner that was stopped in the middle of a kill gives the time that was left") {
  Play paused(golden_plan({process("a")}), {{"a", {hours(5), 0, true}}});
  paused.feed(RunBegun{});
  paused.feed(RunKillRequested{});
  paused.until(seconds(10));
  paused.advance_to(seconds(10 + 120));
  paused.feed(RunTimerFired{});
  CHECK(paused.log() == "0 ACTIVE\n0 a RUNNING\n0 ACTIVE\n0 CLEANING\n");
  // Of the two minutes two seconds count.
  CHECK(paused.until(hours(10)).ends_with("\n178 KILLED\n178 a KILLED -1\n"));
}

TEST_CASE("a task that ended by itself waits for what detached, within its time") {
  CHECK(play(golden_plan({process("a"), final_process("f")}),
             {{"a", {seconds(1), 0, false, seconds(2)}}, {"f", {seconds(1), 0, false, milliseconds(500)}}}) ==
        "0 ACTIVE\n0 a RUNNING\n1 a SUCCESS 0\n1 CLEANING\n3 FINALIZING\n3 f RUNNING\n4 f SUCCESS 0\n4 SUCCESS\n");
  CHECK(play(golden_plan({process("a"), final_process("f")}),
             {{"a", {seconds(1), 0, false, hours(2)}}, {"f", {seconds(1)}}}) ==
        "0 ACTIVE\n0 a RUNNING\n1 a SUCCESS 0\n1 CLEANING\n5 SUCCESS\n");
}

TEST_CASE("a killed task waits for what detached, too") {
  Play killed(golden_plan({process("a")}), {{"a", {hours(1), 0, false, seconds(20)}}});
  killed.feed(RunBegun{});
  killed.advance_to(seconds(3));
  killed.feed(RunKillRequested{});
  CHECK(killed.until(hours(1)) ==
        "0 ACTIVE\n0 a RUNNING\n3 ACTIVE\n3 CLEANING\n3 a KILLED -15\n23 FINALIZING\n23 KILLED\n");
  CHECK(killed.terms() == 2);
}

TEST_CASE("while nothing is being ended there is no timer") {
  Play idle(golden_plan({process("a")}), {{"a", {}}});
  idle.feed(RunBegun{});
  CHECK_FALSE(idle.next_timer().has_value());
  idle.feed(RunKillRequested{});
  CHECK(idle.next_timer().has_value());
}

TEST_CASE("losing a task kills at once") {
  Play lost(golden_plan({process("a"), final_process("f")}), {{"a", {}}, {"f", {}}});
  lost.feed(RunBegun{});
  lost.feed(RunKillRequested{Duration{}, RunState::Lost});
  CHECK(lost.until(hours(1)) == "0 ACTIVE\n0 a RUNNING\n0 ACTIVE\n0 CLEANING\n0 LOST\n0 a KILLED -1\n");
}

TEST_CASE("a process killed by a signal runs again after min_duration") {
  CHECK(play(golden_plan({process("a")}), {{"a", {seconds(1), -9}}}).substr(0, 68) ==
        "0 ACTIVE\n0 a RUNNING\n1 a KILLED -9\n6 a RUNNING\n7 a KILLED -9\n12 a RU");
}

TEST_CASE("a process that the kernel killed for its memory has failed, as often as it may") {
  ProcessPlan hungry = process("a");
  hungry.max_failures = 2;
  Behaviour killed{seconds(1), -9};
  killed.over_memory = "1 process at 48 MB";
  CHECK(play(golden_plan({hungry}), {{"a", killed}}) ==
        "0 ACTIVE\n0 a RUNNING\n1 a FAILED -9\n6 a RUNNING\n7 a FAILED -9\n7 CLEANING\n7 FINALIZING\n7 FAILED\n");
}

TEST_CASE("an ordinary run in order") {
  TaskPlan plan = golden_plan({process("fetch"), process("run")});
  plan.orders = {{"fetch", "run"}};
  CHECK(play(plan, {{"fetch", {seconds(1)}}, {"run", {seconds(2)}}}) ==
        "0 ACTIVE\n0 fetch RUNNING\n1 fetch SUCCESS 0\n1 run RUNNING\n3 run SUCCESS 0\n"
        "3 CLEANING\n3 FINALIZING\n3 SUCCESS\n");
}

TEST_CASE("a program that cannot be executed is a failure with return code 127") {
  TaskRun run(golden_plan({process("a")}), 7);
  run.step(RunBegun{}, Instant{});
  const RunStep step = run.step(ProcessNotStarted{0}, Instant{});
  CHECK(std::get<ProcessRecord>(step.records.at(0)) ==
        ProcessRecord{0, ProcessState::Failed, Instant{}, 0, 127});
  run.step(OrphansChecked{}, Instant{});
  CHECK(run.history().state() == RunState::Failed);
}
