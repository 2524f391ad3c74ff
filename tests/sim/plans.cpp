#include "sim/plans.h"

#include <algorithm>

#include "aurora/codec/json_fields.h"
#include "support/builders.h"

namespace aurora::sim {

using namespace core;

namespace {

constexpr int kPlansMade = 4;
constexpr Duration kStep = seconds(2);
constexpr Duration kStill = seconds(24);  // longer than anything that waits in it
constexpr Duration kPatience = minutes(6);

std::string job_name(uint64_t number) { return (number == 0 ? "ads/prod/plan" : "www/prod/plan") + std::to_string(number); }

const TaskConfig& config_of(const PlannedCommand& command) {
  if (const auto* update = std::get_if<StartUpdate>(&command)) return update->request.task_config;
  return std::get<CreateJob>(command).job.task_config;
}

std::set<int32_t> waiting_in(const Plan& plan) {
  std::set<int32_t> waiting;
  for (const PlanStep& step : plan.steps) {
    for (const PlannedWait& wait : step.waiting) waiting.merge(to_set(wait.instances));
  }
  return waiting;
}

std::vector<int32_t> order_in(const Plan& plan) {
  std::vector<int32_t> order;
  for (const PlanStep& step : plan.steps) {
    for (const auto* part : {&step.add, &step.change, &step.remove}) {
      for (const int32_t id : to_set(*part)) order.push_back(id);
    }
  }
  return order;
}

std::string text_of(const std::set<int32_t>& ids) {
  std::string text;
  for (const int32_t id : ids) text += (text.empty() ? "" : ",") + std::to_string(id);
  return text.empty() ? "none" : text;
}

size_t count_victims(const Plan& plan) {
  size_t victims = 0;
  for (const PlanStep& step : plan.steps) victims += step.victims.size();
  return victims;
}

// Instances of before and after take each other's places: which ones wait in the end is a matter of moments.
bool preempts_itself(const Plan& plan) {
  return std::ranges::any_of(plan.steps, [&](const PlanStep& step) {
    return std::ranges::any_of(step.victims, [&](const PlannedVictim& victim) { return victim.job == plan.job; });
  });
}

}  // namespace

void Plans::fail(const std::string& what) { world_.fail("planned: " + planned_ + ": " + what); }

Result<Answer> Plans::submit(Command command) {
  const auto answer = std::make_shared<std::optional<Result<Answer>>>();
  scheduler_.submit(std::move(command), [answer](Result<Answer> said) { *answer = std::move(said); });
  for (int i = 0; i < 30 && !*answer && !world_.violation(); ++i) let_pass_(seconds(1));
  if (*answer) return **answer;
  return Error{ErrorCode::Unavailable, "no answer"};
}

Plans::TaskStates Plans::list_active() {
  return scheduler_.engine().look([](const Cluster& cluster) {
    TaskStates states;
    for (const Task* task : cluster.list_tasks({})) {
      if (is_active(task->status)) states[task->id] = {task->job(), task->status};
    }
    return states;
  }).value;
}

bool Plans::clear() {
  const auto look = [](const Cluster& cluster) {
    std::vector<Command> commands;
    for (const CronJob* job : cluster.list_cron_jobs()) commands.emplace_back(DescheduleCronJob{job->job.key});
    for (const JobUpdate* update : cluster.list_active_updates())
      commands.emplace_back(ControlUpdate{update->key, UpdateControl::Abort, "", "user"});
    for (const JobKey& job : cluster.list_jobs()) commands.emplace_back(KillTasks{job, {}, "", "user"});
    return commands;
  };
  for (Command& command : scheduler_.engine().look(look).value) static_cast<void>(submit(std::move(command)));
  const Instant end = world_.now() + kPatience;
  while (!world_.violation() && world_.now() < end && !list_active().empty()) let_pass_(seconds(5));
  return list_active().empty();
}

TaskConfig Plans::some_config(const std::string& job) {
  TaskConfig config = test::a_service(job);
  config.resources.cpus = 0.25 * static_cast<double>(1 + world_.rng.below(12));
  config.resources.ram_mb = static_cast<int64_t>(64 * (1 + world_.rng.below(8)));
  if (world_.chance(0.4)) config.tier = "preferred";
  if (config.tier == "preferred" && world_.chance(0.5)) config.production = true;
  if (world_.chance(0.3)) config.resources.ports = {"http"};
  if (world_.chance(0.2)) config.constraints = {{"host", LimitConstraint{static_cast<int32_t>(1 + world_.rng.below(3))}}};
  if (world_.chance(0.1)) config.constraints = {{"rack", ValueConstraint{world_.chance(0.5), {"r0"}}}};
  config.metadata = {{"behaviour", "stay"}, {"version", std::to_string(world_.rng.below(1000))}};  // no process ends by itself
  return config;
}

bool Plans::make_jobs() {
  static_cast<void>(submit(SetQuota{{"www", {.cpus = 1'000, .ram_mb = 1'000'000, .disk_mb = 1'000'000}}, "user"}));
  static_cast<void>(submit(SetQuota{{"ads", {.cpus = 4, .ram_mb = 1'000, .disk_mb = 1'000}}, "user"}));
  for (uint64_t number = 0; number < 3; ++number) {
    const TaskConfig config = some_config(job_name(number));
    static_cast<void>(submit(CreateJob{test::a_job_of(config, static_cast<int32_t>(1 + world_.rng.below(5))), "user"}));
  }
  return let_settle({});
}

PlannedCommand Plans::some_command() {
  const std::string job = job_name(world_.rng.below(5));
  const auto count = static_cast<int32_t>(1 + world_.rng.below(6));
  const bool exists = !scheduler_.durable().list_active(test::a_key(job)).empty();
  if (!exists && world_.chance(0.5)) return CreateJob{test::a_job_of(some_config(job), count), "user"};
  StartUpdate command;
  command.request.task_config = some_config(job);
  if (exists && world_.chance(0.3)) command.request.task_config = *scheduler_.durable().find_config(test::a_key(job));
  command.request.instance_count = count;
  UpdateSettings& settings = command.request.settings;
  settings.min_wait_in_instance_running_ms = static_cast<int32_t>(world_.between(Duration{}, seconds(4)).ms);
  settings.update_group_size = static_cast<int32_t>(1 + world_.rng.below(3));
  settings.wait_for_batch_completion = world_.chance(0.5);
  if (world_.chance(0.2)) settings.update_strategy = BatchStrategy{settings.update_group_size, true};
  if (world_.chance(0.15)) settings.block_if_no_pulses_after_ms = 10'000;
  command.user = "user";
  return command;
}

std::optional<Plan> Plans::plan(const PlannedCommand& command) {
  const SchedulerSettings& settings = scheduler_.engine().settings();
  const auto config = validate(config_of(command), 1, settings.limits);
  if (!config.ok()) return std::nullopt;
  std::optional<Plan> made;
  for (const auto extent : {PlanCopy::Extent::JobAndHosts, PlanCopy::Extent::WithVictims}) {
    PlanCopy copy(TaskConfigRef(*config), settings, extent);
    while (scheduler_.engine().look([&](const Cluster& cluster) { return copy.look(cluster); }).value) {
    }
    auto plan = make_plan(copy, command, scheduler_.now(), settings);
    if (!plan.ok()) return std::nullopt;
    made = std::move(plan).value();
    if (!wants_victims(*made, settings)) break;
  }
  return made;
}

std::optional<Answer> Plans::start(const PlannedCommand& command, const Plan& plan) {
  Command demanding = std::visit(
      [&](auto one) {
        one.unchanged_since = plan.state;
        return Command(std::move(one));
      },
      command);
  Result<Answer> answer = submit(std::move(demanding));
  if (answer.ok()) {
    if (plan.end == PlanEnd::Refused) fail("it was to be refused for want of quota and began");
    return std::move(answer).value();
  }
  const bool is_planned = plan.end == PlanEnd::Refused && answer.error().code == ErrorCode::ResourceExhausted;
  if (!is_planned) fail("the start was refused: " + answer.error().message);
  return std::nullopt;
}

void Plans::keep_moving(const JobKey& job) {
  const auto look = [&](const Cluster& cluster) -> std::optional<Command> {
    const JobUpdate* update = cluster.find_active_update(job);
    if (update == nullptr) return std::nullopt;
    const UpdateStatus status = status_of(*update);
    if (update->instructions.settings.block_if_no_pulses_after_ms > 0) return PulseUpdate{update->key};
    if (status == UpdateStatus::RollForwardPaused) return ControlUpdate{update->key, UpdateControl::Resume, "", "user"};
    return std::nullopt;
  };
  if (auto command = scheduler_.engine().look(look).value) static_cast<void>(submit(std::move(*command)));
}

// Until nothing has moved for a while.
bool Plans::let_settle(const JobKey& job) {
  const Instant end = world_.now() + kPatience;
  TaskStates last = list_active();
  for (Instant still_since = world_.now(); world_.now() - still_since < kStill; let_pass_(kStep)) {
    if (world_.violation() || world_.now() >= end || !scheduler_.is_up()) return false;
    if (!job.name.empty()) keep_moving(job);
    TaskStates now = list_active();
    if (now == last) continue;
    last = std::move(now);
    still_since = world_.now();
  }
  return true;
}

void Plans::compare_order(const Plan& plan, const JobUpdate& update) {
  std::vector<int32_t> begun;
  for (const InstanceUpdateEvent& event : update.instance_events) {
    if (event.action == InstanceAction::Updating && !event.message) begun.push_back(event.instance_id);
  }
  const std::vector<int32_t> planned = order_in(plan);
  if (begun == planned) return;
  const auto listed = [](const std::vector<int32_t>& ids) {
    std::string text;
    for (const int32_t id : ids) text += " " + std::to_string(id);
    return text;
  };
  fail("instances were to be begun in the order" + listed(planned) + " and were in the order" + listed(begun));
}

void Plans::compare(const Plan& plan, const std::optional<UpdateKey>& key, const TaskStates& before, Instant begun) {
  struct Seen {
    std::optional<JobUpdate> update;
    std::set<int32_t> pending;
    size_t running = 0;
    std::set<TaskId> gone;  // tasks of other jobs that were active before
    std::set<TaskId> failed;  // since then: a host could not make a sandbox
  };
  const std::vector<int32_t> order = order_in(plan);
  const std::set<int32_t> touched(order.begin(), order.end());
  const Seen seen = scheduler_.engine().look([&](const Cluster& cluster) {
    Seen made;
    const JobUpdate* update = key ? cluster.find_update(*key) : nullptr;
    if (update != nullptr) made.update = *update;
    for (const Task* task : cluster.list_active(plan.job)) {
      if (task->status == TaskStatus::Pending && touched.contains(task->instance_id)) made.pending.insert(task->instance_id);
      if (task->status == TaskStatus::Running && task->config == plan.config) ++made.running;
    }
    TaskQuery ended;
    ended.statuses = {TaskStatus::Failed, TaskStatus::Lost, TaskStatus::Throttled};
    for (const Task* task : cluster.list_tasks(ended)) {
      if (task->events.back().timestamp >= begun) made.failed.insert(task->id);
    }
    for (const auto& [id, state] : before) {
      const Task* task = cluster.find_task(id);
      if (state.first != plan.job && (task == nullptr || task->status != state.second)) made.gone.insert(id);
    }
    return made;
  }).value;
  const size_t victims = count_victims(plan);
  if (!seen.failed.empty()) return world_.note("it came otherwise: " + seen.failed.begin()->value() + " failed");
  ++compared_;
  victims_ += victims;
  if (victims == 0 && !seen.gone.empty()) return fail("it preempted " + seen.gone.begin()->value() + ", which was not planned");
  if (victims > 0 && seen.gone.empty()) return fail("it was to preempt " + std::to_string(victims) + " tasks and did not");
  const std::set<int32_t> waiting = waiting_in(plan);
  const size_t more = std::max(waiting.size(), seen.pending.size()) - std::min(waiting.size(), seen.pending.size());
  // Who has to go is drawn, and whether it comes back first is a matter of moments: what fits behind it depends on that.
  if (more > 0 && more <= victims) return world_.note("it came otherwise: others had to go");
  if (more > 0)
    return fail("instances " + text_of(waiting) + " were to wait, and " + text_of(seen.pending) + " do");
  if (!waiting.empty()) ++waiting_;
  if (!key) return;
  if (!seen.update) return fail("its update is gone");
  const bool is_done = status_of(*seen.update) == UpdateStatus::RolledForward;
  if (is_done != (plan.end == PlanEnd::Done))
    return fail("its update is " + std::string(enum_name(status_of(*seen.update))));
  if (is_done && last_modified(*seen.update) - created_at(*seen.update) < plan.watch)
    return fail("it took less than the watch times, " + std::to_string(plan.watch.ms) + " ms");
  compare_order(plan, *seen.update);
}

void Plans::compare_one() {
  const PlannedCommand command = some_command();
  const TaskStates before = list_active();
  const Instant begun = scheduler_.now();
  const std::optional<Plan> made = plan(command);
  if (!made || !scheduler_.is_up()) return;
  planned_ = to_string(made->job) + " " + std::string(enum_name(made->outcome)) + ", " + std::string(enum_name(made->end)) +
             ", waits for hosts: " + text_of(waiting_in(*made)) + ", victims: " + std::to_string(count_victims(*made));
  std::string steps;
  codec::json::Write{steps}(made->steps);
  world_.note("plan: " + planned_ + ": " + steps);
  const std::optional<Answer> answer = start(command, *made);
  if (!answer || world_.violation()) return;
  std::optional<UpdateKey> update;
  if (const auto* started = std::get_if<StartUpdate::Answer>(&*answer)) {
    update = started->key;
    if (update.has_value() != (made->outcome != PlanOutcome::Nothing)) return fail("there was to be nothing to do, or was not");
    if (!update) return;
  }
  // Tasks that wait already may take what becomes free, or have others go: then it comes as it comes.
  const bool is_alone =
      std::ranges::all_of(before, [](const auto& task) { return task.second.second == TaskStatus::Running; });
  const bool is_settled = let_settle(made->job);
  if (is_alone && is_settled && !preempts_itself(*made) && !world_.violation()) compare(*made, update, before, begun);
  if (update) static_cast<void>(submit(ControlUpdate{*update, UpdateControl::Abort, "", "user"}));
}

void Plans::run() {
  if (!scheduler_.is_up() || !clear() || !make_jobs()) return;
  for (int i = 0; i < kPlansMade && !world_.violation() && scheduler_.is_up(); ++i) compare_one();
}

}  // namespace aurora::sim
