// How much a role may use in production on hosts that it shares (Aurora 0.22, spec/scheduler.md §7). Only CPU, RAM
// and disk count, without what executors need. A role without a record has none.
#pragma once

#include <array>
#include <cstdint>
#include <string>

#include "aurora/core/job/resources.h"
#include "aurora/core/job/task_config.h"

namespace aurora::core {

struct Quota {
  std::string role;
  ResourceTotals amount;
  friend bool operator==(const Quota&, const Quota&) = default;
};
void fields(Is<Quota> auto& q, auto&& visit) {
  visit("role", q.role);
  visit("amount", q.amount);
}

// Tasks of the first class need quota; the others are only told of.
enum class QuotaClass { ProdShared, ProdDedicated, NonProdShared, NonProdDedicated };
constexpr size_t kQuotaClasses = 4;
QuotaClass quota_class_of(const TaskConfig& config);

// What tasks ask for. Cores in millionths, so that adding and taking away leaves no remainder.
struct QuotaUse {
  int64_t micro_cpus = 0;
  int64_t ram_mb = 0;
  int64_t disk_mb = 0;
  QuotaUse& operator+=(const QuotaUse& more);
  QuotaUse& operator-=(const QuotaUse& less);
  friend bool operator==(const QuotaUse&, const QuotaUse&) = default;
};
QuotaUse use_of(const TaskConfig& config, int64_t instances = 1);
QuotaUse use_of(const ResourceTotals& amount);
ResourceTotals totals(const QuotaUse& use);

class UseByClass {
 public:
  QuotaUse& operator[](QuotaClass which) { return uses_[static_cast<size_t>(which)]; }
  const QuotaUse& operator[](QuotaClass which) const { return uses_[static_cast<size_t>(which)]; }
  UseByClass& operator+=(const UseByClass& more);
  UseByClass& operator-=(const UseByClass& less);
  void raise_to(const UseByClass& other);  // each amount becomes the larger of the two
  friend bool operator==(const UseByClass&, const UseByClass&) = default;

 private:
  std::array<QuotaUse, kQuotaClasses> uses_{};
};

}  // namespace aurora::core
