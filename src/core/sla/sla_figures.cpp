#include "aurora/core/sla/sla_figures.h"

#include <algorithm>
#include <cmath>
#include <span>

#include "aurora/core/job/slot_size.h"

namespace aurora::core {
namespace {

struct Percent {
  double value = 0;
  const char* name;
};
constexpr Percent kPercents[] = {{50, "job_uptime_50.00_sec"},
                                 {75, "job_uptime_75.00_sec"},
                                 {90, "job_uptime_90.00_sec"},
                                 {95, "job_uptime_95.00_sec"},
                                 {99, "job_uptime_99.00_sec"}};

struct Median {
  TaskStatus status;
  const char* name;
};
constexpr Median kMedianNames[] = {
    {TaskStatus::Assigned, "mtta_ms"}, {TaskStatus::Starting, "mtts_ms"}, {TaskStatus::Running, "mttr_ms"}};

enum class Platform { Removed, Down, Up };

// What an event makes of an instance, as the platform sees it.
Platform after(Platform before, TaskStatus event) {
  using enum TaskStatus;
  switch (event) {
    case Lost:
    case Draining:
    case Preempting:
      return Platform::Down;
    case Running:
    case Partitioned:
      return Platform::Up;
    case Throttled:
    case Finished:
    case Restarting:
    case Failed:
    case Killing:
      return Platform::Removed;
    case Pending:
    case Assigned:
    case Starting:
      return before == Platform::Down ? before : Platform::Removed;
    case Killed:
      return before == Platform::Up ? Platform::Down : before;
    case Init:
    case Deleted:
      return before;
  }
  return before;
}

// `events` are in order.
PlatformUptime uptime_of(const std::vector<StatusAt>& events, const SlaWindow& window) {
  PlatformUptime uptime;
  Platform state = Platform::Removed;
  Instant since = window.from;
  const auto pass = [&](Instant until) {  // `state` holds since `since`
    const int64_t ms = std::max<int64_t>(0, (std::min(until, window.to) - since).ms);
    if (state != Platform::Removed) uptime.counted_ms += ms;
    if (state == Platform::Up) uptime.up_ms += ms;
    since = std::clamp(until, since, std::max(since, window.to));
  };
  for (const StatusAt& event : events) {
    pass(event.at);
    state = after(state, event.status);
  }
  pass(window.to);
  return uptime;
}

bool is_live(TaskStatus status) {
  return is_assigned(status) && status != TaskStatus::Assigned && status != TaskStatus::Starting;
}

Instant begin_of(const SlaTask& task) { return task.events.empty() ? Instant{} : task.events.front().at; }

// Of an instance: all that happened, in order.
std::vector<StatusAt> merge_events(std::span<const SlaTask* const> tasks) {
  std::vector<StatusAt> events;
  for (const SlaTask* task : tasks) events.insert(events.end(), task->events.begin(), task->events.end());
  std::ranges::stable_sort(events, {}, &StatusAt::at);
  return events;
}

std::optional<int64_t> wait_ms(const SlaTask& task, TaskStatus status, const SlaWindow& window) {
  std::optional<Instant> pending;
  for (const StatusAt& event : task.events) {
    if (event.status == TaskStatus::Pending) {
      pending = event.at;
    } else if (event.status == status && event.at >= window.from && event.at < window.to) {
      if (!pending) return std::nullopt;
      return (event.at - *pending).ms;
    }
  }
  return std::nullopt;
}

std::vector<int64_t> running_ms(const std::vector<SlaTask>& tasks, Instant now) {
  std::vector<int64_t> uptimes;
  for (const SlaTask& task : tasks) {
    if (task.status == TaskStatus::Running && !task.events.empty())
      uptimes.push_back((now - task.events.back().at).ms);
  }
  return uptimes;
}

}  // namespace

SlaTask sla_task_of(const Task& task) {
  const Resources& asked = task.config->resources;
  SlaTask copy{.instance_id = task.instance_id,
               .status = task.status,
               .is_production = task.config->production,
               .cpus = asked.cpus,
               .ram_mb = asked.ram_mb,
               .disk_mb = asked.disk_mb,
               .events = {}};
  copy.events.reserve(task.events.size());
  for (const TaskEvent& event : task.events) copy.events.push_back({event.timestamp, event.status});
  return copy;
}

double percentile(std::vector<int64_t> values, double percent) {
  if (values.empty()) return 0;
  std::ranges::sort(values);
  const double place = std::clamp(percent, 0.0, 100.0) / 100 * static_cast<double>(values.size() - 1);
  const auto below = static_cast<size_t>(std::floor(place));
  const size_t above = std::min(below + 1, values.size() - 1);
  const double part = place - static_cast<double>(below);
  return static_cast<double>(values[below]) + part * static_cast<double>(values[above] - values[below]);
}

double job_uptime_secs(const std::vector<SlaTask>& tasks, double percent, Instant now) {
  return percentile(running_ms(tasks, now), 100 - percent) / 1000;
}

PlatformUptime& PlatformUptime::operator+=(const PlatformUptime& more) {
  up_ms += more.up_ms;
  counted_ms += more.counted_ms;
  return *this;
}

double PlatformUptime::percent() const {
  return counted_ms == 0 ? 100 : 100 * static_cast<double>(up_ms) / static_cast<double>(counted_ms);
}

PlatformUptime platform_uptime(const std::vector<SlaTask>& tasks, const SlaWindow& window) {
  std::vector<const SlaTask*> by_instance;
  by_instance.reserve(tasks.size());
  for (const SlaTask& task : tasks) by_instance.push_back(&task);
  std::ranges::stable_sort(by_instance, {}, [](const SlaTask* task) { return begin_of(*task); });
  std::ranges::stable_sort(by_instance, {}, &SlaTask::instance_id);
  PlatformUptime sum;
  for (auto first = by_instance.begin(); first != by_instance.end();) {
    const auto last = std::find_if(
        first, by_instance.end(), [&](const SlaTask* task) { return task->instance_id != (*first)->instance_id; });
    sum += uptime_of(merge_events({first, last}), window);
    first = last;
  }
  return sum;
}

std::vector<int64_t> list_waits_ms(const std::vector<SlaTask>& tasks, TaskStatus status, const SlaWindow& window) {
  std::vector<int64_t> waits;
  for (const SlaTask& task : tasks) {
    if (!is_active(task.status)) continue;
    if (const auto wait = wait_ms(task, status, window)) waits.push_back(*wait);
  }
  return waits;
}

std::vector<int64_t> list_uptimes_secs(const std::vector<SlaTask>& tasks, Instant now) {
  std::vector<int64_t> uptimes;
  for (const SlaTask& task : tasks) {
    const auto running = std::ranges::find(task.events, TaskStatus::Running, &StatusAt::status);
    if (is_live(task.status) && running != task.events.end()) uptimes.push_back((now - running->at).ms / 1000);
  }
  std::ranges::sort(uptimes);
  return uptimes;
}

SlaFigures::SlaFigures(const SlaSettings& settings, const SlaWindow& window)
    : window_(window), prod_{.categories = settings.prod}, non_prod_{.categories = settings.non_prod, .suffix = "_nonprod"} {}

void SlaFigures::add(const JobKey& job, const std::vector<SlaTask>& tasks) {
  std::vector<SlaTask> prod;
  std::vector<SlaTask> non_prod;
  for (const SlaTask& task : tasks) (task.is_production ? prod : non_prod).push_back(task);
  add(prod_, job, prod);
  add(non_prod_, job, non_prod);
}

void SlaFigures::add(Side& side, const JobKey& job, const std::vector<SlaTask>& tasks) {
  if (tasks.empty() || side.categories.empty()) return;
  const bool has_own = side.jobs < kSlaJobsMax;
  ++(has_own ? side.jobs : left_out_);
  const std::string group = has_own ? "sla_" + to_string(job) + "_" : "";
  if (side.categories.contains(SlaCategory::PlatformUptime)) {
    const PlatformUptime uptime = platform_uptime(tasks, window_);
    side.uptime += uptime;
    if (has_own) of_jobs_[group + "platform_uptime_percent" + side.suffix] = uptime.percent();
  }
  if (has_own && side.categories.contains(SlaCategory::JobUptimes)) {
    for (const Percent& percent : kPercents)
      of_jobs_[group + percent.name + side.suffix] = job_uptime_secs(tasks, percent.value, window_.to);
  }
  if (side.categories.contains(SlaCategory::Medians)) add_waits(side, group, tasks);
}

// `job_group` is empty for a job without figures of its own.
void SlaFigures::add_waits(Side& side, const std::string& job_group, const std::vector<SlaTask>& tasks) {
  Waits of_job;
  for (const SlaTask& task : tasks) {
    if (!is_active(task.status)) continue;
    const std::string groups[] = {"sla_cluster_", "sla_cpu_" + std::string(size_of_cpus(task.cpus)) + "_",
                                  "sla_ram_" + std::string(size_of_ram(task.ram_mb)) + "_",
                                  "sla_disk_" + std::string(size_of_disk(task.disk_mb)) + "_"};
    std::array<std::optional<int64_t>, kMedians> of_task;
    for (size_t median = 0; median < kMedians; ++median)
      of_task[median] = wait_ms(task, kMedianNames[median].status, window_);
    const auto note = [&](Waits& waits) {
      for (size_t median = 0; median < kMedians; ++median) {
        if (of_task[median]) waits.ms[median].push_back(*of_task[median]);
      }
    };
    for (const std::string& group : groups) note(side.waits[group]);
    note(of_job);
  }
  if (!job_group.empty()) put_waits(job_group, of_job, side.suffix, of_jobs_);
}

void SlaFigures::put_waits(const std::string& group, const Waits& waits, const std::string& suffix,
                           Figures& figures) const {
  for (size_t median = 0; median < kMedians; ++median)
    figures[group + kMedianNames[median].name + suffix] = percentile(waits.ms[median], 50);
}

Figures SlaFigures::figures() const {
  Figures figures = of_jobs_;
  for (const Side* side : {&prod_, &non_prod_}) {
    if (side->categories.contains(SlaCategory::PlatformUptime))
      figures["sla_cluster_platform_uptime_percent" + side->suffix] = side->uptime.percent();
    if (!side->categories.contains(SlaCategory::Medians)) continue;
    put_waits("sla_cluster_", {}, side->suffix, figures);  // there also while there is no task
    for (const auto& [group, waits] : side->waits) put_waits(group, waits, side->suffix, figures);
  }
  if (!prod_.categories.empty() || !non_prod_.categories.empty())
    figures["sla_jobs_left_out"] = static_cast<double>(left_out_);
  return figures;
}

}  // namespace aurora::core
