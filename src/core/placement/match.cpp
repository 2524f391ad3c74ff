#include "core/placement/match.h"

#include <algorithm>
#include <cmath>
#include <optional>

#include "core/placement/host_index.h"

namespace aurora::core {
namespace {

constexpr int64_t kDedicatedScore = 1'000'000;
constexpr int64_t kMaintenanceScore = 100'000;
constexpr int64_t kConstraintScore = 10'000;
constexpr int64_t kResourceScoreMax = 1'000;
const std::string kDedicated = "dedicated";

bool is_dedicated_task(const TaskConfig& config) {
  return std::any_of(config.constraints.begin(), config.constraints.end(),
                     [](const Constraint& c) { return c.name == kDedicated; });
}

std::optional<Veto> maintenance_veto(MaintenanceMode mode) {
  switch (mode) {
    case MaintenanceMode::None:
    case MaintenanceMode::Scheduled:
      return std::nullopt;
    case MaintenanceMode::Draining:
      return Veto{VetoKind::Maintenance, "Host draining for maintenance", kMaintenanceScore};
    case MaintenanceMode::Drained:
      return Veto{VetoKind::Maintenance, "Host drained for maintenance", kMaintenanceScore};
  }
  return std::nullopt;
}

const std::set<std::string>& values_of(const Host& host, const std::string& attribute) {
  static const std::set<std::string> kNone;
  auto found = host.attributes.find(attribute);
  return found == host.attributes.end() ? kNone : found->second;
}

Veto constraint_veto(const std::string& name) {
  return {VetoKind::Constraint, "Constraint not satisfied: " + name, kConstraintScore};
}

// The first value constraint that is not met, else the first limit that is reached.
std::optional<Veto> constraint_veto(const TaskConfig& config, const Host& host, const LimitCounts& counts) {
  for (const Constraint& constraint : config.constraints) {
    const auto* wanted = std::get_if<ValueConstraint>(&constraint.constraint);
    if (!wanted) continue;
    const auto& values = values_of(host, constraint.name);
    bool found = std::any_of(wanted->values.begin(), wanted->values.end(),
                             [&](const std::string& value) { return values.count(value) > 0; });
    if (found == wanted->negated) return constraint_veto(constraint.name);
  }
  for (const Constraint& constraint : config.constraints) {
    const auto* limit = std::get_if<LimitConstraint>(&constraint.constraint);
    if (!limit) continue;
    const auto& values = values_of(host, constraint.name);
    if (values.empty()) return constraint_veto(constraint.name);
    for (const std::string& value : values) {
      if (counts.count(config.job, constraint.name, value) >= limit->limit) {
        return Veto{VetoKind::Limit, "Limit not satisfied: " + constraint.name, kConstraintScore};
      }
    }
  }
  return std::nullopt;
}

// `range` is what a large host has: it makes shortfalls of different resources comparable (§1.5).
Veto resource_veto(const char* name, double shortfall, int64_t range) {
  double thousandths = std::floor(1000 * shortfall);
  int64_t score = thousandths / static_cast<double>(range) >= kResourceScoreMax
                      ? kResourceScoreMax
                      : static_cast<int64_t>(thousandths) / range;
  return {VetoKind::Resources, std::string("Insufficient: ") + name, score};
}

std::vector<Veto> resource_vetoes(const ResourceTotals& need, const ResourceTotals& room) {
  std::vector<Veto> vetoes;
  if (fits(need, room)) return vetoes;
  auto compare = [&](const char* name, auto needed, auto available, int64_t range) {
    if (needed > available)
      vetoes.push_back(resource_veto(name, static_cast<double>(needed - available), range));
  };
  if (!fits({.cpus = need.cpus}, {.cpus = room.cpus})) compare("CPU", need.cpus, room.cpus, 16);
  compare("RAM", need.ram_mb, room.ram_mb, 24 * 1024);
  compare("disk", need.disk_mb, room.disk_mb, 450 * 1024);
  compare("ports", need.ports, room.ports, 1000);
  compare("GPU", need.gpus, room.gpus, 4);
  return vetoes;
}

}  // namespace

bool is_static(VetoKind kind) { return kind != VetoKind::Limit; }

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
  auto placed = placed_.find({job, attribute, value});
  return cluster_.count_job_tasks(job, attribute, value) + (placed == placed_.end() ? 0 : placed->second);
}

void LimitCounts::add(const JobKey& job, const Host& host) {
  for (const auto& [attribute, values] : host.attributes) {
    for (const std::string& value : values) ++placed_[{job, attribute, value}];
  }
}

std::vector<Veto> match(const TaskNeed& need, const Host& host, const ResourceTotals& room,
                        const LimitCounts& counts) {
  if (host.attributes.count(kDedicated) > 0 && !is_dedicated_task(need.config)) {
    return {{VetoKind::Dedicated, "Host is dedicated", kDedicatedScore}};
  }
  if (auto veto = maintenance_veto(host.mode)) return {*veto};
  if (auto veto = constraint_veto(need.config, host, counts)) return {*veto};
  return resource_vetoes(need.cost, room);
}

}  // namespace aurora::core
