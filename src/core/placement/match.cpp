#include "core/placement/match.h"

#include <algorithm>
#include <string_view>

#include "core/cluster/records.h"

namespace aurora::core {
namespace {

constexpr int64_t kDedicatedScore = 1'000'000;
constexpr int64_t kMaintenanceScore = 100'000;
constexpr int64_t kReservedScore = 50'000;
constexpr int64_t kConstraintScore = 10'000;
constexpr int64_t kResourceScoreMax = 1'000;

enum class LimitAnswer { Open, Reached, HasNone };

// What a host's attributes say to the constraint with that number in the configuration: found by their names,
// for a look at one host, or by numbers, for a look at all of them.
class NamedHost {
 public:
  NamedHost(const TaskConfig& config, const Host& host, const LimitCounts& counts)
      : config_(config), host_(host), counts_(counts) {}

  bool has_any(const ValueConstraint& wanted, size_t number) const {
    const auto& values = values_of(config_.constraints[number].name);
    return std::any_of(wanted.values.begin(), wanted.values.end(),
                       [&](const std::string& value) { return values.count(value) > 0; });
  }
  LimitAnswer ask(const LimitConstraint& limit, size_t number) const {
    const std::string& name = config_.constraints[number].name;
    const auto& values = values_of(name);
    if (values.empty()) return LimitAnswer::HasNone;
    const bool is_reached = std::any_of(values.begin(), values.end(), [&](const std::string& value) {
      return counts_.count(config_.job, name, value) >= limit.limit;
    });
    return is_reached ? LimitAnswer::Reached : LimitAnswer::Open;
  }

 private:
  const std::set<std::string>& values_of(const std::string& attribute) const {
    static const std::set<std::string> kNone;
    auto found = host_.attributes.find(attribute);
    return found == host_.attributes.end() ? kNone : found->second;
  }

  const TaskConfig& config_;
  const Host& host_;
  const LimitCounts& counts_;
};

class NumberedHost {
 public:
  NumberedHost(const std::vector<NumberedConstraint>& constraints,
               const std::vector<HostAttribute>& attributes)
      : constraints_(constraints), attributes_(attributes) {}

  bool has_any(const ValueConstraint&, size_t number) const {
    const NumberedConstraint& wanted = constraints_[number];
    return std::any_of(attributes_.begin(), attributes_.end(), [&](const HostAttribute& attribute) {
      return attribute.name == wanted.name && wanted.values[attribute.value.index];
    });
  }
  LimitAnswer ask(const LimitConstraint&, size_t number) const {
    const NumberedConstraint& limit = constraints_[number];
    LimitAnswer answer = LimitAnswer::HasNone;
    for (const HostAttribute& attribute : attributes_) {
      if (attribute.name != limit.name) continue;
      if (limit.is_never_met || limit.values[attribute.value.index]) return LimitAnswer::Reached;
      answer = LimitAnswer::Open;
    }
    return answer;
  }

 private:
  const std::vector<NumberedConstraint>& constraints_;
  const std::vector<HostAttribute>& attributes_;
};

bool visit_maintenance(MaintenanceMode mode, Obstacles& found) {
  if (mode != MaintenanceMode::Draining && mode != MaintenanceMode::Drained) return false;
  found.add({VetoKind::Maintenance, static_cast<uint32_t>(mode), kMaintenanceScore});
  return true;
}

template <typename Attributes>
bool visit_values(const TaskConfig& config, const Attributes& host, Obstacles& found) {
  for (uint32_t i = 0; i < config.constraints.size(); ++i) {
    const auto* wanted = std::get_if<ValueConstraint>(&config.constraints[i].constraint);
    if (!wanted || host.has_any(*wanted, i) != wanted->negated) continue;
    found.add({VetoKind::Constraint, i, kConstraintScore});
    return true;
  }
  return false;
}

template <typename Attributes>
bool visit_limits(const TaskConfig& config, const Attributes& host, Obstacles& found) {
  for (uint32_t i = 0; i < config.constraints.size(); ++i) {
    const auto* limit = std::get_if<LimitConstraint>(&config.constraints[i].constraint);
    if (!limit) continue;
    const LimitAnswer answer = host.ask(*limit, i);
    if (answer == LimitAnswer::Open) continue;
    const bool is_reached = answer == LimitAnswer::Reached;
    found.add({is_reached ? VetoKind::Limit : VetoKind::Constraint, i, kConstraintScore});
    return true;
  }
  return false;
}

// `range` is what a large host has: it makes shortfalls of different resources comparable (§1.5).
template <int64_t range>
int64_t resource_score(double shortfall) {
  const double thousandths = 1000 * shortfall;  // above 0
  if (thousandths >= static_cast<double>(kResourceScoreMax * range)) return kResourceScoreMax;
  return static_cast<int64_t>(thousandths) / range;
}

template <uint32_t number, int64_t range>
void compare(double needed, double available, Obstacles& found) {
  if (needed <= std::max(available, 0.0)) return;
  found.add({VetoKind::Resources, number, resource_score<range>(needed - available), needed, available});
}

constexpr std::array<std::string_view, kResources> kResourceNames = {"CPU", "RAM", "disk", "ports", "GPU"};

void visit_resources(const ResourceTotals& need, const ResourceTotals& room, Obstacles& found) {
  auto amount = [](int64_t value) { return static_cast<double>(value); };
  // A task has cores of one kind (cost_on_host()).
  if (!fits({.cpus = need.cpus}, {.cpus = room.cpus})) compare<0, 16>(need.cpus, room.cpus, found);
  if (!fits({.revocable_cpus = need.revocable_cpus}, {.revocable_cpus = room.revocable_cpus}))
    compare<0, 16>(need.revocable_cpus, room.revocable_cpus, found);
  compare<1, 24 * 1024>(amount(need.ram_mb), amount(room.ram_mb), found);
  compare<2, 450 * 1024>(amount(need.disk_mb), amount(room.disk_mb), found);
  compare<3, 1000>(amount(need.ports), amount(room.ports), found);
  compare<4, 4>(amount(need.gpus), amount(room.gpus), found);
}

template <typename Attributes>
void visit_obstacles(const TaskNeed& need, const Place& place, const Attributes& host, Obstacles& found) {
  if (!place.is_open) {
    if (is_dedicated(place.host) && find_dedicated(need.config.constraints) == nullptr) {
      return found.add({VetoKind::Dedicated, 0, kDedicatedScore});
    }
    if (visit_maintenance(place.host.mode, found)) return;
  }
  if (place.is_kept) return found.add({VetoKind::Reserved, 0, kReservedScore});
  if (visit_values(need.config, host, found)) return;
  if (visit_limits(need.config, host, found)) return;
  if (!fits(need.cost, place.room)) visit_resources(need.cost, place.room, found);
}

Obstacles find_obstacles(const TaskNeed& need, const Place& place, const LimitCounts& counts) {
  Obstacles found;
  visit_obstacles(need, place, NamedHost(need.config, place.host, counts), found);
  return found;
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

std::vector<Slot> LimitCounts::list_reached(const JobKey& job, const std::string& attribute,
                                            int32_t limit) const {
  const AttributePool& pool = cluster_.attribute_pool();
  const Slot name = pool.find_name(attribute);
  std::vector<Slot> reached;
  for (const auto& [slot, stored] : cluster_.count_job_tasks(job).all()) {
    if (stored >= limit && pool.is_of(slot, name)) reached.push_back(slot);
  }
  for (auto placed = placed_.lower_bound({job, attribute, ""});
       placed != placed_.end() && std::get<0>(placed->first) == job &&
       std::get<1>(placed->first) == attribute;
       ++placed) {
    const std::string& value = std::get<2>(placed->first);
    if (count(job, attribute, value) >= limit) reached.push_back(pool.find(attribute, value));
  }
  return reached;
}

bool is_reserved_from(const ConfigHash& asking, const Cluster& cluster, size_t position, Instant now) {
  const HostReserved* reservation = cluster.host_index().reservation_at(position);
  return reservation != nullptr && reservation->config != asking && reservation->until > now &&
         cluster.pending_groups().contains(reservation->config);
}

bool is_kept_from(const ConfigHash& asking, const Cluster& cluster, size_t position, Instant now) {
  return cluster.host_index().kept_at(position) > 0 || is_reserved_from(asking, cluster, position, now);
}

WideMatch::WideMatch(const TaskNeed& need, const ConfigHash& hash, Instant now, const Cluster& cluster,
                     const LimitCounts& counts)
    : need_(need), hash_(hash), now_(now), cluster_(cluster), index_(cluster.host_index()) {
  const AttributePool& pool = cluster.attribute_pool();
  for (const Constraint& constraint : need.config.constraints) {
    NumberedConstraint numbered{.name = pool.find_name(constraint.name),
                                .values = std::vector<bool>(pool.numbers_end())};
    std::vector<Slot> values;
    if (const auto* limit = std::get_if<LimitConstraint>(&constraint.constraint)) {
      numbered.is_never_met = limit->limit < 1;
      values = counts.list_reached(need.config.job, constraint.name, limit->limit);
    } else {
      for (const std::string& value : std::get<ValueConstraint>(constraint.constraint).values)
        values.push_back(pool.find(constraint.name, value));
    }
    for (const Slot value : values) {
      if (!value.empty()) numbered.values[value.index] = true;
    }
    constraints_.push_back(std::move(numbered));
  }
}

void WideMatch::find_obstacles(size_t position, const ResourceTotals& room, Obstacles& found) const {
  found.clear();
  const Place place{index_.host_at(position), room, index_.is_open(position),
                    is_kept_from(hash_, cluster_, position, now_)};
  visit_obstacles(need_, place, NumberedHost(constraints_, index_.attributes_at(position)), found);
}

std::string_view text_of(const Obstacle& obstacle) {
  switch (obstacle.kind) {
    case VetoKind::Dedicated:
      return "Host is dedicated";
    case VetoKind::Maintenance:
      return static_cast<MaintenanceMode>(obstacle.number) == MaintenanceMode::Draining
                 ? "Host draining for maintenance"
                 : "Host drained for maintenance";
    case VetoKind::Reserved:
      return "Host is reserved";
    case VetoKind::Constraint:
      return "Constraint not satisfied: ";
    case VetoKind::Limit:
      return "Limit not satisfied: ";
    case VetoKind::Resources:
      return "Insufficient: ";
  }
  return "";
}

std::string_view name_of(const Obstacle& obstacle, const TaskConfig& config) {
  switch (obstacle.kind) {
    case VetoKind::Dedicated:
    case VetoKind::Maintenance:
    case VetoKind::Reserved:
      return "";
    case VetoKind::Constraint:
    case VetoKind::Limit:
      return config.constraints[obstacle.number].name;
    case VetoKind::Resources:
      return kResourceNames[obstacle.number];
  }
  return "";
}

std::vector<Veto> match(const TaskNeed& need, const Place& place, const LimitCounts& counts) {
  std::vector<Veto> vetoes;
  for (const Obstacle& obstacle : find_obstacles(need, place, counts)) {
    std::string reason(text_of(obstacle));
    vetoes.push_back({obstacle.kind, reason.append(name_of(obstacle, need.config)), obstacle.score});
  }
  return vetoes;
}

std::optional<Refusal> to_refusal(const Obstacles& obstacles) {
  std::optional<Refusal> refusal;
  for (const Obstacle& obstacle : obstacles)
    refusal = Refusal{obstacle.kind, (refusal ? refusal->score : 0) + obstacle.score};
  return refusal;
}

std::optional<Refusal> find_refusal(const TaskNeed& need, const Place& place, const LimitCounts& counts) {
  return to_refusal(find_obstacles(need, place, counts));
}

}  // namespace aurora::core
