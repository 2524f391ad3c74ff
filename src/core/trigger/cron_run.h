// When a cron job's tasks are made, and what is told of it (spec/scheduler.md §10.3).
//
// What has come of a moment is decided once and stored in the same round as the tasks, so it is never decided again.
// While no scheduler ran nothing is made up for, but that is told. What is late by a minute at most runs, once: a
// scheduler is restarted within less, and one that lives is never that late, as time passes only while it looks.
#pragma once

#include <string>

#include "aurora/core/cluster/cluster.h"
#include "aurora/core/cron/cron_plan.h"
#include "aurora/core/decision/decision.h"

namespace aurora::core {

constexpr Duration kLateMax = minutes(1);  // the original: only what a scheduler that lives is late for

// One look at a cron job. It decides one run at most, as the cluster does not know yet what that has led to.
class CronLook {
 public:
  CronLook(const Cluster& cluster, const CronJob& job, const Context& context, Decision& decision);

  // A run that was due then, or asked for by `user`. The tasks before it are in its way: by the job's policy.
  void run(Instant due, const std::string& user);
  // The run that waits begins if its way is free, or is looked at again later. REQUIRES: one waits.
  void look_at_wait();
  // Deals with all moments of the schedule that have passed: one that is not too late runs, the others are missed.
  // False: none has passed.
  bool follow(const CronPlan& plan);
  // It cannot be followed. False: that is known.
  bool note_failure(const Error& error);

  const CronProgress& progress() const { return progress_; }
  void keep();  // its progress becomes part of the decision

 private:
  void make_tasks(Instant due, const std::string& user);  // `user`: as CronRun's
  void end_tasks_before(const std::vector<const Task*>& tasks, const std::string& user);
  void wait_again(Instant due, int32_t looks);
  void note(CronRun run);

  const Cluster& cluster_;
  const CronJob& job_;
  const JobKey& key_;
  const Context& context_;
  Decision& decision_;
  CronProgress progress_;
};

// The moments until here are dealt with.
Instant followed_to(const CronJob& job, const CronProgress* progress, Instant now);

}  // namespace aurora::core
