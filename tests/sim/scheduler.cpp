#include "sim/scheduler.h"

#include <algorithm>
#include <utility>

#include "aurora/codec/json.h"

namespace aurora::sim {

using namespace core;

namespace {

// Short times, so that a few simulated minutes hold many lives of a task.
scheduler::EngineConfig engine_config() {
  scheduler::EngineConfig config;
  config.scheduler_host = "scheduler";
  config.settings.cluster_id = kClusterId;
  config.settings.limits.allow_gpu_resource = true;
  config.listen_for = seconds(10);
  config.settings.host_timeout = seconds(50);  // two lost reports: each is told again after 20
  config.settings.preemption = {
      .delay = seconds(5), .initial_delay = seconds(10), .reservation = seconds(20)};
  TaskTiming& timing = config.settings.timing;
  timing.flapping_task_threshold = seconds(20);
  timing.initial_flapping_task_delay = seconds(2);
  timing.max_flapping_task_delay = seconds(10);
  timing.transient_task_state_timeout = seconds(60);
  timing.initial_task_kill_retry_interval = seconds(3);
  timing.max_schedule_penalty = seconds(10);
  timing.history_max_per_job_threshold = 5;
  timing.history_min_retention_threshold = seconds(30);
  config.settings.cron.zones = simulated_zones();
  config.settings.cron.start_max_backoff = seconds(20);
  JobLimits& limits = config.settings.limits;
  limits.sla_instances_min = kSlaInstancesMin;
  limits.sla_aware_kill_non_prod = true;
  SlaTiming& sla = config.settings.sla;
  sla.host_maintenance_polling_interval = kMaintenancePoll;
  sla.sla_aware_kill_retry_min_delay = seconds(3);
  sla.sla_aware_kill_retry_max_delay = seconds(10);
  sla.sla_coordinator_timeout = kCoordinatorTimeout;
  sla.max_parallel_coordinated_maintenance = 2;
  return config;
}

OfferOrder any_order(World& world) {
  switch (world.rng.below(4)) {
    case 0:
      return {.keys = {OfferKey::Cpu, OfferKey::Memory}, .spread_over = ""};
    case 1:
      return {.keys = {}, .spread_over = "rack"};
    default:
      return {};
  }
}

UpdateAffinity any_affinity(World& world) {
  return {.is_enabled = world.rng.below(2) == 0, .hold = kHostsKeptFor};
}

// Less than the hosts have room for, so that placement has to wait when they do not answer.
constexpr api::HostQueueLimits kOrderLimits = {.launches_max = 12, .relaunches = 4};

}  // namespace

Scheduler::Scheduler(World& world, Deliver deliver)
    : world_(world),
      deliver_(std::move(deliver)),
      clock_(world),
      offer_order_(any_order(world)),
      update_affinity_(any_affinity(world)),
      cron_(world, engine_config().settings.cron) {}

void Scheduler::make_log() {
  log_ = std::make_unique<RoundLog>(
      world_, *store_,
      RoundLog::Process{.is_paused = [this] { return is_paused(); },
                        .on_durable = [this](const std::vector<Change>& changes) { note_durable(changes); },
                        .on_failed = [this] { failed_commit_ = true; },
                        .on_synced = [this] { step_at(world_.now()); }});
  log_->tells_early = early != Early::None;
}

void Scheduler::start() {
  if (engine_) return;
  world_.note("scheduler starts");
  store_ = std::make_unique<test::MemoryStore>(disk_);
  orders_ = std::make_unique<api::HostQueues>(kOrderLimits);
  make_log();
  scheduler::EngineConfig config = engine_config();
  config.settings.offer_order = offer_order_;
  config.settings.update_affinity = update_affinity_;
  config.on_commit_failure = [this](const Error&) { failed_commit_ = true; };
  if (!record_to.empty()) {
    recorder_ = std::make_unique<scheduler::Recorder>(scheduler::RecorderConfig{.folder = record_to}, counters_);
    config.recorder = recorder_.get();
  }
  time_ = std::make_unique<SlewedClock>(clock_);
  Clock& engine_time = pauses_count ? *time_ : time_->attendant();
  engine_ = std::make_unique<scheduler::Engine>(config, *store_, *log_, engine_time, Rng(world_.rng.next()),
                                                *this, counters_);
  if (const Status started = engine_->start(); !started.ok()) {
    return world_.fail("the scheduler does not start: " + started.error().message);
  }
  durable_ = load_durable();
  cron_.begin(*durable_, time_->now());
  if (crash_) compare_with(*std::exchange(crash_, std::nullopt));
  ++rounds_;
  step_at(world_.now());
}

std::unique_ptr<Cluster> Scheduler::load_durable() {
  auto cluster = std::make_unique<Cluster>(engine_config().settings.overhead);
  const Status loaded = store_->load([&](const Change& change) { cluster->apply(change); });
  AURORA_CHECK(loaded.ok());
  return cluster;
}

void Scheduler::refuse_second_answer(const Change& change) {
  const auto* answered = std::get_if<RequestAnswered>(&change);
  if (answered != nullptr && durable_->find_answered_request(answered->request.key) != nullptr)
    world_.fail("a request was done twice: " + answered->request.message);
}

void Scheduler::note_ended(const Change& change) {
  const auto* added = std::get_if<UpdateEventAdded>(&change);
  if (added != nullptr && is_terminal(added->event.status)) ended_updates_.insert(added->key);
}

void Scheduler::note_durable(const std::vector<Change>& changes) {
  just_deleted_.clear();
  for (const Change& change : changes) {
    if (const auto* deleted = std::get_if<TaskDeleted>(&change)) just_deleted_.insert(deleted->task_id);
    if (const auto* deleted = std::get_if<TombstoneDeleted>(&change)) just_deleted_.insert(deleted->task_id);
    note_ended(change);
    refuse_second_answer(change);
    if (auto broken = promises_.find_broken(*durable_, change)) world_.fail(*broken);
    durable_->apply(change);
  }
  deleted_.insert(just_deleted_.begin(), just_deleted_.end());
  cron_.note(changes);
}

namespace {

std::string find_difference(const std::string& kind, const std::map<std::string, std::string>& before,
                            const std::map<std::string, std::string>& after) {
  for (const auto& [name, record] : before) {
    const auto found = after.find(name);
    if (found == after.end()) return kind + " " + name + " was committed and is gone after a restart";
    if (found->second == record) continue;
    return kind + " " + name + " was committed as " + record + " and is " + found->second +
           " after a restart";
  }
  for (const auto& [name, record] : after) {
    if (!before.contains(name)) return kind + " " + name + " is there only since a restart";
  }
  return "";
}

}  // namespace

Scheduler::Snapshot Scheduler::take_snapshot(const Cluster& cluster) {
  Snapshot snapshot;
  for (const Task* task : cluster.list_tasks({}))
    snapshot.tasks[task->id.value()] = codec::encode_json(*task);
  for (const Host* host : cluster.list_hosts()) snapshot.hosts[host->id.value()] = codec::encode_json(*host);
  for (const JobUpdate* update : cluster.list_updates()) {
    snapshot.updates[to_string(update->key)] = codec::encode_json(*update);
  }
  for (const CronJob* job : cluster.list_cron_jobs()) {
    snapshot.cron_jobs[to_string(job->job.key)] =
        codec::encode_json(*job) + codec::encode_json(*cluster.find_cron_progress(job->job.key));
  }
  return snapshot;
}

// Exactly what was durable is there, or also all of the sync that was on its way: nobody was told of that
// one.
void Scheduler::compare_with(Crash crash) {
  const Snapshot found = take_snapshot(*durable_);
  const auto differs = [&] {
    const Snapshot before = take_snapshot(*crash.durable);
    std::string difference = find_difference("task", before.tasks, found.tasks);
    if (difference.empty()) difference = find_difference("update", before.updates, found.updates);
    if (difference.empty()) difference = find_difference("host", before.hosts, found.hosts);
    return difference.empty() ? find_difference("cron job", before.cron_jobs, found.cron_jobs) : difference;
  };
  const std::string difference = differs();
  if (difference.empty()) return;
  for (const Change& change : crash.unsure) {
    if (const auto* deleted = std::get_if<TaskDeleted>(&change)) deleted_.insert(deleted->task_id);
    note_ended(change);
    crash.durable->apply(change);
  }
  if (!differs().empty()) world_.fail(difference);
}

void Scheduler::crash() {
  if (engine_) die();
}

void Scheduler::roll_back() {
  if (!engine_ || !copied_bytes_) return;
  crash();
  world_.note("the store is replaced by an older copy");
  crash_.reset();
  deleted_.clear();
  ended_updates_.clear();
  cron_.forget();
  disk_.truncate(*copied_bytes_);
  copied_bytes_.reset();
  on_rolled_back();
}

void Scheduler::die() {
  world_.note("scheduler is killed");
  crash_ = {std::move(durable_), log_->unsure()};
  if (log_->in_flight() > 1) rounds_lost_ += log_->in_flight();
  reads_lost_ += std::exchange(reads_held_, 0);
  if (!failed_commit_ && !crash_->unsure.empty() &&
      world_.chance(0.5)) {  // written, and on its way to the disk
    crash_in_next_commit();
    static_cast<void>(store_->commit(crash_->unsure));
  }
  promises_.forget_questions();
  engine_.reset();
  recorder_.reset();
  orders_.reset();
  log_.reset();
  store_.reset();
  disk_.before_sync = nullptr;
  paused_until_ = {};
  if (!pauses_.empty()) pauses_.back().second = std::min(pauses_.back().second, world_.now());
  waiting_.clear();
  failed_commit_ = false;
  if (world_.chance(0.5)) disk_.lose_power(world_.rng);
  world_.after(world_.between(milliseconds(500), seconds(15)), [this] { start(); });
}

void Scheduler::crash_in_next_commit() {
  if (!engine_) return;
  disk_.before_sync = [] { return Error{ErrorCode::Internal, "the machine stops"}; };
}

void Scheduler::pause(Duration time) {
  if (!engine_) return;
  world_.note("scheduler stands still for " + std::to_string(time.ms) + " ms");
  const Instant end = std::max(paused_until_, world_.now() + time);
  pauses_.emplace_back(std::max(paused_until_, world_.now()), end);
  paused_until_ = end;
  world_.after(time, [this] { wake(); });
}

Duration Scheduler::paused_since(Instant since) const {
  Duration time;
  for (const auto& [begin, end] : pauses_) {
    const Duration common = std::min(end, world_.now()) - std::max(begin, since);
    if (common > Duration{}) time = time + common;
  }
  return time;
}

void Scheduler::stall_disk(Duration time) {
  if (!engine_) return;
  world_.note("the scheduler's disk hangs for " + std::to_string(time.ms) + " ms");
  log_->stall(time);
}

// The engine may look at its clock before it hears of anybody who has waited.
void Scheduler::wake() {
  if (!engine_ || is_paused()) return;
  world_.note("scheduler goes on");
  log_->wake();
  step();
  send_orders();
  for (Waiting& waiting : std::exchange(waiting_, {})) {
    submit(std::move(waiting.command), std::move(waiting.done), std::move(waiting.mark));
  }
}

void Scheduler::submit(Command command, scheduler::Engine::Done done, std::optional<RequestMark> mark) {
  if (!engine_) return;
  Waiting waiting{std::move(command), std::move(done), std::move(mark)};
  if (!is_paused()) return accept(std::move(waiting));
  if (world_.chance(0.5)) waiting_.push_back(std::move(waiting));
}

void Scheduler::accept(Waiting waiting) {
  auto& [command, done, mark] = waiting;
  if (forgets_marks) mark.reset();
  if (const auto* report = std::get_if<ReportTasks>(&command); kills_unknown && report) kill_unknown(*report);
  if (done && early != Early::None && early != Early::Answer) {
    done = [this, done = std::move(done)](Result<Answer> answer) {
      log_->after_durable([done, answer = std::move(answer)] { done(answer); });
    };
  }
  engine_->submit_async(std::move(command), std::move(done), std::move(mark));
  step_at(world_.now() + world_.between(Duration{}, milliseconds(3)));  // others may join the round
}

void Scheduler::silence_hosts(Duration time) {
  world_.note("no host answers orders for " + std::to_string(time.ms) + " ms");
  silent_until_ = std::max(silent_until_, world_.now() + time);
}

void Scheduler::hear_hosts() { silent_until_ = {}; }

void Scheduler::post(std::vector<Effect> effects) {
  for (Effect& effect : effects) {
    if (early == Early::None || early == Early::Effect) {
      leave(std::move(effect));
    } else {
      log_->after_durable([this, effect = std::move(effect)] { leave(effect); });
    }
  }
}

void Scheduler::leave(Effect effect) {
  if (const auto* question = std::get_if<AskCoordinator>(&effect)) return ask(*question);
  if (early != Early::Effect) refuse_wrong_kill(effect);
  const auto* kill = std::get_if<KillTask>(&effect);
  if (kills_only_once && kill != nullptr && !kills_sent_.insert(kill->task_id).second) return;
  orders_->push(std::move(effect), world_.monotonic());
  if (orders_->launches() > kOrderLimits.launches_max) world_.fail("more launches wait than there may be");
  send_orders();
}

// Coordinators answer soon, late, or never; what they say reaches the scheduler that asked, or the next one.
void Scheduler::ask(const AskCoordinator& question) {
  const std::string url = question.url.text();
  if (auto broken = promises_.note_question(url, world_.now())) world_.fail(*broken);
  if (world_.chance(0.1)) return;
  world_.after(world_.between(milliseconds(1), seconds(12)), [this, question, url] {
    const bool allowed = world_.chance(0.6);
    world_.note("coordinator " + url + (allowed ? " allows " : " refuses ") + question.task_id.value());
    promises_.note_answer(url, question.task_id, allowed);
    submit(CoordinatorAnswer{url, question.task_id, question.since, allowed, allowed ? "" : "says no"}, nullptr);
  });
}

// What is sent may be lost, late or repeated by the network; nobody waits for that.
void Scheduler::send_orders() {
  if (!engine_ || is_paused()) return;
  const Duration now = world_.monotonic();
  const bool is_heard = world_.now() >= silent_until_;
  while (auto batch = orders_->take(now)) {
    if (is_heard) std::ranges::for_each(batch->effects, [this](const Effect& effect) { send(effect); });
    orders_->finish(std::move(*batch), is_heard ? api::Delivery::Done : api::Delivery::Retry, now);
  }
  const auto due = orders_->next_due();
  if (!due) return;
  world_.after(std::max(*due - now, milliseconds(1)), [this, orders = ++awaited_orders_] {
    if (orders == awaited_orders_) send_orders();
  });
}

// A launch tells of its task what is durable, and nothing else.
void Scheduler::send(const Effect& effect) {
  if (const auto* kill = std::get_if<KillTask>(&effect)) {
    return deliver_(kill->host, KillRequested{{kill->task_id}});
  }
  const auto& launch = std::get<LaunchTask>(effect);
  const auto found = engine_->look([&](const Cluster& cluster) {
    const Task* task = find_launched(cluster, launch);
    return task == nullptr ? std::nullopt : std::optional(*task);
  });
  if (!found.value) return;
  const Task* durable = durable_->find_task(launch.task_id);
  if (early == Early::None && (durable == nullptr || !(*durable == *found.value))) {
    world_.fail("a launch tells of " + launch.task_id.value() + " what is not durable");
  }
  deliver_(launch.host, LaunchRequested{{*found.value}});
}

// The digest that is expected, if only the ids are.
void Scheduler::leave_out_statuses(ReportTasks& report, const std::set<TaskId>& ids) {
  if (!engine_ || !report.digest || report.complete || !report.tasks.empty()) return;
  const auto expected = engine_->look([&](const Cluster& cluster) {
    std::set<TaskId> told;
    for (const Task* task : cluster.list_host_tasks(report.host_id)) {
      if (find_told_status(*task)) told.insert(task->id);
    }
    return told == ids ? cluster.expected_tasks(report.host_id).told : *report.digest;
  });
  report.digest = expected.value;
}

void Scheduler::kill_unknown(const ReportTasks& report) {
  for (const TaskReport& task : report.tasks) {
    if (durable_->find_task(task.task_id) == nullptr && is_active(task.status))
      post({KillTask{report.host_id, task.task_id}});
  }
}

// Effects leave before the next round is durable: nobody may lose a task that the scheduler wants to run
// there, or of which it knows nothing. A round may decide a kill and then forget the task.
void Scheduler::refuse_wrong_kill(const Effect& effect) {
  const auto* kill = std::get_if<KillTask>(&effect);
  if (kill == nullptr) return;
  const Task* task = durable_->find_task(kill->task_id);
  const bool is_known = task != nullptr || durable_->find_tombstone(kill->task_id) != nullptr;
  if (!is_known && !just_deleted_.contains(kill->task_id)) {
    world_.fail("a kill is sent for " + kill->task_id.value() + ", which the scheduler does not know");
  }
  const bool is_wanted = task != nullptr && task->host == kill->host &&
                         (task->status == TaskStatus::Assigned || task->status == TaskStatus::Starting ||
                          task->status == TaskStatus::Running);
  if (is_wanted) world_.fail("a kill is sent for " + kill->task_id.value() + ", which is to run");
}

void Scheduler::step_at(Instant when) {
  const uint64_t step = ++awaited_step_;
  world_.after(when - world_.now(), [this, step] {
    if (step == awaited_step_) this->step();
  });
}

void Scheduler::step() {
  if (!engine_ || is_paused()) return;
  if (failed_commit_) return die();
  while (engine_->run_round()) {
    ++rounds_;
    in_flight_max_ = std::max(in_flight_max_, log_->in_flight());
  }
  if (const auto next = engine_->next_timer()) {  // looks at its clock as often as Engine::run()
    step_at(world_.now() + std::clamp(*next - time_->now(), milliseconds(1), seconds(1)));
  }
}

}  // namespace aurora::sim
