#include "sim/workload.h"

#include <algorithm>
#include <iterator>

#include "support/builders.h"

namespace aurora::sim {

using namespace core;

namespace {

constexpr const char* kHealths[] = {"well", "well", "sick", "never"};
constexpr const char* kManners[] = {"polite", "deaf"};
constexpr const char* kBehaviours[] = {"run", "run", "run", "finish", "fail", "stubborn"};

// Grows with every move of a task: what a partition folds away of its events is counted elsewhere.
size_t moves_of(const Task& task) {
  return task.events.size() + 2 * static_cast<size_t>(task.times_partitioned);
}

UpdateSettings random_settings(World& world) {
  UpdateSettings settings;
  settings.update_group_size = static_cast<int32_t>(1 + world.rng.below(3));
  settings.max_failed_instances = static_cast<int32_t>(world.rng.below(2));
  settings.max_per_instance_failures = static_cast<int32_t>(world.rng.below(2));
  settings.min_wait_in_instance_running_ms = static_cast<int32_t>(world.between(Duration{}, seconds(8)).ms);
  settings.rollback_on_failure = !world.chance(0.2);
  settings.wait_for_batch_completion = world.chance(0.3);
  if (world.chance(0.2)) settings.block_if_no_pulses_after_ms = 10'000;
  const int32_t size = settings.update_group_size;
  switch (world.rng.below(5)) {
    case 0:
      settings.update_strategy = QueueStrategy{size};
      break;
    case 1:
      settings.update_strategy = BatchStrategy{size, world.chance(0.3)};
      break;
    case 2:
      settings.update_strategy = VariableBatchStrategy{{1, size}, world.chance(0.3)};
      break;
    default:
      break;
  }
  return settings;
}

}  // namespace

void Workload::run() {
  if (!running_) return;
  request();
  world_.after(world_.between(milliseconds(1), seconds(6)), [this] { run(); });
}

void Workload::read() {
  if (!running_) return;
  const auto look = [](const Cluster& cluster) {
    std::map<TaskId, Read> tasks;
    for (const Task* task : cluster.list_tasks({})) tasks[task->id] = {task->status, moves_of(*task)};
    return tasks;
  };
  scheduler_.read(look, [this](const std::map<TaskId, Read>& tasks) { read_ = tasks; });
  if (!jobs_.empty()) {
    read_job(std::next(jobs_.begin(), static_cast<std::ptrdiff_t>(world_.rng.below(jobs_.size())))->first);
  }
  world_.after(world_.between(milliseconds(1), seconds(2)), [this] { read(); });
}

void Workload::read_job(const JobKey& key) {
  const auto look = [key](const Cluster& cluster) {
    std::map<TaskId, Read> tasks;
    for (const Task* task : cluster.list_job_tasks(key)) tasks[task->id] = {task->status, moves_of(*task)};
    return tasks;
  };
  scheduler_.read_job(key, look, [this](const std::map<TaskId, Read>& tasks) {
    for (const auto& [id, read] : tasks) read_[id] = read;
  });
}

void Workload::request() {
  if (cron_jobs_.size() < 2 || world_.chance(0.15)) return work_on_cron();
  if (jobs_.empty() || (jobs_.size() < 8 && world_.chance(0.35))) return create();
  auto& [key, job] = *std::next(jobs_.begin(), static_cast<std::ptrdiff_t>(world_.rng.below(jobs_.size())));
  switch (world_.rng.below(16)) {
    case 0:
      return kill(key, job);
    case 12:
      return set_quota();
    case 13:
      return send<Reconcile>("reconcile", {world_.chance(0.5) ? Reconcile::Kind::Explicit : Reconcile::Kind::Implicit},
                             [](const Message&) {});
    case 1:
      return restart(key);
    case 2:
      return add(key, job);
    case 3:
    case 4:
    case 5:
      return update(key, job);
    case 6:
    case 7:
    case 8:
      if (job.updates.empty()) return;
      return control(
          *std::next(job.updates.begin(), static_cast<std::ptrdiff_t>(world_.rng.below(job.updates.size()))),
          EnumNames<UpdateControl>::values[world_.rng.below(4)].value);
    case 9:
    case 10:
    case 11:
      return maintain();
    default:
      return create();
  }
}

void Workload::work_on_cron() {
  const JobKey key = test::a_key("www/prod/cron" + std::to_string(world_.rng.below(4)));
  CronJob& job = cron_jobs_[key];
  if (!job.exists && world_.chance(0.8)) return schedule_cron(key);
  switch (world_.rng.below(8)) {
    case 0:
      job.exists = false;
      ++job.version;
      return send<DescheduleCronJob>("deschedule " + key.name, {key}, [](const Message&) {});
    case 1:
    case 2:
      return send_repeatably<StartCronJob>("start " + key.name, {key, "user"}, [](const Message&) {});
    case 3:
      return send<KillTasks>("kill " + key.name, {key, some_instances(), "", "user"}, [](const Message&) {});
    default:
      return schedule_cron(key);
  }
}

void Workload::schedule_cron(const JobKey& key) {
  constexpr const char* kSchedules[] = {"* * * * *", "*/2 * * * *", "1-59/2 * * * *;0 0 1 1 *", "* 0-22 * * *"};
  TaskConfig config = make_config(key.name);
  config.is_service = false;
  // Those that end slowly would be ending always, each minute anew.
  config.metadata = {{"behaviour", world_.chance(0.5) ? "finish" : "run"}, {"version", std::to_string(world_.rng.below(1000))}};
  JobConfiguration job = test::a_job_of(config, static_cast<int32_t>(1 + world_.rng.below(3)));
  job.cron_schedule = kSchedules[world_.rng.below(std::size(kSchedules))];
  if (world_.chance(0.4)) job.cron_time_zone = "Shifting";
  if (world_.chance(0.4)) job.cron_collision_policy = CronCollisionPolicy::CancelNew;
  if (world_.chance(0.2)) {
    return send<ReplaceCronTemplate>("replace " + key.name, {job, "user"}, [](const Message&) {});
  }
  send<ScheduleCronJob>("schedule " + key.name, {job, "user"}, [this, key, version = cron_jobs_[key].version](const Message&) {
    if (cron_jobs_[key].version == version) cron_jobs_[key].exists = true;
  });
}

void Workload::expect_nothing() {
  ++stores_lost_;
  read_.clear();
  for (auto& [key, job] : cron_jobs_) job = {false, job.version + 1};
  for (auto& [key, job] : jobs_) {
    const uint64_t version = job.version + 1;
    job = {};
    job.version = version;
  }
}

template <typename C>
void Workload::send(const std::string& what, C command,
                    std::function<void(const typename C::Answer&)> acknowledged) {
  world_.note("client: " + what);
  scheduler_.submit(std::move(command), [this, what, acknowledged](const Result<Answer>& answer) {
    if (!answer.ok()) return world_.note("client: " + what + ": " + answer.error().message);
    acknowledged(std::get<typename C::Answer>(*answer));
  });
}

template <typename C>
void Workload::send_repeatably(const std::string& what, C command, std::function<void(const Message&)> acknowledged,
                               std::function<void()> sending) {
  sending();
  if (world_.chance(0.5)) return send<C>(what, std::move(command), std::move(acknowledged));
  world_.note("client: " + what);
  const RequestMark mark{world_.rng.uuid(), what};
  const auto said = std::make_shared<std::optional<std::string>>();  // to the first that was acknowledged
  const auto hear = [this, what, mark, said, acknowledged, lost = stores_lost_](const Result<Answer>& answer) {
    if (lost != stores_lost_) return;
    if (!answer.ok()) {
      if (*said && answer.error().code != ErrorCode::Unavailable)
        world_.fail(what + " was acknowledged and refused when it was sent again: " + answer.error().message);
      return world_.note("client: " + what + ": " + answer.error().message);
    }
    const auto& message = std::get<Message>(*answer);
    if (scheduler_.is_up() && scheduler_.durable().find_answered_request(mark.key) == nullptr)
      world_.fail("the acknowledged " + what + " could be done again");
    if (*said && **said != message.text) world_.fail(what + " was answered differently when it was sent again");
    if (!std::exchange(*said, message.text)) acknowledged(message);
  };
  scheduler_.submit(command, hear, mark);
  world_.after(world_.between(milliseconds(1), seconds(20)), [this, what, command, hear, mark, said, sending] {
    if (!*said) sending();  // it may be done only now
    world_.note("client: again: " + what);
    scheduler_.submit(command, hear, mark);
  });
}

TaskConfig Workload::make_config(const std::string& name) {
  TaskConfig config = test::a_config("www/prod/" + name);
  config.is_service = world_.chance(0.6);
  config.max_task_failures = static_cast<int32_t>(world_.rng.below(4)) - 1;
  config.resources.cpus = 0.25 * static_cast<double>(1 + world_.rng.below(8));
  config.resources.ram_mb = static_cast<int64_t>(64 * (1 + world_.rng.below(16)));
  if (world_.chance(0.15)) config.resources.gpus = static_cast<int64_t>(1 + world_.rng.below(2));
  if (world_.chance(0.15)) config.tier = "revocable";
  else if (world_.chance(0.3)) config.tier = "preferred";
  if (world_.chance(0.4)) config.resources.ports = {"http"};
  if (world_.chance(0.2))
    config.constraints = {{"host", LimitConstraint{static_cast<int32_t>(1 + world_.rng.below(3))}}};
  if (world_.chance(0.1)) config.constraints.push_back({"rack", ValueConstraint{world_.chance(0.5), {"r0"}}});
  if (world_.chance(0.2)) config.partition_policy = PartitionPolicy{world_.chance(0.8), 5};
  config.metadata = {{"behaviour", kBehaviours[world_.rng.below(std::size(kBehaviours))]},
                     {"version", std::to_string(world_.rng.below(1000))}};
  if (world_.chance(0.3)) config.metadata.push_back({"health", kHealths[world_.rng.below(std::size(kHealths))]});
  if (world_.chance(0.4)) config.sla_policy = some_policy();
  if (world_.chance(0.3)) config.metadata.push_back({"manners", kManners[world_.rng.below(std::size(kManners))]});
  return config;
}

SlaPolicy Workload::some_policy() {
  const int64_t secs = world_.between(Duration{}, seconds(8)).ms / 1000;
  if (world_.chance(0.25)) return CoordinatorSlaPolicy{world_.chance(0.5) ? "http://c0" : "http://c1", "drain"};
  if (world_.chance(0.5)) return CountSlaPolicy{static_cast<int64_t>(1 + world_.rng.below(3)), secs};
  return PercentageSlaPolicy{static_cast<double>(20 * (1 + world_.rng.below(4))), secs};
}

std::set<HostId> Workload::some_hosts() {
  std::set<HostId> hosts;
  for (const Host* host : scheduler_.durable().list_hosts()) {
    if (world_.chance(0.4)) hosts.insert(host->id);
  }
  return hosts;
}

// Hosts that are given back are more than those that are taken, or nothing would run.
void Workload::maintain() {
  if (!scheduler_.is_up()) return;
  const std::set<HostId> hosts = some_hosts();
  const auto ignore = [](const HostModes&) {};
  switch (world_.rng.below(5)) {
    case 0:
      return send<StartMaintenance>("schedule maintenance", {hosts, "user"}, ignore);
    case 1:
      return send<DrainHosts>("drain", {hosts, std::nullopt, "user"}, ignore);
    case 2: {
      const DrainHosts::Terms terms{some_policy(), world_.between(Duration{}, kDrainTimeoutMax).ms / 1000};
      return send<DrainHosts>("drain with a policy", {hosts, terms, "user"}, ignore);
    }
    default:
      return send<EndMaintenance>("activate", {hosts, "user"}, ignore);
  }
}

void Workload::finish_maintenance() {
  if (maintenance_over_) return;
  if (scheduler_.is_up()) {
    std::set<HostId> hosts;
    for (const Host* host : scheduler_.durable().list_hosts()) hosts.insert(host->id);
    if (hosts.empty()) return void(maintenance_over_ = true);
    send<EndMaintenance>("activate all", {hosts, "user"}, [this](const HostModes&) { maintenance_over_ = true; });
  }
  world_.after(seconds(4), [this] { finish_maintenance(); });
}

std::set<int32_t> Workload::some_instances() {
  std::set<int32_t> instances;
  for (uint64_t n = world_.rng.below(3); n > 0; --n)
    instances.insert(static_cast<int32_t>(world_.rng.below(4)));
  return instances;
}

void Workload::create() {
  const std::string name = "job" + std::to_string(world_.rng.below(8));
  const TaskConfig config = make_config(name);
  const auto count = static_cast<int32_t>(1 + world_.rng.below(4));
  send_repeatably<CreateJob>("create " + name, {test::a_job_of(config, count), "user"},
                  [this, key = config.job, version = jobs_[config.job].version, count](const Message&) {
                    if (jobs_[key].version != version) return;
                    jobs_[key].exists = true;
                    expect_instances(key, version);
                    const auto found = static_cast<int32_t>(jobs_[key].instances.size());
                    if (found != 0 && found < count)
                      world_.fail("only part of " + to_string(key) + " is created");
                  });
}

// Answers leave before the next round is durable: what is active now is what the request has led to.
void Workload::expect_instances(const JobKey& key, uint64_t version) {
  if (jobs_[key].version != version || !scheduler_.is_up()) return;
  std::set<int32_t>& instances = jobs_[key].instances;
  instances.clear();
  for (const Task* task : scheduler_.durable().list_active(key)) {
    if (!task->config->is_service || task->config->partition_policy) return instances.clear();
    if (task->status != TaskStatus::Killing) instances.insert(task->instance_id);
  }
}

// As above: what is being killed or restarted now was meant, by this request or by another.
std::vector<TaskId> Workload::list_active(const JobKey& key, TaskStatus status) {
  std::vector<TaskId> ids;
  for (const Task* task : scheduler_.durable().list_active(key)) {
    if (task->status == status) ids.push_back(task->id);
  }
  return ids;
}

void Workload::kill(const JobKey& key, Job& job) {
  const auto acknowledged = [this, key](const Message& message) {
    if (message.count == 0) return;
    const auto killing = list_active(key, TaskStatus::Killing);
    jobs_[key].killed.insert(killing.begin(), killing.end());
  };
  send_repeatably<KillTasks>("kill " + key.name, {key, some_instances(), "", "user"}, acknowledged,
                             [&job] { job.expect_nothing(); });
}

void Workload::restart(const JobKey& key) {
  std::set<int32_t> instances = some_instances();
  if (instances.empty()) instances = {0};
  send_repeatably<RestartTasks>("restart " + key.name, {key, instances, "user"}, [this, key](const Message&) {
    const auto restarting = list_active(key, TaskStatus::Restarting);
    jobs_[key].restarted.insert(restarting.begin(), restarting.end());
  });
}

void Workload::add(const JobKey& key, const Job& job) {
  send_repeatably<AddInstances>("add to " + key.name, {{key, 0}, 1, "user"},
                                [this, key, version = job.version](const Message&) { expect_instances(key, version); });
}

void Workload::update(const JobKey& key, Job& job) {
  if (job.updates.size() >= 9) return;  // older ones are pruned
  job.expect_nothing();
  JobUpdateRequest request;
  request.task_config = make_config(key.name);
  request.task_config.is_service = true;
  request.instance_count = static_cast<int32_t>(1 + world_.rng.below(5));
  request.settings = random_settings(world_);
  request.settings.sla_aware = request.task_config.sla_policy && world_.chance(0.5);
  if (world_.chance(0.2)) request.settings.update_only_these_instances = to_ranges(some_instances());
  send<StartUpdate>("update " + key.name, {request, "", "user"},
                    [this, key](const StartUpdate::Answer& answer) {
                      if (!answer.key) return;
                      jobs_[key].updates.insert(*answer.key);
                      jobs_[key].open_updates.insert(*answer.key);
                    });
}

void Workload::control(const UpdateKey& key, UpdateControl control) {
  const std::string what = std::string(enum_name(control)) + " update of " + key.job.name;
  send<ControlUpdate>(what, {key, control, "", "user"}, [this, key, control](Unit) {
    if (control == UpdateControl::Abort) jobs_[key.job].aborted.insert(key);
  });
}

void Workload::set_quota() {
  ResourceTotals amount;
  amount.cpus = 0.5 * static_cast<double>(world_.rng.below(40));
  amount.ram_mb = static_cast<int64_t>(256 * world_.rng.below(64));
  amount.disk_mb = static_cast<int64_t>(64 * world_.rng.below(64));
  send<SetQuota>("set quota", {{"www", amount}, "user"}, [](const Message&) {});
}

void Workload::finish_updates() {
  if (scheduler_.is_up()) {
    std::vector<std::pair<UpdateKey, UpdateStatus>> updates;
    for (const JobUpdate* update : scheduler_.durable().list_active_updates())
      updates.emplace_back(update->key, status_of(*update));
    for (const auto& [key, status] : updates) {
      if (status == UpdateStatus::RollForwardPaused || status == UpdateStatus::RollBackPaused) {
        control(key, UpdateControl::Resume);
      }
      send<PulseUpdate>("pulse " + key.job.name, {key}, [](const PulseUpdate::Answer&) {});
    }
  }
  world_.after(seconds(4), [this] { finish_updates(); });
}

std::optional<std::string> Workload::find_undone(const Cluster& cluster) const {
  for (const auto& [id, told] : read_) {
    const Task* task = cluster.find_task(id);
    if (task == nullptr ? scheduler_.was_deleted(id) : moves_of(*task) >= told.moves) continue;
    return "a reader was told that " + id.value() + " is " + std::string(enum_name(told.status)) +
           ", and it is " + (task == nullptr ? "unknown" : std::string(enum_name(task->status)));
  }
  return std::nullopt;
}

std::optional<std::string> Workload::find_forgotten(const Cluster& cluster) {
  if (auto undone = find_undone(cluster)) return undone;
  for (auto& [key, job] : jobs_) {
    if (auto forgotten = find_forgotten(cluster, key, job)) return forgotten;
  }
  for (const auto& [key, job] : cron_jobs_) {
    if (job.exists && cluster.find_cron_job(key) == nullptr)
      return "the acknowledged cron job " + to_string(key) + " is gone";
  }
  return std::nullopt;
}

std::optional<std::string> Workload::find_forgotten_update(const Cluster& cluster, Job& job) {
  for (auto open = job.open_updates.begin(); open != job.open_updates.end();) {
    const JobUpdate* update = cluster.find_update(*open);
    const bool is_over = update == nullptr && scheduler_.has_ended(*open);  // and its job's last task is gone
    if (update == nullptr && !is_over) return "the acknowledged update " + to_string(*open) + " is gone";
    open = is_over || is_terminal(status_of(*update)) ? job.open_updates.erase(open) : std::next(open);
  }
  for (const UpdateKey& key : job.aborted) {
    const JobUpdate* update = cluster.find_update(key);
    if (update != nullptr && !is_terminal(status_of(*update))) {
      return "the aborted update " + to_string(key) + " is " + std::string(enum_name(status_of(*update)));
    }
  }
  return std::nullopt;
}

std::optional<std::string> Workload::find_forgotten(const Cluster& cluster, const JobKey& key, Job& job) {
  if (auto forgotten = find_forgotten_update(cluster, job)) return forgotten;
  for (const TaskId& id : job.killed) {
    const Task* task = cluster.find_task(id);
    if (task != nullptr && is_killable(task->status)) {
      return "the acknowledged kill of " + id.value() + " is forgotten: it is " +
             std::string(enum_name(task->status));
    }
  }
  for (const TaskId& id : job.restarted) {
    const Task* task = cluster.find_task(id);
    if (task != nullptr && is_killable(task->status) && task->status != TaskStatus::Restarting) {
      return "the acknowledged restart of " + id.value() + " is forgotten: it is " +
             std::string(enum_name(task->status));
    }
  }
  if (job.exists && cluster.list_job_tasks(key).empty())
    return "the acknowledged job " + to_string(key) + " is gone";
  for (const int32_t instance : job.instances) {
    if (cluster.find_active({key, instance}) == nullptr) {
      return "instance " + std::to_string(instance) + " of the service " + to_string(key) + " is gone";
    }
  }
  return std::nullopt;
}

}  // namespace aurora::sim
