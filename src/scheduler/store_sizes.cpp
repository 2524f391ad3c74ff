#include "scheduler/store_sizes.h"

#include <algorithm>

#include "aurora/base/overloaded.h"
#include "aurora/core/quota/consumption_metric.h"

namespace aurora::scheduler {
namespace {

using namespace core;

constexpr char kHosts[] = "mem_storage_attribute_size";
constexpr char kDrains[] = "mem_storage_maintenance_size";
constexpr char kQuotas[] = "mem_storage_quota_size";
constexpr char kCronJobs[] = "mem_storage_cron_size";
constexpr char kUpdates[] = "mem_storage_update_size";

}  // namespace

void StoreSizes::begin(const Cluster& cluster) {
  const std::vector<const Host*> hosts = cluster.list_hosts();
  hosts_ = static_cast<int64_t>(hosts.size());
  drains_ = std::count_if(hosts.begin(), hosts.end(), [](const Host* host) { return bool(host->drain); });
  cron_jobs_ = static_cast<int64_t>(cluster.list_cron_jobs().size());
  updates_ = static_cast<int64_t>(cluster.list_updates().size());
  for (const Quota* quota : cluster.list_quotas()) {
    roles_.insert(quota->role);
    allocated_ += use_of(quota->amount);
  }
  for (const auto& [name, size] : {std::pair(kHosts, hosts_), std::pair(kDrains, drains_),
                                   std::pair(kCronJobs, cron_jobs_), std::pair(kUpdates, updates_)})
    counters_.set(name, static_cast<double>(size));
  tell_quotas();
}

void StoreSizes::observe(const Cluster& before, const Change& change) {
  std::visit(
      Overloaded{[&](const HostSaved& c) {
                   const Host* known = before.find_host(c.host.id);
                   if (known == nullptr) add(kHosts, hosts_, true);
                   const bool was_wanted = known != nullptr && known->drain;
                   if (was_wanted != bool(c.host.drain)) add(kDrains, drains_, bool(c.host.drain));
                 },
                 [&](const UpdateSaved& c) {
                   if (before.find_update(c.update->key) == nullptr) add(kUpdates, updates_, true);
                 },
                 [&](const UpdateDeleted& c) {
                   if (before.find_update(c.key) != nullptr) add(kUpdates, updates_, false);
                 },
                 [&](const CronJobSaved& c) {
                   if (before.find_cron_job(c.job->job.key) == nullptr) add(kCronJobs, cron_jobs_, true);
                 },
                 [&](const CronJobDeleted& c) {
                   if (before.find_cron_job(c.job) != nullptr) add(kCronJobs, cron_jobs_, false);
                 },
                 [&](const QuotaSaved& c) { add_quota(before, c.quota); }, [](const auto&) {}},
      change);
}

void StoreSizes::add_quota(const Cluster& before, const Quota& quota) {
  allocated_ -= use_of(before.quota_of(quota.role));
  allocated_ += use_of(quota.amount);
  roles_.insert(quota.role);
  tell_quotas();
}

void StoreSizes::tell_quotas() {
  Figures figures{{kQuotas, static_cast<double>(roles_.size())}};
  add_use(figures, "resources_allocated_quota", allocated_);
  for (const auto& [name, value] : figures) counters_.set(name, value);
}

void StoreSizes::add(const char* name, int64_t& size, bool is_more) {
  size += is_more ? 1 : -1;
  counters_.set(name, static_cast<double>(size));
}

}  // namespace aurora::scheduler
