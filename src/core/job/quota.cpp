#include "aurora/core/job/quota.h"

#include <algorithm>

namespace aurora::core {

QuotaClass quota_class_of(const TaskConfig& config) {
  const bool is_dedicated = find_dedicated(config.constraints) != nullptr;
  if (config.production) return is_dedicated ? QuotaClass::ProdDedicated : QuotaClass::ProdShared;
  return is_dedicated ? QuotaClass::NonProdDedicated : QuotaClass::NonProdShared;
}

QuotaUse& QuotaUse::operator+=(const QuotaUse& more) {
  micro_cpus += more.micro_cpus;
  ram_mb += more.ram_mb;
  disk_mb += more.disk_mb;
  return *this;
}

QuotaUse& QuotaUse::operator-=(const QuotaUse& less) {
  micro_cpus -= less.micro_cpus;
  ram_mb -= less.ram_mb;
  disk_mb -= less.disk_mb;
  return *this;
}

QuotaUse use_of(const TaskConfig& config, int64_t instances) {
  const Resources& asked = config.resources;
  return {to_micro_cpus(asked.cpus) * instances, asked.ram_mb * instances, asked.disk_mb * instances};
}

QuotaUse use_of(const ResourceTotals& amount) {
  return {to_micro_cpus(amount.cpus), amount.ram_mb, amount.disk_mb};
}

ResourceTotals totals(const QuotaUse& use) {
  ResourceTotals amount;
  amount.cpus = static_cast<double>(use.micro_cpus) / 1e6;
  amount.ram_mb = use.ram_mb;
  amount.disk_mb = use.disk_mb;
  return amount;
}

UseByClass& UseByClass::operator+=(const UseByClass& more) {
  for (size_t i = 0; i < kQuotaClasses; ++i) uses_[i] += more.uses_[i];
  return *this;
}

UseByClass& UseByClass::operator-=(const UseByClass& less) {
  for (size_t i = 0; i < kQuotaClasses; ++i) uses_[i] -= less.uses_[i];
  return *this;
}

void UseByClass::raise_to(const UseByClass& other) {
  for (size_t i = 0; i < kQuotaClasses; ++i) {
    QuotaUse& mine = uses_[i];
    const QuotaUse& theirs = other.uses_[i];
    mine = {std::max(mine.micro_cpus, theirs.micro_cpus), std::max(mine.ram_mb, theirs.ram_mb),
            std::max(mine.disk_mb, theirs.disk_mb)};
  }
}

}  // namespace aurora::core
