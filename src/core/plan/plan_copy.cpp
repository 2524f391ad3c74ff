#include "aurora/core/plan/plan_copy.h"

#include <algorithm>
#include <utility>

#include "aurora/core/quota/consumption.h"
#include "core/cluster/host_index.h"
#include "core/placement/preemption.h"

namespace aurora::core {
namespace {

// So many in one look: some tens of microseconds.
constexpr size_t kTasksPerLook = 250;
constexpr size_t kHostsPerLook = 100;
constexpr size_t kKeptMax = 10'000;  // instances of other jobs that come back to their hosts

// No host and no role have these names: what others use of a role's quota is the use of one task there.
constexpr char kOthers[] = "(others)";

Task make_filler(const std::string& role, const QuotaUse& use) {
  TaskConfig config;
  config.job = {role, "prod", kOthers};
  config.production = true;
  const ResourceTotals amount = totals(use);
  config.resources.cpus = amount.cpus;
  config.resources.ram_mb = amount.ram_mb;
  config.resources.disk_mb = amount.disk_mb;
  Task task;
  task.id = TaskId(kOthers);
  task.config = TaskConfigRef(std::move(config));
  task.status = TaskStatus::Running;
  task.host = HostId(kOthers);
  task.events.push_back({Instant{}, TaskStatus::Running, {}, {}});
  return task;
}

std::vector<PortRange> without(const std::vector<PortRange>& ranges, const std::vector<int32_t>& used) {
  std::vector<PortRange> left;
  for (PortRange range : ranges) {
    for (auto port = std::ranges::lower_bound(used, range.first); port != used.end() && *port <= range.last; ++port) {
      if (*port > range.first) left.push_back({range.first, *port - 1});
      range.first = *port + 1;
    }
    if (range.first <= range.last) left.push_back(range);
  }
  return left;
}

ResourceTotals exact(ResourceTotals totals) {  // sums of cores leave no remainder
  totals.cpus = static_cast<double>(to_micro_cpus(totals.cpus)) / 1e6;
  totals.revocable_cpus = static_cast<double>(to_micro_cpus(totals.revocable_cpus)) / 1e6;
  return totals;
}

}  // namespace

PlanCopy::PlanCopy(TaskConfigRef config, const SchedulerSettings& settings, Extent extent)
    : config_(std::move(config)), settings_(settings), extent_(extent), has_ports_(!config_->resources.ports.empty()) {}

bool PlanCopy::look(const Cluster& live) {
  switch (stage_) {
    case Stage::Job:
      look_at_job(live);
      stage_ = Stage::Tasks;
      return true;
    case Stage::Tasks:
      if (!look_at_tasks(live)) stage_ = Stage::Hosts;
      return true;
    case Stage::Hosts:
      if (look_at_hosts(live)) return true;
      stage_ = Stage::Done;
      return false;
    case Stage::Done:
      return false;
  }
  return false;
}

void PlanCopy::look_at_job(const Cluster& live) {
  const JobKey& job = config_->job;
  job_.push_back(QuotaSaved{{job.role, live.quota_of(job.role)}});
  role_use_ = use_of(consumption_of(live, job.role).prod_shared);
  if (const CronJob* cron = live.find_cron_job(job)) job_.push_back(CronJobSaved{*cron});
  if (const JobUpdate* known = live.find_active_update(job)) {
    JobUpdate update;  // without what happened to its instances: it only stands in the way
    update.key = known->key;
    update.user = known->user;
    update.instructions = known->instructions;
    update.events = known->events;
    job_.push_back(UpdateSaved{std::move(update)});
  }
  for (const HostReserved* reserved : live.list_reservations()) job_.push_back(*reserved);
  for (const InstanceKept* kept : live.list_kept()) {
    if (job_.size() < kKeptMax || kept->instance.job == job) job_.push_back(*kept);
  }
  for (const PendingNeed& need : live.pending_needs()) {
    if (*need.hash != config_.hash()) others_waiting_ += need.group->size();
  }
}

bool PlanCopy::look_at_tasks(const Cluster& live) {
  const std::vector<const Task*> active = live.list_active(config_->job);
  auto next = tasks_.empty() ? active.begin()
                             : std::ranges::upper_bound(active, tasks_.back().instance_id, {},
                                                        [](const Task* task) { return task->instance_id; });
  for (size_t taken = 0; next != active.end() && taken < kTasksPerLook; ++next, ++taken) {
    tasks_.push_back(**next);
    has_ports_ = has_ports_ || !(*next)->assigned_ports.empty();
  }
  return next != active.end();
}

bool PlanCopy::look_at_hosts(const Cluster& live) {
  const size_t end = std::min(next_host_ + kHostsPerLook, live.host_index().size());
  for (; next_host_ < end; ++next_host_) copy_host(live, next_host_);
  return next_host_ < live.host_index().size();
}

bool PlanCopy::is_copied(const Task& task) const {
  return extent_ == Extent::WithVictims && victims_ < kVictimsMax && may_preempt(*config_, *task.config, settings_.limits);
}

void PlanCopy::copy_host(const Cluster& live, size_t position) {
  const Host& host = live.host_index().host_at(position);
  CopiedHost copy{host, live.is_connected(host.id)};
  ResourceTotals left = live.available(host.id);
  std::set<int32_t> own_ports;
  for (const Task* task : live.list_host_tasks(host.id)) {
    const bool is_own = task->job() == config_->job;
    if (!is_own && !is_copied(*task)) continue;
    left += cost_on_host(*task->config, settings_.overhead);
    for (const auto& [name, port] : task->assigned_ports) own_ports.insert(port);
    if (is_own) continue;
    others_.push_back(*task);
    ++victims_;
  }
  copy.host.capacity = exact(left);
  if (has_ports_ || !own_ports.empty()) {
    std::vector<int32_t> others = live.used_ports(host.id);
    std::erase_if(others, [&](int32_t port) { return own_ports.contains(port); });
    copy.host.port_ranges = without(host.port_ranges, others);
  }
  for (const UnknownTask* unknown : live.list_unknown_tasks(host.id)) {
    if (!unknown->summary || unknown->summary->job != config_->job) continue;
    UnknownTask& occupant = copy.occupants.emplace_back(*unknown);
    occupant.summary->cpus = 0;  // what it has is off the host's capacity already
    occupant.summary->ram_mb = 0;
    occupant.summary->disk_mb = 0;
    occupant.summary->ports.clear();
    occupant.summary->gpus.clear();
  }
  hosts_.push_back(std::move(copy));
}

bool PlanCopy::is_stale(const Cluster& live) const {
  const std::vector<const Task*> active = live.list_active(config_->job);
  return !std::ranges::equal(active, tasks_, [](const Task* now, const Task& then) {
    return now->status == then.status && now->id == then.id && now->host == then.host;
  });
}

void PlanCopy::fill(Cluster& cluster) const {
  for (const Task& task : tasks_) cluster.apply(TaskSaved{task});
  for (const Task& task : others_) cluster.apply(TaskSaved{task});
  for (const CopiedHost& copy : hosts_) {
    cluster.apply(HostSaved{copy.host});
    if (!copy.occupants.empty()) cluster.apply(UnknownTasksFound{copy.host.id, copy.occupants});
    if (copy.is_connected) cluster.apply(HostSeen{copy.host.id, "plan", 1, Instant{}, false, true});
  }
  for (const Change& change : job_) cluster.apply(change);
  const std::string& role = config_->job.role;
  QuotaUse others = role_use_;
  others -= use_of(consumption_of(cluster, role).prod_shared);
  if (!(others == QuotaUse{})) cluster.apply(TaskSaved{make_filler(role, others)});
}

}  // namespace aurora::core
