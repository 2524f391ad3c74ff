#include "core/rollout/evaluation.h"

#include <algorithm>
#include <iterator>
#include <map>
#include <utility>

#include "aurora/core/lifecycle/task_lifecycle.h"
#include "core/cluster/room_tree.h"
#include "core/rollout/sla_kills.h"
#include "core/rollout/update_lifecycle.h"
#include "core/update/batch_strategy.h"
#include "core/update/instance_update.h"

namespace aurora::core {
namespace {

using State = UpdateProgress::InstanceState;

constexpr Duration kLookForHost = seconds(1);  // after a restart, while hosts have yet to report

UpdateDirection direction_of(const JobUpdate& update) {
  return is_forward(status_of(update)) ? UpdateDirection::Forward : UpdateDirection::Back;
}

void insert_ranges(std::set<int32_t>& ids, const std::vector<InstanceRange>& ranges) {
  ids.merge(to_set(ranges));
}

// All that the update concerns, as it goes through them.
std::vector<int32_t> order_of(const JobUpdate& update) {
  std::set<int32_t> initial, desired;
  for (const InstanceTaskConfig& group : update.instructions.initial_state) insert_ranges(initial, group.instances);
  if (update.instructions.desired_state) insert_ranges(desired, update.instructions.desired_state->instances);
  return order_instances(initial, desired, direction_of(update));
}

bool holds(const std::vector<InstanceRange>& ranges, int32_t id) {
  return std::any_of(ranges.begin(), ranges.end(),
                     [id](const InstanceRange& range) { return range.first <= id && id <= range.last; });
}

InstanceAction action_of(State state, UpdateDirection direction) {
  const bool forward = direction == UpdateDirection::Forward;
  switch (state) {
    case State::Idle:
      break;
    case State::Working:
      return forward ? InstanceAction::Updating : InstanceAction::RollingBack;
    case State::Succeeded:
      return forward ? InstanceAction::Updated : InstanceAction::RolledBack;
    case State::Failed:
      return forward ? InstanceAction::UpdateFailed : InstanceAction::RollbackFailed;
  }
  check_failed("an instance never becomes idle again", __FILE__, __LINE__);
}

class Evaluation {
 public:
  Evaluation(const Cluster& cluster, const JobUpdate& update, UpdateProgress progress, const Context& context,
             Decision& decision)
      : cluster_(cluster),
        update_(update),
        settings_(update.instructions.settings),
        strategy_(strategy_of(settings_)),
        direction_(direction_of(update)),
        context_(context),
        decision_(decision),
        progress_(std::move(progress)) {}

  void run(const UpdateNews& news) {
    const bool is_first_look = progress_.started == 0 && progress_.touched == nullptr;
    count_failures(news.ended);
    revisit(news);
    start_groups();
    if (has_failed() || is_done()) return finish();
    if (!is_first_look && must_pause()) return pause();
    note_steps({State::Working, State::Succeeded, State::Failed});
    add_tasks();  // first: a policy that is asked about a kill counts them
    kill_tasks();
    save();
  }

 private:
  Duration watch() const { return milliseconds(settings_.min_wait_in_instance_running_ms); }
  bool has_failed() const { return static_cast<int64_t>(progress_.failed.size()) > settings_.max_failed_instances; }
  bool is_done() const { return idle_count() == 0 && progress_.working.empty(); }
  size_t idle_count() const { return progress_.order->size() - progress_.started; }

  void enter(int32_t id, State state) {
    if (state == State::Working) {
      progress_.working.insert(id);
    } else {
      progress_.working.erase(id);
      progress_.failures.erase(id);
      progress_.failed_task.erase(id);
    }
    if (state == State::Failed) progress_.failed.insert(id);
    steps_.emplace_back(id, state);
  }

  // Runs of the wanted configuration that ended count, whoever replaces them (§9.5).
  void count_failures(const std::vector<const Task*>& ended) {
    for (const Task* task : ended) {
      const int32_t id = task->instance_id;
      if (!progress_.working.contains(id)) continue;
      const auto counted = progress_.failed_task.find(id);
      if (counted != progress_.failed_task.end() && counted->second == task->id) continue;
      if (judge(find_desired(update_, id), task, watch(), context_.now) != Verdict::CountFailure) continue;
      progress_.failed_task[id] = task->id;
      if (task->end_reason) why_failed_[id] = to_sentence(*task->end_reason);
      if (++progress_.failures[id] <= settings_.max_per_instance_failures) continue;
      latest_failure_ = id;
      enter(id, State::Failed);
    }
  }

  void revisit(const UpdateNews& news) {
    std::vector<int32_t> working;
    if (news.everything) {
      working.assign(progress_.working.begin(), progress_.working.end());
    } else {
      std::set<int32_t> ids = news.changed;
      for (const auto& [id, wait] : progress_.sla_waits) ids.insert(id);
      std::ranges::set_intersection(ids, progress_.working, std::back_inserter(working));
    }
    for (int32_t id : working) look(id);
  }

  void start_groups() {
    while (!has_failed()) {
      const Advance advance{idle_count(), progress_.working.size(), progress_.order->size()};
      size_t size = next_group_size(strategy_, advance, direction_);
      if (size == 0) return;
      for (; size > 0; --size) {
        const int32_t id = (*progress_.order)[progress_.started++];
        started_.push_back(id);
        enter(id, State::Working);
        look(id);
      }
    }
  }

  void look(int32_t id) {
    const Task* active = cluster_.find_active({update_.key.job, id});
    switch (judge(find_desired(update_, id), active, watch(), context_.now)) {
      case Verdict::Succeeded:
        if (is_unseen(active)) break;
        enter(id, State::Succeeded);
        break;
      case Verdict::Add:
        to_add_.insert(id);
        break;
      case Verdict::Kill:
        to_kill_.push_back(active);
        break;
      case Verdict::Wait:
      case Verdict::WaitWatch:
      case Verdict::CountFailure:
        break;
    }
  }

  // Nobody watched it while the scheduler was down: its host tells soon whether it still runs, or is given
  // up.
  bool is_unseen(const Task* active) const {
    return active != nullptr && cluster_.find_session(active->host) == nullptr;
  }

  void finish() {
    note_steps({State::Working, State::Succeeded, State::Failed});
    save();
    const bool forward = direction_ == UpdateDirection::Forward;
    if (!has_failed())
      return move(forward ? UpdateStatus::RolledForward : UpdateStatus::RolledBack, std::nullopt);
    std::optional<std::string> reason;
    if (latest_failure_) {
      reason = "Latest failure: instance " + std::to_string(*latest_failure_) + " exited.";
      if (why_failed_.contains(*latest_failure_)) *reason += " Reason: " + why_failed_.at(*latest_failure_) + ".";
    }
    const bool roll_back = forward && settings_.rollback_on_failure;
    move(roll_back ? UpdateStatus::RollingBack : UpdateStatus::Failed, reason);
  }

  // A batch is over and the next would begin (§9.10). The first look at an update begins its first batch.
  bool must_pause() const {
    if (direction_ != UpdateDirection::Forward || !pauses_after_batch(strategy_)) return false;
    return std::ranges::any_of(started_, [&](int32_t id) {
      return progress_.touched == nullptr || !std::ranges::binary_search(*progress_.touched, id);
    });
  }

  void pause() {
    note_steps({State::Succeeded, State::Failed});
    for (int32_t id : started_) progress_.working.erase(id);  // the next begins afresh
    save();
    move(UpdateStatus::RollForwardPaused, "Update auto paused");
  }

  // Each action of an instance is told once in the life of the update; an instance that was as it should be
  // at the first look is not worth telling.
  void note_steps(const std::set<State>& wanted) {
    if (steps_.empty()) return;
    std::map<int32_t, std::set<InstanceAction>> told;
    std::map<int32_t, std::vector<State>> steps_of;
    for (const auto& [id, step] : steps_) {
      std::vector<State>& steps = steps_of[id];
      steps.push_back(step);
      if (steps.size() > 1) continue;
      for (const InstanceUpdateEvent* event : cluster_.list_instance_events(update_.key, id)) told[id].insert(event->action);
    }
    const std::vector<State> nothing_to_do = {State::Working, State::Succeeded};
    std::erase_if(steps_, [&](const auto& step) {
      return steps_of[step.first] == nothing_to_do && told.count(step.first) == 0;
    });
    for (const auto& [id, step] : steps_) {
      const InstanceAction action = action_of(step, direction_);
      if (wanted.count(step) == 0 || !told[id].insert(action).second) continue;
      add_event({id, context_.now, action, find_why(id, step)});
    }
  }

  void add_event(InstanceUpdateEvent event) {
    const auto index = static_cast<int32_t>(update_.instance_events.size()) + events_added_++;
    decision_.changes.push_back(InstanceEventAdded{update_.key, index, std::move(event)});
  }

  std::optional<std::string> find_why(int32_t id, State step) const {
    const auto why = why_failed_.find(id);
    if (step != State::Failed || why == why_failed_.end()) return std::nullopt;
    return "Instance " + std::to_string(id) + " failed: " + why->second;
  }

  void kill_tasks() {
    const std::string& update = update_.key.id.value();
    const TransitionRequest request{TaskStatus::Killing, "Killed for job update " + update,
                                    killed_by("update " + update + " (user " + update_.user + ")")};
    SlaGate gate(cluster_, context_, decision_);
    SlaKills kills(cluster_, update_, progress_.sla_waits, gate, context_);
    for (const Task* task : to_kill_) {
      const bool may_end = kills.may_end(*task);
      for (std::string& news : kills.list_news(task->instance_id))
        add_event({task->instance_id, context_.now, action_of(State::Working, direction_), std::move(news)});
      if (!may_end) continue;
      transition(cluster_, *task, request, context_, decision_);
      if (comes_back(*task)) keep_host(*task);
    }
    progress_.sla_attempts += kills.attempts();
  }

  // Its successor surely has room where it is (spec/scheduler.md §9.8).
  bool comes_back(const Task& task) const {
    if (!context_.settings.update_affinity.is_enabled || !is_assigned(task.status)) return false;
    const TaskConfigRef* next = find_desired(update_, task.instance_id);
    return next != nullptr && (*next)->constraints == task.config->constraints &&
           fits(totals((*next)->resources), totals(task.config->resources));
  }

  void keep_host(const Task& task) {
    decision_.changes.push_back(
        InstanceKept{task.instance(), task.host, context_.now + context_.settings.update_affinity.hold});
  }

  void add_tasks() {
    if (to_add_.empty()) return;
    std::map<ConfigHash, std::pair<const TaskConfigRef*, std::set<int32_t>>> groups;
    for (int32_t id : to_add_) {
      const TaskConfigRef* config = find_desired(update_, id);
      auto& [held, instances] = groups[config->hash()];
      held = config;
      instances.insert(id);
    }
    const bool forward = direction_ == UpdateDirection::Forward;
    const SharedText facts = as_fact("update " + update_.key.id.value() + " of " + update_.user +
                                     (forward ? " gives its instance this configuration"
                                              : " gives its instance the configuration back that it had"));
    for (const auto& [hash, group] : groups) insert_tasks(*group.first, group.second, facts, context_, decision_);
  }

  void move(UpdateStatus to, std::optional<std::string> message) {
    const Status moved = move_update(update_, to, {.message = std::move(message)}, context_.now, decision_);
    AURORA_CHECK(moved.ok());
  }

  // Of the working instances, when the first has been up for long enough.
  Instant find_next_look() const {
    Instant next;
    for (const int32_t id : progress_.working) {
      const auto look = find_look_at(id);
      if (look && (next == Instant{} || *look < next)) next = *look;
    }
    return next;
  }

  std::optional<Instant> find_look_at(int32_t id) const {
    const Task* task = cluster_.find_active({update_.key.job, id});
    const Verdict verdict = judge(find_desired(update_, id), task, watch(), context_.now);
    if (verdict == Verdict::WaitWatch) return watch_end(*task, watch());
    const auto held = progress_.sla_waits.find(id);
    if (verdict == Verdict::Kill && held != progress_.sla_waits.end()) return held->second.look_at;
    if (verdict != Verdict::Succeeded) return std::nullopt;  // its task's change is news
    if (is_unseen(task)) return context_.now + kLookForHost;
    return context_.now;  // its watch has just ended, and this look was at others
  }

  void save() {
    progress_.next_look = find_next_look();
    const UpdateProgress* known = cluster_.find_progress(update_.key);
    if (!known || !(*known == progress_))
      decision_.changes.push_back(UpdateProgressed{update_.key, progress_});
  }

  const Cluster& cluster_;
  const JobUpdate& update_;
  const UpdateSettings& settings_;
  const UpdateStrategy strategy_;
  const UpdateDirection direction_;
  const Context& context_;
  Decision& decision_;
  UpdateProgress progress_;
  std::vector<int32_t> started_;
  std::vector<std::pair<int32_t, State>> steps_;  // what happened to instances in this look, in order
  int32_t events_added_ = 0;
  std::vector<const Task*> to_kill_;
  std::set<int32_t> to_add_;
  std::optional<int32_t> latest_failure_;
  std::map<int32_t, std::string> why_failed_;
};

UpdateProgress fresh_progress(const JobUpdate& update) {
  UpdateProgress progress;
  progress.order = std::make_shared<const std::vector<int32_t>>(order_of(update));
  return progress;
}

}  // namespace

void evaluate_update(const Cluster& cluster, const JobUpdate& update, UpdateProgress progress,
                     const UpdateNews& news, const Context& context, Decision& decision) {
  AURORA_CHECK(is_working(status_of(update)));
  if (!is_pulse_expired(update, progress, context.now)) {
    return Evaluation(cluster, update, std::move(progress), context, decision).run(news);
  }
  const bool forward = direction_of(update) == UpdateDirection::Forward;
  const Status moved = move_update(
      update, forward ? UpdateStatus::RollForwardAwaitingPulse : UpdateStatus::RollBackAwaitingPulse,
      {.message = "Pulses from external service have timed out."}, context.now, decision);
  AURORA_CHECK(moved.ok());
}

UpdateProgress begin_progress(const Cluster& cluster, const JobUpdate& update) {
  UpdateProgress progress = fresh_progress(update);
  progress.last_pulse = progress_of(cluster, update).last_pulse;
  return progress;
}

UpdateProgress progress_of(const Cluster& cluster, const JobUpdate& update) {
  if (const UpdateProgress* known = cluster.find_progress(update.key)) return *known;
  UpdateProgress progress = fresh_progress(update);
  std::set<int32_t> touched;
  for (const InstanceUpdateEvent& event : update.instance_events) touched.insert(event.instance_id);
  if (!touched.empty()) progress.touched = std::make_shared<const std::vector<int32_t>>(touched.begin(), touched.end());
  if (!is_awaiting_pulse(status_of(update))) progress.last_pulse = update.events.back().timestamp;
  return progress;
}

bool is_pulse_expired(const JobUpdate& update, const UpdateProgress& progress, Instant now) {
  const Duration timeout = milliseconds(update.instructions.settings.block_if_no_pulses_after_ms);
  return timeout.ms > 0 && now - progress.last_pulse >= timeout;
}

const TaskConfigRef* find_desired(const JobUpdate& update, int32_t instance) {
  if (direction_of(update) == UpdateDirection::Forward) {
    const auto& desired = update.instructions.desired_state;
    return desired && holds(desired->instances, instance) ? &desired->task : nullptr;
  }
  for (const InstanceTaskConfig& group : update.instructions.initial_state) {
    if (holds(group.instances, instance)) return &group.task;
  }
  return nullptr;
}

}  // namespace aurora::core
