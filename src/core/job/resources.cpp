#include "aurora/core/job/resources.h"

#include <algorithm>
#include <cmath>

namespace aurora::core {

ResourceTotals& ResourceTotals::operator+=(const ResourceTotals& other) {
  cpus += other.cpus;
  ram_mb += other.ram_mb;
  disk_mb += other.disk_mb;
  gpus += other.gpus;
  ports += other.ports;
  revocable_cpus += other.revocable_cpus;
  return *this;
}

ResourceTotals& ResourceTotals::operator-=(const ResourceTotals& other) {
  cpus -= other.cpus;
  ram_mb -= other.ram_mb;
  disk_mb -= other.disk_mb;
  gpus -= other.gpus;
  ports -= other.ports;
  revocable_cpus -= other.revocable_cpus;
  return *this;
}

ResourceTotals totals(const Resources& resources) {
  return {resources.cpus, resources.ram_mb, resources.disk_mb, resources.gpus,
          static_cast<int64_t>(resources.ports.size())};
}

// Larger than any machine and small enough that sums of millions of them fit.
constexpr double kMicroCpusMax = 1e15;

int64_t to_micro_cpus(double cpus) {
  return std::llround(std::clamp(cpus * 1e6, -kMicroCpusMax, kMicroCpusMax));
}

}  // namespace aurora::core
