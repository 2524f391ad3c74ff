#include "aurora/core/process/task_run.h"

#include <algorithm>

#include "aurora/base/overloaded.h"
#include "core/process/process_schedule.h"

namespace aurora::core {
namespace {

ProcessState state_of_exit(int32_t return_code) {
  if (return_code == 0) return ProcessState::Success;
  return return_code > 0 ? ProcessState::Failed : ProcessState::Killed;
}

}  // namespace

TaskRun::TaskRun(TaskPlan plan, int32_t runner_pid)
    : plan_(std::move(plan)),
      runner_pid_(runner_pid),
      ordinary_(std::make_unique<ProcessSchedule>(plan_, ProcessSchedule::Kind::Ordinary)),
      final_(std::make_unique<ProcessSchedule>(plan_, ProcessSchedule::Kind::Final)) {
  history_.processes.resize(plan_.processes.size());
}

TaskRun::~TaskRun() = default;

RunState TaskRun::state() const { return history_.state().value_or(RunState::Active); }
bool TaskRun::is_over() const { return is_terminal(state()); }
ProcessSchedule& TaskRun::schedule_of(uint32_t process) { return ordinary_->has(process) ? *ordinary_ : *final_; }

bool TaskRun::is_alive(uint32_t process) const {
  const auto& runs = history_.processes[process];
  return !runs.empty() && !is_terminal(runs.back().state);
}

std::optional<uint32_t> TaskRun::find_process(int32_t pid) const {
  const auto found = by_pid_.find(pid);
  return found == by_pid_.end() ? std::nullopt : std::optional(found->second);
}

void TaskRun::record_state(RunState state, Instant now, RunStep& step) {
  history_.apply(step.records.emplace_back(std::in_place_type<RunStateRecord>, state, now, runner_pid_));
}

void TaskRun::record_process(ProcessRecord record, RunStep& step) {
  AURORA_CHECK(history_.apply(record));
  if (record.state == ProcessState::Waiting) {
    schedule_of(record.process).began(record.process);
    ++alive_;
  }
  if (record.state == ProcessState::Forked) by_pid_[record.pid] = record.process;
  if (is_terminal(record.state)) {
    schedule_of(record.process).ended(record.process, record.state, record.at);
    by_pid_.erase(record.pid);
    --alive_;
  }
  step.records.emplace_back(std::in_place_type<ProcessRecord>, std::move(record));
}

RunStep TaskRun::step(const RunEvent& event, Instant now) {
  RunStep step;
  time_.look(now);
  const auto ended = [&](uint32_t process, ProcessState state, int32_t return_code, std::string detail = "") {
    const int32_t pid = history_.processes[process].back().pid;
    record_process({process, state, now, pid, return_code, std::move(detail)}, step);
  };
  std::visit(Overloaded{
                 [&](const RunBegun& e) {
                   history_.apply(step.records.emplace_back(std::in_place_type<RunStateRecord>, RunState::Active,
                                                            now, runner_pid_, e.boot_id));
                 },
                 [&](const ProcessForked& e) {
                   ProcessRecord forked{e.process, ProcessState::Forked, now, e.pid};
                   forked.start_ticks = e.start_ticks;
                   record_process(forked, step);
                 },
                 [&](const ProcessStarted& e) {
                   record_process({e.process, ProcessState::Running, now, history_.processes[e.process].back().pid},
                                  step);
                 },
                 [&](const ProcessNotStarted& e) { ended(e.process, ProcessState::Failed, 127, e.detail); },
                 [&](const ProcessExited& e) {
                   if (!is_alive(e.process)) return;  // swept before
                   ended(e.process, e.over_memory.empty() ? state_of_exit(e.return_code) : ProcessState::Failed,
                         e.return_code, e.over_memory);
                   step.effects.push_back(KillProcess{e.process, history_.processes[e.process].back().pid});
                 },
                 [&](const RunKillRequested& e) { kill(e, now, step); },
                 [&](const OrphansChecked& e) { may_have_orphans_ = e.any_left; },
                 [&](const RunTimerFired&) {},
             },
             event);
  // Forked and Started come from within the performing of a launch, whose step has already looked ahead. For orphans
  // that are left there is nothing to do but wait.
  const auto* checked = std::get_if<OrphansChecked>(&event);
  const bool changes_nothing = std::holds_alternative<ProcessForked>(event) ||
                               std::holds_alternative<ProcessStarted>(event) ||
                               (checked != nullptr && checked->any_left);
  if (!changes_nothing) advance(now, step);
  return step;
}

void TaskRun::kill(const RunKillRequested& request, Instant now, RunStep& step) {
  const Duration deadline = time_.seen() + request.wait;
  if (is_over() || (kill_deadline_ && deadline >= *kill_deadline_)) return;
  kill_deadline_ = deadline;
  forced_ = request.terminal;
  record_state(state(), now, step);
  // Whoever cleans already was told to when that began.
  if (state() == RunState::Active) enter_cleaning(now, step);
}

void TaskRun::advance(Instant now, RunStep& step) {
  bool moved = true;
  while (moved) {
    switch (state()) {
      case RunState::Active:
        moved = advance_active(now, step);
        break;
      case RunState::Cleaning:
        moved = advance_cleaning(now, step);
        break;
      case RunState::Finalizing:
        moved = advance_finalizing(now, step);
        break;
      case RunState::Success:
      case RunState::Failed:
      case RunState::Killed:
      case RunState::Lost:
        moved = false;
        break;
    }
  }
}

bool TaskRun::advance_active(Instant now, RunStep& step) {
  if (ordinary_->is_complete() || !ordinary_->is_healthy()) {
    enter_cleaning(now, step);
    return true;
  }
  launch_runnable(*ordinary_, now, step);
  return false;
}

void TaskRun::enter_cleaning(Instant now, RunStep& step) {
  cleaning_since_ = time_.seen();
  record_state(RunState::Cleaning, now, step);
  if (alive_ > 0) terminate_ordinary(step);
}

void TaskRun::terminate_ordinary(RunStep& step) const {
  for (uint32_t i = 0; i < history_.processes.size(); ++i) {
    if (is_alive(i) && history_.processes[i].back().pid > 0) {
      step.effects.push_back(TerminateProcess{i, history_.processes[i].back().pid});
    }
  }
  step.effects.push_back(TerminateOrphans{});
}

bool TaskRun::advance_cleaning(Instant now, RunStep& step) {
  if (time_left() <= Duration{}) {
    finish(now, step);
    return true;
  }
  if (alive_ > 0) return false;
  // What an ordinary process left in its session was killed as it ended; what detached has the time that is left.
  if (may_have_orphans_) {
    step.effects.push_back(TerminateOrphans{});
    return false;
  }
  record_state(RunState::Finalizing, now, step);
  return true;
}

bool TaskRun::advance_finalizing(Instant now, RunStep& step) {
  const bool is_complete = final_->is_complete() || final_->is_deadlocked();
  if (time_left() <= Duration{} || (is_complete && !may_have_orphans_)) {
    finish(now, step);
    return true;
  }
  if (is_complete) {
    step.effects.push_back(TerminateOrphans{});
    return false;
  }
  launch_runnable(*final_, now, step);
  return false;
}

// The terminal state comes first; what it ends follows, as in Thermos.
void TaskRun::finish(Instant now, RunStep& step) {
  record_state(forced_.value_or(ordinary_->is_healthy() ? RunState::Success : RunState::Failed), now, step);
  for (uint32_t i = 0; i < history_.processes.size(); ++i) {
    if (!is_alive(i) || history_.processes[i].back().pid == 0) continue;
    record_process({i, ProcessState::Killed, now, history_.processes[i].back().pid, -1}, step);
    step.effects.push_back(KillProcess{i, history_.processes[i].back().pid});
  }
  step.effects.push_back(KillEverything{});
}

void TaskRun::launch_runnable(ProcessSchedule& schedule, Instant now, RunStep& step) {
  for (const uint32_t process : schedule.runnable(now)) {
    const auto run = static_cast<int32_t>(history_.processes[process].size());
    may_have_orphans_ = true;
    record_process({process, ProcessState::Waiting, now}, step);
    step.effects.push_back(LaunchProcess{process, run});
  }
}

Duration TaskRun::time_left() const {
  if (kill_deadline_) return *kill_deadline_ - time_.seen();
  return plan_.finalization_wait - (time_.seen() - cleaning_since_);
}

std::optional<Instant> TaskRun::next_timer(Instant now) const {
  if (is_over()) return std::nullopt;
  if (state() == RunState::Active) return ordinary_->next_runnable(now);
  const Instant look = SeenTime::next_look(now, time_left());
  if (state() == RunState::Cleaning) return look;
  return std::min(look, final_->next_runnable(now).value_or(look));
}

}  // namespace aurora::core
