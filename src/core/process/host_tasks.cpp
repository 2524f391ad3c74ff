#include "aurora/core/process/host_tasks.h"

#include <algorithm>
#include <utility>

#include "aurora/base/overloaded.h"

namespace aurora::core {
namespace {

constexpr const char* kAssumedHealthy = "No health-check defined, task is assumed healthy.";
constexpr const char* kHealthy = "Task is healthy.";

RunnerOutcome outcome_of_task(const HostTask& task, const RunnerEnd& end) {
  const std::optional<RunnerOutcome> asked = task.asked_outcome();
  return asked && task.was_shut_down ? because_asked(*asked, end) : outcome_of(end, asked);
}

std::vector<PortRange> without_port(const std::vector<PortRange>& ranges, int32_t port) {
  std::vector<PortRange> left;
  for (const PortRange& range : ranges) {
    if (port < range.first || port > range.last) {
      left.push_back(range);
      continue;
    }
    if (range.first < port) left.push_back({range.first, port - 1});
    if (port < range.last) left.push_back({port + 1, range.last});
  }
  return left;
}

}  // namespace

HostTaskSummary summary_of(const Task& task) {
  const Resources& resources = task.config->resources;
  return {task.config->job,
          task.instance_id,
          resources.cpus,
          resources.ram_mb,
          resources.disk_mb,
          task.assigned_ports,
          {}};
}

StartFailed interrupted_start(const TaskId& task_id) {
  return {
      task_id, TaskStatus::Lost, "Executor was restarted before the task could be started.",
      EndReason{.cause = EndCause::Setup, .detail = "its executor was restarted before it could be started"}};
}

std::optional<RunnerOutcome> HostTask::asked_outcome() const {
  if (kill_accepted_at) return killed_on_request();
  if (end_accepted) return end_accepted->outcome;
  return std::nullopt;
}

HostTasks::HostTasks(Host host, std::string session, HostTiming timing, std::string cluster_id,
                     std::vector<std::string> gpus)
    : host_(std::move(host)),
      session_(std::move(session)),
      timing_(timing),
      cluster_id_(std::move(cluster_id)),
      gpus_(std::move(gpus)),
      retry_delay_(timing.retry_delay),
      rng_(std::hash<std::string>()(session_)) {}  // every session has a random name

// One that names no cluster is too old to have an id, and would kill what it does not know.
Status HostTasks::check_cluster(const std::string& sender_id) const {
  if (cluster_id_.empty() || sender_id == cluster_id_) return Unit{};
  return Error{
      ErrorCode::FailedPrecondition,
      "Host '" + host_.id.value() + "' belongs to the cluster with the id " + cluster_id_ +
          " and takes no orders of " +
          (sender_id.empty() ? "a scheduler that names none" : "the cluster with the id " + sender_id) +
          ": nothing was started or killed."};
}

const HostTask* HostTasks::find(const TaskId& task_id) const {
  const auto found = tasks_.find(task_id);
  return found == tasks_.end() ? nullptr : &found->second;
}

std::vector<TaskId> HostTasks::list_active() const {
  std::vector<TaskId> active;
  for (const auto& [task_id, task] : tasks_) {
    if (!is_terminal(task.status)) active.push_back(task_id);
  }
  return active;
}

bool HostTasks::is_settled(const TaskId& task_id) const {
  const HostTask* task = find(task_id);
  return task != nullptr && is_terminal(task->status) && !reported_.contains(task_id);
}

std::vector<EndedTask> HostTasks::list_ended() const {
  std::vector<EndedTask> ended;
  for (const auto& [task_id, task] : tasks_) {
    if (is_settled(task_id)) ended.push_back({task_id, task.status_at, !task.collected_at});
  }
  return ended;
}

std::vector<HostRecord> HostTasks::snapshot() const {
  std::vector<HostRecord> records;
  for (const auto& [task_id, task] : tasks_) {
    const bool was_accepted = !task.summary.job.role.empty();  // not a tombstone
    if (was_accepted) records.push_back(TaskAccepted{task_id, task.accepted_at, task.summary});
    if (task.kill_accepted_at) records.push_back(KillAccepted{task_id, *task.kill_accepted_at});
    if (task.end_accepted && !is_terminal(task.status)) records.push_back(*task.end_accepted);
    if (task.healthy_at && !is_terminal(task.status)) records.push_back(TaskHealthy{task_id, *task.healthy_at});
    if (!is_terminal(task.status)) continue;
    records.push_back(TaskEnded{task_id, task.status_at, task.status, task.message, task.reason});
    if (is_settled(task_id)) records.push_back(EndAcknowledged{task_id});
    if (task.collected_at) records.push_back(TaskCollected{task_id, *task.collected_at});
  }
  return records;
}

HostDecision HostTasks::decide(const HostEvent& event, Instant now) {
  HostDecision decision;
  time_.look(now);
  std::visit(
      Overloaded{
          [&](const LaunchRequested& e) {
            std::set<TaskId> seen;  // in this request
            for (const Task& task : e.tasks) {
              if (seen.insert(task.id).second) launch(task, now, decision);
            }
          },
          [&](const KillRequested& e) {
            for (const TaskId& task_id : e.task_ids) kill(task_id, now, decision);
          },
          [&](const EndRequested& e) { end_early(e, now, decision); },
          [&](const RunnerStarted& e) { started(e, now, decision); },
          [&](const HealthProven& e) {
            const HostTask* task = find(e.task_id);
            const bool is_news = task != nullptr && task->status == TaskStatus::Starting && !task->asked_outcome();
            if (is_news) decision.records.push_back(TaskHealthy{e.task_id, now});
          },
          [&](const ShutdownBegun& e) {
            const auto task = tasks_.find(e.task_id);
            if (task != tasks_.end() && task->second.asked_outcome()) task->second.was_shut_down = true;
          },
          [&](const ShutdownDone& e) { go_on_ending(e.task_id, decision); },
          [&](const StartFailed& e) { not_started(e, now, decision); },
          [&](const RunnerExited& e) {
            const auto found = tasks_.find(e.task_id);
            if (found == tasks_.end()) return;
            if (is_terminal(found->second.status)) endings_.erase(e.task_id);  // a survivor
            end(e.task_id, outcome_of_task(found->second, e.end), now, decision);
          },
          [&](const ReportAnswered& e) { answered(e, now, decision); },
          [&](const TasksCollected& e) { collected(e, now, decision); },
          [&](const PortTaken& e) { hold_back(e.port, now); },
          [&](const TimerFired&) {
            offer_again(now);
            escalate_ends(decision);
            report_if_due(now, decision);
          },
          [&](const Stopping&) { decision.effects.push_back(SendReport{farewell()}); },
      },
      event);
  return decision;
}

void HostTasks::kill(const TaskId& task_id, Instant now, HostDecision& decision) {
  const auto found = tasks_.find(task_id);
  if (found == tasks_.end()) {
    RunnerOutcome killed = killed_on_request();
    decision.records.push_back(
        TaskEnded{task_id, now, killed.status, std::move(killed.message), std::move(killed.reason)});
    return;
  }
  HostTask& task = found->second;
  if (is_terminal(task.status)) {  // the scheduler has not heard, or has forgotten
    report_again(task_id, task);
    return;
  }
  if (task.asked_outcome()) return;  // it was asked; asking again must not reach the user's processes
  decision.records.push_back(KillAccepted{task_id, now});
  begin_end(task_id, decision);
}

void HostTasks::end_early(const EndRequested& event, Instant now, HostDecision& decision) {
  const HostTask* task = find(event.task_id);
  if (task == nullptr || is_terminal(task->status) || task->asked_outcome()) return;
  decision.records.push_back(EndAccepted{event.task_id, now, event.outcome});
  begin_end(event.task_id, decision);
}

// By HTTP first, if there is somebody to hear it; a runner that is not born yet is told at its birth.
void HostTasks::begin_end(const TaskId& task_id, HostDecision& decision) {
  if (!tasks_.at(task_id).hears_shutdown()) return signal(task_id, decision);
  decision.effects.push_back(BeginShutdown{task_id});
}

void HostTasks::signal(const TaskId& task_id, HostDecision& decision) {
  leave(task_id, decision);
  decision.effects.push_back(SignalRunner{task_id});
}

void HostTasks::leave(const TaskId& task_id, HostDecision& decision) const {
  const HostTask& task = tasks_.at(task_id);
  if (task.traits && (task.traits->is_checked || task.traits->hears_shutdown))
    decision.effects.push_back(LeaveTask{task_id});
}

void HostTasks::go_on_ending(const TaskId& task_id, HostDecision& decision) {
  const auto ending = endings_.find(task_id);
  if (ending == endings_.end() || ending->second.is_signalled) return;
  ending->second = {time_.seen() + timing_.runner_kill_grace, true};
  signal(task_id, decision);
}

void HostTasks::started(const RunnerStarted& event, Instant now, HostDecision& decision) {
  const auto found = tasks_.find(event.task_id);
  if (found == tasks_.end() || is_terminal(found->second.status)) return;
  HostTask& task = found->second;
  if (task.traits) return;  // told again
  if (const auto ending = endings_.find(event.task_id); ending != endings_.end())  // it can hear only now
    ending->second.due = time_.seen() + timing_.runner_kill_grace;
  task.traits = event.traits;
  const bool runs_already = !event.traits.is_checked || event.traits.was_unchecked;
  if (runs_already && task.status == TaskStatus::Starting)
    set_status(event.task_id, task, {TaskStatus::Running, kAssumedHealthy}, now);
  if (event.traits.is_checked && !task.asked_outcome())
    decision.effects.push_back(CheckHealth{event.task_id, task.status == TaskStatus::Running});
}

void HostTasks::not_started(const StartFailed& event, Instant now, HostDecision& decision) const {
  const HostTask* task = find(event.task_id);
  RunnerOutcome outcome{event.status, event.message, event.reason};
  if (task != nullptr && task->asked_outcome() && event.status != TaskStatus::Killed) {
    RunnerEnd never_was;
    never_was.reason = event.reason;
    outcome = outcome_of(never_was, task->asked_outcome());
  }
  end(event.task_id, std::move(outcome), now, decision);
}

void HostTasks::end(const TaskId& task_id, RunnerOutcome outcome, Instant now, HostDecision& decision) const {
  const HostTask* task = find(task_id);
  if (task == nullptr || is_terminal(task->status)) return;
  decision.records.push_back(
      TaskEnded{task_id, now, outcome.status, std::move(outcome.message), std::move(outcome.reason)});
  leave(task_id, decision);
}

void HostTasks::apply(const HostRecord& record) {
  std::visit(Overloaded{
                 [&](const TaskAccepted& r) {
                   HostTask& task = tasks_[r.task_id];
                   task.summary = r.summary;
                   task.accepted_at = r.at;
                   set_status(r.task_id, task, {TaskStatus::Starting, ""}, r.at);
                 },
                 [&](const KillAccepted& r) {
                   tasks_[r.task_id].kill_accepted_at = r.at;
                   await_end(r.task_id);
                 },
                 [&](const EndAccepted& r) {
                   tasks_[r.task_id].end_accepted = r;
                   await_end(r.task_id);
                 },
                 [&](const TaskHealthy& r) {
                   HostTask& task = tasks_[r.task_id];
                   task.healthy_at = r.at;
                   if (task.status == TaskStatus::Starting)
                     set_status(r.task_id, task, {TaskStatus::Running, kHealthy}, r.at);
                 },
                 [&](const TaskEnded& r) {
                   HostTask& task = tasks_[r.task_id];
                   if (task.accepted_at == Instant{}) task.accepted_at = r.at;
                   set_status(r.task_id, task, {r.status, r.message, r.reason}, r.at);
                   endings_.erase(r.task_id);
                 },
                 [&](const EndAcknowledged& r) {
                   changed_.erase(r.task_id);
                   reported_.erase(r.task_id);
                   if (const auto task = tasks_.find(r.task_id); task != tasks_.end())
                     count(task->first, task->second);
                 },
                 [&](const TaskCollected& r) {
                   const auto task = tasks_.find(r.task_id);
                   if (task != tasks_.end()) task->second.collected_at = r.at;
                 },
                 [&](const TaskForgotten& r) {
                   endings_.erase(r.task_id);
                   changed_.erase(r.task_id);
                   reported_.erase(r.task_id);
                   if (const auto task = tasks_.find(r.task_id); task != tasks_.end()) {
                     count(task->first, task->second);
                     tasks_.erase(task);
                   }
                 },
             },
             record);
}

void HostTasks::await_end(const TaskId& task_id) {
  const bool is_signalled = !tasks_.at(task_id).hears_shutdown();
  const Duration patience = is_signalled ? timing_.runner_kill_grace : timing_.stop_timeout;
  endings_[task_id] = {time_.seen() + patience, is_signalled};
}

void HostTasks::set_status(const TaskId& task_id, HostTask& task, RunnerOutcome status, Instant at) {
  task.status = status.status;
  task.message = std::move(status.message);
  task.reason = std::move(status.reason);
  task.status_at = at;
  report_again(task_id, task);
}

void HostTasks::report_again(const TaskId& task_id, HostTask& task) {
  ++task.version;
  changed_.insert(task_id);
  reported_.insert(task_id);
  count(task_id, task);
}

// After anything that the digest depends on.
void HostTasks::count(const TaskId& task_id, HostTask& task) {
  std::optional<TaskStatus> status;
  if (!is_terminal(task.status) && reported_.contains(task_id)) status = task.status;
  if (task.counted_as == status) return;
  if (task.counted_as) digest_.remove(task_id, *task.counted_as);
  if (status) digest_.add(task_id, *status);
  task.counted_as = status;
}

HostDecision HostTasks::adopt(const TaskId& task_id, const FoundRunner& found, Instant now) {
  HostDecision decision;
  time_.look(now);
  const auto entry = tasks_.find(task_id);
  if (entry == tasks_.end() || is_terminal(entry->second.status)) return decision;
  HostTask& task = entry->second;
  task.was_shut_down = task.asked_outcome() && found.traits.hears_shutdown;  // it may have been, before the restart
  if (!found.alive) {
    const bool has_its_gpus =  // not if the journal was lost, too
        found.unprepared &&
        std::cmp_equal(task.summary.gpus.size(), found.unprepared->config->resources.gpus);
    if (has_its_gpus && !task.asked_outcome()) {
      decision.effects.push_back(StartRunner{*found.unprepared});
    } else if (found.failed) {
      not_started(*found.failed, now, decision);
    } else if (!found.end.last_state && !task.asked_outcome()) {
      not_started(interrupted_start(task_id), now, decision);
    } else {
      end(task_id, outcome_of_task(task, found.end), now, decision);
    }
    return decision;
  }
  if (found.started) started({task_id, found.traits}, now, decision);
  if (task.asked_outcome()) {
    await_end(task_id);
    begin_end(task_id, decision);
  }
  return decision;
}

bool HostTasks::needs_recovery(const TaskId& task_id) const {
  const HostTask* task = find(task_id);
  return task == nullptr || task->summary.job.role.empty();
}

HostDecision HostTasks::recover(const TaskAccepted& accepted) const {
  HostDecision decision;
  decision.records.push_back(accepted);
  const HostTask* known = find(accepted.task_id);
  if (known != nullptr && known->healthy_at) decision.records.push_back(TaskHealthy{accepted.task_id, *known->healthy_at});
  if (known == nullptr || !is_terminal(known->status)) return decision;
  decision.records.push_back(
      TaskEnded{accepted.task_id, known->status_at, known->status, known->message, known->reason});
  if (is_settled(accepted.task_id)) decision.records.push_back(EndAcknowledged{accepted.task_id});
  return decision;
}

HostDecision HostTasks::end_survivor(const TaskId& task_id, Instant now) {
  HostDecision decision;
  decision.effects.push_back(SignalRunner{task_id});
  time_.look(now);
  await_end(task_id);
  return decision;
}

void HostTasks::collected(const TasksCollected& event, Instant now, HostDecision& decision) const {
  for (const TaskId& task_id : event.files) {
    if (is_settled(task_id)) decision.records.push_back(TaskCollected{task_id, now});
  }
  for (const TaskId& task_id : event.records) {
    if (is_settled(task_id)) decision.records.push_back(TaskForgotten{task_id});
  }
}

void HostTasks::hold_back(int32_t port, Instant now) {
  taken_ports_[port] = now + timing_.taken_port_pause;
  register_offer();
}

void HostTasks::offer_again(Instant now) {
  if (std::erase_if(taken_ports_, [&](const auto& entry) { return entry.second <= now; }) > 0)
    register_offer();
}

// The scheduler learns what a host offers when it registers. A report that is on its way tells of the offer
// before.
void HostTasks::register_offer() {
  ++offer_;
  registered_ = false;
}

Host HostTasks::offered_host() const {
  Host host = host_;
  for (const auto& [port, until] : taken_ports_) host.port_ranges = without_port(host.port_ranges, port);
  return host;
}

void HostTasks::escalate_ends(HostDecision& decision) {
  for (auto& [task_id, ending] : endings_) {
    if (ending.due > time_.seen()) continue;
    if (!ending.is_signalled) {
      go_on_ending(task_id, decision);
      continue;
    }
    decision.effects.push_back(DestroyRunner{task_id});
    ending.due = time_.seen() + timing_.runner_kill_grace;
  }
}

Instant HostTasks::next_timer() const {
  Instant next = std::max(changed_.empty() ? next_beat_ : Instant{}, next_attempt_);
  if (in_flight_) next = in_flight_->at + timing_.answer_timeout;
  for (const auto& [task_id, ending] : endings_) {
    next = std::min(next, SeenTime::next_look(time_.last_look(), ending.due - time_.seen()));
  }
  for (const auto& [port, until] : taken_ports_) next = std::min(next, until);
  return next;
}

}  // namespace aurora::core
