// What all hosts say to one configuration, gathered while a placement round looks for the closest of them:
// each veto with the number of hosts, what was asked and what there is.
#pragma once

#include <set>
#include <string>
#include <vector>

#include "aurora/core/cluster/pending_reason.h"
#include "core/placement/match.h"

namespace aurora::core {

class VetoSurvey {
 public:
  VetoSurvey(const TaskNeed& need, const ConfigHash& hash, Instant now, const Cluster& cluster,
             const LimitCounts& counts);

  // What keeps the host at that position of the index from taking the task, if anything does. `room`: what it
  // has left.
  std::optional<Refusal> add(size_t position, const ResourceTotals& room);
  int64_t hosts() const { return hosts_; }
  std::vector<HostVeto> list() const;  // those of most hosts first

 private:
  struct Entry {
    VetoKind kind = VetoKind::Resources;
    std::string text;
    std::string name;
    int64_t hosts = 0;
    double asked = 0;
    double most_free = 0;
    size_t freest = 0;             // its position
    Slot attribute;                // whose values hosts are asked for; may be none
    std::vector<bool> seen;        // by the number of its slot: the value is noted
    std::set<std::string> values;  // the first few of those that hosts have, or the first few hosts
    bool has_more_values = false;
  };
  size_t key_of(const Obstacle& obstacle) const;
  Entry& entry_of(const Obstacle& obstacle);
  Slot attribute_of(const Obstacle& obstacle) const;
  static void note_value(Entry& entry, const std::string& value);
  void note_values(Entry& entry, size_t position) const;
  std::string detail_of(const Entry& entry) const;
  std::string amounts_of(const Entry& entry) const;
  std::string wanted_by(const Entry& entry) const;

  const TaskNeed& need_;
  const HostIndex& index_;
  const AttributePool& pool_;
  const WideMatch match_;
  std::vector<size_t> first_of_name_;  // by the number of a constraint: the first one with that name
  int64_t hosts_ = 0;
  Obstacles obstacles_;           // of the host that was last added
  std::vector<Entry> entries_;    // a few: resources, and the constraints of the configuration
  std::vector<size_t> entry_at_;  // by key: its number among them, and 1; 0: there is none
};

}  // namespace aurora::core
