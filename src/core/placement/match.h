// May this host take this task, and if not, why not: the vetoes of spec/scheduler.md §4.4, with their exact
// texts.
#pragma once

#include <functional>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <tuple>
#include <vector>

#include "aurora/core/cluster/cluster.h"

namespace aurora::core {

enum class VetoKind { Dedicated, Maintenance, Constraint, Limit, Resources };

struct Veto {
  VetoKind kind = VetoKind::Resources;
  std::string reason;
  int64_t score = 0;  // how far the host is from taking the task
  friend bool operator==(const Veto&, const Veto&) = default;
};

int64_t total_score(const std::vector<Veto>& vetoes);
std::string join_reasons(const std::vector<Veto>& vetoes);  // joined with ',' (§4.6)

// Assigned tasks of a job per attribute value: those in the cluster and those that this round has placed.
class LimitCounts {
 public:
  explicit LimitCounts(const Cluster& cluster) : cluster_(cluster) {}
  int32_t count(const JobKey& job, const std::string& attribute, const std::string& value) const;
  void add(const JobKey& job, const Host& host);

 private:
  const Cluster& cluster_;
  std::map<std::tuple<JobKey, std::string, std::string>, int32_t> placed_;
};

struct TaskNeed {
  const TaskConfig& config;
  ResourceTotals cost;  // with the executor's overhead
};

struct Place {
  const Host& host;
  const ResourceTotals& room;  // what the host has left
  bool is_open = false;        // known to be neither dedicated nor emptied for maintenance
};

// Empty when the host may take the task.
std::vector<Veto> match(const TaskNeed& need, const Place& place, const LimitCounts& counts);

// A veto before it has a text.
struct Obstacle {
  VetoKind kind = VetoKind::Resources;
  std::string_view text;
  std::string_view name;  // follows the text: of a constraint or a resource
  int64_t score = 0;
  double asked = 0;  // of a resource, as is what is free
  double free = 0;
};
// Calls `visit` for each; the first kind that there is ends the search (§4.4). For a look at many hosts.
void for_obstacles(const TaskNeed& need, const Place& place, const LimitCounts& counts,
                   const std::function<void(const Obstacle&)>& visit);

// The vetoes without their texts: all of one kind, and their total score.
struct Refusal {
  VetoKind kind = VetoKind::Resources;
  int64_t score = 0;
};
// Nothing when the host may take the task.
std::optional<Refusal> find_refusal(const TaskNeed& need, const Place& place, const LimitCounts& counts);

}  // namespace aurora::core
