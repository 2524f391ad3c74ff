// `aurora replay`: a cluster at a moment of its recording, and whether every decision would be the same again.
#include <algorithm>

#include "aurora/api/since.h"
#include "aurora/base/clock.h"
#include "aurora/base/split.h"
#include "aurora/client/print_table.h"
#include "aurora/codec/json_fields.h"
#include "aurora/os/time_zones.h"
#include "aurora/scheduler/replay.h"
#include "modes/verb_options.h"

namespace aurora {
namespace {

struct ReplayOptions {
  std::string path;
  std::string until;
  std::string job;  // ROLE/ENV/NAME
  bool is_json = false;
};

constexpr int kDiffers = 1;
constexpr size_t kShown = 300;   // of a change, in characters
constexpr size_t kRowsMax = 100;

struct ReplayedTask {
  std::string task_id;
  int32_t instance_id = 0;
  std::string status;
  std::string host;
  Instant since;
  std::string message;
};
void fields(Is<ReplayedTask> auto& t, auto&& visit) {
  visit("taskId", t.task_id);
  visit("instanceId", t.instance_id);
  visit("status", t.status);
  visit("host", t.host);
  visit("since", t.since);
  visit("message", t.message);
}

struct ReplayedJob {
  std::string job;
  std::map<std::string, int64_t> tasks;  // by status
};
void fields(Is<ReplayedJob> auto& j, auto&& visit) {
  visit("job", j.job);
  visit("tasks", j.tasks);
}

struct ReplayedCluster {
  scheduler::ReplayReport replay;
  int64_t hosts = 0;
  int64_t connected_hosts = 0;
  int64_t active_updates = 0;
  std::map<std::string, int64_t> tasks;  // by status
  std::vector<ReplayedJob> jobs;
  std::optional<std::vector<ReplayedTask>> job_tasks = {};  // of the job that was asked for
};
void fields(Is<ReplayedCluster> auto& c, auto&& visit) {
  visit("replay", c.replay);
  visit("hosts", c.hosts);
  visit("connectedHosts", c.connected_hosts);
  visit("activeUpdates", c.active_updates);
  visit("tasks", c.tasks);
  visit("jobs", c.jobs);
  visit("jobTasks", c.job_tasks);
}

std::map<std::string, int64_t> by_status(const core::StatusCounts& counts) {
  std::map<std::string, int64_t> tasks;
  for (const auto& [status, name] : EnumNames<core::TaskStatus>::values) {
    if (status != core::TaskStatus::Deleted && counts.of(status) > 0) tasks[std::string(name)] = counts.of(status);
  }
  return tasks;
}

ReplayedCluster describe(const scheduler::Replay& replay) {
  const core::Cluster& cluster = replay.cluster();
  ReplayedCluster result{.replay = replay.report(), .hosts = static_cast<int64_t>(cluster.list_hosts().size()), .tasks = {}, .jobs = {}};
  result.connected_hosts = static_cast<int64_t>(cluster.connected_host_count());
  result.active_updates = static_cast<int64_t>(cluster.list_active_updates().size());
  result.tasks = by_status(cluster.count_tasks(core::TaskQuery()));
  for (const core::JobKey& job : cluster.list_jobs()) result.jobs.push_back({to_string(job), by_status(cluster.count_tasks(job))});
  return result;
}

std::vector<ReplayedTask> list_tasks(const core::Cluster& cluster, const core::JobKey& job) {
  std::vector<ReplayedTask> tasks;
  for (const core::Task* task : cluster.list_job_tasks(job)) {
    const core::TaskEvent& last = task->events.back();
    tasks.push_back({task->id.value(), task->instance_id, std::string(enum_name(task->status)), task->host.value(), last.timestamp,
                     last.message.text()});
  }
  std::ranges::stable_sort(tasks, {}, [](const ReplayedTask& task) { return std::pair(task.instance_id, task.since); });
  return tasks;
}

std::string to_text(const std::map<std::string, int64_t>& tasks) {
  std::string text;
  for (const auto& [status, count] : tasks) text += (text.empty() ? "" : ", ") + std::to_string(count) + " " + status;
  return text.empty() ? "no tasks" : text;
}

std::string plural(int64_t count, const std::string& what) { return std::to_string(count) + " " + what + (count == 1 ? "" : "s"); }

void print_report(client::Console& console, const scheduler::ReplayReport& report) {
  console.print("Cluster " + report.cluster_id + ", recorded from " + to_iso8601(report.from) + " and replayed to " + to_iso8601(report.to) +
                ": " + plural(report.rounds, "round") + ", " + plural(report.commands, "command") + ".");
  for (const std::string& remark : report.remarks) console.print(client::Tone::Attention, "Note: " + remark);
  if (report.difference_count == 0) return console.print("Every command is decided as it was.");
  console.print(client::Tone::Bad, plural(report.difference_count, "command") + " decided differently now:");
  for (const scheduler::ReplayDifference& difference : report.differences) {
    console.print("  round " + std::to_string(difference.round) + " at " + to_iso8601(difference.at) + ": " +
                  client::shortened(difference.command, kShown));
    console.print("    then: " + (difference.recorded.empty() ? "nothing" : client::shortened(difference.recorded, kShown)));
    console.print("    now:  " + (difference.decided.empty() ? "nothing" : client::shortened(difference.decided, kShown)));
  }
  const int64_t more = report.difference_count - static_cast<int64_t>(report.differences.size());
  if (more > 0) console.print("  ... and " + std::to_string(more) + " more");
}

void print_cluster(client::Console& console, const ReplayedCluster& cluster) {
  print_report(console, cluster.replay);
  console.print("");
  console.print("Then there were " + plural(cluster.hosts, "host") + ", " + std::to_string(cluster.connected_hosts) + " of them heard, " +
                plural(cluster.active_updates, "active update") + ", and " + to_text(cluster.tasks) + ".");
  if (!cluster.job_tasks) {
    std::vector<std::vector<std::string>> rows;
    for (size_t i = 0; i < std::min(cluster.jobs.size(), kRowsMax); ++i) rows.push_back({cluster.jobs[i].job, to_text(cluster.jobs[i].tasks)});
    client::print_table(console, {{"JOB", 9}, {"TASKS", 8}}, rows);
    if (cluster.jobs.size() > kRowsMax) console.print("... and " + std::to_string(cluster.jobs.size() - kRowsMax) + " more; --write-json has all");
    return;
  }
  std::vector<std::vector<std::string>> rows;
  for (const ReplayedTask& task : *cluster.job_tasks)
    rows.push_back({std::to_string(task.instance_id), task.status, task.host, to_iso8601(task.since), task.task_id, task.message});
  client::print_table(console, {{"INSTANCE", 9, true}, {"STATUS", 8}, {"HOST", 7}, {"SINCE", 6}, {"TASK", 3}, {"MESSAGE", 4}}, rows);
}

std::optional<core::JobKey> parse_job(const std::string& text) {
  const std::vector<std::string> parts = split(text, '/');
  if (parts.size() != 3 && parts.size() != 4) return std::nullopt;
  const size_t first = parts.size() - 3;  // behind a cluster
  return core::JobKey{parts[first], parts[first + 1], parts[first + 2]};
}

int run_replay(client::Session& session, const ReplayOptions& options) {
  const auto fail = [&](const Error& error) { return session.fail(client::ExitCode::CommandFailure, error.message); };
  std::optional<Instant> until;
  if (!options.until.empty()) {
    const auto at = api::parse_since(options.until, SystemClock().now());
    if (!at.ok()) return session.fail_option("--until " + options.until + ": write a moment like 2026-01-31T23:59:59Z, or 10m for ten minutes ago");
    until = *at;
  }
  const auto job = parse_job(options.job);
  if (!options.job.empty() && !job) return session.fail_option("--job " + options.job + ": write ROLE/ENV/NAME");
  auto reader = store::RecordingReader::open(options.path);
  if (!reader.ok()) return fail(reader.error());
  scheduler::Replay replay(os::time_zones());
  if (const Status replayed = replay.run(*reader, until); !replayed.ok()) return fail(replayed.error());
  if (until && *until < replay.report().from) {
    return fail({ErrorCode::NotFound, "the recording begins at " + to_iso8601(replay.report().from) + ", after " + to_iso8601(*until)});
  }
  ReplayedCluster cluster = describe(replay);
  if (job) cluster.job_tasks = list_tasks(replay.cluster(), *job);
  if (job && cluster.job_tasks->empty()) return fail({ErrorCode::NotFound, "there was no job " + to_string(*job) + " then"});
  if (options.is_json) {
    session.console().print(codec::encode_json(cluster));
  } else {
    print_cluster(session.console(), cluster);
  }
  return cluster.replay.difference_count == 0 ? 0 : kDiffers;
}

VerbRun define_replay(CLI::App& app) {
  auto options = std::make_shared<ReplayOptions>();
  app.add_option("path", options->path, "The --record folder of a scheduler, or one file of it")->required()->option_text(" ");
  add_text(app, "--until", options->until, "TIME", "The cluster as it was then; default: at the end");
  add_text(app, "--job", options->job, "ROLE/ENV/NAME", "Show the tasks of this job");
  add_json(app, options->is_json);
  return run_with(options, run_replay);
}

}  // namespace

std::vector<ClientVerb> replay_verbs() {
  return {
      {"", "replay", "DIR", "What a scheduler recorded: the cluster at any moment, and whether it would decide the same again.",
       "aurora replay /var/lib/aurora/recording --until 2026-01-31T23:59:59Z --job www-data/prod/web", define_replay},
  };
}

}  // namespace aurora
