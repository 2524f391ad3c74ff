// `task run KEY[/INSTANCES] COMMAND` and `run KEY COMMAND...`: the same command in all tasks (spec/client.md §6.7).
#include <poll.h>

#include <algorithm>
#include <deque>
#include <list>

#include "aurora/client/inside.h"
#include "aurora/client/job_path.h"
#include "client/one_run.h"
#include "client/remote_line.h"
#include "client/ssh_command.h"

namespace aurora::client {
namespace {

constexpr int64_t kAtOnceMax = 256;  // as many as a scheduler passes on
constexpr Duration kBusyPause = seconds(1);

std::string folder_for_files(const FindVariable& variable) {
  const auto folder = variable("TMPDIR");
  return folder && !folder->empty() ? *folder : "/tmp";
}

class TaskRun {
 public:
  TaskRun(Session& session, SchedulerClient& scheduler, Cluster cluster, JobPath path, const TaskRunOptions& options)
      : session_(session), scheduler_(scheduler), cluster_(std::move(cluster)), path_(std::move(path)), options_(options) {}

  int run(std::vector<LiveTask> tasks) {
    total_ = static_cast<int64_t>(tasks.size());
    waiting_.assign(std::make_move_iterator(tasks.begin()), std::make_move_iterator(tasks.end()));
    session_.world().hold_interrupts();
    while (!waiting_.empty() || !running_.empty()) {
      if (!session_.world().pause({})) return session_.fail(ExitCode::Interrupted, "Command interrupted by user");
      if (const auto stop = begin_some()) return *stop;
      if (const auto stop = advance_all()) return *stop;
      session_.console().show_progress("Running", total_ - left(), total_);
    }
    session_.console().clear_progress();
    if (begun_ > 0) return 0;
    return session_.fail(ExitCode::ApiError, "The command could be run in none of " + std::to_string(total_) + " tasks");
  }

 private:
  struct Running {
    LiveTask task;
    std::unique_ptr<OneRun> run;
    OutputSpool output;
  };
  using Kind = OneRun::Outcome::Kind;

  int64_t left() const { return static_cast<int64_t>(waiting_.size() + running_.size()); }

  // Absent: go on; else the exit code.
  std::optional<int> begin_some() {
    const auto at_once = static_cast<size_t>(std::clamp<int64_t>(options_.threads, 1, kAtOnceMax));
    if (session_.world().clock.monotonic() < not_before_) return std::nullopt;
    while (!waiting_.empty() && running_.size() < at_once) {
      LiveTask task = std::move(waiting_.front());
      waiting_.pop_front();
      Result<std::unique_ptr<OneRun>> run = begin(task);
      if (!run.ok()) return session_.fail(ExitCode::InvalidConfiguration, run.error().message);
      running_.push_back({std::move(task), std::move(*run), OutputSpool(folder_for_files(session_.world().variable))});
    }
    return std::nullopt;
  }

  Result<std::unique_ptr<OneRun>> begin(const LiveTask& task) {
    const std::string line = bind_command(join_words(options_.command), task);
    if (!options_.ssh.is_used())
      return run_by_exec(sockets_, scheduler_, path_.job, task.instance, inside_line(line, options_.is_executor_sandbox));
    const std::string folder = TRY(task_folder(cluster_, task.id, options_.is_executor_sandbox));
    return run_by_program(ssh_run_words(ssh_target(options_.ssh, path_.job.role, task.host), "cd " + folder + ";" + line));
  }

  std::optional<int> advance_all() {
    wait();
    for (auto it = running_.begin(); it != running_.end();) {
      if (it->run->advance(it->output)) {
        ++it;
        continue;
      }
      Running over = std::move(*it);
      it = running_.erase(it);
      if (const auto stop = tell(over)) return stop;
    }
    return std::nullopt;
  }

  void wait() {
    constexpr int kLookEveryMs = 200;
    std::vector<pollfd> watched{{.fd = sockets_.events(), .events = POLLIN, .revents = 0}};
    for (const Running& one : running_) {
      if (one.run->descriptor() >= 0) watched.push_back({.fd = one.run->descriptor(), .events = POLLIN, .revents = 0});
    }
    poll(watched.data(), watched.size(), kLookEveryMs);
    sockets_.forget_events();
  }

  std::optional<int> tell(Running& over) {
    const OneRun::Outcome outcome = over.run->outcome();
    Console& console = session_.console();
    if (outcome.kind == Kind::Busy) return try_later(over, outcome.error);
    if (outcome.kind == Kind::NoServer || outcome.error.code == ErrorCode::PermissionDenied) {
      console.clear_progress();
      return session_.fail(outcome.error, "Command failure:", ExitCode::ApiError);
    }
    const std::string begin = over.task.host + ":  ";
    bool has_output = false;
    over.output.each_line([&](std::string_view line) {
      has_output = true;
      console.print(begin + std::string(line));
    });
    if (outcome.kind == Kind::Ended || has_output) ++begun_;
    const std::string name = path_.job.name + "/" + std::to_string(over.task.instance);
    if (outcome.kind == Kind::Failed) console.print_error(begin + name + ": " + outcome.error.message);
    if (outcome.kind == Kind::Ended && outcome.code != 0)
      console.log(Severity::Debug, name + " on " + over.task.host + ": the command ended with " + std::to_string(outcome.code));
    busy_since_.reset();
    return std::nullopt;
  }

  // Others have all that there may be; nothing has been run yet.
  std::optional<int> try_later(Running& over, const Error& error) {
    const Duration now = session_.world().clock.monotonic();
    if (!busy_since_) {
      busy_since_ = now;
      session_.console().info(error.message + "; trying again");
    }
    if (now - *busy_since_ > session_.timeout()) return session_.fail(ExitCode::Timeout, error.message);
    not_before_ = now + kBusyPause;
    waiting_.push_front(std::move(over.task));
    return std::nullopt;
  }

  Session& session_;
  SchedulerClient& scheduler_;
  const Cluster cluster_;
  const JobPath path_;
  const TaskRunOptions& options_;
  net::WebSocketClients sockets_;
  std::deque<LiveTask> waiting_;
  std::list<Running> running_;
  int64_t total_ = 0;
  int64_t begun_ = 0;
  Duration not_before_;
  std::optional<Duration> busy_since_;
};

}  // namespace

int task_run(Session& session, const TaskRunOptions& options) {
  if (options.key.empty()) return session.fail(ExitCode::Usage, "job path is required");
  const auto path = parse_task_key(session, options.key);
  if (!path.ok()) return session.fail(ExitCode::Usage, path.error().message);
  if (options.command.empty()) return session.fail(ExitCode::Usage, "a command is required");
  const auto cluster = session.find_cluster(path->path.cluster);
  if (!cluster.ok()) return session.fail(ExitCode::InvalidConfiguration, cluster.error().message);
  auto scheduler = SchedulerClient::find(session, path->path.cluster);
  if (!scheduler.ok()) return session.fail(ExitCode::InvalidConfiguration, scheduler.error().message);
  auto tasks = list_live_tasks(*scheduler, path->path.job, path->instances);
  if (!tasks.ok()) {
    return session.fail(tasks.error(), "Unable to get information about instance: " + tasks.error().message, ExitCode::ApiError);
  }
  if (tasks->empty()) return session.fail(ExitCode::InvalidParameter, "Job " + to_string(path->path) + " not found");
  return TaskRun(session, *scheduler, *cluster, path->path, options).run(std::move(*tasks));
}

}  // namespace aurora::client
