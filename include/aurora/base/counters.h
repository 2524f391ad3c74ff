// Named numbers for /vars. Thread-safe. Names are normalised as Aurora 0.22 does (spec/scheduler.md §20):
// every character outside [A-Za-z0-9_/.-] becomes '_'.
#pragma once

#include <cstdint>
#include <map>
#include <mutex>
#include <string>
#include <string_view>

namespace aurora {

class Counters {
 public:
  void add(std::string_view name, int64_t delta = 1);
  void set(std::string_view name, double value);
  std::map<std::string, double> values() const;

 private:
  mutable std::mutex mutex_;
  std::map<std::string, double, std::less<>> values_;
};

}  // namespace aurora
