#include "scheduler/offline_cluster.h"

#include <algorithm>

namespace aurora::scheduler {

using namespace core;

namespace {

constexpr char kSession[] = "offline";
constexpr Duration kDeedTakes = seconds(1);
// Of the time after which a silent host is given up: hosts report so often.
constexpr int64_t kBeatsPart = 4;
constexpr int64_t kBeatsOf = 5;
constexpr TaskStatus kMoving[] = {TaskStatus::Throttled,  TaskStatus::Assigned,   TaskStatus::Starting, TaskStatus::Killing,
                                  TaskStatus::Restarting, TaskStatus::Preempting, TaskStatus::Draining};

bool is_move(const Change& change) {
  return std::holds_alternative<TaskSaved>(change) || std::holds_alternative<TaskMoved>(change) ||
         std::holds_alternative<HostSaved>(change) || std::holds_alternative<UpdateSaved>(change) ||
         std::holds_alternative<UpdateEventAdded>(change) || std::holds_alternative<InstanceEventAdded>(change);
}

// For how long a policy wants instances to have been up.
Duration watched_for(const SlaPolicy& policy) {
  if (const auto* percentage = std::get_if<PercentageSlaPolicy>(&policy)) return seconds(percentage->duration_secs);
  if (const auto* count = std::get_if<CountSlaPolicy>(&policy)) return seconds(count->duration_secs);
  return {};
}

}  // namespace

class OfflineCluster::State final : public store::Store {
 public:
  explicit State(std::vector<Change> changes) : changes_(std::move(changes)) {}
  Status commit(const std::vector<Change>&) override { return Unit{}; }
  Status load(const Take& take) override {
    for (Change& change : std::exchange(changes_, {})) take(std::move(change));
    return Unit{};
  }

 private:
  std::vector<Change> changes_;
};

// What was appended is durable at once: no crash comes here.
class OfflineCluster::Log final : public RoundLog {
 public:
  explicit Log(OfflineCluster& cluster) : cluster_(cluster) {}
  void append(RoundNumber, std::vector<Change> changes, Done done) override {
    for (const Change& change : changes) {
      cluster_.note_move(change);
      cluster_.on_change(change);
    }
    done(Unit{});
  }

 private:
  OfflineCluster& cluster_;
};

OfflineCluster::OfflineCluster(std::vector<Change> state, OfflineSetup setup)
    : setup_(std::move(setup)),
      clock_(setup_.at),
      store_(std::make_unique<State>(std::move(state))),
      log_(std::make_unique<Log>(*this)),
      last_move_(setup_.at) {
  EngineConfig config;
  config.scheduler_host = "offline";
  config.settings = setup_.settings;
  config.queue_max = 1'000'000;
  config.recorder = setup_.recorder;
  engine_ = std::make_unique<Engine>(std::move(config), *store_, *log_, clock_, Rng(setup_.seed), *this, counters_);
}

OfflineCluster::~OfflineCluster() = default;

Status OfflineCluster::start() {
  TRY(engine_->start());
  look([this](const Cluster& cluster) {
    for (const core::Host* host : cluster.list_hosts()) hosts_[host->id].record = *host;
    return Unit{};
  });
  for (auto& [id, host] : hosts_) {
    host.is_lost = setup_.silent.contains(id);
    if (!host.is_lost) list_all(host);
  }
  next_beat_ = now() + Duration{setup_.settings.host_timeout.ms * kBeatsPart / kBeatsOf};
  expect_ends();
  run_rounds();
  return Unit{};
}

void OfflineCluster::add_host(core::Host host) {
  const HostId id = host.id;
  Host& added = hosts_[id];
  added.record = std::move(host);
  list_all(added);
  run_rounds();
}

void OfflineCluster::lose_host(const HostId& host) {
  const auto found = hosts_.find(host);
  if (found == hosts_.end() || found->second.is_lost) return;
  found->second.is_lost = true;
  unheard_.insert(host);
}

Result<Answer> OfflineCluster::submit_command(Command command) {
  Result<Answer> result = Error{ErrorCode::Internal, "the engine gave no answer"};
  engine_->submit_async(std::move(command), [&](Result<Answer> answer) { result = std::move(answer); });
  run_rounds();
  return result;
}

// Effects leave while a round ends: what hosts do about them comes later.
void OfflineCluster::post(std::vector<Effect> effects) {
  for (const Effect& effect : effects) {
    if (const auto* question = std::get_if<AskCoordinator>(&effect)) {
      coordinators_.insert(question->url.text());
      said_.push_back({question->url.text(), question->task_id, question->since, true, ""});
    } else if (const auto* launch = std::get_if<LaunchTask>(&effect)) {
      note_launch(*launch);
    } else {
      const auto& kill = std::get<KillTask>(effect);
      TaskReport ended{.task_id = kill.task_id, .status = TaskStatus::Killed, .message = {}, .at = now() + kDeedTakes};
      deeds_[ended.at][kill.host].push_back(ended);
    }
  }
}

void OfflineCluster::note_launch(const LaunchTask& launch) {
  const Instant at = now() + kDeedTakes;
  deeds_[at][launch.host].push_back({.task_id = launch.task_id, .status = TaskStatus::Running, .message = {}, .at = at});
  const auto lasts = look([&](const Cluster& cluster) {
    const Task* task = cluster.find_task(launch.task_id);
    return task == nullptr ? std::nullopt : task_lasts(*task);
  });
  if (!lasts) return;
  const Instant end = at + std::max(*lasts, kDeedTakes);
  deeds_[end][launch.host].push_back({.task_id = launch.task_id, .status = TaskStatus::Finished, .message = {}, .at = end});
}

// Of tasks that ran before the clock began.
void OfflineCluster::expect_ends() {
  look([this](const Cluster& cluster) {
    TaskQuery running;
    running.statuses = {TaskStatus::Running};
    for (const Task* task : cluster.list_tasks(running)) {
      const auto lasts = task_lasts(*task);
      if (!lasts) continue;
      const Instant end = std::max(task->events.back().timestamp + *lasts, now() + kDeedTakes);
      deeds_[end][task->host].push_back({.task_id = task->id, .status = TaskStatus::Finished, .message = {}, .at = end});
    }
    return Unit{};
  });
}

void OfflineCluster::run_rounds() {
  do {
    while (engine_->run_round()) ++rounds_;
    for (CoordinatorAnswer& answer : std::exchange(said_, {})) engine_->submit_async(std::move(answer), nullptr);
    for (const HostId& host : std::exchange(wants_list_, {})) list_all(hosts_.at(host));
  } while (engine_->queue_length() > 0);
}

// To the next moment at which anything happens; false: there is none until `end`, and it is `end` now.
bool OfflineCluster::step(Instant end) {
  run_rounds();
  Instant next = next_beat_;
  if (const auto timer = engine_->next_timer()) next = std::min(next, *timer);
  if (!deeds_.empty()) next = std::min(next, deeds_.begin()->first);
  if (next > end) {
    clock_.set(std::max(now(), end));
    return false;
  }
  clock_.set(std::max(now(), next));
  do_deeds();
  if (now() >= next_beat_) beat();
  run_rounds();
  return true;
}

void OfflineCluster::do_deeds() {
  while (!deeds_.empty() && deeds_.begin()->first <= now()) {
    auto due = deeds_.extract(deeds_.begin());
    for (auto& [id, reports] : due.mapped()) {
      Host& host = hosts_.at(id);
      if (host.is_lost) continue;
      send({.host_id = id, .session = kSession, .sequence = ++host.sequence, .host = {}, .tasks = std::move(reports)});
    }
  }
}

void OfflineCluster::beat() {
  next_beat_ = now() + Duration{setup_.settings.host_timeout.ms * kBeatsPart / kBeatsOf};
  for (auto& [id, host] : hosts_) {
    if (host.is_lost) continue;
    ReportTasks report{.host_id = id, .session = kSession, .sequence = ++host.sequence, .host = {}, .tasks = {}};
    report.digest = look([&](const Cluster& cluster) { return cluster.expected_tasks(id).told; });
    send(std::move(report));
  }
}

// All that it has, which is all that the tables gave it.
void OfflineCluster::list_all(Host& host) {
  ReportTasks report{.host_id = host.record.id, .session = kSession, .sequence = ++host.sequence, .host = host.record,
                     .complete = true, .tasks = {}};
  look([&](const Cluster& cluster) {
    for (const Task* task : cluster.list_host_tasks(host.record.id)) {
      if (task->status == TaskStatus::Assigned) continue;  // has not arrived: it is launched again
      const auto told = find_told_status(*task);
      const bool runs = !told || task->status == TaskStatus::Partitioned;
      report.tasks.push_back({.task_id = task->id, .status = runs ? TaskStatus::Running : *told, .message = {},
                              .at = task->events.back().timestamp});
    }
    return Unit{};
  });
  send(std::move(report));
}

void OfflineCluster::send(ReportTasks report) {
  const HostId id = report.host_id;
  const bool has_digest = report.digest.has_value();
  engine_->submit_async(std::move(report), [this, id, has_digest](const Result<Answer>& answer) {
    if (!answer.ok()) return;  // of a host whose record no scheduler would take: it offers nothing
    const auto& said = std::get<ReportTasks::Answer>(*answer);
    if (said.needs_registration || (has_digest && !said.agrees)) wants_list_.insert(id);
  });
}

void OfflineCluster::run_until(Instant end) {
  while (step(end)) {
  }
}

void OfflineCluster::note_move(const Change& change) {
  if (is_move(change)) last_move_ = now();
}

// How long nothing may have moved before nothing will.
Duration OfflineCluster::quiet_time(const Cluster& cluster) const {
  const SchedulerSettings& settings = setup_.settings;
  const bool is_pending = cluster.task_count(TaskStatus::Pending) > 0;
  Duration time;
  if (is_pending || cluster.task_count(TaskStatus::Partitioned) > 0) {
    time = settings.preemption.delay + settings.preemption.reservation + settings.timing.max_schedule_penalty * 2;
  }
  const auto wait_for = [&](Duration least) { time = std::max(time, least); };
  TaskQuery partitioned;
  partitioned.statuses = {TaskStatus::Partitioned};
  for (const Task* task : cluster.list_tasks(partitioned)) {
    const auto& policy = task->config->partition_policy;
    if (policy && policy->reschedule) wait_for(seconds(policy->delay_secs) + kDeedTakes);
  }
  for (const JobUpdate* update : cluster.list_active_updates()) {
    const UpdateSettings& wanted = update->instructions.settings;
    wait_for(Duration{wanted.min_wait_in_instance_running_ms} + settings.sla.sla_aware_kill_retry_max_delay);
  }
  for (const core::Host* host : cluster.list_hosts()) {
    if (host->mode != MaintenanceMode::Draining) continue;
    wait_for(settings.sla.host_maintenance_polling_interval * 2);
    for (const Task* task : cluster.list_host_tasks(host->id)) {
      const SlaPolicy* policy = task->config->sla_policy ? &*task->config->sla_policy : host->drain ? &host->drain->policy : nullptr;
      if (policy != nullptr) wait_for(watched_for(*policy) + settings.sla.host_maintenance_polling_interval * 2);
    }
  }
  return time;
}

std::string OfflineCluster::movement() const {
  if (!unheard_.empty() && look([this](const Cluster& cluster) {
        return std::ranges::any_of(unheard_, [&](const HostId& host) { return cluster.is_connected(host); });
      })) {
    return "hosts that were lost have not been given up";
  }
  return look([this](const Cluster& cluster) -> std::string {
    for (const TaskStatus status : kMoving) {
      const size_t count = cluster.task_count(status);
      if (count > 0) return std::to_string(count) + " tasks are " + std::string(enum_name(status));
    }
    if (now() - last_move_ < quiet_time(cluster)) return "what waits was moved a moment ago";
    const auto waits = [&](const CronJob* job) {
      const CronProgress* progress = cluster.find_cron_progress(job->job.key);
      return progress != nullptr && progress->wait;
    };
    return std::ranges::any_of(cluster.list_cron_jobs(), waits) ? "a run of a cron job waits for the end of the one before it" : "";
  });
}

bool OfflineCluster::settle(Duration most) {
  const Instant end = now() + most;
  run_rounds();
  while (!movement().empty()) {
    if (!step(end)) return movement().empty();
  }
  return true;
}

}  // namespace aurora::scheduler
