#include "aurora/core/plan/plan.h"

#include <algorithm>
#include <map>
#include <set>
#include <utility>

#include "aurora/core/commands/planned_state.h"
#include "aurora/core/quota/consumption.h"
#include "aurora/core/update/job_diff.h"
#include "core/rollout/validate_request.h"
#include "core/plan/rehearsal.h"

namespace aurora::core {
namespace {

uint64_t seed_of(const std::string& text) {
  uint64_t seed = 0xcbf29ce484222325;
  for (const char c : text) seed = (seed ^ static_cast<unsigned char>(c)) * 0x100000001b3;
  return seed;
}

// What happens in a rehearsal, as steps.
class Recorder {
 public:
  Recorder(Cluster& cluster, const JobKey& job, Plan& plan) : cluster_(cluster), job_(job), plan_(plan) {}
  void follow(Rehearsal& rehearsal) { rehearsal_ = &rehearsal; }

  // Instances of a new job are begun at once.
  void begin_all(const std::set<int32_t>& instances) {
    for (const int32_t id : instances) begin(id);
  }
  void set_kinds(const JobDiff& diff) {
    added_ = diff.added();
    removed_ = diff.removed();
  }

  void see(const Change& change, const std::optional<TaskAfter>& task) {
    if (task) return see_task(*task, change);
    const auto* event = std::get_if<InstanceEventAdded>(&change);
    const bool begins = event != nullptr && event->event.action == InstanceAction::Updating && !event->event.message;
    if (begins) begin(event->event.instance_id);
  }

  void finish() {
    close();
    note_waiting();
  }
  const std::set<int32_t>& begun() const { return begun_; }

 private:
  struct Open {  // a step that is being made
    PlanStep step;
    std::set<int32_t> add, change, remove;
    std::map<HostId, std::set<int32_t>> places;
  };

  void begin(int32_t id) {
    if (!begun_.insert(id).second) return;
    if (std::exchange(begun_by_, rehearsal_->decisions()) != rehearsal_->decisions() || steps_.empty()) {
      steps_.emplace_back().step.begins_after = rehearsal_->watched() + rehearsal_->waited();
      steps_.back().step.notes = rehearsal_->take_needs();
    }
    Open& step = steps_.back();
    (added_.contains(id) ? step.add : removed_.contains(id) ? step.remove : step.change).insert(id);
    step_of_[id] = steps_.size() - 1;
  }

  void see_task(const TaskAfter& task, const Change& change) {
    const auto* moved = std::get_if<TaskMoved>(&change);
    const bool is_own = task.record.job() == job_;
    if (moved == nullptr) {
      const auto victim = task.record.ancestor_id ? victims_.find(*task.record.ancestor_id) : victims_.end();
      if (victim != victims_.end()) successors_[task.record.id] = victim->second;
      return;
    }
    if (task.status == TaskStatus::Assigned && moved->move.assignment) {
      const HostId& host = moved->move.assignment->host;
      const auto step = step_of_.find(task.record.instance_id);
      if (is_own && step != step_of_.end()) steps_[step->second].places[host].insert(task.record.instance_id);
      if (const auto successor = successors_.find(task.record.id); successor != successors_.end())
        steps_[successor->second.first].step.victims[successor->second.second].moves_to = host;
    } else if (task.status == TaskStatus::Preempting) {
      see_victim(task.record, *moved);
    }
  }

  void see_victim(const Task& task, const TaskMoved& moved) {
    constexpr std::string_view kFavor = "Preempting in favor of ";
    const std::string& message = moved.move.event.message.text();
    const Task* winner = message.starts_with(kFavor) ? cluster_.find_task(TaskId(message.substr(kFavor.size()))) : nullptr;
    if (winner == nullptr || winner->job() != job_ || steps_.empty()) return;
    const auto known = step_of_.find(winner->instance_id);
    const size_t at = known == step_of_.end() ? steps_.size() - 1 : known->second;
    PlanStep& step = steps_[at].step;
    victims_[task.id] = {at, step.victims.size()};
    step.victims.push_back({task.id, task.job(), task.instance_id, task.host, winner->instance_id});
  }

  void close() {
    for (Open& open : steps_) {
      open.step.add = to_ranges(open.add);
      open.step.change = to_ranges(open.change);
      open.step.remove = to_ranges(open.remove);
      for (const auto& [host, instances] : open.places) open.step.places.push_back({host, to_ranges(instances)});
      plan_.steps.push_back(std::move(open.step));
    }
  }

  // What still has no host, with what hosts say; what a policy does not let go.
  void note_waiting() {
    std::map<std::pair<size_t, std::string>, std::set<int32_t>> waiting;
    for (const Task* task : cluster_.list_active(job_)) {
      const auto step = step_of_.find(task->instance_id);
      if (step == step_of_.end() || task->status != TaskStatus::Pending) continue;
      const PendingReason* reason = cluster_.find_pending_reason(task->config.hash());
      waiting[{step->second, reason == nullptr ? "It waits for a host" : to_sentence(*reason)}].insert(task->instance_id);
    }
    const JobUpdate* update = cluster_.find_active_update(job_);
    const UpdateProgress* progress = update == nullptr ? nullptr : cluster_.find_progress(update->key);
    if (progress != nullptr) {
      for (const auto& [id, wait] : progress->sla_waits) {
        if (const auto step = step_of_.find(id); step != step_of_.end())
          waiting[{step->second, "Its SLA policy does not allow to end the task that runs"}].insert(id);
      }
    }
    for (const auto& [where, instances] : waiting)
      plan_.steps[where.first].waiting.push_back({to_ranges(instances), where.second});
  }

  Cluster& cluster_;
  const JobKey& job_;
  Plan& plan_;
  Rehearsal* rehearsal_ = nullptr;
  int64_t begun_by_ = -1;  // the decision that began the last step
  std::set<int32_t> added_;
  std::set<int32_t> removed_;
  std::set<int32_t> begun_;
  std::vector<Open> steps_;
  std::map<int32_t, size_t> step_of_;
  std::map<TaskId, std::pair<size_t, size_t>> victims_;     // the step and the place in its list
  std::map<TaskId, std::pair<size_t, size_t>> successors_;  // of victims
};

ResourceTotals difference(const ResourceTotals& a, const ResourceTotals& b) {
  QuotaUse left = use_of(a);
  left -= use_of(b);
  return totals(left);
}

class Planner {
 public:
  Planner(const PlanCopy& copy, Instant now, const SchedulerSettings& settings)
      : copy_(copy), now_(now), settings_(settings), cluster_(settings.overhead, settings.offer_order) {
    copy.fill(cluster_);
  }

  Result<Plan> plan(const StartUpdate& command) {
    const JobUpdateRequest request = TRY(validate(command.request, settings_.limits));
    TRY(check_instance_count(request.instance_count, settings_.limits));
    const TaskConfigRef config(request.task_config);
    const std::set<int32_t> scope = TRY(read_scope(request.settings.update_only_these_instances, settings_.limits));
    diff_ = diff_job(cluster_.list_active(config->job), config, request.instance_count, scope);
    return carry_out(command, {config, request.instance_count, &request.settings});
  }

  Result<Plan> plan(const CreateJob& command) {
    const JobConfiguration job = TRY(validate(command.job, settings_.limits));
    TRY(check_instance_count(job.instance_count, settings_.limits));
    const TaskConfigRef config(job.task_config);
    diff_.replacements = to_set({{0, job.instance_count - 1}});
    return carry_out(command, {config, job.instance_count, nullptr});
  }

 private:
  Result<Plan> carry_out(const Command& command, const PlannedRequest& request) {
    const JobKey job = request.config->job;
    Rng unused(1);
    const SharedText nobody;
    plan_.job = job;
    plan_.config = request.config;
    plan_.state = planned_state(cluster_, request, {now_, unused, nobody, settings_});
    const ResourceTotals used_before = consumption_of(cluster_, job.role).prod_shared;
    describe_diff();
    Recorder recorder(cluster_, job, plan_);
    Rehearsal rehearsal(cluster_, job, now_, seed_of(plan_.state), settings_,
                        [&](const Change& change, const std::optional<TaskAfter>& task) { recorder.see(change, task); });
    recorder.follow(rehearsal);
    recorder.set_kinds(diff_);
    const bool is_update = request.settings != nullptr;
    if (!is_update) recorder.begin_all(diff_.replacements);
    const Result<Decided> begun = rehearsal.submit(command);
    if (!begun.ok()) {
      if (begun.error().code != ErrorCode::ResourceExhausted) return begun.error();
      refuse(begun.error());
    } else if (!diff_.is_empty()) {
      rehearsal.run();
      recorder.finish();
      conclude(recorder, rehearsal);
    }
    add_quota(used_before);
    return std::move(plan_);
  }

  void describe_diff() {
    const std::set<int32_t> removed = diff_.removed();
    const std::set<int32_t> updated = diff_.updated();
    plan_.add = to_ranges(diff_.added());
    plan_.change = group_by_config(diff_.replaced, &updated);
    plan_.remove = group_by_config(diff_.replaced, &removed);
    plan_.leave = group_by_config(diff_.unchanged);
  }

  void refuse(const Error& error) {
    plan_.outcome = PlanOutcome::DoesNotFit;
    plan_.end = PlanEnd::Refused;
    plan_.refusal = error;
    plan_.not_begun = to_ranges(touched());
  }

  std::set<int32_t> touched() const {
    std::set<int32_t> ids = diff_.replacements;
    for (const auto& [id, config] : diff_.replaced) ids.insert(id);
    return ids;
  }

  void conclude(const Recorder& recorder, const Rehearsal& rehearsal) {
    plan_.watch = rehearsal.watched();
    plan_.other_waits = rehearsal.waited();
    std::set<int32_t> left = touched();
    for (const int32_t id : recorder.begun()) left.erase(id);
    const bool is_waiting =
        std::ranges::any_of(plan_.steps, [](const PlanStep& step) { return !step.waiting.empty(); });
    const bool is_over = cluster_.find_active_update(plan_.job) == nullptr;
    plan_.end = is_over && !is_waiting ? PlanEnd::Done : PlanEnd::Waits;
    plan_.outcome = plan_.end == PlanEnd::Done ? PlanOutcome::Changes : PlanOutcome::DoesNotFit;
    if (plan_.end == PlanEnd::Waits) plan_.not_begun = to_ranges(left);
    add_notes(rehearsal);
  }

  void add_notes(const Rehearsal& rehearsal) {
    if (rehearsal.is_cut_off()) plan_.notes.push_back("it is too much to be planned to its end");
    if (const size_t others = copy_.others_waiting(); others > 0) {
      plan_.notes.push_back(std::to_string(others) + (others == 1 ? " other task waits" : " other tasks wait") +
                            " for hosts as well: they may take what becomes free");
    }
    if (copy_.extent() == PlanCopy::Extent::WithVictims && !copy_.has_all_victims()) {
      plan_.notes.push_back("of the tasks that may have to go only " + std::to_string(PlanCopy::kVictimsMax) +
                            " were looked at");
    }
  }

  void add_quota(const ResourceTotals& used_before) {
    if (quota_class_of(*plan_.config) != QuotaClass::ProdShared) return;
    const std::string& role = plan_.job.role;
    PlannedQuota quota{role, cluster_.quota_of(role), used_before, consumption_of(cluster_, role).prod_shared, {}};
    quota.remaining = difference(quota.quota, quota.used_after);
    plan_.quota = std::move(quota);
  }

  const PlanCopy& copy_;
  const Instant now_;
  const SchedulerSettings& settings_;
  Cluster cluster_;
  JobDiff diff_;
  Plan plan_;
};

}  // namespace

Result<Plan> make_plan(const PlanCopy& copy, const PlannedCommand& command, Instant now, const SchedulerSettings& settings) {
  Planner planner(copy, now, settings);
  return std::visit([&](const auto& c) { return planner.plan(c); }, command);
}

bool wants_victims(const Plan& plan, const SchedulerSettings& settings) {
  return settings.preemption.is_enabled && plan.end == PlanEnd::Waits;
}

}  // namespace aurora::core
