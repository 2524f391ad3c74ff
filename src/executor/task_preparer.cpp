#include "executor/task_preparer.h"

#include <algorithm>

#include "aurora/base/clock.h"
#include "aurora/codec/json.h"
#include "aurora/codec/task_payload.h"
#include "aurora/os/files.h"
#include "aurora/os/ports.h"
#include "aurora/os/tree.h"
#include "executor/sandbox.h"

namespace aurora::executor {
namespace {

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

const char* const kSandbox = "Failed to initialize sandbox: ";

// For an executor after us, if we do not come to the end. What one before us had made is made again.
Status keep_order(const core::Task& task, const TaskPaths& paths) {
  if (os::exists(paths.preparing))
    return os::delete_tree(paths.run.substr(0, paths.run.rfind('/')), [] { return true; });
  if (os::exists(paths.folder))
    return Error{ErrorCode::Internal, "Task initialization failed: " + paths.folder + " exists already"};
  Status kept = os::make_folders(paths.folder, 0700);
  if (kept.ok()) kept = os::write_file(paths.preparing, codec::encode_json(task), 0600);
  if (!kept.ok()) os::remove_file(paths.preparing);  // half an order is none
  return kept.ok() ? kept : Status(prefixed(kSandbox, kept.error()));
}

// Absent: it has no image.
struct Interior {
  core::ContainerNeeds needs;
  Image image;
};
Result<std::optional<Interior>> find_interior(const core::Task& task, const PosixRunnerConfig& config,
                                              const std::function<bool()>& goes_on) {
  static const ContainerPreparer kNone({}, nullptr);
  const ContainerPreparer& containers = config.containers ? *config.containers : kNone;
  std::optional<core::ContainerNeeds> needs = TRY(containers.needs_of(task));
  if (!needs) return std::optional<Interior>();
  Image image = TRY(containers.find_image(*needs, goes_on));
  return std::optional(Interior{*std::move(needs), std::move(image)});
}

// Everything on disk that the runner needs.
Result<RunnerPlan> prepare(const TaskPreparer::Order& order, const TaskPaths& paths,
                           const PosixRunnerConfig& config, const std::function<bool()>& goes_on) {
  const core::Task& task = order.task;
  const bool has_image = TRY(core::container_needs(task.config->container)).has_value();
  if (!has_image && !os::exists("/bin/bash")) {
    return Error{ErrorCode::FailedPrecondition,
                 "Task initialization failed: /bin/bash does not exist on " + config.hostname};
  }
  Result<SandboxOwner> owner = find_owner(task.config->job.role, config);
  if (!owner.ok()) return prefixed(kSandbox, owner.error());
  Result<codec::BoundTask> bound = codec::bind_payload(task, config.hostname, config.log);
  if (!bound.ok()) return prefixed("Could not deserialize Thermos task from AssignedTask: ", bound.error());
  Result<std::optional<Interior>> interior = find_interior(task, config, goes_on);
  if (!interior.ok()) return prefixed(kSandbox, interior.error());
  if (const Status made = make_sandbox(paths, *owner); !made.ok()) return prefixed(kSandbox, made.error());

  Confinement confinement;
  if (config.confiner) confinement = TRY(config.confiner->confine(task, order.gpus));
  const bool has_own_sandbox = config.sandbox.empty();
  if (config.confiner && has_own_sandbox)
    confinement.disk_max_bytes = config.confiner->limit_disk(task, paths.sandbox);
  if (*interior) confinement.has_private_tmp = true;
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
                  std::move(confinement),
                  std::nullopt,
                  order.gpus,
                  config.confiner ? config.confiner->gpu_variables(order.gpus) : std::vector<std::string>()};
  if (*interior) {
    Result<Container> container = config.containers->prepare((*interior)->needs, (*interior)->image, plan, paths);
    if (!container.ok()) return prefixed(kSandbox, container.error());
    plan.container = std::move(*container);
  }
  core::HostTaskSummary summary = summary_of(task);
  summary.gpus = order.gpus;
  Status written = write_plan(paths.plan, plan, bound->task_json, summary);
  // For a scheduler whose store is older than this task, and that is told to adopt it.
  if (written.ok()) written = os::rename_file(paths.preparing, paths.launched);
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

TaskPreparer::Prepared prepare_runner(uint64_t key, const TaskPreparer::Order& order,
                                      const PosixRunnerConfig& config, const std::function<bool()>& goes_on) {
  TaskPaths paths = config.work.paths_of(order.task.id);
  if (!config.sandbox.empty()) paths.sandbox = config.sandbox;
  const Result<RunnerPlan> plan = prepare(order, paths, config, goes_on);
  if (!plan.ok()) return {key, plan.error(), {}, std::nullopt};
  return {key, open_checkpoint(paths), plan->traits(), std::nullopt};
}

}  // namespace

TaskPreparer::TaskPreparer(const PosixRunnerConfig& config, Images images, size_t waiting_max,
                           std::function<void()> ready)
    : config_(config), images_(images), waiting_max_(waiting_max), ready_(std::move(ready)), thread_([this] { run(); }) {}

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
  return wanted_.size() < waiting_max_;
}

void TaskPreparer::cancel(uint64_t key) {
  const std::lock_guard lock(mutex_);
  const bool is_here = key == current_ || std::ranges::find(wanted_, key, &Wanted::key) != wanted_.end();
  if (is_here) cancelled_.insert(key);
}

bool TaskPreparer::is_stopping() const {
  const std::lock_guard lock(mutex_);
  return stopping_;
}

bool TaskPreparer::is_cancelled(uint64_t key) const {
  const std::lock_guard lock(mutex_);
  return stopping_ || cancelled_.contains(key);
}

void TaskPreparer::submit(uint64_t key, Order order) {
  {
    const std::lock_guard lock(mutex_);
    wanted_.push_back({key, std::move(order)});
  }
  changed_.notify_one();
}

std::vector<TaskPreparer::Prepared> TaskPreparer::take() {
  const std::lock_guard lock(mutex_);
  return std::exchange(prepared_, {});
}

TaskPreparer::Prepared TaskPreparer::prepare(const Wanted& wanted) const {
  if (is_cancelled(wanted.key))
    return {wanted.key, Error{ErrorCode::Internal, "Task was killed before it was prepared."}, {}, std::nullopt};
  if (const std::optional<TakenPort> taken = find_taken_port(wanted.order.task))
    return {wanted.key, in_use(*taken), {}, taken->port};
  if (images_ == Images::AreHere) {
    if (const Status kept = keep_order(wanted.order.task, config_.work.paths_of(wanted.order.task.id)); !kept.ok())
      return {wanted.key, kept.error(), {}, std::nullopt};
    if (config_.containers && config_.containers->waits_for_image(wanted.order.task))
      return {wanted.key, Error{}, {}, std::nullopt, wanted.order};
  }
  Prepared prepared =
      prepare_runner(wanted.key, wanted.order, config_, [&] { return !is_cancelled(wanted.key); });
  const TaskPaths paths = config_.work.paths_of(wanted.order.task.id);
  const bool has_failed = !prepared.checkpoint.ok() && !os::exists(paths.checkpoint) && !is_stopping();
  if (has_failed) static_cast<void>(os::delete_tree(paths.folder, [] { return true; }));
  return prepared;
}

void TaskPreparer::run() {
  for (;;) {
    std::unique_lock lock(mutex_);
    changed_.wait(lock, [&] { return stopping_ || !wanted_.empty(); });
    if (stopping_) return;
    const Wanted wanted = std::move(wanted_.front());
    wanted_.pop_front();
    current_ = wanted.key;
    lock.unlock();
    Prepared prepared = prepare(wanted);
    lock.lock();
    current_ = 0;
    cancelled_.erase(wanted.key);
    prepared_.push_back(std::move(prepared));
    lock.unlock();
    ready_();
  }
}

}  // namespace aurora::executor
