#include "core/plan/rehearsal.h"

#include <algorithm>
#include <iterator>
#include <limits>
#include <utility>

#include "aurora/core/lifecycle/task_lifecycle.h"
#include "core/rollout/update_lifecycle.h"

namespace aurora::core {
namespace {

// Some tens of changes for each instance of the largest job.
constexpr int64_t kChangesMax = 1'000'000;
constexpr int kFollowUpsMax = 1'000;
// Policies are asked again and again while nothing else changes; then it is said that they are waited for.
constexpr int kIdleMomentsMax = 50;
// Why no host takes a task is looked for anew as time goes by; in a long plan not for ever.
constexpr int kAttemptsByTime = 50;

bool is_starting(TaskStatus status) { return status == TaskStatus::Assigned || status == TaskStatus::Starting; }

bool is_leaving(TaskStatus status) {
  return status == TaskStatus::Killing || status == TaskStatus::Restarting || status == TaskStatus::Preempting ||
         status == TaskStatus::Draining;
}

}  // namespace

Rehearsal::Rehearsal(Cluster& cluster, const JobKey& job, Instant now, uint64_t seed, const SchedulerSettings& settings,
                     Watch watch)
    : cluster_(cluster),
      job_(job),
      settings_(settings),
      watch_(std::move(watch)),
      begin_(now),
      now_(now),
      rng_(seed),
      placed_at_(now) {
  for (const auto& [hash, group] : cluster.pending_groups()) waiting_.insert(waiting_.end(), hash);
  for (const Task* task : cluster.list_active(job)) {  // what hosts are at already
    if (is_starting(task->status)) to_run_.push_back(task->id);
    if (is_leaving(task->status) && !task->host.empty()) to_end_.push_back(task->id);
  }
}

Result<Decided> Rehearsal::submit(const Command& command) {
  Decided decided = TRY(std::visit([&](const auto& c) { return decide(cluster_, c, context()); }, command));
  absorb(decided);
  return decided;
}

void Rehearsal::run() {
  absorb({});
  while (!is_cut_off_ && (others_act() || time_passes())) {
  }
}

// Hosts and placement are quicker than whoever looks at what they did: what follows from it is decided once for all of it.
void Rehearsal::absorb(Decision decision) {
  take(std::move(decision));
  for (int follow_ups = 0; !is_cut_off_; ++follow_ups) {
    while (!is_cut_off_ && (hosts_act() || place_new())) {
    }
    if (applied_.empty() && place_waiting()) continue;
    if (applied_.empty()) return;
    if (follow_ups == kFollowUpsMax) is_cut_off_ = true;
    const std::vector<Change> applied = std::exchange(applied_, {});
    take(follow_up(cluster_, applied, context()));
  }
}

void Rehearsal::take(Decision decision) {
  ++decisions_;
  for (const Effect& effect : decision.effects) {
    if (const auto* ask = std::get_if<AskCoordinator>(&effect)) asked_.push_back(*ask);
  }
  changes_ += static_cast<int64_t>(decision.changes.size());
  if (changes_ > kChangesMax) {
    is_cut_off_ = true;
    return;
  }
  for (const Change& change : decision.changes) apply(change);
  if (applied_.empty()) {  // a change is large: it is not moved needlessly
    applied_ = std::move(decision.changes);
  } else {
    std::ranges::move(decision.changes, std::back_inserter(applied_));
  }
}

void Rehearsal::apply(const Change& change) {
  if (is_durable(change)) idle_moments_ = 0;
  const auto task = find_task_after(cluster_, change);
  watch_(change, task);
  if (task) {
    if (is_starting(task->status)) to_run_.push_back(task->record.id);
    if (is_leaving(task->status) && !task->host.empty()) to_end_.push_back(task->record.id);
    if (task->status == TaskStatus::Pending || is_terminal(task->status)) has_room_ = true;
  } else if (std::holds_alternative<HostReleased>(change) || std::holds_alternative<InstanceReleased>(change) ||
             std::holds_alternative<TaskDeleted>(change)) {
    has_room_ = true;
  }
  cluster_.apply(change);
}

// Hosts do at once as they are told.
bool Rehearsal::hosts_act() {
  if (to_run_.empty() && to_end_.empty()) return false;
  Decision decision;
  decision.changes.reserve(to_run_.size() + 2 * to_end_.size());
  for (const TaskId& id : std::exchange(to_end_, {})) {
    const Task* task = cluster_.find_task(id);
    if (task != nullptr && is_leaving(task->status))
      transition(cluster_, *task, {TaskStatus::Killed, {}, {}}, context(), decision);
  }
  for (const TaskId& id : std::exchange(to_run_, {})) {
    const Task* task = cluster_.find_task(id);
    if (task != nullptr && is_starting(task->status))
      transition(cluster_, *task, {TaskStatus::Running, {}, {}}, context(), decision);
  }
  take(std::move(decision));
  return true;
}

// A group that is new is tried at once; one that has found no host once something has become better, which takes a moment.
bool Rehearsal::place_new() {
  std::set<ConfigHash> groups;
  for (const auto& [hash, group] : cluster_.pending_groups()) {
    if (!waiting_.contains(hash)) groups.insert(groups.end(), hash);
  }
  return !groups.empty() && place(std::move(groups));
}

bool Rehearsal::place_waiting() {
  if (!std::exchange(has_room_, false) && !is_due_) return false;
  std::set<ConfigHash> groups;
  for (const auto& [hash, group] : cluster_.pending_groups()) groups.insert(groups.end(), hash);
  return !groups.empty() && place(std::move(groups));
}

bool Rehearsal::place(std::set<ConfigHash> groups) {
  PlaceTasks command;
  command.groups = std::move(groups);
  command.tasks_max = std::numeric_limits<int32_t>::max();
  command.preempts = true;  // of those that have waited long enough
  if (std::exchange(is_due_, false) || ++attempts_ <= kAttemptsByTime) placed_at_ = now_;
  Result<Decided> decided = decide(cluster_, command, {placed_at_, rng_, scheduler_host_, settings_});
  if (!decided.ok()) return false;
  const auto& result = std::get<PlacementResult>(decided->answer);
  for (const ConfigHash& hash : command.groups) waiting_.erase(hash);
  waiting_.insert(result.unplaced.begin(), result.unplaced.end());
  const bool is_moving = std::ranges::any_of(decided->changes, [](const Change& change) { return is_durable(change); });
  take(std::move(decided).value());
  return is_moving;
}

void Rehearsal::need(const std::string& what) {
  if (needed_.insert(what).second) needs_.push_back(what);
}

std::vector<std::string> Rehearsal::take_needs() {
  needed_.clear();
  return std::exchange(needs_, {});
}

// Whoever is waited for outside says yes.
bool Rehearsal::others_act() {
  if (!asked_.empty()) {
    for (const AskCoordinator& ask : std::exchange(asked_, {})) {
      need("the coordinator " + ask.url.text() + " must allow it");
      static_cast<void>(submit(CoordinatorAnswer{ask.url.text(), ask.task_id, ask.since, true, ""}));
    }
    return true;
  }
  const JobUpdate* update = cluster_.find_active_update(job_);
  if (update == nullptr) return false;
  const UpdateKey key = update->key;
  const UpdateStatus status = status_of(*update);
  if (is_awaiting_pulse(status)) {
    need("a pulse must come");
    return submit(PulseUpdate{key}).ok();
  }
  if (status != UpdateStatus::RollForwardPaused) return false;
  need("somebody must resume it: aurora update resume");
  return submit(ControlUpdate{key, UpdateControl::Resume, "", ""}).ok();
}

std::optional<Rehearsal::Moment> Rehearsal::next_moment() const {
  std::optional<Moment> next;
  const auto consider = [&](Instant at, bool is_watch) {
    if (!next || at < next->at) next = Moment{at, is_watch};
  };
  const JobUpdate* update = cluster_.find_active_update(job_);
  const UpdateProgress* progress = update == nullptr ? nullptr : cluster_.find_progress(update->key);
  if (progress != nullptr && progress->next_look != Instant{}) {
    const bool is_watch = progress->sla_waits.empty();
    consider(std::max(progress->next_look, now_), is_watch);
  }
  if (settings_.preemption.is_enabled) {
    for (const auto& [hash, group] : cluster_.pending_groups()) {
      if (group.front().task->job() != job_) continue;
      for (const WaitingTask& waiting : group) {
        const Instant due = waiting.since + settings_.preemption.delay;
        if (due <= now_) continue;
        consider(due, false);
        break;
      }
    }
  }
  for (const InstanceKept* kept : cluster_.list_kept(job_)) {
    if (kept->until > now_) consider(kept->until, false);
  }
  return next;
}

bool Rehearsal::time_passes() {
  const std::optional<Moment> moment = next_moment();
  if (!moment || ++idle_moments_ > kIdleMomentsMax) return false;
  (moment->is_watch ? watched_ : waited_) = (moment->is_watch ? watched_ : waited_) + (moment->at - now_);
  now_ = moment->at;
  for (const InstanceKept* kept : cluster_.list_kept(job_)) {
    if (kept->until > now_) continue;
    const ReleaseInstance release{kept->instance};
    static_cast<void>(submit(release));
    break;  // the list has changed
  }
  const JobUpdate* update = cluster_.find_active_update(job_);
  const UpdateProgress* progress = update == nullptr ? nullptr : cluster_.find_progress(update->key);
  if (progress != nullptr && progress->next_look != Instant{} && progress->next_look <= now_) {
    const UpdateKey key = update->key;
    return submit(EvaluateUpdate{key}).ok();
  }
  is_due_ = true;
  absorb({});
  return true;
}

}  // namespace aurora::core
