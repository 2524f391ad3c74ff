// `task ssh KEY[/INSTANCES]` and `ssh KEY SHARD [COMMAND...]`: a shell or a command in one task (spec/client.md §5.3, §6.7).
#include <unistd.h>

#include <charconv>
#include <cstdio>

#include "aurora/base/printable.h"
#include "aurora/client/inside.h"
#include "aurora/client/job_path.h"
#include "aurora/net/tunnel.h"
#include "client/exec_outcome.h"
#include "client/remote_line.h"
#include "client/shell_session.h"
#include "client/ssh_command.h"

namespace aurora::client {
namespace {

struct Target {
  JobPath path;
  std::optional<std::set<int32_t>> instances;
};

Error invalid(const std::string& text) { return {ErrorCode::InvalidArgument, text}; }

Result<Target> parse_target(const Session& session, const TaskShellOptions& options) {
  if (session.is_classic() && options.key.empty()) return invalid("Job path is required");
  InstancesPath path = TRY(parse_task_key(session, options.key));
  if (!session.is_classic()) return Target{path.path, path.instances};
  if (options.shard.empty()) return invalid("Shard is required");
  int32_t shard = 0;
  const char* const end = options.shard.data() + options.shard.size();
  const auto parsed = std::from_chars(options.shard.data(), end, shard);
  if (parsed.ec != std::errc() || parsed.ptr != end || shard < 0) return invalid("Shard must be an integer");
  return Target{path.path, std::set<int32_t>{shard}};
}

// While the terminal may be raw.
void print_beside(const std::string& text) { dprintf(STDERR_FILENO, "%s\r\n", printable_line(text).c_str()); }

class TaskShell {
 public:
  TaskShell(Session& session, SchedulerClient& scheduler, core::JobKey job, LiveTask task, const TaskShellOptions& options)
      : session_(session), scheduler_(scheduler), job_(std::move(job)), task_(std::move(task)), options_(options) {}

  int run() {
    for (const std::string& text : options_.tunnels) {
      const Result<TunnelWish> wish = parse_tunnel(text, task_);
      if (!wish.ok()) return session_.fail(ExitCode::InvalidParameter, wish.error().message);
      wishes_.push_back(*wish);
    }
    return options_.ssh.is_used() ? run_by_ssh() : run_by_exec();
  }

 private:
  std::string line() const { return bind_command(join_words(options_.command), task_); }

  int run_by_ssh() {
    const auto cluster = session_.find_cluster(scheduler_.cluster());
    if (!cluster.ok()) return session_.fail(ExitCode::InvalidConfiguration, cluster.error().message);
    const auto folder = task_folder(*cluster, task_.id, options_.is_executor_sandbox);
    if (!folder.ok()) return session_.fail(ExitCode::InvalidConfiguration, folder.error().message);
    const std::string remote = "cd " + *folder + ";" + (options_.command.empty() ? "bash" : line());
    session_.world().hold_interrupts();  // they are for ssh
    const auto status = run_program(ssh_shell_words(ssh_target(options_.ssh, job_.role, task_.host), wishes_, remote), options_.pid_file);
    return status.ok() ? *status : session_.fail(ExitCode::CommandFailure, status.error().message);
  }

  int run_by_exec() {
    if (!options_.pid_file.empty()) {
      const Status written = write_pid(options_.pid_file, getpid());
      if (!written.ok()) return session_.fail(ExitCode::InvalidParameter, written.error().message);
    }
    const Status opened = open_tunnels();
    if (!opened.ok()) return session_.fail(ExitCode::InvalidParameter, opened.error().message);
    net::WebSocketClients sockets;
    const std::unique_ptr<LocalTerminal> terminal = LocalTerminal::find(STDIN_FILENO);
    Result<ExecCall> call = ExecCall::begin(sockets, scheduler_, job_, task_.instance, wish(terminal.get()));
    if (!call.ok()) return session_.fail(call.error(), "Command failure:", ExitCode::ApiError);
    const Result<ExecEnd> end = ShellSession(sockets, *call, terminal.get()).run();
    if (terminal != nullptr) terminal->restore();
    return end.ok() ? tell_exec_end(session_, scheduler_, task_.id, *end)
                    : tell_exec_failure(session_, end.error(), call->has_begun());
  }

  ExecWish wish(const LocalTerminal* terminal) const {
    ExecWish wish;
    if (terminal != nullptr) wish.terminal = terminal->size();
    wish.terminal_type = session_.world().variable("TERM").value_or("");
    if (!options_.command.empty()) {
      wish.words = shell_words(inside_line(line(), options_.is_executor_sandbox));
    } else if (options_.is_executor_sandbox) {
      wish.words = {"sh", "-c", inside_line("command -v bash >/dev/null 2>&1 && exec bash; exec sh", true)};
    }
    return wish;
  }

  Status open_tunnels() {
    for (const TunnelWish& wish : wishes_) {
      net::TunnelConfig config{.local_port = wish.local_port, .host = task_.host, .port = static_cast<int>(wish.port)};
      config.on_failure = [name = wish.name](const std::string& what) { print_beside("Tunnel to " + name + ": " + what); };
      tunnels_.push_back(TRY(net::Tunnel::open(config)));
      const Status reached = tunnels_.back()->try_target();
      if (reached.ok()) continue;
      // A host's name may be nobody's but the cluster's.
      if (!task_.address.empty() && task_.address != task_.host) {
        tunnels_.pop_back();
        config.host = task_.address;
        tunnels_.push_back(TRY(net::Tunnel::open(config)));
        if (tunnels_.back()->try_target().ok()) continue;
      }
      session_.console().log(Severity::Warning, "Tunnel to " + wish.name + ": " + reached.error().message +
                                                    "; a connection through it works only once it can");
    }
    return Unit{};
  }

  Session& session_;
  SchedulerClient& scheduler_;
  const core::JobKey job_;
  const LiveTask task_;
  const TaskShellOptions& options_;
  std::vector<TunnelWish> wishes_;
  std::vector<std::unique_ptr<net::Tunnel>> tunnels_;
};

}  // namespace

int task_ssh(Session& session, const TaskShellOptions& options) {
  const auto target = parse_target(session, options);
  if (!target.ok()) return session.fail(ExitCode::Usage, target.error().message);
  if (!options.command.empty() && !target->instances)
    return session.fail(ExitCode::InvalidParameter, "INSTANCE must be specified when --command option is given");
  auto scheduler = SchedulerClient::find(session, target->path.cluster);
  if (!scheduler.ok()) return session.fail(ExitCode::InvalidConfiguration, scheduler.error().message);
  auto tasks = list_live_tasks(*scheduler, target->path.job, target->instances);
  if (!tasks.ok()) {
    return session.fail(tasks.error(), "Unable to get information about instance: " + tasks.error().message, ExitCode::ApiError);
  }
  if (session.is_classic()) report_response(session, "OK", "");
  if (tasks->empty()) return session.fail(ExitCode::InvalidParameter, "Job " + to_string(target->path) + " not found");
  return TaskShell(session, *scheduler, target->path.job, std::move(tasks->front()), options).run();
}

}  // namespace aurora::client
