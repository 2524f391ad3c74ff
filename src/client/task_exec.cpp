// `task exec KEY/INSTANCE -- COMMAND...`: one command in one task, word by word, without a shell in between.
#include <fcntl.h>
#include <unistd.h>

#include "aurora/client/exec.h"
#include "aurora/client/job_path.h"
#include "aurora/net/descriptor.h"
#include "client/exec_outcome.h"
#include "client/missing_job.h"
#include "client/shell_session.h"
#include "client/task_view.h"

namespace aurora::client {
namespace {

std::string key_of(const InstancePath& path) { return to_string(path.path) + "/" + std::to_string(path.instance); }

// Which instances there are instead.
int fail_missing(Session& session, SchedulerClient& scheduler, const InstancePath& path) {
  const int code = session.fail(ExitCode::InvalidParameter, "No task of " + key_of(path) + " runs");
  const auto active = active_instances(scheduler, path.path.job);
  if (active.ok() && active->contains(path.instance)) {
    session.console().print_error("It has one that does not run now: `aurora explain " + key_of(path) + "` says what it waits for");
  } else if (active.ok()) {
    tell_active(session, scheduler, path.path, *active);
  }
  return code;
}

Result<ExecWish> make_wish(Session& session, const TaskExecOptions& options, const LocalTerminal* terminal) {
  ExecWish wish{.words = options.command};
  if (!options.has_terminal) return wish;
  if (terminal == nullptr)
    return Error{ErrorCode::InvalidArgument, "-t needs a terminal, and standard input is none; leave it out: without it, output comes as it is written"};
  wish.terminal = terminal->size();
  wish.terminal_type = session.world().variable("TERM").value_or("");
  return wish;
}

}  // namespace

int task_exec(Session& session, const TaskExecOptions& options) {
  const auto path = parse_instance_path(options.key);
  if (!path.ok()) return session.fail(ExitCode::Usage, path.error().message);
  if (options.command.empty())
    return session.fail(ExitCode::Usage, "A command is required, as in `aurora task exec " + key_of(*path) + " -- ps x`; `aurora task ssh " +
                                             key_of(*path) + "` opens a shell");
  auto scheduler = SchedulerClient::find(session, path->path.cluster);
  if (!scheduler.ok()) return session.fail(ExitCode::InvalidConfiguration, scheduler.error().message);
  const std::unique_ptr<LocalTerminal> terminal = LocalTerminal::find(STDIN_FILENO);
  const auto wish = make_wish(session, options, terminal.get());
  if (!wish.ok()) return session.fail(ExitCode::InvalidParameter, wish.error().message);
  const auto tasks = list_live_tasks(*scheduler, path->path.job, std::set<int32_t>{path->instance});
  if (!tasks.ok()) return session.fail(tasks.error(), "Command failure:", ExitCode::InvalidParameter);
  if (tasks->empty()) return fail_missing(session, *scheduler, *path);
  net::WebSocketClients sockets;
  Result<ExecCall> call = ExecCall::begin(sockets, *scheduler, path->path.job, path->instance, *wish);
  if (!call.ok()) return session.fail(call.error(), "Command failure:", ExitCode::ApiError);
  // Without -i it has an input that is at its end.
  const net::Descriptor nothing(options.has_input ? -1 : open("/dev/null", O_RDONLY | O_CLOEXEC));
  LocalTerminal* const used = options.has_input && options.has_terminal ? terminal.get() : nullptr;
  const LocalStreams streams{.input = options.has_input ? STDIN_FILENO : nothing.get()};
  const Result<ExecEnd> end = ShellSession(sockets, *call, used, streams).run();
  if (terminal != nullptr) terminal->restore();
  return end.ok() ? tell_exec_end(session, *scheduler, tasks->front().id, *end)
                  : tell_exec_failure(session, end.error(), call->has_begun());
}

}  // namespace aurora::client
