#include "aurora/core/summary/host_figures.h"

#include <algorithm>

#include "aurora/core/maintenance/drain.h"
#include "core/cluster/host_index.h"

namespace aurora::core {
namespace {

void add_countdowns(DrainCountdowns& countdowns, const Cluster& cluster, const Host& host,
                    const SchedulerSettings& settings, Instant now) {
  if (host.mode != MaintenanceMode::Draining) return;
  if (!host.drain) {
    ++countdowns.without_request;
    return;
  }
  // Policies count up to and including the last moment before.
  const Duration left = forced_at(*host.drain, settings) - milliseconds(1) - now;
  for (const Task* task : cluster.list_host_tasks(host.id)) {
    if (countdowns.left.size() < kCountdownsMax) {
      countdowns.left[task->instance()] = left;
    } else {
      ++countdowns.left_out;
    }
  }
}

}  // namespace

void EmptySlots::add(const ResourceTotals& room, bool is_dedicated) {
  const size_t kind = is_dedicated ? size_t{Dedicated} : 0;
  for (size_t size = 0; size < kSlotSizes.size(); ++size) {
    counts_[kind][size] += count_slots(kSlotSizes[size], room.cpus, room.ram_mb, room.disk_mb);
    counts_[kind + Revocable][size] += count_slots(kSlotSizes[size], room.revocable_cpus, room.ram_mb, room.disk_mb);
  }
}

void EmptySlots::put_into(Figures& figures) const {
  for (size_t kind = 0; kind < counts_.size(); ++kind) {
    for (size_t size = 0; size < kSlotSizes.size(); ++size) {
      std::string name = "empty_slots_";
      if ((kind & Dedicated) != 0) name += "dedicated_";
      if ((kind & Revocable) != 0) name += "revocable_";
      figures[name += kSlotSizes[size].name] = static_cast<double>(counts_[kind][size]);
    }
  }
}

void DrainCountdowns::put_into(Figures& figures) const {
  for (const auto& [instance, duration] : left)
    figures["maintenance_countdown_ms_" + to_string(instance)] = static_cast<double>(duration.ms);
}

std::optional<size_t> add_hosts(HostFigures& figures, const Cluster& cluster, size_t from, size_t count,
                                const SchedulerSettings& settings, Instant now) {
  const HostIndex& hosts = cluster.host_index();
  const size_t end = std::min(hosts.size(), from + count);
  for (size_t position = from; position < end; ++position) {
    const Host& host = hosts.host_at(position);
    if (hosts.is_connected(position)) figures.slots.add(hosts.room_at(position), is_dedicated(host));
    add_countdowns(figures.countdowns, cluster, host, settings, now);
  }
  return end < hosts.size() ? std::optional(end) : std::nullopt;
}

}  // namespace aurora::core
