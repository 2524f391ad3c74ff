#include "aurora/core/summary/overview.h"

#include <algorithm>
#include <tuple>

#include "aurora/core/summary/job_summary.h"
#include "aurora/core/summary/task_figures.h"
#include "core/cluster/host_index.h"

namespace aurora::core {
namespace {

bool is_lost(TaskStatus status) { return status == TaskStatus::Failed || status == TaskStatus::Lost; }

// The first kShown in this order stay.
template <typename Item, typename Order>
void keep_first(std::vector<Item>& items, Item item, const Order& order) {
  const auto place = std::ranges::upper_bound(items, item, order);
  if (place == items.end() && items.size() >= Overview::kShown) return;
  items.insert(place, std::move(item));
  if (items.size() > Overview::kShown) items.pop_back();
}

bool is_worse(const TroubledJob& a, const TroubledJob& b) {
  const auto rank = [](const TroubledJob& job) { return std::tuple(!job.production, job.trouble, -job.tasks); };
  return rank(a) == rank(b) ? a.key < b.key : rank(a) < rank(b);
}

bool uses_more(const RoleUse& a, const RoleUse& b) {
  return a.share == b.share ? a.role < b.role : a.share > b.share;
}

std::optional<TroubledJob> find_trouble(const Cluster& cluster, const JobKey& job, const StatusCounts& counts, Instant now) {
  const int64_t active = counts.sum([](TaskStatus status) { return is_active(status); });
  const auto in = [&](Trouble trouble, int64_t tasks) {
    const TaskConfig* config = find_job_config(cluster, job);
    return TroubledJob{.key = job, .trouble = trouble, .tasks = tasks, .active = active,
                       .production = config != nullptr && config->production};
  };
  if (counts.of(TaskStatus::Throttled) > 0) return in(Trouble::Flapping, counts.of(TaskStatus::Throttled));
  if (counts.sum(is_lost) > 0 && is_unstable(cluster, job, now)) return in(active == 0 ? Trouble::Failed : Trouble::Unstable, 1);
  if (counts.of(TaskStatus::Pending) > 0) return in(Trouble::Waiting, counts.of(TaskStatus::Pending));
  return std::nullopt;
}

void explain_waiting(TroubledJob& job, const Cluster& cluster) {
  TaskQuery query;
  query.statuses = {TaskStatus::Pending};
  query.job_keys = {job.key};
  for (const Task* task : cluster.list_task_page(query, {0, 1}).tasks) {
    const PendingReason* reason = cluster.find_pending_reason(task->config.hash());
    job.reason = reason != nullptr ? to_sentence(*reason) : status_reason(cluster, *task);
    job.since = last_event_at(*task);
  }
}

void explain_ended(TroubledJob& job, const Cluster& cluster) {
  const Task* task = cluster.find_last_ended(job.key);
  if (task == nullptr) return;
  job.since = last_event_at(*task);
  job.reason = task->end_reason ? to_sentence(*task->end_reason) : status_reason(cluster, *task);
}

double share_of(const ResourceTotals& use, const ResourceTotals& all) {
  const auto share = [](double part, double whole) { return whole > 0 ? part / whole : 0.0; };
  return std::max({share(use.cpus, all.cpus), share(static_cast<double>(use.ram_mb), static_cast<double>(all.ram_mb)),
                   share(static_cast<double>(use.disk_mb), static_cast<double>(all.disk_mb)),
                   share(static_cast<double>(use.gpus), static_cast<double>(all.gpus))});
}

}  // namespace

size_t add_jobs(Overview& overview, const Cluster& cluster, const Window& window, Instant now) {
  const JobPage page = cluster.list_job_page("", window);
  for (const JobCounts& one : page.jobs) {
    auto troubled = find_trouble(cluster, *one.job, *one.counts, now);
    if (!troubled) continue;
    ++overview.troubled_counts[static_cast<size_t>(troubled->trouble)];
    keep_first(overview.troubled, *std::move(troubled), is_worse);
  }
  return page.jobs.size();
}

bool add_hosts(Overview& overview, const Cluster& cluster, size_t from, size_t count) {
  const HostIndex& hosts = cluster.host_index();
  const size_t end = std::min(hosts.size(), from + count);
  for (size_t position = from; position < end; ++position) {
    const Host& host = hosts.host_at(position);
    ++overview.hosts;
    if (host.mode == MaintenanceMode::Draining) {
      ++overview.draining_hosts;
      keep_first(overview.draining, host.id, std::less<>());
    }
    if (hosts.is_connected(position)) {
      ++overview.connected_hosts;
      overview.capacity += host.capacity;
      overview.available += cluster.available(host.id);
      continue;
    }
    MissingHost missing{host.id};
    const HostSilence* silence = cluster.find_silence(host.id);
    if (silence != nullptr && silence->at != Instant{}) missing.since = silence->at;
    keep_first(overview.missing, std::move(missing),
               [](const MissingHost& a, const MissingHost& b) { return a.host < b.host; });
  }
  return end < hosts.size();
}

size_t add_roles(Overview& overview, const Cluster& cluster, const Window& window) {
  const RolePage page = cluster.list_role_page(window);
  for (const RoleCounts& counts : page.roles) {
    RoleUse use{.role = counts.role};
    const UseByClass classes = cluster.active_use(counts.role);
    for (size_t i = 0; i < kQuotaClasses; ++i) use.use += totals(classes[static_cast<QuotaClass>(i)]);
    use.share = share_of(use.use, overview.capacity);
    if (use.share > 0) keep_first(overview.roles, std::move(use), uses_more);
  }
  return page.roles.size();
}

void explain_troubled(Overview& overview, const Cluster& cluster) {
  for (TroubledJob& job : overview.troubled)
    job.trouble == Trouble::Waiting ? explain_waiting(job, cluster) : explain_ended(job, cluster);
}

}  // namespace aurora::core
