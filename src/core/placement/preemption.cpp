#include "core/placement/preemption.h"

#include <algorithm>
#include <tuple>

#include "aurora/core/lifecycle/task_lifecycle.h"
#include "aurora/core/task/task_rules.h"

namespace aurora::core {
namespace {

constexpr size_t kHostsAsked = 1'000;   // in one attempt of a group
constexpr size_t kTasksLookedAt = 2'000;  // of the same role, likewise

bool is_preemptible(const TaskConfig& config, const JobLimits& limits) {
  const auto tier = limits.tiers.find(config.tier);
  return tier == limits.tiers.end() ? !config.production : tier->second.preemptible;
}

bool can_go(const Task& task) { return find_rule(task.status, TaskStatus::Preempting).legal && !is_terminal(task.status); }

// The largest first (§5.2).
bool is_larger(const ResourceTotals& a, const ResourceTotals& b) {
  const auto amounts = [](const ResourceTotals& t) { return std::tie(t.cpus, t.ram_mb, t.disk_mb, t.ports, t.gpus); };
  return amounts(a) > amounts(b);
}

}  // namespace

bool may_preempt(const TaskConfig& preemptor, const TaskConfig& victim, const JobLimits& limits) {
  const bool preemptor_yields = is_preemptible(preemptor, limits);
  const bool victim_yields = is_preemptible(victim, limits);
  if (preemptor_yields != victim_yields) return victim_yields;
  return preemptor.job.role == victim.job.role && preemptor.priority > victim.priority;
}

Preemption::Preemption(const Cluster& cluster, const Context& context, const LimitCounts& counts, RoomAt room_at,
                       Decision& decision)
    : cluster_(cluster),
      index_(cluster.host_index()),
      context_(context),
      counts_(counts),
      room_at_(std::move(room_at)),
      decision_(decision) {}

bool Preemption::make_room(const TaskNeed& need, const ConfigHash& hash, const std::vector<const Task*>& waiting) {
  const bool is_prod = need.config.production;
  ++decision_.counts[is_prod ? "preemptor_slot_search_attempts_for_prod"
                             : "preemptor_slot_search_attempts_for_non_prod"];
  size_t freed = 0;
  size_t asked = 0;
  bool is_whole = true;
  const auto try_position = [&](size_t position) {
    ++asked;
    if (!is_taken(position) && try_host(need, hash, position, *waiting[freed])) ++freed;
    is_whole = freed < kHostsFreed && asked < kHostsAsked;
    return is_whole && freed < waiting.size();
  };
  if (!is_preemptible(need.config, context_.settings.limits) && index_.size() > 0) {
    const size_t start = context_.rng.below(index_.size());
    for (const auto& [from, end] : {std::pair(start, index_.size()), std::pair(size_t{0}, start)}) {
      for (size_t at = index_.find_cleared(need.cost, from); at < end; at = index_.find_cleared(need.cost, at + 1)) {
        if (!try_position(at)) break;
      }
      if (!is_whole || freed == waiting.size()) break;
    }
  }
  if (is_whole && freed < waiting.size()) {
    for (const size_t position : list_hosts_of_lesser(need.config, kTasksLookedAt)) {
      if (!try_position(position)) break;
    }
  }
  const bool is_found = freed > 0;
  if (is_prod) {
    ++decision_.counts[is_found ? "preemptor_slot_search_successful_for_prod" : "preemptor_slot_search_failed_for_prod"];
  } else {
    ++decision_.counts[is_found ? "preemptor_slot_search_successful_for_non_prod"
                                : "preemptor_slot_search_failed_for_non_prod"];
  }
  return is_whole || freed == waiting.size();
}

bool Preemption::is_taken(size_t position) const {
  return used_.contains(position) || index_.reservation_at(position) != nullptr || index_.kept_at(position) > 0;
}

bool Preemption::try_host(const TaskNeed& need, const ConfigHash& hash, size_t position, const Task& task) {
  const std::vector<const Task*> victims = choose_victims(need, position);
  if (victims.empty()) return false;
  const HostId& host = index_.host_at(position).id;
  for (const Task* victim : victims) {
    const std::string message = "Preempting in favor of " + task.id.value();
    transition(cluster_, *victim, {TaskStatus::Preempting, message, killed_by(task.id.value() + ", which takes its place")},
               context_, decision_);
    ++decision_.counts[victim->config->production ? "preemptor_tasks_preempted_prod" : "preemptor_tasks_preempted_non_prod"];
  }
  decision_.changes.push_back(HostReserved{host, hash, context_.now + context_.settings.preemption.reservation});
  used_.insert(position);
  return true;
}

bool Preemption::takes(const TaskNeed& need, size_t position, const ResourceTotals& room) const {
  return !find_refusal(need, {index_.host_at(position), room, index_.is_open(position)}, counts_);
}

std::vector<const Task*> Preemption::choose_victims(const TaskNeed& need, size_t position) const {
  ResourceTotals room = room_at_(position);
  if (takes(need, position, room)) return {};  // it only lacks what no victim gives, a port perhaps
  struct Candidate {
    const Task* task;
    ResourceTotals cost;
  };
  std::vector<Candidate> candidates;
  for (const Task* task : cluster_.list_host_tasks(index_.host_at(position).id)) {
    if (can_go(*task) && may_preempt(need.config, *task->config, context_.settings.limits))
      candidates.push_back({task, cost_on_host(*task->config, context_.settings.overhead)});
  }
  std::ranges::stable_sort(candidates, [](const Candidate& a, const Candidate& b) { return is_larger(a.cost, b.cost); });
  size_t chosen = 0;
  while (chosen < candidates.size() && !takes(need, position, room)) room += candidates[chosen++].cost;
  if (!takes(need, position, room)) return {};
  candidates.resize(chosen);
  // Whoever turns out not to be in the way stays.
  std::vector<const Task*> victims;
  for (size_t i = candidates.size(); i-- > 0;) {
    ResourceTotals without = room;
    without -= candidates[i].cost;
    if (takes(need, position, without)) {
      room = without;
    } else {
      victims.push_back(candidates[i].task);
    }
  }
  std::ranges::reverse(victims);
  return victims;
}

// Those of the same role that come after it; not of all hosts, nor of all jobs if they have very many tasks.
std::vector<size_t> Preemption::list_hosts_of_lesser(const TaskConfig& config, size_t tasks_max) const {
  std::vector<JobKey> jobs = cluster_.list_jobs(config.job.role);
  if (jobs.empty()) return {};
  std::ranges::rotate(jobs, jobs.begin() + static_cast<std::ptrdiff_t>(context_.rng.below(jobs.size())));
  std::set<size_t> seen;
  std::vector<size_t> positions;
  for (const JobKey& job : jobs) {
    const TaskConfig* known = cluster_.find_config(job);
    if (known == nullptr || !may_preempt(config, *known, context_.settings.limits)) continue;
    for (const Task* task : cluster_.list_active(job)) {
      if (tasks_max-- == 0) return positions;
      if (task->host.empty() || !may_preempt(config, *task->config, context_.settings.limits)) continue;
      const std::optional<size_t> position = cluster_.find_position(task->host);
      if (position && seen.insert(*position).second) positions.push_back(*position);
    }
  }
  return positions;
}

}  // namespace aurora::core
