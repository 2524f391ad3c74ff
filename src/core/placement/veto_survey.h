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
  explicit VetoSurvey(const TaskNeed& need) : need_(need) {}

  // What keeps this host from taking the task, if anything does. Costs the same for every host.
  std::optional<Refusal> add(const Place& place, const LimitCounts& counts);
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
    HostId freest;
    std::set<std::string> values;  // the first few of those that hosts have, or the first few hosts
    bool has_more_values = false;
  };
  Entry& entry_of(const Obstacle& obstacle);
  static void note_value(Entry& entry, const std::string& value);
  static void note_values(Entry& entry, const Host& host);
  std::string detail_of(const Entry& entry) const;
  std::string amounts_of(const Entry& entry) const;
  std::string wanted_by(const Entry& entry) const;

  const TaskNeed& need_;
  int64_t hosts_ = 0;
  std::vector<Entry> entries_;  // a few: resources, and the constraints of the configuration
};

}  // namespace aurora::core
