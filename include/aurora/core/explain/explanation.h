// Why a task, instance, job, update, cron job or host is as it is: who asked, what was decided on which facts, what came of
// it and what is waited for now, in words. Everything is told from what is kept with the records themselves: events with
// their facts (core/task/task.h), updates and their events, runs of cron jobs, hosts. Pure; costs what it tells of.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "aurora/core/cluster/cluster.h"
#include "aurora/core/decision/decision.h"

namespace aurora::core {

struct ExplainedFact {
  Instant at;
  std::string text;
  TaskId task_id = {};  // of which it tells; empty: of none
};
void fields(Is<ExplainedFact> auto& f, auto&& visit) {
  visit("atMs", f.at);
  visit("text", f.text);
  visit("taskId", f.task_id);
}

enum class WaitKind { Host = 0, BackOff, Watch, Sla, Drain, Pulse, Person, Schedule, Scheduler };
struct ExplainedWait {
  WaitKind kind = WaitKind::Host;
  std::string text;
  std::optional<Instant> until = {};  // when time alone ends it or it is looked at again
};
void fields(Is<ExplainedWait> auto& w, auto&& visit) {
  visit("kind", w.kind);
  visit("text", w.text);
  visit("untilMs", w.until);
}

struct Explanation {
  std::string subject;                // "task www-prod-web-0-...", "host h1"
  std::string now;                    // how it is, one sentence
  std::vector<ExplainedWait> waits = {};  // for what; none: for nothing
  std::vector<ExplainedFact> story = {};  // oldest first, the last kFactsMax
  int64_t left_out = 0;               // older ones
};
void fields(Is<Explanation> auto& e, auto&& visit) {
  visit("subject", e.subject);
  visit("now", e.now);
  visit("waits", e.waits);
  visit("story", e.story);
  visit("leftOut", e.left_out);
}
constexpr size_t kFactsMax = 200;
constexpr size_t kWaitsMax = 50;

struct ExplainContext {
  Instant now;
  Instant listens_until;  // nothing is placed before
  const SchedulerSettings& settings;
};

// Each: nothing if there is no such thing.
std::optional<Explanation> explain_task(const Cluster& cluster, const TaskId& id, const ExplainContext& context);
// All of its runs that are remembered.
std::optional<Explanation> explain_instance(const Cluster& cluster, const InstanceKey& key, const ExplainContext& context);
// Its updates, the runs of a cron job, ends of tasks; what any of its instances waits for.
std::optional<Explanation> explain_job(const Cluster& cluster, const JobKey& key, const ExplainContext& context);
std::optional<Explanation> explain_update(const Cluster& cluster, const UpdateKey& key, const ExplainContext& context);
std::optional<Explanation> explain_host(const Cluster& cluster, const HostId& id, const ExplainContext& context);

}  // namespace aurora::core

template <>
struct aurora::EnumNames<aurora::core::WaitKind> {
  using enum aurora::core::WaitKind;
  static constexpr std::array<EnumName<aurora::core::WaitKind>, 9> values{{{Host, "HOST"},
                                                                          {BackOff, "BACK_OFF"},
                                                                          {Watch, "WATCH"},
                                                                          {Sla, "SLA"},
                                                                          {Drain, "DRAIN"},
                                                                          {Pulse, "PULSE"},
                                                                          {Person, "PERSON"},
                                                                          {Schedule, "SCHEDULE"},
                                                                          {Scheduler, "SCHEDULER"}}};
};
