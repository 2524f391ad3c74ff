// Which of the hosts that would take a task gets it (Aurora 0.22, spec/scheduler.md §4.5; spreading is ours). Hosts that
// are not scheduled for maintenance come first, whatever the order.
#pragma once

#include <array>
#include <cstdint>
#include <string>
#include <vector>

#include "aurora/core/job/resources.h"

namespace aurora::core {

enum class OfferKey { Cpu, Memory, Disk, RevocableCpu };

struct OfferOrder {
  // Packs: hosts with the least left of these come first. Empty: at random, so that the loss of one host hurts least.
  std::vector<OfferKey> keys;
  // Spreads softly: of some hosts drawn at random the one whose value of this attribute has the fewest tasks of the job.
  // Empty: no. Not together with keys.
  std::string spread_over;
};

constexpr size_t kOfferKeysMax = 4;
// Smaller comes first.
using OfferRank = std::array<int64_t, kOfferKeysMax>;
OfferRank rank_of(const ResourceTotals& left, const OfferOrder& order);

}  // namespace aurora::core

template <>
struct aurora::EnumNames<aurora::core::OfferKey> {
  using enum aurora::core::OfferKey;
  static constexpr std::array<EnumName<aurora::core::OfferKey>, 4> values{
      {{Cpu, "CPU"}, {Memory, "MEMORY"}, {Disk, "DISK"}, {RevocableCpu, "REVOCABLE_CPU"}}};
};
