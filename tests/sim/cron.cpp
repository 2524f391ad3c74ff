#include "sim/cron.h"

#include <algorithm>
#include <charconv>

#include "aurora/core/task/task_rules.h"
#include "core/trigger/cron_run.h"

namespace aurora::sim {

using namespace core;

namespace {

constexpr Instant kBegin{1'700'000'000'000};
constexpr Duration kPromptly = seconds(5);

// "... 3 runs were missed", "... 100 or more runs were missed", "no scheduler ran then"
int64_t missed_by(const CronRun& run) {
  const size_t at = run.message.find_first_of("0123456789");
  int64_t count = 1;
  if (at != std::string::npos) std::from_chars(run.message.data() + at, run.message.data() + run.message.size(), count);
  return count;
}

bool is_by_clock(const CronRun& run) {
  return run.user.empty() && run.outcome != CronOutcome::Missed && run.outcome != CronOutcome::Failed;
}

bool is_same(const CronRun& a, const CronRun& b) { return a.due == b.due && a.user == b.user; }

}  // namespace

std::shared_ptr<const TimeZones> simulated_zones() {
  return std::make_shared<test::OneZone>(
      "Shifting", test::TableZone(minutes(90), {{kBegin + minutes(2), minutes(60)}, {kBegin + minutes(5), minutes(90)}}));
}

void CronWatch::begin(const Cluster& cluster, Instant now) {
  began_ = now;
  jobs_.clear();
  replaced_.clear();
  for (const CronJob* job : cluster.list_cron_jobs()) {
    Known& known = jobs_[job->job.key];
    known.job = job->job;
    known.progress = *cluster.find_cron_progress(job->job.key);
    for (const CronRun& run : known.progress.runs) {
      if (is_by_clock(run)) done_.emplace(job->job.key, run.due);
    }
  }
}

void CronWatch::note(const std::vector<Change>& round) {
  for (const Change& change : round) {
    if (const auto* saved = std::get_if<TaskSaved>(&change)) {
      const auto known = jobs_.find(saved->task.job());
      const bool is_new = saved->task.events.size() == 1 && !saved->task.ancestor_id;
      if (known != jobs_.end() && is_new) ++known->second.new_tasks;
    } else if (const auto* scheduled = std::get_if<CronJobSaved>(&change)) {
      const JobKey& key = scheduled->job->job.key;
      const auto known = jobs_.find(key);
      if (known != jobs_.end()) {
        replaced_.emplace(key, std::exchange(known->second.job, scheduled->job->job));
      } else {
        jobs_[key] = {scheduled->job->job, {}, 0};
      }
    } else if (const auto* progressed = std::get_if<CronProgressed>(&change)) {
      judge(progressed->job, jobs_[progressed->job], progressed->progress);
    } else if (const auto* deleted = std::get_if<CronJobDeleted>(&change)) {
      jobs_.erase(deleted->job);
      std::erase_if(done_, [&](const auto& moment) { return moment.first == deleted->job; });
      replaced_.erase(deleted->job);
    }
  }
  for (const auto& [key, known] : jobs_) {
    if (known.new_tasks > 0)
      world_.fail("cron job " + to_string(key) + " got tasks without a run, in the round that made them");
  }
}

CronWatch::Outcomes CronWatch::compare(const JobKey& key, const CronProgress& before, const CronProgress& after) {
  // What the list has dropped is at its front.
  size_t kept = 0;
  const auto begins_after = [&](size_t skipped) {
    const size_t count = before.runs.size() - skipped;
    return count <= after.runs.size() &&
           std::equal(before.runs.begin() + static_cast<std::ptrdiff_t>(skipped), before.runs.end(), after.runs.begin(), is_same);
  };
  for (size_t skipped = 0; skipped <= before.runs.size(); ++skipped) {
    if (!begins_after(skipped)) continue;
    kept = before.runs.size() - skipped;
    for (size_t i = 0; i < kept; ++i) {
      const CronOutcome was = before.runs[skipped + i].outcome;
      const CronOutcome is = after.runs[i].outcome;
      if (was != is && (was != CronOutcome::Waiting || is != CronOutcome::Started))
        world_.fail("a run of cron job " + to_string(key) + " that was " + std::string(enum_name(was)) + " is " +
                    std::string(enum_name(is)));
    }
    break;
  }
  Outcomes outcomes;
  for (size_t i = kept; i < after.runs.size(); ++i) {
    const CronRun& run = after.runs[i];
    if (run.outcome == CronOutcome::Missed) outcomes.missed += missed_by(run);
    if (is_by_clock(run)) outcomes.by_clock.push_back(run.due);
    if (run.outcome == CronOutcome::Started) ++outcomes.started;
  }
  // One that waited and begins is not new, or was dropped and is told again.
  const bool has_begun = before.wait && !after.wait;
  if (has_begun) {
    std::erase(outcomes.by_clock, before.wait->due);
    const auto begun = [&](const CronRun& run) { return run.due == before.wait->due && run.outcome == CronOutcome::Started; };
    if (std::ranges::any_of(after.runs.begin(), after.runs.begin() + static_cast<std::ptrdiff_t>(kept), begun)) ++outcomes.started;
  }
  return outcomes;
}

void CronWatch::judge(const JobKey& key, Known& known, const CronProgress& after) {
  const Outcomes outcomes = compare(key, known.progress, after);
  const auto replaced = replaced_.find(key);
  const JobConfiguration& went_by = replaced == replaced_.end() ? known.job : replaced->second;
  const size_t wanted = outcomes.started * static_cast<size_t>(went_by.instance_count);
  if (known.new_tasks != wanted) {
    world_.fail("cron job " + to_string(key) + " has begun " + std::to_string(outcomes.started) + " runs of " +
                std::to_string(went_by.instance_count) + " tasks, and " + std::to_string(known.new_tasks) +
                " tasks are made in that round");
  }
  known.new_tasks = 0;
  for (const Instant due : outcomes.by_clock) {
    if (!done_.emplace(key, due).second)
      world_.fail("cron job " + to_string(key) + " runs twice for " + to_iso8601(due));
  }
  judge_moments(key, known, after, outcomes);
  runs_ += outcomes.by_clock.size();
  missed_ += static_cast<size_t>(outcomes.missed);
  known.progress = after;
  replaced_.erase(key);
}

// Every moment between what was followed and what is has its outcome.
void CronWatch::judge_moments(const JobKey& key, const Known& known, const CronProgress& after, const Outcomes& outcomes) {
  const Instant from = known.progress.followed_to;
  if (from == Instant{} || after.followed_to < from) return;  // a new one; a clock that was set back by much
  const auto replaced = replaced_.find(key);
  const auto plan = read_cron_plan(replaced == replaced_.end() ? known.job : replaced->second, settings_);
  if (!plan.ok()) return;
  int64_t moments = 0;
  for (auto due = next_due(plan->schedule, *plan->zone, from); due && *due <= after.followed_to && moments < 100;
       due = next_due(plan->schedule, *plan->zone, *due)) {
    ++moments;
    const bool is_run = std::ranges::find(outcomes.by_clock, *due) != outcomes.by_clock.end();
    if (!is_run && (*due > began_ || after.followed_to - *due < kLateMax))
      world_.fail("cron job " + to_string(key) + " missed " + to_iso8601(*due) + ", and a scheduler was there");
  }
  const int64_t told = static_cast<int64_t>(outcomes.by_clock.size()) + outcomes.missed;
  if (moments < 100 && told != moments) {
    world_.fail("cron job " + to_string(key) + " had " + std::to_string(moments) + " moments, and tells of " +
                std::to_string(told));
  }
}

std::optional<std::string> CronWatch::find_late(const Cluster& cluster, Instant now) const {
  for (const CronJob* job : cluster.list_cron_jobs()) {
    const CronProgress& progress = *cluster.find_cron_progress(job->job.key);
    const auto plan = read_cron_plan(job->job, settings_);
    const auto due = next_due(plan->schedule, *plan->zone, followed_to(*job, &progress, now));
    const std::string name = "cron job " + to_string(job->job.key);
    if (due && *due < now - kPromptly) return name + " does nothing at " + to_iso8601(*due);
    if (progress.wait && progress.wait->next_look < now - kPromptly) return name + " has forgotten that a run waits";
  }
  return std::nullopt;
}

}  // namespace aurora::sim
