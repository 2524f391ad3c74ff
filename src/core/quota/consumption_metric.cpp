#include "aurora/core/quota/consumption_metric.h"

namespace aurora::core {
namespace {

using enum QuotaClass;
constexpr QuotaClass kAll[] = {ProdShared, ProdDedicated, NonProdShared, NonProdDedicated};
constexpr QuotaClass kDedicatedHosts[] = {ProdDedicated, NonProdDedicated};
constexpr QuotaClass kQuota[] = {ProdShared};
constexpr QuotaClass kFreePool[] = {NonProdShared};
constexpr ConsumptionMetric kMetrics[] = {{"total_consumed", "Total consumed", kAll},
                                          {"dedicated_consumed", "Dedicated consumed", kDedicatedHosts},
                                          {"quota_consumed", "Quota consumed", kQuota},
                                          {"free_pool_consumed", "Free pool consumed", kFreePool}};

}  // namespace

std::span<const ConsumptionMetric> consumption_metrics() { return kMetrics; }

QuotaUse use_in(const UseByClass& use, const ConsumptionMetric& metric) {
  QuotaUse sum;
  for (const QuotaClass which : metric.classes) sum += use[which];
  return sum;
}

void add_use(Figures& figures, const std::string& prefix, const QuotaUse& use) {
  figures[prefix + "_cpu_cores"] = totals(use).cpus;
  figures[prefix + "_ram_mb"] = static_cast<double>(use.ram_mb);
  figures[prefix + "_disk_mb"] = static_cast<double>(use.disk_mb);
}

}  // namespace aurora::core
