#include "aurora/executor/posix_runner_host.h"

#include <csignal>
#include <map>

#include "aurora/base/clock.h"
#include "aurora/base/log.h"
#include "aurora/os/files.h"
#include "aurora/os/poller.h"
#include "aurora/os/processes.h"
#include "aurora/os/spawn.h"
#include "executor/sandbox.h"
#include "executor/sweep.h"
#include "executor/task_payload.h"

namespace aurora::executor {
namespace {

using core::HostTasks;
using core::RunHistory;
using core::RunState;
using core::TaskId;

constexpr uint64_t kProgressKey = 1;
constexpr int kProgressBytes = 1 << 20;          // some 15,000 messages of runners
constexpr int64_t kCheckpointReserve = 16'384;   // some 400 records; a full disk must not hide how a task ended

Error prefixed(const std::string& prefix, Error error) {
  error.message = prefix + error.message;
  return error;
}

class PosixRunnerHost final : public RunnerHost {
 public:
  PosixRunnerHost(PosixRunnerConfig config, os::Fd progress)
      : config_(std::move(config)), progress_(std::move(progress)) {
    AURORA_CHECK(poller_.add(progress_, kProgressKey).ok());
  }

  Status start(const core::Task& task) override {
    const TaskPaths paths = config_.work.paths_of(task.id);
    const RunnerPlan plan = TRY(prepare(task, paths));
    const os::Fd checkpoint = TRY(open_checkpoint(paths));
    const Result<int> pid = os::spawn({.program = config_.runner_program,
                                       .arguments = {"aurora", "runner", paths.folder},
                                       .passed_fds = {checkpoint.get(), progress_.get()},
                                       .blocks_signals = true});
    if (!pid.ok()) return Error{ErrorCode::Internal, "Task initialization failed: " + pid.error().message};
    return watch(task.id, *pid);
  }

  void request_kill(const TaskId& task_id) override { signal(task_id, SIGUSR1); }
  void destroy(const TaskId& task_id) override { signal(task_id, SIGKILL); }

  HostTasks::FoundRunner adopt(const TaskId& task_id) override {
    const TaskPaths paths = config_.work.paths_of(task_id);
    HostTasks::FoundRunner found;
    if (!os::exists(paths.checkpoint)) return found;
    const Result<os::Fd> checkpoint = os::open_for_append(paths.checkpoint);
    if (checkpoint.ok() && !os::try_lock(*checkpoint)) found = adopt_living(task_id, paths);
    if (!found.alive) found.end = bury(paths, std::nullopt);
    return found;
  }

  std::vector<core::HostEvent> wait(Duration max) override {
    std::vector<core::HostEvent> events;
    for (const uint64_t key : poller_.wait(max)) {
      if (key == kProgressKey) {
        read_progress(events);
      } else {
        read_end(key, events);
      }
    }
    return events;
  }
  void wake() override { poller_.wake(); }

 private:
  struct Runner {
    TaskId task_id;
    os::Fd process;
  };

  // Everything on disk that the runner needs.
  Result<RunnerPlan> prepare(const core::Task& task, const TaskPaths& paths) {
    if (os::exists(paths.folder)) {
      return Error{ErrorCode::Internal, "Task initialization failed: " + paths.folder + " exists already"};
    }
    if (!os::exists("/bin/bash")) {
      return Error{ErrorCode::FailedPrecondition, "Task initialization failed: /bin/bash does not exist on " + config_.hostname};
    }
    const std::string kSandbox = "Failed to initialize sandbox: ";
    Result<SandboxOwner> owner = find_owner(task.config->job.role);
    if (!owner.ok()) return prefixed(kSandbox, owner.error());
    Result<BoundTask> bound = bind_payload(task, config_.hostname);
    if (!bound.ok()) return prefixed("Could not deserialize Thermos task from AssignedTask: ", bound.error());
    if (const Status made = make_sandbox(paths, *owner); !made.ok()) return prefixed(kSandbox, made.error());

    RunnerPlan plan{task.id,         std::move(bound->plan), paths.sandbox,    owner->user, owner->switches_user,
                    config_.search_path, config_.hostname,  std::move(bound->ports), clock_.now()};
    if (const Status made = os::make_folders(paths.folder, 0700); !made.ok()) return prefixed(kSandbox, made.error());
    const Status written = write_plan(paths.plan, plan, bound->task_json);
    if (!written.ok()) return prefixed(kSandbox, written.error());
    return plan;
  }

  // Locked before the runner is there and passed on to it, so that no moment looks as if it had died.
  static Result<os::Fd> open_checkpoint(const TaskPaths& paths) {
    os::Fd checkpoint = TRY(os::open_for_append(paths.checkpoint, 0600));
    if (!os::try_lock(checkpoint)) return Error{ErrorCode::Internal, "Found existing runner, cannot take control."};
    os::reserve(checkpoint, kCheckpointReserve);
    return checkpoint;
  }

  Status watch(const TaskId& task_id, int pid) {
    os::Fd process = TRY(os::open_process(pid));
    const uint64_t key = ++last_key_;
    TRY(poller_.add(process, key));
    keys_[task_id] = key;
    runners_.emplace(key, Runner{task_id, std::move(process)});
    return Unit{};
  }

  void signal(const TaskId& task_id, int signal_number) {
    const auto key = keys_.find(task_id);
    if (key != keys_.end()) os::send_signal_through(runners_.at(key->second).process, signal_number);
  }

  // The lock says that the runner lives. Its pid is in the first record, which may not be written yet.
  HostTasks::FoundRunner adopt_living(const TaskId& task_id, const TaskPaths& paths) {
    HostTasks::FoundRunner found;
    const Duration deadline = clock_.monotonic() + seconds(5);
    while (clock_.monotonic() < deadline) {
      const Result<RunHistory> history = read_history(paths.checkpoint);
      if (history.ok() && !history->states.empty()) {
        found.alive = watch(task_id, history->states.front().runner_pid).ok();
        found.started = found.alive;
        return found;
      }
      static_cast<void>(poller_.wait(milliseconds(10)));
    }
    log_error("executor", "runner of " + task_id.value() + " holds its lock but writes nothing");
    return found;
  }

  void read_progress(std::vector<core::HostEvent>& events) {
    unread_ += os::read_available(progress_);
    size_t newline = 0;
    while ((newline = unread_.find('\n')) != std::string::npos) {
      events.push_back(core::RunnerStarted{TaskId(unread_.substr(0, newline))});
      unread_.erase(0, newline + 1);
    }
  }

  void read_end(uint64_t key, std::vector<core::HostEvent>& events) {
    const auto found = runners_.find(key);
    if (found == runners_.end()) return;
    const std::optional<os::ProcessEnd> end = os::reap_through(found->second.process);
    const TaskId task_id = found->second.task_id;
    poller_.remove(found->second.process);
    runners_.erase(found);
    keys_.erase(task_id);
    events.push_back(core::RunnerExited{task_id, bury(config_.work.paths_of(task_id), end)});
  }

  // After the runner is gone: what its checkpoint says, and the end of what it left.
  core::RunnerEnd bury(const TaskPaths& paths, std::optional<os::ProcessEnd> process) const {
    core::RunnerEnd end;
    if (process && process->signal != 0) end.signal = process->signal;
    if (process && process->signal == 0) end.exit_code = process->exit_code;
    const Result<RunHistory> history = read_history(paths.checkpoint);
    if (!history.ok()) return end;
    end.last_state = history->state();
    if (!end.last_state || !is_terminal(*end.last_state)) {
      sweep(paths, *history, end.signal ? RunState::Killed : RunState::Lost, clock_.now());
    }
    return end;
  }

  PosixRunnerConfig config_;
  os::Fd progress_;
  os::Poller poller_;
  SystemClock clock_;
  std::map<uint64_t, Runner> runners_;
  std::map<TaskId, uint64_t> keys_;
  uint64_t last_key_ = kProgressKey;
  std::string unread_;  // the beginning of a message
};

}  // namespace

Result<std::unique_ptr<RunnerHost>> make_posix_runner_host(PosixRunnerConfig config) {
  TRY(os::make_folders(config.work.root));
  TRY(os::make_folders(config.work.state + "/tasks", 0700));
  os::Fd progress = TRY(os::open_named_pipe(config.work.state + "/progress", kProgressBytes));
  std::unique_ptr<RunnerHost> host = std::make_unique<PosixRunnerHost>(std::move(config), std::move(progress));
  return host;
}

}  // namespace aurora::executor
