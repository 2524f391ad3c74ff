#include "core/trigger/cron_run.h"

#include <algorithm>

#include "aurora/core/lifecycle/task_lifecycle.h"

namespace aurora::core {
namespace {

// After a long absence of the scheduler so many moments of a job are counted, and no more: it has other jobs to look at.
constexpr int kMomentsCounted = 100;

constexpr Duration kWaitMin = seconds(1);  // whatever the flags say: each look costs a round

// A clock that was set back by less repeats nothing; by more: what was done by the wrong time is not waited for.
constexpr Duration kClockStepMax = hours(1);

std::string tasks_text(size_t count) { return std::to_string(count) + (count == 1 ? " task" : " tasks"); }

// Moments that nothing came of.
struct MissedMoments {
  std::optional<Instant> first;
  int count = 0;  // up to kMomentsCounted
};

MissedMoments find_missed(const CronPlan& plan, Instant from, Instant until, std::optional<Instant> kept) {
  MissedMoments missed;
  for (auto due = next_due(plan.schedule, *plan.zone, from); due && *due <= until && missed.count < kMomentsCounted;
       due = next_due(plan.schedule, *plan.zone, *due)) {
    if (due == kept) continue;
    if (!missed.first) missed.first = due;
    ++missed.count;
  }
  return missed;
}

std::string missed_text(int count) {
  if (count == 1) return "no scheduler ran then";
  return "no scheduler ran then and later: " + std::to_string(count) + (count == kMomentsCounted ? " or more" : "") +
         " runs were missed";
}

}  // namespace

Instant followed_to(const CronJob& job, const CronProgress* progress, Instant now) {
  const Instant followed = progress == nullptr ? job.scheduled_at : progress->followed_to;
  return followed > now + kClockStepMax ? now - kLateMax : followed;
}

CronLook::CronLook(const Cluster& cluster, const CronJob& job, const Context& context, Decision& decision)
    : cluster_(cluster), job_(job), key_(job.job.key), context_(context), decision_(decision) {
  if (const CronProgress* known = cluster.find_cron_progress(key_)) progress_ = *known;
  progress_.followed_to = core::followed_to(job, cluster.find_cron_progress(key_), context.now);
}

void CronLook::note(CronRun run) {
  progress_.runs.push_back(std::move(run));
  if (progress_.runs.size() > kCronRunsKept) progress_.runs.erase(progress_.runs.begin());
}

void CronLook::keep() { decision_.changes.push_back(CronProgressed{key_, progress_}); }

void CronLook::run(Instant due, const std::string& user) {
  CronRun run{due, context_.now, CronOutcome::Started, user, ""};
  if (progress_.wait) {
    ++decision_.counts["cron_job_concurrent_runs"];
    run.outcome = CronOutcome::Ignored;
    run.message = "the run before it still waited for the tasks of an earlier one to end";
    return note(std::move(run));
  }
  ++decision_.counts["cron_job_triggers"];
  const std::vector<const Task*> before = cluster_.list_active(key_);
  if (before.empty()) {
    make_tasks(due, user);
    return note(std::move(run));
  }
  ++decision_.counts["cron_job_collisions"];
  if (job_.job.cron_collision_policy == CronCollisionPolicy::KillExisting) {
    end_tasks_before(before, user);
    wait_again(due, 0);
    run.outcome = CronOutcome::Waiting;
    run.message = tasks_text(before.size()) + " of the run before must end first";
  } else {
    run.outcome = CronOutcome::Cancelled;
    run.message = tasks_text(before.size()) + " of the run before had not ended";
  }
  note(std::move(run));
}

void CronLook::make_tasks(Instant due, const std::string& user) {
  const std::set<int32_t> instances = to_set({{0, job_.job.instance_count - 1}});
  const std::string facts = user.empty() ? "the run due at " + to_iso8601(due) + " by the schedule of " + job_.user
                                         : "a run that was asked for by " + user;
  insert_tasks(TaskConfigRef(job_.job.task_config), instances, as_fact(facts), context_, decision_);
}

void CronLook::end_tasks_before(const std::vector<const Task*>& tasks, const std::string& user) {
  const std::string actor = user.empty() ? "the job's next run" : "a run that user " + user + " started";
  for (const Task* task : tasks) {
    transition(cluster_, *task, {TaskStatus::Killing, "Killed by cronScheduler", killed_by(actor)}, context_, decision_);
  }
}

void CronLook::wait_again(Instant due, int32_t looks) {
  const CronSettings& settings = context_.settings.cron;
  Duration wait = settings.start_initial_backoff;
  for (int32_t i = 0; i < looks && wait < settings.start_max_backoff; ++i) wait = wait * 2;
  wait = std::max(std::min(wait, settings.start_max_backoff), kWaitMin);
  progress_.wait = CronWait{due, context_.now + wait, looks};
}

void CronLook::look_at_wait() {
  const Instant due = progress_.wait->due;
  const std::vector<const Task*> before = cluster_.list_active(key_);
  if (!before.empty()) {
    end_tasks_before(before, "");
    return wait_again(due, progress_.wait->looks + 1);
  }
  progress_.wait.reset();
  const auto waiting = std::ranges::find_if(progress_.runs, [&](const CronRun& run) {
    return run.due == due && run.outcome == CronOutcome::Waiting;
  });
  make_tasks(due, waiting == progress_.runs.end() ? "" : waiting->user);
  if (waiting == progress_.runs.end()) return note({due, context_.now, CronOutcome::Started, "", ""});
  waiting->outcome = CronOutcome::Started;
  waiting->message = "it waited " + std::to_string((context_.now - waiting->started_at).ms / 1000) +
                     " s for the tasks of the run before to end";
  waiting->started_at = context_.now;
}

bool CronLook::follow(const CronPlan& plan) {
  const Instant from = progress_.followed_to;
  const auto first = next_due(plan.schedule, *plan.zone, from);
  if (!first || *first > context_.now) return false;
  auto due = next_due(plan.schedule, *plan.zone, std::max(from, context_.now - kLateMax));
  if (due && *due > context_.now) due.reset();
  const MissedMoments missed = find_missed(plan, from, context_.now, due);
  progress_.followed_to = context_.now;
  if (missed.count > 0) {
    decision_.counts["cron_job_missed_runs"] += missed.count;
    note({*missed.first, context_.now, CronOutcome::Missed, "", missed_text(missed.count)});
  }
  if (due) run(*due, "");
  return true;
}

bool CronLook::note_failure(const Error& error) {
  std::string message = error.message;
  for (const std::string& detail : error.details) message += ": " + detail;
  const std::vector<CronRun>& runs = progress_.runs;
  if (!runs.empty() && runs.back().outcome == CronOutcome::Failed && runs.back().message == message) return false;
  note({context_.now, context_.now, CronOutcome::Failed, "", std::move(message)});
  return true;
}

}  // namespace aurora::core
