#include "core/placement/veto_survey.h"

#include <algorithm>
#include <cmath>
#include <cstdio>

namespace aurora::core {
namespace {

constexpr size_t kValuesShown = 5;

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
  if (resource == "CPU") return static_cast<double>(std::llround((need.cost.cpus - own.cpus) * 1e6)) / 1e6;
  if (resource == "RAM") return static_cast<double>(need.cost.ram_mb - own.ram_mb);
  return 0;
}

}  // namespace

std::optional<Refusal> VetoSurvey::add(const Place& place, const LimitCounts& counts) {
  ++hosts_;
  std::optional<Refusal> refusal;
  const auto note = [&](const Obstacle& obstacle) {
    refusal = Refusal{obstacle.kind, (refusal ? refusal->score : 0) + obstacle.score};
    Entry& entry = entry_of(obstacle);
    if (obstacle.kind != VetoKind::Resources) {
      note_values(entry, place.host);
    } else if (entry.hosts == 0 || obstacle.free > entry.most_free) {
      entry.asked = obstacle.asked;
      entry.most_free = obstacle.free;
      entry.freest = place.host.id;
    }
    ++entry.hosts;
  };
  for_obstacles(need_, place, counts, std::ref(note));
  return refusal;
}

VetoSurvey::Entry& VetoSurvey::entry_of(const Obstacle& obstacle) {
  for (Entry& entry : entries_) {
    if (entry.kind == obstacle.kind && entry.name == obstacle.name && entry.text == obstacle.text)
      return entry;
  }
  entries_.push_back({.kind = obstacle.kind,
                      .text = std::string(obstacle.text),
                      .name = std::string(obstacle.name),
                      .freest = {},
                      .values = {}});
  return entries_.back();
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

void VetoSurvey::note_values(Entry& entry, const Host& host) {
  if (entry.kind == VetoKind::Maintenance) return note_value(entry, host.id.value());
  const auto found = host.attributes.find(entry.kind == VetoKind::Dedicated ? kDedicated : entry.name);
  if (found == host.attributes.end()) return;
  for (const std::string& value : found->second) note_value(entry, value);
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
         entry.freest.value();
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
