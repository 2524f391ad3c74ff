// The sizes by which Aurora counts free room and groups tasks (Aurora 0.22, spec/scheduler.md §1.5).
#pragma once

#include <array>
#include <cstdint>
#include <string_view>

#include "aurora/core/job/resources.h"

namespace aurora::core {

struct SlotSize {
  std::string_view name;
  double cpus = 0;
  int64_t ram_mb = 0;
  int64_t disk_mb = 0;
};
inline constexpr std::array<SlotSize, 4> kSlotSizes{
    {{"small", 1, 1024, 4096}, {"medium", 4, 8192, 16384}, {"large", 8, 16384, 32768}, {"xlarge", 16, 32768, 65536}}};

// How many slots fit into so much room, all of its cores being of one kind: `cpus`.
int64_t count_slots(const SlotSize& slot, double cpus, int64_t ram_mb, int64_t disk_mb);

// The first size that is not below the amount; above the largest it is "xxlarge".
std::string_view size_of_cpus(double cpus);
std::string_view size_of_ram(int64_t ram_mb);
std::string_view size_of_disk(int64_t disk_mb);

}  // namespace aurora::core
