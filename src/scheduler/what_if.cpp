#include "aurora/scheduler/what_if.h"

#include <algorithm>
#include <ctime>
#include <map>

#include "scheduler/forecast_view.h"
#include "scheduler/offline_cluster.h"
#include "scheduler/state_of.h"

namespace aurora::scheduler {

using namespace core;

namespace {

// A schedule whose next moment is half a year away.
std::string far_from(Instant at) {
  const std::time_t seconds = static_cast<std::time_t>(at.ms / 1000);
  std::tm fields{};
  gmtime_r(&seconds, &fields);
  return "0 0 1 " + std::to_string((fields.tm_mon + 6) % 12 + 1) + " *";
}

// A run that waits for the one before it was on its way: it comes yet.
void put_off_cron_jobs(std::vector<Change>& state, Instant at) {
  const std::string never = far_from(at);
  for (Change& change : state) {
    if (auto* saved = std::get_if<CronJobSaved>(&change)) saved->job->job.cron_schedule = never;
    if (auto* progressed = std::get_if<CronProgressed>(&change)) {
      progressed->progress.followed_to = std::max(progressed->progress.followed_to, at);
    }
  }
}

// Hosts that had been given up: their tasks say so.
void add_silent(std::set<HostId>& silent, const std::vector<Change>& changes) {
  std::map<TaskId, std::pair<HostId, TaskStatus>> tasks;
  for (const Change& change : changes) {
    if (const auto* saved = std::get_if<TaskSaved>(&change)) tasks[saved->task.id] = {saved->task.host, saved->task.status};
    const auto* moved = std::get_if<TaskMoved>(&change);
    const auto known = moved == nullptr ? tasks.end() : tasks.find(moved->task_id);
    if (known == tasks.end()) continue;
    known->second.second = moved->move.event.status;
    if (moved->move.assignment) known->second.first = moved->move.assignment->host;
  }
  for (const auto& [id, where] : tasks) {
    if (where.second == TaskStatus::Partitioned) silent.insert(where.first);
  }
}

// How long tasks of a job last that are no service: as long as the one that finished last.
class Durations {
 public:
  explicit Durations(const Cluster& cluster) {
    TaskQuery finished;
    finished.statuses = {TaskStatus::Finished};
    for (const Task* task : cluster.list_tasks(finished)) {
      const auto runs = std::ranges::find(task->events, TaskStatus::Running, &TaskEvent::status);
      if (runs == task->events.end()) continue;
      auto& [end, lasts] = jobs_[task->job()];
      if (task->events.back().timestamp < end) continue;
      end = task->events.back().timestamp;
      lasts = end - runs->timestamp;
    }
  }
  std::optional<Duration> find(const Task& task) const {
    const auto known = jobs_.find(task.job());
    if (task.config->is_service || known == jobs_.end()) return std::nullopt;
    return known->second.second;
  }

 private:
  std::map<JobKey, std::pair<Instant, Duration>> jobs_;
};

// The state at a later moment, with the cron jobs that start until then.
Result<std::vector<Change>> pass_time(std::vector<Change> state, OfflineSetup setup, Instant until) {
  Cluster known(setup.settings.overhead);
  for (const Change& change : state) known.apply(change);
  const Durations durations(known);
  OfflineCluster cluster(std::move(state), std::move(setup));
  cluster.task_lasts = [&](const Task& task) { return durations.find(task); };
  TRY(cluster.start());
  cluster.run_until(until);
  return cluster.look([](const Cluster& tables) { return state_of(tables); });
}

AddedJob add_job(OfflineCluster& cluster, const JobConfiguration& job, const std::string& user) {
  AddedJob added{.job = job.key, .instances = job.instance_count, .placed = 0, .refusal = {}};
  if (!job.cron_schedule) {
    const auto created = cluster.submit(CreateJob{job, user});
    if (!created.ok()) added.refusal = created.error().message;
    return added;
  }
  JobConfiguration put_off = job;  // one run of it, now
  put_off.cron_schedule = far_from(cluster.now());
  put_off.cron_time_zone.reset();
  const auto scheduled = cluster.submit(ScheduleCronJob{put_off, user});
  const auto started = scheduled.ok() ? cluster.submit(StartCronJob{job.key, user}) : scheduled;
  if (!started.ok()) added.refusal = started.error().message;
  return added;
}

void change(OfflineCluster& cluster, const WhatIf& changes, Forecast& forecast) {
  for (const Host& host : changes.add_hosts) cluster.add_host(host);
  for (const HostId& host : changes.lose) cluster.lose_host(host);
  for (auto host = changes.drain.begin(); host != changes.drain.end();) {
    DrainHosts drain{.hosts = {}, .terms = drain_terms(), .user = changes.user};
    while (host != changes.drain.end() && drain.hosts.size() < kHostsPerRequestMax) drain.hosts.insert(*host++);
    const auto drained = cluster.submit(std::move(drain));
    if (!drained.ok()) forecast.notes.push_back("The drain was refused: " + drained.error().message);
  }
  for (const JobConfiguration& job : changes.add) forecast.added.push_back(add_job(cluster, job, changes.user));
}

void note_assumptions(const OfflineCluster& cluster, const std::set<HostId>& silent, Forecast& forecast) {
  if (!silent.empty()) {
    forecast.notes.push_back(std::to_string(silent.size()) + " hosts were not heard when the copy was made, " +
                             silent.begin()->value() + " among them: they count as lost.");
  }
  if (!cluster.coordinators().empty()) {
    forecast.notes.push_back("Coordinators are not asked here: it is taken for granted that " + *cluster.coordinators().begin() +
                             (cluster.coordinators().size() > 1 ? " and others allow" : " allows") + " everything.");
  }
}

Result<Instant> moment_of(const CopiedState& state, const std::optional<Instant>& at) {
  if (!at) return state.at;
  if (*at < state.at)
    return Error{ErrorCode::InvalidArgument, "the copy was made at " + to_iso8601(state.at) + ", after " + to_iso8601(*at)};
  if (*at - state.at <= kWhatIfAtMax) return *at;
  return Error{ErrorCode::InvalidArgument, to_iso8601(*at) + " is too far away; at most 7 days after the copy, which was made at " +
                                               to_iso8601(state.at)};
}

}  // namespace

DrainHosts::Terms drain_terms() {
  return {.policy = PercentageSlaPolicy{.percentage = 95, .duration_secs = 30 * 60}, .timeout_secs = 7 * 24 * 3600};
}

Instant newest_moment(const std::vector<Change>& changes) {
  Instant newest;
  const auto note = [&](Instant at) { newest = std::max(newest, at); };
  for (const Change& change : changes) {
    if (const auto* saved = std::get_if<TaskSaved>(&change); saved && !saved->task.events.empty()) note(saved->task.events.back().timestamp);
    if (const auto* moved = std::get_if<TaskMoved>(&change)) note(moved->move.event.timestamp);
    if (const auto* added = std::get_if<UpdateEventAdded>(&change)) note(added->event.timestamp);
    if (const auto* added = std::get_if<InstanceEventAdded>(&change)) note(added->event.timestamp);
    if (const auto* saved = std::get_if<CronJobSaved>(&change)) note(saved->job->scheduled_at);
    if (const auto* progressed = std::get_if<CronProgressed>(&change)) note(progressed->progress.followed_to);
  }
  return newest;
}

Result<Forecast> forecast(CopiedState state, const WhatIf& changes, SchedulerSettings settings) {
  const Instant at = TRY(moment_of(state, changes.at));
  settings.cluster_id = state.cluster_id;
  settings.preemption.initial_delay = {};  // no scheduler was started
  add_silent(state.silent, state.changes);
  OfflineSetup setup{.settings = settings, .at = state.at, .seed = 1, .silent = state.silent};
  if (at > state.at) {
    state.changes = TRY(pass_time(std::move(state.changes), setup, at));
    setup.at = at;
  }
  put_off_cron_jobs(state.changes, at);

  OfflineCluster cluster(std::move(state.changes), setup);
  TRY(cluster.start());
  Forecast result;
  result.cluster_id = state.cluster_id;
  result.copied_at = state.at;
  result.at = changes.at;
  result.attribute = changes.attribute;
  if (!cluster.settle(kWhatIfMovesMax))
    result.notes.push_back("Before anything was changed, the copy did not come to rest: " + cluster.movement() + ".");
  const ForecastView before = cluster.look([&](const Cluster& tables) { return ForecastView(tables, changes.attribute); });

  result.changed_at = cluster.now();
  EndsOfTasks ends;
  cluster.on_change = [&](const Change& change) { ends.note(change); };
  change(cluster, changes, result);
  if (!cluster.settle(kWhatIfMovesMax)) result.unsettled = cluster.movement();
  result.took = cluster.now() - result.changed_at;
  cluster.look([&](const Cluster& tables) {
    const ForecastView after(tables, changes.attribute);
    compare(before, after, ends, result);
    describe_drains(tables, changes.drain, result);
    return Unit{};
  });
  note_assumptions(cluster, state.silent, result);
  return result;
}

}  // namespace aurora::scheduler
