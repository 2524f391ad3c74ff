#include "executor/task_preparer.h"

#include "aurora/base/clock.h"
#include "aurora/codec/json.h"
#include "aurora/codec/task_payload.h"
#include "aurora/os/files.h"
#include "aurora/os/ports.h"
#include "executor/sandbox.h"

namespace aurora::executor {
namespace {

constexpr size_t kWaitingMax = 16;  // the rest waits in the host loop, where a kill finds it
constexpr int64_t kCheckpointReserve =
    16'384;  // some 400 records; a full disk must not hide how a task ended

Error prefixed(const std::string& prefix, Error error) {
  error.message = prefix + error.message;
  return error;
}

struct TakenPort {
  std::string name;
  int32_t port = 0;
  os::PortUser user;
};
std::optional<TakenPort> find_taken_port(const core::Task& task) {
  for (const auto& [name, port] : task.assigned_ports) {
    if (const auto user = os::find_port_user(port)) return TakenPort{name, port, *user};
  }
  return std::nullopt;
}

// Not the task's fault: it may run elsewhere.
Error in_use(const TakenPort& taken) {
  const std::string user = taken.user.pid == 0
                               ? "a process that cannot be told"
                               : "pid " + std::to_string(taken.user.pid) + " (" + taken.user.name + ")";
  return Error{ErrorCode::Unavailable, "Task initialization failed: port " + std::to_string(taken.port) +
                                           " (" + taken.name + ") is in use by " + user};
}

// Everything on disk that the runner needs.
Result<RunnerPlan> prepare(const core::Task& task, const TaskPaths& paths, const PosixRunnerConfig& config) {
  if (os::exists(paths.folder)) {
    return Error{ErrorCode::Internal, "Task initialization failed: " + paths.folder + " exists already"};
  }
  if (!os::exists("/bin/bash")) {
    return Error{ErrorCode::FailedPrecondition,
                 "Task initialization failed: /bin/bash does not exist on " + config.hostname};
  }
  const std::string kSandbox = "Failed to initialize sandbox: ";
  Result<SandboxOwner> owner = find_owner(task.config->job.role, config.may_be_root);
  if (!owner.ok()) return prefixed(kSandbox, owner.error());
  Result<codec::BoundTask> bound = codec::bind_payload(task, config.hostname);
  if (!bound.ok()) return prefixed("Could not deserialize Thermos task from AssignedTask: ", bound.error());
  if (const Status made = make_sandbox(paths, *owner); !made.ok()) return prefixed(kSandbox, made.error());

  Confinement confinement;
  if (config.confiner) confinement = TRY(config.confiner->confine(task));
  if (const Status made = make_private_tmp(paths, *owner, confinement); !made.ok())
    return prefixed(kSandbox, made.error());
  RunnerPlan plan{task.id,
                  std::move(bound->plan),
                  paths.sandbox,
                  owner->user,
                  owner->switches_user,
                  config.search_path,
                  config.hostname,
                  std::move(bound->ports),
                  SystemClock().now(),
                  std::move(bound->health),
                  std::move(bound->shutdown),
                  std::move(confinement)};
  if (const Status made = os::make_folders(paths.folder, 0700); !made.ok())
    return prefixed(kSandbox, made.error());
  // For a scheduler whose store is older than this task, and that is told to adopt it.
  const Status kept = os::write_file(paths.launched, codec::encode_json(task), 0600);
  if (!kept.ok()) return prefixed(kSandbox, kept.error());
  const Status written = write_plan(paths.plan, plan, bound->task_json, summary_of(task));
  if (!written.ok()) return prefixed(kSandbox, written.error());
  return plan;
}

Result<os::Fd> open_checkpoint(const TaskPaths& paths) {
  os::Fd checkpoint = TRY(os::open_for_append(paths.checkpoint, 0600));
  if (!os::try_lock(checkpoint))
    return Error{ErrorCode::Internal, "Found existing runner, cannot take control."};
  os::reserve(checkpoint, kCheckpointReserve);
  return checkpoint;
}

TaskPreparer::Prepared prepare_runner(uint64_t key, const core::Task& task, const PosixRunnerConfig& config) {
  TaskPaths paths = config.work.paths_of(task.id);
  if (!config.sandbox.empty()) paths.sandbox = config.sandbox;
  const Result<RunnerPlan> plan = prepare(task, paths, config);
  if (!plan.ok()) return {key, plan.error(), {}, std::nullopt};
  return {key, open_checkpoint(paths), plan->traits(), std::nullopt};
}

}  // namespace

TaskPreparer::TaskPreparer(const PosixRunnerConfig& config, std::function<void()> ready)
    : config_(config), ready_(std::move(ready)), thread_([this] { run(); }) {}

TaskPreparer::~TaskPreparer() {
  {
    const std::lock_guard lock(mutex_);
    stopping_ = true;
  }
  changed_.notify_one();
  thread_.join();
}

bool TaskPreparer::has_room() const {
  const std::lock_guard lock(mutex_);
  return wanted_.size() < kWaitingMax;
}

void TaskPreparer::submit(uint64_t key, core::Task task) {
  {
    const std::lock_guard lock(mutex_);
    wanted_.push_back({key, std::move(task)});
  }
  changed_.notify_one();
}

std::vector<TaskPreparer::Prepared> TaskPreparer::take() {
  const std::lock_guard lock(mutex_);
  return std::exchange(prepared_, {});
}

void TaskPreparer::run() {
  for (;;) {
    std::unique_lock lock(mutex_);
    changed_.wait(lock, [&] { return stopping_ || !wanted_.empty(); });
    if (stopping_) return;
    const Wanted wanted = std::move(wanted_.front());
    wanted_.pop_front();
    lock.unlock();
    const std::optional<TakenPort> taken = find_taken_port(wanted.task);
    Prepared prepared = taken ? Prepared{wanted.key, in_use(*taken), {}, taken->port}
                              : prepare_runner(wanted.key, wanted.task, config_);
    lock.lock();
    prepared_.push_back(std::move(prepared));
    lock.unlock();
    ready_();
  }
}

}  // namespace aurora::executor
