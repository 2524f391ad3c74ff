// What is told of consumption, under Aurora's names: on /vars and /utilization (Aurora 0.22, spec/scheduler.md §20). Pure.
#pragma once

#include <array>
#include <span>
#include <string>
#include <string_view>

#include "aurora/base/figures.h"
#include "aurora/core/job/quota.h"

namespace aurora::core {

struct ConsumptionMetric {
  std::string_view name;   // "quota_consumed"
  std::string_view title;  // "Quota consumed"
  std::span<const QuotaClass> classes;
};
std::span<const ConsumptionMetric> consumption_metrics();
QuotaUse use_in(const UseByClass& use, const ConsumptionMetric& metric);

// <prefix>_cpu_cores, <prefix>_ram_mb and <prefix>_disk_mb.
void add_use(Figures& figures, const std::string& prefix, const QuotaUse& use);

}  // namespace aurora::core
