#include "core/placement/match.h"

#include <algorithm>
#include <cmath>
#include <string_view>

#include "core/cluster/host_index.h"

namespace aurora::core {
namespace {

constexpr int64_t kDedicatedScore = 1'000'000;
constexpr int64_t kMaintenanceScore = 100'000;
constexpr int64_t kConstraintScore = 10'000;
constexpr int64_t kResourceScoreMax = 1'000;
constexpr std::string_view kConstraintText = "Constraint not satisfied: ";

const std::set<std::string>& values_of(const Host& host, const std::string& attribute) {
  static const std::set<std::string> kNone;
  auto found = host.attributes.find(attribute);
  return found == host.attributes.end() ? kNone : found->second;
}

template <typename Visit>
bool visit_maintenance(MaintenanceMode mode, Visit visit) {
  switch (mode) {
    case MaintenanceMode::None:
    case MaintenanceMode::Scheduled:
      return false;
    case MaintenanceMode::Draining:
      visit(Obstacle{VetoKind::Maintenance, "Host draining for maintenance", "", kMaintenanceScore});
      return true;
    case MaintenanceMode::Drained:
      visit(Obstacle{VetoKind::Maintenance, "Host drained for maintenance", "", kMaintenanceScore});
      return true;
  }
  return false;
}

template <typename Visit>
bool visit_values(const TaskConfig& config, const Host& host, Visit visit) {
  for (const Constraint& constraint : config.constraints) {
    const auto* wanted = std::get_if<ValueConstraint>(&constraint.constraint);
    if (!wanted) continue;
    const auto& values = values_of(host, constraint.name);
    const bool found = std::any_of(wanted->values.begin(), wanted->values.end(),
                                   [&](const std::string& value) { return values.count(value) > 0; });
    if (found != wanted->negated) continue;
    visit(Obstacle{VetoKind::Constraint, kConstraintText, constraint.name, kConstraintScore});
    return true;
  }
  return false;
}

template <typename Visit>
bool visit_limits(const TaskConfig& config, const Host& host, const LimitCounts& counts, Visit visit) {
  for (const Constraint& constraint : config.constraints) {
    const auto* limit = std::get_if<LimitConstraint>(&constraint.constraint);
    if (!limit) continue;
    const auto& values = values_of(host, constraint.name);
    if (values.empty()) {
      visit(Obstacle{VetoKind::Constraint, kConstraintText, constraint.name, kConstraintScore});
      return true;
    }
    const bool is_reached = std::any_of(values.begin(), values.end(), [&](const std::string& value) {
      return counts.count(config.job, constraint.name, value) >= limit->limit;
    });
    if (!is_reached) continue;
    visit(Obstacle{VetoKind::Limit, "Limit not satisfied: ", constraint.name, kConstraintScore});
    return true;
  }
  return false;
}

// `range` is what a large host has: it makes shortfalls of different resources comparable (§1.5).
int64_t resource_score(double shortfall, int64_t range) {
  const double thousandths = std::floor(1000 * shortfall);
  if (thousandths / static_cast<double>(range) >= kResourceScoreMax) return kResourceScoreMax;
  return static_cast<int64_t>(thousandths) / range;
}

template <typename Visit>
void visit_resources(const ResourceTotals& need, const ResourceTotals& room, Visit visit) {
  auto compare = [&](const char* name, double needed, double available, int64_t range) {
    if (needed <= available) return;
    visit(Obstacle{VetoKind::Resources, "Insufficient: ", name, resource_score(needed - available, range),
                   needed, available});
  };
  auto amount = [](int64_t value) { return static_cast<double>(value); };
  if (!fits({.cpus = need.cpus}, {.cpus = room.cpus})) compare("CPU", need.cpus, room.cpus, 16);
  compare("RAM", amount(need.ram_mb), amount(room.ram_mb), 24 * 1024);
  compare("disk", amount(need.disk_mb), amount(room.disk_mb), 450 * 1024);
  compare("ports", amount(need.ports), amount(room.ports), 1000);
  compare("GPU", amount(need.gpus), amount(room.gpus), 4);
}

template <typename Visit>
void visit_obstacles(const TaskNeed& need, const Place& place, const LimitCounts& counts, Visit visit) {
  if (!place.is_open) {
    if (is_dedicated(place.host) && find_dedicated(need.config.constraints) == nullptr) {
      return visit(Obstacle{VetoKind::Dedicated, "Host is dedicated", "", kDedicatedScore});
    }
    if (visit_maintenance(place.host.mode, visit)) return;
  }
  if (visit_values(need.config, place.host, visit)) return;
  if (visit_limits(need.config, place.host, counts, visit)) return;
  if (!fits(need.cost, place.room)) visit_resources(need.cost, place.room, visit);
}

}  // namespace

int64_t total_score(const std::vector<Veto>& vetoes) {
  int64_t total = 0;
  for (const Veto& veto : vetoes) total += veto.score;
  return total;
}

std::string join_reasons(const std::vector<Veto>& vetoes) {
  std::string text;
  for (const Veto& veto : vetoes) {
    if (!text.empty()) text += ',';
    text += veto.reason;
  }
  return text;
}

int32_t LimitCounts::count(const JobKey& job, const std::string& attribute, const std::string& value) const {
  const int32_t stored = cluster_.count_job_tasks(job, attribute, value);
  if (placed_.empty()) return stored;
  const auto placed = placed_.find({job, attribute, value});
  return placed == placed_.end() ? stored : stored + placed->second;
}

void LimitCounts::add(const JobKey& job, const Host& host) {
  for (const auto& [attribute, values] : host.attributes) {
    for (const std::string& value : values) ++placed_[{job, attribute, value}];
  }
}

std::vector<Veto> match(const TaskNeed& need, const Place& place, const LimitCounts& counts) {
  std::vector<Veto> vetoes;
  visit_obstacles(need, place, counts, [&](const Obstacle& obstacle) {
    vetoes.push_back({obstacle.kind, std::string(obstacle.text).append(obstacle.name), obstacle.score});
  });
  return vetoes;
}

void for_obstacles(const TaskNeed& need, const Place& place, const LimitCounts& counts,
                   const std::function<void(const Obstacle&)>& visit) {
  visit_obstacles(need, place, counts, [&](const Obstacle& obstacle) { visit(obstacle); });
}

std::optional<Refusal> find_refusal(const TaskNeed& need, const Place& place, const LimitCounts& counts) {
  std::optional<Refusal> refusal;
  visit_obstacles(need, place, counts, [&](const Obstacle& obstacle) {
    refusal = Refusal{obstacle.kind, (refusal ? refusal->score : 0) + obstacle.score};
  });
  return refusal;
}

}  // namespace aurora::core
