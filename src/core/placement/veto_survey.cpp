#include "core/placement/veto_survey.h"

#include <algorithm>
#include <cmath>
#include <cstdio>

namespace aurora::core {
namespace {

constexpr size_t kValuesShown = 5;
// Keys of entries: the resources, dedicated hosts, reserved ones, modes of maintenance, then two for each constraint.
constexpr size_t kKeysOfConstraints = kResources + 2 + static_cast<size_t>(MaintenanceMode::Drained) + 1;

std::string amount(double value, const std::string& unit) {
  char text[32];
  std::snprintf(text, sizeof text, "%.10g", value);
  return text + unit;
}

std::string join(const std::set<std::string>& values, bool has_more) {
  std::string text;
  for (const std::string& value : values) text += (text.empty() ? "" : ", ") + value;
  return has_more ? text + " and others" : text;
}

std::string unit_of(std::string_view resource) {
  return resource == "RAM" || resource == "disk" ? " MB" : "";
}

// What the executor itself takes, beyond what the task asked for.
double share_of_executor(const TaskNeed& need, std::string_view resource) {
  const ResourceTotals own = totals(need.config.resources);
  const double cpus = need.cost.cpus + need.cost.revocable_cpus;  // one of them
  if (resource == "CPU") return static_cast<double>(std::llround((cpus - own.cpus) * 1e6)) / 1e6;
  if (resource == "RAM") return static_cast<double>(need.cost.ram_mb - own.ram_mb);
  return 0;
}

}  // namespace

VetoSurvey::VetoSurvey(const TaskNeed& need, const ConfigHash& hash, Instant now, const Cluster& cluster,
                       const LimitCounts& counts)
    : need_(need),
      index_(cluster.host_index()),
      pool_(cluster.attribute_pool()),
      match_(need, hash, now, cluster, counts),
      entry_at_(kKeysOfConstraints + 2 * need.config.constraints.size()) {
  const auto& constraints = need.config.constraints;
  for (const Constraint& constraint : constraints) {
    const auto first = std::ranges::find(constraints, constraint.name, &Constraint::name);
    first_of_name_.push_back(static_cast<size_t>(first - constraints.begin()));
  }
}

std::optional<Refusal> VetoSurvey::add(size_t position, const ResourceTotals& room) {
  ++hosts_;
  match_.find_obstacles(position, room, obstacles_);
  for (const Obstacle& obstacle : obstacles_) {
    Entry& entry = entry_of(obstacle);
    if (obstacle.kind != VetoKind::Resources) {
      note_values(entry, position);
    } else if (entry.hosts == 0 || obstacle.free > entry.most_free) {
      entry.asked = obstacle.asked;
      entry.most_free = obstacle.free;
      entry.freest = position;
    }
    ++entry.hosts;
  }
  return to_refusal(obstacles_);
}

// Equal for what is one veto to people: by its kind, and the constraint's name or the resource.
size_t VetoSurvey::key_of(const Obstacle& obstacle) const {
  switch (obstacle.kind) {
    case VetoKind::Resources:
      return obstacle.number;
    case VetoKind::Dedicated:
      return kResources;
    case VetoKind::Reserved:
      return kResources + 1;
    case VetoKind::Maintenance:
      return kResources + 2 + obstacle.number;
    case VetoKind::Constraint:
      return kKeysOfConstraints + 2 * first_of_name_[obstacle.number];
    case VetoKind::Limit:
      return kKeysOfConstraints + 2 * first_of_name_[obstacle.number] + 1;
  }
  return 0;
}

VetoSurvey::Entry& VetoSurvey::entry_of(const Obstacle& obstacle) {
  size_t& at = entry_at_[key_of(obstacle)];
  if (at == 0) {
    entries_.push_back({.kind = obstacle.kind,
                        .text = std::string(text_of(obstacle)),
                        .name = std::string(name_of(obstacle, need_.config)),
                        .attribute = attribute_of(obstacle),
                        .seen = {},
                        .values = {}});
    if (!entries_.back().attribute.empty()) entries_.back().seen.resize(pool_.numbers_end());
    at = entries_.size();
  }
  return entries_[at - 1];
}

// A limit needs no values to be understood.
Slot VetoSurvey::attribute_of(const Obstacle& obstacle) const {
  if (obstacle.kind == VetoKind::Dedicated) return pool_.find_name(kDedicated);
  if (obstacle.kind != VetoKind::Constraint) return {};
  return pool_.find_name(need_.config.constraints[obstacle.number].name);
}

// The first ones in alphabetical order: whoever asks twice reads the same.
void VetoSurvey::note_value(Entry& entry, const std::string& value) {
  if (entry.values.size() == kValuesShown && value > *entry.values.rbegin()) {
    entry.has_more_values = true;
    return;
  }
  entry.values.insert(value);
  if (entry.values.size() <= kValuesShown) return;
  entry.values.erase(std::prev(entry.values.end()));
  entry.has_more_values = true;
}

void VetoSurvey::note_values(Entry& entry, size_t position) const {
  if (entry.kind == VetoKind::Maintenance || entry.kind == VetoKind::Reserved)
    return note_value(entry, index_.host_at(position).id.value());
  if (entry.attribute.empty()) return;
  for (const HostAttribute& attribute : index_.attributes_at(position)) {
    if (attribute.name != entry.attribute || entry.seen[attribute.value.index]) continue;
    entry.seen[attribute.value.index] = true;
    note_value(entry, pool_[attribute.value].value);
  }
}

std::vector<HostVeto> VetoSurvey::list() const {
  std::vector<HostVeto> vetoes;
  for (const Entry& entry : entries_)
    vetoes.push_back({entry.text + entry.name, entry.hosts, detail_of(entry)});
  std::stable_sort(vetoes.begin(), vetoes.end(),
                   [](const HostVeto& a, const HostVeto& b) { return a.hosts > b.hosts; });
  return vetoes;
}

std::string VetoSurvey::detail_of(const Entry& entry) const {
  const std::string there = join(entry.values, entry.has_more_values);
  switch (entry.kind) {
    case VetoKind::Resources:
      return amounts_of(entry);
    case VetoKind::Maintenance:
      return there;
    case VetoKind::Reserved:
      return "for tasks that others had to go for: " + there;
    case VetoKind::Dedicated:
      return "for tasks with the constraint dedicated: " + there;
    case VetoKind::Limit:
      return wanted_by(entry);
    case VetoKind::Constraint:
      return wanted_by(entry) + "; " + (there.empty() ? "they have none" : "they have " + there);
  }
  return "";
}

std::string VetoSurvey::amounts_of(const Entry& entry) const {
  const std::string unit = unit_of(entry.name);
  const double share = share_of_executor(need_, entry.name);
  std::string asked = "asked " + amount(entry.asked - share, unit);
  if (share > 0) asked += " and " + amount(share, unit) + " for the executor";
  return asked + ", most free " + amount(std::max(entry.most_free, 0.0), unit) + " on " +
         index_.host_at(entry.freest).id.value();
}

// The constraint of that name which may be to blame; of several the first.
std::string VetoSurvey::wanted_by(const Entry& entry) const {
  for (const Constraint& constraint : need_.config.constraints) {
    if (constraint.name != entry.name) continue;
    if (const auto* limit = std::get_if<LimitConstraint>(&constraint.constraint)) {
      return "wanted at most " + std::to_string(limit->limit) + " of the job on each " + entry.name;
    }
    const auto& wanted = std::get<ValueConstraint>(constraint.constraint);
    const std::set<std::string> values(wanted.values.begin(), wanted.values.end());
    return (wanted.negated ? "wanted any but " : "wanted ") + join(values, false);
  }
  return "";
}

}  // namespace aurora::core
