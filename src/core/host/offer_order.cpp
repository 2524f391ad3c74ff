#include "aurora/core/host/offer_order.h"

#include <limits>

namespace aurora::core {
namespace {

int64_t amount_of(const ResourceTotals& left, OfferKey key) {
  switch (key) {
    case OfferKey::Cpu:
      return to_micro_cpus(left.cpus);
    case OfferKey::Memory:
      return left.ram_mb;
    case OfferKey::Disk:
      return left.disk_mb;
    case OfferKey::RevocableCpu:  // those without any come last
      return left.revocable_cpus > 0 ? to_micro_cpus(left.revocable_cpus) : std::numeric_limits<int64_t>::max();
  }
  return 0;
}

}  // namespace

OfferRank rank_of(const ResourceTotals& left, const OfferOrder& order) {
  OfferRank rank{};
  for (size_t i = 0; i < order.keys.size() && i < kOfferKeysMax; ++i) rank[i] = amount_of(left, order.keys[i]);
  return rank;
}

}  // namespace aurora::core
