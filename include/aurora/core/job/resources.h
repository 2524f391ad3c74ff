// What a task needs or a host has (Aurora 0.22, spec/scheduler.md §1.5).
#pragma once

#include <cstdint>
#include <set>
#include <string>

#include "aurora/base/fields.h"

namespace aurora::core {

struct Resources {
  double cpus = 0;            // cores
  int64_t ram_mb = 0;         // MiB
  int64_t disk_mb = 0;        // MiB
  int64_t gpus = 0;           // devices
  std::set<std::string> ports;  // names; each is one port on the host
  friend bool operator==(const Resources&, const Resources&) = default;
};
void fields(Is<Resources> auto& r, auto&& visit) {
  visit("cpus", r.cpus);
  visit("ramMb", r.ram_mb);
  visit("diskMb", r.disk_mb);
  visit("gpus", r.gpus);
  visit("ports", r.ports);
}

// Amounts without names, for sums over tasks and for what a host has.
struct ResourceTotals {
  double cpus = 0;
  int64_t ram_mb = 0;
  int64_t disk_mb = 0;
  int64_t gpus = 0;
  int64_t ports = 0;  // count
  double revocable_cpus =
      0;  // cores beside `cpus`, which only tasks of a revocable tier have: they run on what others leave
  friend bool operator==(const ResourceTotals&, const ResourceTotals&) = default;
  ResourceTotals& operator+=(const ResourceTotals& other);
  ResourceTotals& operator-=(const ResourceTotals& other);
};
void fields(Is<ResourceTotals> auto& r, auto&& visit) {
  visit("cpus", r.cpus);
  visit("ramMb", r.ram_mb);
  visit("diskMb", r.disk_mb);
  visit("gpus", r.gpus);
  visit("ports", r.ports);
  visit("revocableCpus", r.revocable_cpus);
}
ResourceTotals totals(const Resources& resources);
int64_t to_micro_cpus(double cpus);  // millionths of a core, rounded: sums of them are exact

// What each task with an executorConfig costs on its host beyond its own resources (spec/scheduler.md §1.5).
struct ExecutorOverhead {
  double cpus = 0.25;
  int64_t ram_mb = 128;
};

}  // namespace aurora::core
