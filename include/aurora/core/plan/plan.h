// What an update or a new job would do, step by step, before anybody starts it. It is found by doing it: the very
// decisions that would be taken (commands, rollout, placement, preemption, quota) are taken on a copy of what they need
// (plan_copy.h), by a clock that jumps from one moment of waiting to the next, on hosts that obey at once and on which
// nothing fails. Pure: the same copy gives the same plan.
//
// Where there is a choice among hosts the real placement draws lots, and so does the plan: which of them is an example,
// that there is one is not.
#pragma once

#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "aurora/base/result.h"
#include "aurora/core/commands/command.h"
#include "aurora/core/plan/plan_copy.h"

namespace aurora::core {

enum class PlanOutcome { Nothing = 0, Changes = 1, DoesNotFit = 2 };
// How it ends if nobody interferes. Waits: for room on hosts, or until policies allow the next step.
enum class PlanEnd { Done = 0, Waits = 1, Refused = 2 };

struct PlannedPlace {
  HostId host;
  std::vector<InstanceRange> instances;
};
void fields(Is<PlannedPlace> auto& p, auto&& visit) {
  visit("host", p.host);
  visit("instances", p.instances);
}

struct PlannedVictim {
  TaskId task_id;
  JobKey job;
  int32_t instance_id = 0;
  HostId host;
  int32_t in_favor_of = 0;  // the instance that takes its place
  HostId moves_to = {};     // its successor's host; empty: it waits for one in the end
};
void fields(Is<PlannedVictim> auto& v, auto&& visit) {
  visit("taskId", v.task_id);
  visit("job", v.job);
  visit("instanceId", v.instance_id);
  visit("host", v.host);
  visit("inFavorOf", v.in_favor_of);
  visit("movesTo", v.moves_to);
}

struct PlannedWait {
  std::vector<InstanceRange> instances;
  std::string reason;  // one sentence for people: what hosts say, or what a policy waits for
};
void fields(Is<PlannedWait> auto& w, auto&& visit) {
  visit("instances", w.instances);
  visit("reason", w.reason);
}

// Instances that are begun in one go.
struct PlanStep {
  Duration begins_after;  // the start: watch times, and what else is waited for
  std::vector<InstanceRange> add;
  std::vector<InstanceRange> change;
  std::vector<InstanceRange> remove;
  std::vector<PlannedPlace> places;     // by host
  std::vector<PlannedVictim> victims;
  std::vector<PlannedWait> waiting;     // in the end still
  std::vector<std::string> notes;       // what is needed before it, for people
};
void fields(Is<PlanStep> auto& s, auto&& visit) {
  visit("beginsAfterMs", s.begins_after);
  visit("add", s.add);
  visit("change", s.change);
  visit("remove", s.remove);
  visit("places", s.places);
  visit("victims", s.victims);
  visit("waiting", s.waiting);
  visit("notes", s.notes);
}

struct PlannedQuota {  // of tasks that need it: production, on shared hosts
  std::string role;
  ResourceTotals quota;
  ResourceTotals used_before;
  ResourceTotals used_after;
  ResourceTotals remaining;
};
void fields(Is<PlannedQuota> auto& q, auto&& visit) {
  visit("role", q.role);
  visit("quota", q.quota);
  visit("usedBefore", q.used_before);
  visit("usedAfter", q.used_after);
  visit("remaining", q.remaining);
}

struct Plan {
  JobKey job;
  std::string state;  // that it was made for (core/commands/planned_state.h)
  PlanOutcome outcome = PlanOutcome::Nothing;
  PlanEnd end = PlanEnd::Done;
  TaskConfigRef config;                        // that is wanted
  std::vector<InstanceRange> add;              // by what becomes of them; each instance is in one
  std::vector<InstanceTaskConfig> change;      // with the configuration that they have
  std::vector<InstanceTaskConfig> remove;
  std::vector<InstanceTaskConfig> leave;
  std::vector<PlanStep> steps;                 // in the order in which they are begun
  std::vector<InstanceRange> not_begun;        // because steps before them wait
  Duration watch;                              // the watch times alone
  Duration other_waits;                        // before tasks may have others go, for policies
  std::optional<PlannedQuota> quota;           // absent: the configuration needs none
  std::optional<Error> refusal;                // why it would not even begin: no quota
  std::vector<std::string> notes;              // what else to know, for people
};

using PlannedCommand = std::variant<StartUpdate, CreateJob>;

// What the command would be refused for is an error here as well, except for want of quota.
Result<Plan> make_plan(const PlanCopy& copy, const PlannedCommand& command, Instant now, const SchedulerSettings& settings);

// Instances wait, and other tasks might have to go for them: a copy with these tells (PlanCopy::Extent::WithVictims).
bool wants_victims(const Plan& plan, const SchedulerSettings& settings);

}  // namespace aurora::core

template <>
struct aurora::EnumNames<aurora::core::PlanOutcome> {
  using enum aurora::core::PlanOutcome;
  static constexpr std::array<EnumName<aurora::core::PlanOutcome>, 3> values{
      {{Nothing, "NOTHING"}, {Changes, "CHANGES"}, {DoesNotFit, "DOES_NOT_FIT"}}};
};
template <>
struct aurora::EnumNames<aurora::core::PlanEnd> {
  using enum aurora::core::PlanEnd;
  static constexpr std::array<EnumName<aurora::core::PlanEnd>, 3> values{
      {{Done, "DONE"}, {Waits, "WAITS"}, {Refused, "REFUSED"}}};
};
