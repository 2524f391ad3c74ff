#include "aurora/core/job/slot_size.h"

#include <algorithm>

namespace aurora::core {
namespace {

template <typename Amount>
std::string_view size_of(Amount amount, Amount SlotSize::*member) {
  const auto size = std::ranges::find_if(kSlotSizes, [&](const SlotSize& known) { return amount <= known.*member; });
  return size == kSlotSizes.end() ? "xxlarge" : size->name;
}

}  // namespace

int64_t count_slots(const SlotSize& slot, double cpus, int64_t ram_mb, int64_t disk_mb) {
  return std::max<int64_t>(0, std::min({to_micro_cpus(cpus) / to_micro_cpus(slot.cpus), ram_mb / slot.ram_mb,
                                        disk_mb / slot.disk_mb}));
}

std::string_view size_of_cpus(double cpus) { return size_of(cpus, &SlotSize::cpus); }
std::string_view size_of_ram(int64_t ram_mb) { return size_of(ram_mb, &SlotSize::ram_mb); }
std::string_view size_of_disk(int64_t disk_mb) { return size_of(disk_mb, &SlotSize::disk_mb); }

}  // namespace aurora::core
