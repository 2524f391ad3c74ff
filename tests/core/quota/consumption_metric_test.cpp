#include "aurora/core/quota/consumption_metric.h"

#include <catch2/catch.hpp>

namespace aurora::core {
namespace {

TEST_CASE("each metric of consumption is a sum of classes") {
  UseByClass use;
  use[QuotaClass::ProdShared] = {1'000'000, 10, 100};
  use[QuotaClass::ProdDedicated] = {2'000'000, 20, 200};
  use[QuotaClass::NonProdShared] = {4'500'000, 40, 400};
  use[QuotaClass::NonProdDedicated] = {8'000'000, 80, 800};
  Figures figures;
  for (const ConsumptionMetric& metric : consumption_metrics())
    add_use(figures, "resources_" + std::string(metric.name), use_in(use, metric));
  CHECK(figures == Figures{{"resources_total_consumed_cpu_cores", 15.5},
                           {"resources_total_consumed_ram_mb", 150},
                           {"resources_total_consumed_disk_mb", 1500},
                           {"resources_dedicated_consumed_cpu_cores", 10},
                           {"resources_dedicated_consumed_ram_mb", 100},
                           {"resources_dedicated_consumed_disk_mb", 1000},
                           {"resources_quota_consumed_cpu_cores", 1},
                           {"resources_quota_consumed_ram_mb", 10},
                           {"resources_quota_consumed_disk_mb", 100},
                           {"resources_free_pool_consumed_cpu_cores", 4.5},
                           {"resources_free_pool_consumed_ram_mb", 40},
                           {"resources_free_pool_consumed_disk_mb", 400}});
}

}  // namespace
}  // namespace aurora::core
