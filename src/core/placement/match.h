// May this host take this task, and if not, why not: the vetoes of spec/scheduler.md §4.4, with their exact
// texts.
#pragma once

#include <array>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <tuple>
#include <vector>

#include "aurora/core/cluster/cluster.h"
#include "core/cluster/host_index.h"

namespace aurora::core {

enum class VetoKind { Dedicated, Maintenance, Reserved, Constraint, Limit, Resources };

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
  // The values of the attribute of which so many are counted (or more), as slots of the cluster's pool;
  // `limit` is 1 or more.
  std::vector<Slot> list_reached(const JobKey& job, const std::string& attribute, int32_t limit) const;

 private:
  const Cluster& cluster_;
  std::map<std::tuple<JobKey, std::string, std::string>, int32_t> placed_;
};

struct TaskNeed {
  const TaskConfig& config;
  ResourceTotals cost;  // with the executor's overhead
};

// Whether the host at that position is kept for tasks of another configuration, of which some still wait (§5.4).
bool is_reserved_from(const ConfigHash& asking, const Cluster& cluster, size_t position, Instant now);
// That, or for instances that come back to it (§9.8).
bool is_kept_from(const ConfigHash& asking, const Cluster& cluster, size_t position, Instant now);

struct Place {
  const Host& host;
  const ResourceTotals& room;  // what the host has left
  bool is_open = false;        // known to be neither dedicated nor emptied for maintenance
  bool is_kept = false;        // for others
};

// Empty when the host may take the task.
std::vector<Veto> match(const TaskNeed& need, const Place& place, const LimitCounts& counts);

// A veto before it has a text.
struct Obstacle {
  VetoKind kind = VetoKind::Resources;
  uint32_t number = 0;  // of a constraint in the configuration, of a resource, of a mode of maintenance
  int64_t score = 0;
  double asked = 0;  // of a resource, as is what is free
  double free = 0;
};
inline constexpr size_t kResources = 5;
std::string_view text_of(const Obstacle& obstacle);  // is followed by the name, if there is one
std::string_view name_of(const Obstacle& obstacle,
                         const TaskConfig& config);  // of the constraint or resource

// All that a host has against a task: of one kind, the first that there is (§4.4).
class Obstacles {
 public:
  void add(const Obstacle& obstacle) { list_[size_++] = obstacle; }
  void clear() { size_ = 0; }
  const Obstacle* begin() const { return list_.data(); }
  const Obstacle* end() const { return list_.data() + size_; }

 private:
  std::array<Obstacle, kResources> list_;  // more than one only of resources
  size_t size_ = 0;
};

// A constraint as numbers of the cluster's attribute pool.
struct NumberedConstraint {
  Slot name;                  // of the attribute; none if no host has it
  std::vector<bool> values;   // by the number of their slots: those that are named, or whose limit is reached
  bool is_never_met = false;  // a limit below 1
};
// The same question for a look at very many hosts: the names are looked up once. Valid as long as the need,
// the cluster and the counts stay as they are.
class WideMatch {
 public:
  WideMatch(const TaskNeed& need, const ConfigHash& hash, Instant now, const Cluster& cluster,
            const LimitCounts& counts);
  // What the host at that position of the index has against the task, while it has this room.
  void find_obstacles(size_t position, const ResourceTotals& room, Obstacles& found) const;

 private:
  const TaskNeed& need_;
  const ConfigHash& hash_;
  const Instant now_;
  const Cluster& cluster_;
  const HostIndex& index_;
  std::vector<NumberedConstraint> constraints_;
};

// The vetoes without their texts: all of one kind, and their total score.
struct Refusal {
  VetoKind kind = VetoKind::Resources;
  int64_t score = 0;
};
std::optional<Refusal> to_refusal(const Obstacles& obstacles);
// Nothing when the host may take the task.
std::optional<Refusal> find_refusal(const TaskNeed& need, const Place& place, const LimitCounts& counts);

}  // namespace aurora::core
