#include "aurora/scheduler/statistics.h"

#include <algorithm>

#include "aurora/base/repeater.h"
#include "aurora/core/quota/consumption_metric.h"
#include "aurora/core/summary/host_figures.h"
#include "aurora/scheduler/job_history.h"
#include "scheduler/walk.h"

namespace aurora::scheduler {
namespace {

using namespace core;

constexpr size_t kRolesPerLook = 256;
// Roles beyond these have no figures of their own: what monitoring reads has a bound.
constexpr size_t kRolesMax = 500;
constexpr size_t kHostsPerLook = 128;
// The thread looks at the clock this often, in case the figures are due earlier than it had thought.
constexpr Duration kSleepMax = seconds(1);

struct RolesSeen {
  std::vector<std::pair<std::string, UseByClass>> roles;
  WalkCursor<std::string> next;
};

RolesSeen look_at_roles(const Cluster& cluster, const WalkCursor<std::string>& cursor) {
  const size_t size = cluster.list_role_page({0, 0}).total;
  std::string key;  // of the role that was asked for last
  const auto key_at = [&](size_t offset) {
    key = cluster.list_role_page({offset, 1}).roles.front().role;
    return &key;
  };
  const size_t begin = find_next(cursor, size, key_at);
  RolesSeen seen;
  for (const RoleCounts& counts : cluster.list_role_page({begin, kRolesPerLook}).roles)
    seen.roles.emplace_back(counts.role, cluster.active_use(counts.role));
  if (!seen.roles.empty()) seen.next = {begin + seen.roles.size(), seen.roles.back().first};
  return seen;
}

std::vector<Quota> look_at_quotas(const Cluster& cluster, const std::string& last) {
  const std::vector<const Quota*> all = cluster.list_quotas();  // by role
  auto next = std::ranges::upper_bound(all, last, {}, [](const Quota* quota) { return quota->role; });
  std::vector<Quota> quotas;
  for (; next != all.end() && quotas.size() < kRolesPerLook; ++next) quotas.push_back(**next);
  return quotas;
}

}  // namespace

Statistics::Statistics(StatisticsConfig config, const Engine& engine, const Clock& clock)
    : config_(std::move(config)),
      engine_(engine),
      clock_(clock),
      sla_{.interval = config_.sla_interval},
      roles_{.interval = config_.role_interval},
      hosts_{.interval = config_.host_interval} {}

Statistics::~Statistics() = default;

void Statistics::start() {
  repeater_ = std::make_unique<Repeater>([this](const std::atomic<bool>& stopping) {
    refresh(stopping);
    return until_due();
  });
}

void Statistics::stop() { repeater_.reset(); }

void Statistics::refresh(const std::atomic<bool>& stopping) {
  refresh(hosts_, &Statistics::compute_hosts, stopping);
  refresh(roles_, &Statistics::compute_roles, stopping);
  refresh(sla_, &Statistics::compute_sla, stopping);
}

void Statistics::refresh(Part& part, Compute compute, const std::atomic<bool>& stopping) {
  const Duration now = clock_.monotonic();
  if (part.due && now < *part.due) return;
  Part fresh{.interval = part.interval};
  const auto seen = (this->*compute)(fresh, stopping);
  if (!seen) return;
  part.due = now + part.interval;
  while (!engine_.is_round_durable(*seen)) {
    if (stopping) return;
    engine_.query([](const Cluster&) { return Unit{}; });
  }
  const std::lock_guard lock(mutex_);
  part.figures = std::move(fresh.figures);
  part.of_things = std::move(fresh.of_things);
}

Duration Statistics::until_due() const {
  const Duration now = clock_.monotonic();
  Duration wait = kSleepMax;
  for (const Part* part : {&sla_, &roles_, &hosts_}) wait = std::min(wait, part->due.value_or(now) - now);
  return std::max(wait, milliseconds(1));
}

std::optional<RoundNumber> Statistics::compute_sla(Part& fresh, const std::atomic<bool>& stopping) const {
  if (config_.sla.prod.empty() && config_.sla.non_prod.empty()) return RoundNumber{0};
  const Instant now = clock_.now();
  SlaFigures sums(config_.sla, {now - config_.sla_interval, now});
  const auto seen = visit_jobs(
      engine_, [&](const JobHistory& history) { sums.add(history.job, history.tasks); }, [&] { return stopping.load(); });
  fresh.of_things = sums.figures();
  return seen;
}

std::optional<RoundNumber> Statistics::compute_roles(Part& fresh, const std::atomic<bool>& stopping) const {
  RoundNumber newest = 0;
  size_t roles = 0;
  for (WalkCursor<std::string> cursor;;) {
    if (stopping) return std::nullopt;
    const auto seen = engine_.look([&](const Cluster& cluster) { return look_at_roles(cluster, cursor); });
    newest = std::max(newest, seen.round);
    if (seen.value.roles.empty()) break;
    cursor = seen.value.next;
    for (const auto& [role, use] : seen.value.roles) {
      if (++roles > kRolesMax) continue;
      for (const ConsumptionMetric& metric : consumption_metrics())
        add_use(fresh.of_things, "resources_per_role_" + std::string(metric.name) + "_" + role, use_in(use, metric));
    }
  }
  fresh.figures["resources_roles_left_out"] = static_cast<double>(roles > kRolesMax ? roles - kRolesMax : 0);
  size_t quotas = 0;
  for (std::string last; quotas < kRolesMax;) {
    if (stopping) return std::nullopt;
    const auto seen = engine_.look([&](const Cluster& cluster) { return look_at_quotas(cluster, last); });
    newest = std::max(newest, seen.round);
    if (seen.value.empty()) break;
    last = seen.value.back().role;
    for (const Quota& quota : seen.value) {
      if (++quotas <= kRolesMax) add_use(fresh.of_things, "quota_per_role_" + quota.role, use_of(quota.amount));
    }
  }
  return newest;
}

std::optional<RoundNumber> Statistics::compute_hosts(Part& fresh, const std::atomic<bool>& stopping) const {
  const Instant now = clock_.now();
  HostFigures sums;
  RoundNumber newest = 0;
  for (std::optional<size_t> from = 0; from;) {
    if (stopping) return std::nullopt;
    const auto seen = engine_.look([&](const Cluster& cluster) {
      return add_hosts(sums, cluster, *from, kHostsPerLook, engine_.settings(), now);
    });
    newest = std::max(newest, seen.round);
    from = seen.value;
  }
  sums.slots.put_into(fresh.figures);
  fresh.figures["missing_maintenance_request"] = static_cast<double>(sums.countdowns.without_request);
  sums.countdowns.put_into(fresh.of_things);
  return newest;
}

Figures Statistics::figures() const {
  const std::lock_guard lock(mutex_);
  Figures all = roles_.figures;
  all.insert(hosts_.figures.begin(), hosts_.figures.end());
  return all;
}

Figures Statistics::thing_figures() const {
  const std::lock_guard lock(mutex_);
  Figures all = sla_.of_things;
  all.insert(roles_.of_things.begin(), roles_.of_things.end());
  all.insert(hosts_.of_things.begin(), hosts_.of_things.end());
  return all;
}

}  // namespace aurora::scheduler
