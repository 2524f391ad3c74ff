#include "aurora/core/explain/explanation.h"

#include <algorithm>
#include <map>

#include "aurora/core/cron/cron_plan.h"
#include "aurora/core/maintenance/drain.h"
#include "aurora/core/summary/cron_summary.h"
#include "aurora/core/summary/job_summary.h"
#include "core/explain/story.h"

namespace aurora::core {
namespace {

constexpr size_t kRunsTold = 20;     // of an instance, the latest
constexpr size_t kUpdatesTold = 5;   // of a job
constexpr size_t kEndsTold = 30;     // of tasks of a job
constexpr size_t kBeginsTold = 10;   // of instances of a job, those of one request together
constexpr size_t kWaitersTold = 10;  // held back, of a job
constexpr size_t kHoldsTold = 20;    // tasks that a drain waits for

std::string status_text(const Task& task, Instant now) {
  std::string text = std::string(enum_name(task.status)) + " for " + span_text(now - task.events.back().timestamp);
  if (!task.host.empty()) text += " on " + task.host.value();
  if (is_terminal(task.status)) text = std::string(enum_name(task.status)) + (task.host.empty() ? "" : " on " + task.host.value());
  if (is_terminal(task.status) && task.end_reason) text += ": " + to_sentence(*task.end_reason);
  return text;
}

std::vector<const Task*> list_runs(const Cluster& cluster, const InstanceKey& key) {
  TaskQuery query;
  query.job_keys = {key.job};
  query.instance_ids = {key.instance_id};
  std::vector<const Task*> runs = cluster.list_tasks(query);
  std::ranges::stable_sort(runs, {}, [](const Task* task) { return task->events.front().timestamp; });
  if (runs.size() > kRunsTold) runs.erase(runs.begin(), runs.end() - static_cast<std::ptrdiff_t>(kRunsTold));
  return runs;
}

std::vector<const JobUpdate*> last_updates(const Cluster& cluster, const JobKey& job) {
  std::vector<const JobUpdate*> updates = cluster.list_updates(job);
  std::ranges::stable_sort(updates, {}, [](const JobUpdate* update) { return created_at(*update); });
  if (updates.size() > kUpdatesTold)
    updates.erase(updates.begin(), updates.end() - static_cast<std::ptrdiff_t>(kUpdatesTold));
  return updates;
}

void add_ends(const Cluster& cluster, const JobKey& key, Instant now, std::vector<ExplainedFact>& story) {
  constexpr size_t kLookedAt = 1'000;
  std::vector<const Task*> ended = cluster.list_terminal(key, now, kLookedAt);
  if (ended.size() > kEndsTold) ended.erase(ended.begin(), ended.end() - static_cast<std::ptrdiff_t>(kEndsTold));
  for (const Task* task : ended) {
    const std::string text = "instance " + std::to_string(task->instance_id) + " " + status_text(*task, now);
    story.push_back({task->events.back().timestamp, text, task->id});
  }
}

// Who asked for the instances that there are, unless an update did, which tells that itself.
void add_begins(const Cluster& cluster, const JobKey& key, std::vector<ExplainedFact>& story) {
  constexpr size_t kLookedAt = 1'000;
  std::map<std::pair<Instant, std::string>, size_t> begins;
  for (size_t looked = 0; const Task* task : cluster.list_active(key)) {
    if (++looked > kLookedAt) break;
    if (task->ancestor_id || task->events.empty()) continue;
    const TaskEvent& first = task->events.front();
    if (first.facts && !first.facts->starts_with("update ")) ++begins[{first.timestamp, *first.facts}];
  }
  while (begins.size() > kBeginsTold) begins.erase(begins.begin());
  for (const auto& [request, count] : begins) {
    const std::string who = count_text(count, "instance") + (count == 1 ? " was" : " were") + " asked for: ";
    story.push_back({request.first, who + request.second});
  }
}

void add_cron_runs(const CronProgress& progress, std::vector<ExplainedFact>& story) {
  for (const CronRun& run : progress.runs) {
    std::string text = "the run due at " + to_iso8601(run.due) + ": " + std::string(enum_name(run.outcome));
    text += run.user.empty() ? ", by its schedule" : ", asked for by " + run.user;
    if (!run.message.empty()) text += ". " + run.message;
    story.push_back({run.started_at, std::move(text)});
  }
}

void add_cron(const Cluster& cluster, const CronJob& cron, const ExplainContext& context, Explanation& told) {
  told.story.push_back({cron.scheduled_at, "it was scheduled by " + cron.user + ": " + cron.job.cron_schedule.value_or("")});
  const CronProgress* progress = cluster.find_cron_progress(cron.job.key);
  if (progress != nullptr) add_cron_runs(*progress, told.story);
  if (progress != nullptr && progress->wait) {
    told.waits.push_back({WaitKind::Schedule, "a run that was due at " + to_iso8601(progress->wait->due) +
                                                  " waits for the tasks of the one before to end",
                          progress->wait->next_look});
  }
  const auto summary = find_job_summary(cluster, cron.job.key, context.now, context.settings.cron);
  if (summary && summary->next_cron_run)
    told.waits.push_back({WaitKind::Schedule, "its next run by the schedule", *summary->next_cron_run});
}

// Each configuration of which tasks are pending once, with the first of them; those that are held back.
void add_job_waits(const Cluster& cluster, const JobKey& key, const ExplainContext& context, Explanation& told) {
  for (const PendingNeed& need : cluster.pending_needs()) {
    const Task& first = *need.group->front().task;
    if (first.job() != key) continue;
    std::vector<ExplainedWait> waits;
    add_waits(cluster, first, context, waits);
    for (ExplainedWait& wait : waits) {
      wait.text = count_text(need.group->size(), "task") + ": " + wait.text;
      told.waits.push_back(std::move(wait));
    }
  }
  TaskQuery held;
  held.job_keys = {key};
  held.statuses = {TaskStatus::Throttled};
  for (const Task* task : cluster.list_task_page(held, {0, kWaitersTold}).tasks) {
    std::vector<ExplainedWait> waits;
    add_waits(cluster, *task, context, waits);
    for (ExplainedWait& wait : waits) {
      wait.text = "instance " + std::to_string(task->instance_id) + ": " + wait.text;
      told.waits.push_back(std::move(wait));
    }
  }
}

std::string job_text(const JobSummary& job) {
  const JobStats& stats = job.stats;
  const auto also = [](int64_t count, const char* what) { return count == 0 ? "" : ", " + std::to_string(count) + what; };
  return job.job_type + ", " + count_text(static_cast<size_t>(stats.active), "task") + " on hosts" + also(stats.pending, " waiting") +
         also(stats.finished, " ended in good order") + also(stats.failed, " failed or lost") +
         (job.is_unstable ? "; its recent attempts failed" : "") +
         (job.update_key ? "; update " + job.update_key->id.value() + " is under way" : "");
}

std::string mode_text(const Host& host) {
  switch (host.mode) {
    case MaintenanceMode::None:
      return "in service";
    case MaintenanceMode::Scheduled:
      return "scheduled for maintenance: tasks go there only if no other host takes them";
    case MaintenanceMode::Draining:
      return "being drained";
    case MaintenanceMode::Drained:
      return "drained: nothing runs there, and nothing goes there";
  }
  return "";
}

void add_drain(const Cluster& cluster, const Host& host, const ExplainContext& context, Explanation& told) {
  told.story.push_back({host.drain->created, "it is to be drained, by " + host.drain->user});
  const Decision nothing;
  SlaBudget budget(cluster, context.settings.limits, context.now, nothing);
  for (const DrainHold& hold : list_holds(cluster, host, budget, kHoldsTold)) {
    const std::string name = to_string(hold.task->instance());
    if (hold.is_leaving) {
      told.waits.push_back({WaitKind::Drain, name + " is being ended"});
    } else {
      told.waits.push_back({hold.why.empty() ? WaitKind::Drain : WaitKind::Sla,
                            name + ": " + (hold.why.empty() ? "it goes with the next look" : hold.why), hold.again_at});
    }
  }
  told.waits.push_back({WaitKind::Drain, "the moment from which no policy counts", forced_at(*host.drain, context.settings)});
}

void add_hearing(const Cluster& cluster, const Host& host, Explanation& told) {
  if (const HostSession* session = cluster.find_session(host.id)) {
    told.story.push_back({session->since, "its executor was heard, and since then"});
    if (session->has_left) told.waits.push_back({WaitKind::Host, "its executor to start again: it was stopped in good order"});
  } else if (const HostSilence* silence = cluster.find_silence(host.id)) {
    if (silence->at != Instant{}) told.story.push_back({silence->at, "it was given up because nothing was heard of it"});
    told.waits.push_back({WaitKind::Host, "its executor to be heard"});
  } else {
    told.waits.push_back({WaitKind::Host, "its executor to be heard: it has not reported since the scheduler started"});
  }
  if (!host.silences) return;
  for (const Suspect& suspect : host.silences->suspects)
    told.story.push_back({suspect.at, "it fell silent soon after it was given configuration " + suspect.config.value()});
}

}  // namespace

std::optional<Explanation> explain_task(const Cluster& cluster, const TaskId& id, const ExplainContext& context) {
  const Task* task = cluster.find_task(id);
  if (task == nullptr) return std::nullopt;
  Explanation told{"task " + id.value() + ", instance " + to_string(task->instance()), status_text(*task, context.now)};
  add_events(cluster, *task, told.story);
  add_waits(cluster, *task, context, told.waits);
  finish(told);
  return told;
}

std::optional<Explanation> explain_instance(const Cluster& cluster, const InstanceKey& key, const ExplainContext& context) {
  const std::vector<const Task*> runs = list_runs(cluster, key);
  if (runs.empty()) return std::nullopt;
  const Task* active = cluster.find_active(key);
  const Task& latest = active == nullptr ? *runs.back() : *active;
  Explanation told{"instance " + to_string(key), "task " + latest.id.value() + " is " + status_text(latest, context.now)};
  for (const JobUpdate* update : last_updates(cluster, key.job)) told.left_out += add_update_events(*update, key.instance_id, told.story);
  for (const Task* run : runs) add_events(cluster, *run, told.story);
  add_waits(cluster, latest, context, told.waits);
  finish(told);
  return told;
}

std::optional<Explanation> explain_job(const Cluster& cluster, const JobKey& key, const ExplainContext& context) {
  const auto summary = find_job_summary(cluster, key, context.now, context.settings.cron);
  if (!summary) return std::nullopt;
  Explanation told{"job " + to_string(key), job_text(*summary)};
  if (const CronJob* cron = cluster.find_cron_job(key)) add_cron(cluster, *cron, context, told);
  for (const JobUpdate* update : last_updates(cluster, key)) told.left_out += add_update_events(*update, std::nullopt, told.story);
  add_begins(cluster, key, told.story);
  add_ends(cluster, key, context.now, told.story);
  if (const JobUpdate* update = cluster.find_active_update(key)) add_waits(cluster, *update, context, told.waits);
  add_job_waits(cluster, key, context, told);
  finish(told);
  return told;
}

std::optional<Explanation> explain_update(const Cluster& cluster, const UpdateKey& key, const ExplainContext& context) {
  const JobUpdate* update = cluster.find_update(key);
  if (update == nullptr) return std::nullopt;
  const UpdateStatus status = status_of(*update);
  Explanation told{"update " + to_string(key), name_of(status) + " since " + to_iso8601(last_modified(*update)) +
                                                   ", asked for by " + update->user};
  told.left_out += add_update_events(*update, std::nullopt, told.story);
  add_waits(cluster, *update, context, told.waits);
  finish(told);
  return told;
}

std::optional<Explanation> explain_host(const Cluster& cluster, const HostId& id, const ExplainContext& context) {
  const Host* host = cluster.find_host(id);
  if (host == nullptr) return std::nullopt;
  Explanation told{"host " + id.value(), mode_text(*host) + ", with " +
                                             count_text(cluster.list_host_tasks(id).size(), "task") +
                                             (cluster.is_connected(id) ? "" : "; it is not heard")};
  if (host->mode_request && !host->drain)
    told.story.push_back({host->mode_request->at, "it was put in its mode by " + host->mode_request->user});
  if (host->drain) add_drain(cluster, *host, context, told);
  if (const HostReserved* reserved = cluster.find_reservation(id); reserved != nullptr && reserved->until > context.now)
    told.waits.push_back({WaitKind::Host, "tasks of configuration " + reserved->config.value() +
                                              ", for which it is kept because others had to go for them",
                          reserved->until});
  for (const UnknownTask* unknown : cluster.list_unknown_tasks(id)) {
    if (told.waits.size() >= kHoldsTold) break;
    told.waits.push_back({WaitKind::Person, "it runs task " + unknown->id.value() +
                                                ", which this scheduler does not know: aurora admin unknown_tasks"});
  }
  add_hearing(cluster, *host, told);
  finish(told);
  return told;
}

}  // namespace aurora::core
