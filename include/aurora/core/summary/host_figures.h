// Figures over all hosts, a part of the hosts at a time (Aurora 0.22, spec/scheduler.md §11.2, §20). Pure.
#pragma once

#include <array>

#include "aurora/base/figures.h"
#include "aurora/core/cluster/cluster.h"
#include "aurora/core/decision/decision.h"
#include "aurora/core/job/slot_size.h"

namespace aurora::core {

// How many slots of each size fit into what hosts have left. Revocable ones: of the revocable cores, beside the others.
class EmptySlots {
 public:
  void add(const ResourceTotals& room, bool is_dedicated);
  void put_into(Figures& figures) const;  // "empty_slots_dedicated_revocable_small"

 private:
  enum Kind : size_t { Revocable = 1, Dedicated = 2 };
  std::array<std::array<int64_t, kSlotSizes.size()>, 4> counts_{};  // by kind and size
};

// What is left of the time in which policies keep tasks on hosts that are being drained.
struct DrainCountdowns {
  std::map<InstanceKey, Duration> left;  // 0 or less: the task is not spared any more
  size_t left_out = 0;                   // beyond the bound
  int64_t without_request = 0;           // hosts in mode Draining of which nobody knows who wants it
  void put_into(Figures& figures) const;  // "maintenance_countdown_ms_<role>/<env>/<job>/<instance>"
};
constexpr size_t kCountdownsMax = 2'000;

struct HostFigures {
  EmptySlots slots;
  DrainCountdowns countdowns;
};
// Adds the hosts at `from` and behind it, `count` at most. Returns how far it got; that there are no more: nothing.
std::optional<size_t> add_hosts(HostFigures& figures, const Cluster& cluster, size_t from, size_t count,
                                const SchedulerSettings& settings, Instant now);

}  // namespace aurora::core
