#include "sim/runner.h"

#include "aurora/base/overloaded.h"
#include "aurora/core/process/find_end_reason.h"

namespace aurora::sim {

using namespace core;

namespace {

constexpr Duration kGrace = seconds(60);  // between SIGTERM and SIGKILL
constexpr int32_t kPid = 100;

// What the task's process does is said by its configuration, so that an update can change it.
std::string metadata_of(const Task& task, const std::string& key, const std::string& fallback) {
  for (const Metadata& entry : task.config->metadata) {
    if (entry.key == key) return entry.value;
  }
  return fallback;
}

TaskPlan one_process() {
  TaskPlan plan;
  ProcessPlan process;
  process.name = "process";
  process.cmdline = "true";
  plan.processes.push_back(process);
  return plan;
}

}  // namespace

Runner::Runner(const Setting& setting, const Task& task)
    : setting_(setting),
      task_id_(task.id),
      behaviour_(metadata_of(task, "behaviour", "run")),
      health_(metadata_of(task, "health", "")),
      manners_(metadata_of(task, "manners", "")) {}

void Runner::be_born() {
  if (stage_ != Stage::Unborn) return;
  stage_ = Stage::Alive;
  run_ = std::make_unique<TaskRun>(one_process(), kPid);
  step(RunBegun{});
  setting_.on_started(*this);
  if (asked_since_) feed(RunKillRequested{});
}

void Runner::pause(Duration time) {
  if (stage_ != Stage::Alive) return;
  world().note(setting_.host + ": runner of " + task_id_.value() + " stands still for " +
               std::to_string(time.ms) + " ms");
  paused_until_ = std::max(paused_until_, world().now() + time);
}

void Runner::request_kill() {
  if (stage_ == Stage::Dead) return;
  const bool is_first = !asked_since_;
  if (is_first) asked_since_ = world().now();
  if (stage_ == Stage::Unborn) return;
  feed(RunKillRequested{});
  if (setting_.repeats_kills && !is_first) terminate();
}

void Runner::destroy() {
  if (stage_ == Stage::Dead) return;
  if (!asked_since_) return fail("is destroyed, and was never asked to end");
  if (stage_ == Stage::Unborn) return;
  if (world().now() - *asked_since_ < kGrace) return fail("is destroyed before its time");
  if (is_paused() && !was_continued_) {
    was_continued_ = true;
    paused_until_ = {};
    return await_timer();
  }
  die(std::nullopt);
}

void Runner::lose_power() {
  stop_process();
  stage_ = Stage::Dead;
}

RunnerEnd Runner::end() const {
  RunnerEnd end;
  end.exit_code = exit_code_;
  if (stage_ == Stage::Dead && !exit_code_) end.signal = 9;
  if (run_) end.last_state = run_->history().state();
  if (stage_ == Stage::Dead) {
    end.reason = find_end_reason(one_process(), run_ ? run_->history() : RunHistory{}, end);
  }
  return end;
}

bool Runner::is_active() const {
  return stage_ == Stage::Alive && run_ && run_->history().state() == RunState::Active;
}

void Runner::ask_to_end() {
  if (!process_lives_ || manners_ != "polite") return;
  world().after(world().between(milliseconds(1), seconds(3)), [this] {
    if (!process_lives_) return;
    ended_because_asked_ = true;
    exit(0);
  });
}

// Whoever stands still hears it afterwards.
void Runner::feed(const RunEvent& event) {
  if (stage_ != Stage::Alive) return;
  if (!is_paused()) return step(event);
  world().after(paused_until_ - world().now(), [this, event] { feed(event); });
}

void Runner::step(const RunEvent& event) {
  const RunStep step = run_->step(event, world().now());
  for (const RunEffect& effect : step.effects) perform(effect);
  if (stage_ != Stage::Alive) return;
  if (run_->is_over()) return die(0);
  await_timer();
}

void Runner::perform(const RunEffect& effect) {
  std::visit(Overloaded{
                 [&](const LaunchProcess&) { launch(); },
                 [&](const TerminateProcess&) { terminate(); },
                 [&](const TerminateOrphans&) { world().after({}, [this] { feed(OrphansChecked{}); }); },
                 [&](const KillProcess&) {},
                 [&](const KillEverything&) { kill_everything(); },
             },
             effect);
}

void Runner::launch() {
  const auto [elsewhere, is_only] = setting_.live.try_emplace(task_id_, setting_.host);
  if (!is_only && world().store_was_rolled_back) {
    elsewhere->second = kSeveral;
  } else if (!is_only)
    fail("runs on " + elsewhere->second + " at the same time");
  process_lives_ = true;
  run_->step(ProcessForked{.process = 0, .pid = kPid + 1}, world().now());
  run_->step(ProcessStarted{0}, world().now());
  if (behaviour_ == "finish") exit_later(world().between(seconds(1), seconds(20)), 0);
  if (behaviour_ == "fail") exit_later(world().between(milliseconds(200), seconds(3)), 1);
  if (behaviour_ == "run" && world().chance(0.15)) {
    exit_later(world().between(seconds(5), seconds(120)), 1);
  }
}

void Runner::terminate() {
  if (!process_lives_) return;
  if (++terms_ > 1) return fail("is sent SIGTERM a second time");
  if (behaviour_ != "stubborn") exit_later(world().between(milliseconds(10), seconds(2)), -15);
}

void Runner::kill_everything() {
  if (process_lives_ && asked_since_ && world().now() - *asked_since_ < kGrace) {
    fail("is sent SIGKILL before its time");
  }
  stop_process();
}

void Runner::exit_later(Duration delay, int32_t return_code) {
  world().after(delay, [this, return_code] { exit(return_code); });
}

void Runner::exit(int32_t return_code) {
  if (!process_lives_) return;
  stop_process();
  feed(ProcessExited{0, return_code});
}

void Runner::stop_process() {
  const auto run = setting_.live.find(task_id_);
  if (process_lives_ && run != setting_.live.end() && run->second == setting_.host) setting_.live.erase(run);
  process_lives_ = false;
}

void Runner::await_timer() {
  const uint64_t timer = ++awaited_timer_;
  const auto next = run_->next_timer(world().now());
  if (!next) return;
  world().after(*next - world().now(), [this, timer] {
    if (timer == awaited_timer_) feed(RunTimerFired{});
  });
}

void Runner::die(std::optional<int> exit_code) {
  stop_process();
  stage_ = Stage::Dead;
  exit_code_ = exit_code;
  setting_.on_ended(*this);
}

void Runner::fail(const std::string& what) const {
  world().fail("task " + task_id_.value() + " on " + setting_.host + " " + what);
}

}  // namespace aurora::sim
