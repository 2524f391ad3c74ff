#include "aurora/core/lifecycle/task_lifecycle.h"

#include <algorithm>

#include "aurora/core/task/task_rules.h"
#include "core/lifecycle/reschedule_delay.h"

namespace aurora::core {
namespace {

constexpr char kActedOnPartitioned[] = "Action performed on partitioned task, marking as LOST.";

// A host that has not told of the end within this time is not coming back, and a disk is not filled with them.
constexpr Duration kTombstoneAgeMax = hours(24 * 30);
constexpr size_t kTombstonesMax = 100'000;
constexpr size_t kTombstonesDroppedAtOnce = 10;

// What the steps of a transition have led to so far.
struct Move {
  const Task& before;
  OptionalBox<Assignment> assignment;
  std::vector<TaskEvent> events = {};  // its new ones
  TaskStatus status = before.status;
  int32_t failure_count = before.failure_count;
  int32_t times_partitioned = before.times_partitioned;
  OptionalBox<EndReason> end_reason = before.end_reason;
  bool is_replaced = false;
  bool is_killed = false;
  bool is_deleted = false;
};

// A flapping host must not make the history grow: of X, Partitioned, X only the first X stays when the task is
// partitioned again.
bool is_fold(const std::vector<TaskEvent>& events, TaskStatus next) {
  const size_t n = events.size();
  return next == TaskStatus::Partitioned && n >= 3 && events[n - 2].status == TaskStatus::Partitioned &&
         events[n - 3].status == events[n - 1].status;
}

// A task that was asked to end keeps who asked, whatever then happened to it; one that finished or failed did so by
// itself; one that is there again has not ended.
OptionalBox<EndReason> reason_after(const OptionalBox<EndReason>& known, const TransitionRequest& request) {
  const bool is_end = is_terminal(request.to) || request.to == TaskStatus::Partitioned;
  if (!is_end || request.to == TaskStatus::Finished || request.to == TaskStatus::Failed) return request.reason;
  if (!request.reason) return known;
  const bool was_asked = known && known->cause == EndCause::Killed;
  return was_asked ? because_of(*known, *request.reason) : request.reason;
}

// Of a task that is not waited for. One that just became partitioned has its reason already.
std::optional<EndReason> reason_of_loss(const TransitionRequest& request) {
  if (request.to == TaskStatus::Partitioned) return std::nullopt;
  return host_lost("nothing was heard of it");
}

void enter(Move& move, const TransitionRequest& request, const Context& context) {
  if (request.to == TaskStatus::Partitioned) ++move.times_partitioned;
  move.end_reason = reason_after(move.end_reason, request);
  move.status = request.to;
  move.events.push_back({context.now, request.to, request.message, context.scheduler_host, request.facts});
}

bool has_failures_left(const Move& move) {
  const TaskConfig& config = *move.before.config;
  return config.is_service || config.max_task_failures == -1 || move.failure_count < config.max_task_failures;
}

bool was_killing(const Move& move) {
  const auto is_killing = [](const TaskEvent& event) { return event.status == TaskStatus::Killing; };
  return std::ranges::any_of(move.before.events, is_killing) || std::ranges::any_of(move.events, is_killing);
}

void run_steps(Move& move, const TransitionRequest& request, const Context& context) {
  for (const Step step : find_rule(move.status, request.to).steps) {
    switch (step) {
      case Step::IncrementFailures:
        ++move.failure_count;
        break;
      case Step::Save:
        enter(move, request, context);
        break;
      case Step::Reschedule:
        move.is_replaced = true;
        break;
      case Step::RescheduleIfService:
        move.is_replaced |= move.before.config->is_service;
        break;
      case Step::RescheduleIfFailuresLeft:
        move.is_replaced |= has_failures_left(move);
        break;
      case Step::RescheduleUnlessKilling:
        move.is_replaced |= !was_killing(move);
        break;
      case Step::MarkLost:
        run_steps(move, {TaskStatus::Lost, kActedOnPartitioned, reason_of_loss(request)}, context);
        break;
      case Step::Kill:
        move.is_killed = true;
        break;
      case Step::Delete:
        move.is_deleted = true;
        break;
    }
  }
}

TaskMove move_of(const Move& move, const TaskEvent& event) {
  TaskMove made{event, move.assignment, {}, {}, move.end_reason};
  if (move.failure_count != move.before.failure_count) made.failure_count = move.failure_count;
  if (move.times_partitioned != move.before.times_partitioned) made.times_partitioned = move.times_partitioned;
  return made;
}

Task task_after(const Move& move) {
  Task task = move.before;
  for (const TaskEvent& event : move.events) {
    if (is_fold(task.events, event.status)) task.events.resize(task.events.size() - 2);
    apply(move_of(move, event), task);
  }
  return task;
}

Change to_change(const Move& move) {
  const bool is_extended = move.events.size() == 1 && !is_fold(move.before.events, move.status);
  if (!is_extended) return TaskSaved{task_after(move)};
  const auto index = static_cast<int32_t>(move.before.events.size());
  return TaskMoved{move.before.id, index, move_of(move, move.events.front())};
}

Task new_task(const TaskConfigRef& config, int32_t instance_id, const Context& context) {
  Task task;
  task.id = make_task_id({config->job, instance_id}, context.rng.uuid());
  task.instance_id = instance_id;
  task.config = config;
  return task;
}

void begin(Task& task, TaskStatus status, SharedText message, SharedText facts, const Context& context) {
  task.status = status;
  task.events.push_back({context.now, status, std::move(message), context.scheduler_host, std::move(facts)});
}

// The record of the run before it may be gone while this one is still there.
std::string facts_of_replacement(const Task& ended) {
  std::string text = "the run before it, " + ended.id.value() + ", was " + std::string(enum_name(ended.status));
  if (!ended.host.empty()) text += " on " + ended.host.value();
  if (ended.end_reason) text += ": " + to_sentence(*ended.end_reason);
  return as_fact(text);
}

Task replacement_of(const Cluster& cluster, const Task& ended, const Context& context) {
  Task task = new_task(ended.config, ended.instance_id, context);
  task.failure_count = ended.failure_count;
  task.ancestor_id = ended.id;
  SharedText facts = facts_of_replacement(ended);
  const Duration penalty = flapping_penalty(cluster, ended, context);
  if (penalty.ms > 0) {
    begin(task, TaskStatus::Throttled,
          "Rescheduled, penalized for " + std::to_string(penalty.ms) + " ms for flapping",
          std::move(facts), context);
    // Of two draws the first decides whether it waits and is told, the second for how long (§2.5).
    task.starts_again_at = context.now + replacement_penalty(cluster, ended, context);
  } else {
    begin(task, TaskStatus::Pending, "Rescheduled", std::move(facts), context);
  }
  return task;
}

// The scheduler has given the task up; its host, which may have been cut off, has not said that it is over.
void bury(const Cluster& cluster, const Task& task, const Context& context, Decision& decision) {
  if (task.status != TaskStatus::Lost || task.host.empty()) return;
  decision.changes.push_back(TombstoneSaved{{task.id, task.host, context.now}});
  const bool is_full = cluster.tombstone_count() >= kTombstonesMax;
  const Instant until = is_full ? context.now : context.now - kTombstoneAgeMax;
  for (const Tombstone* old : cluster.list_tombstones(until, kTombstonesDroppedAtOnce)) {
    decision.changes.push_back(TombstoneDeleted{old->task_id});
  }
}

}  // namespace

Outcome transition(const Cluster& cluster, const Task& task, const TransitionRequest& request,
                   const Context& context, Decision& decision) {
  const TaskRule rule = find_rule(task.status, request.to);
  if (rule.noop) return Outcome::Noop;

  Move move{.before = task, .assignment = request.assignment};
  run_steps(move, request, context);
  if (move.is_killed && !task.host.empty()) decision.effects.push_back(KillTask{task.host, task.id});
  if (!rule.legal) {
    ++decision.counts["scheduler_illegal_task_state_transitions"];
    return rule.steps.empty() ? Outcome::Illegal : Outcome::IllegalWithEffects;
  }

  if (move.is_deleted) {
    bury(cluster, task, context, decision);
    decision.changes.push_back(TaskDeleted{task.id, task.job(), task.instance_id});
    return Outcome::Success;
  }
  decision.changes.push_back(to_change(move));
  if (move.is_replaced)
    decision.changes.push_back(TaskSaved{replacement_of(cluster, task_after(move), context)});
  return Outcome::Success;
}

std::string as_fact(std::string_view text) {
  constexpr size_t kBytesMax = 400;
  if (text.size() <= kBytesMax) return std::string(text);
  size_t end = kBytesMax;
  while (end > 0 && (static_cast<unsigned char>(text[end]) & 0xC0) == 0x80) --end;  // not within a character
  return std::string(text.substr(0, end)) + "...";
}

void insert_tasks(const TaskConfigRef& config, const std::set<int32_t>& instances, const SharedText& facts,
                  const Context& context, Decision& decision) {
  for (const int32_t instance : instances) {
    Task task = new_task(config, instance, context);
    begin(task, TaskStatus::Pending, std::nullopt, facts, context);
    decision.changes.push_back(TaskSaved{std::move(task)});
  }
}

}  // namespace aurora::core
