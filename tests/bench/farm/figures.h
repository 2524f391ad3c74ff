// What is measured, as numbers that cost nothing to keep.
#pragma once

#include <array>
#include <cstdint>
#include <map>
#include <string>

#include "aurora/codec/json_value.h"

namespace aurora::farm {

// Durations in classes that are 3 % wide, whatever their size.
class Latencies {
 public:
  void add(int64_t nanos);
  int64_t count() const { return count_; }
  double quantile_ms(double share) const;  // 0 when there is none
  double max_ms() const { return static_cast<double>(max_) / 1e6; }
  // p50_ms, p99_ms, max_ms
  void write(codec::JsonObject& object) const;

 private:
  static constexpr int kClassBits = 5;  // of a power of two
  std::array<int64_t, (64 - kClassBits) << kClassBits> classes_{};
  int64_t count_ = 0;
  int64_t max_ = 0;
};

std::string encode_counts(const std::map<std::string, int64_t>& counts);
double own_cpu_seconds();
int64_t own_rss_bytes();

}  // namespace aurora::farm
