#include "farm/figures.h"

#include <sys/resource.h>
#include <unistd.h>

#include <algorithm>
#include <bit>
#include <cstdlib>

#include "aurora/os/files.h"

namespace aurora::farm {

void Latencies::add(int64_t nanos) {
  const auto value = static_cast<uint64_t>(std::max<int64_t>(nanos, 1 << kClassBits));
  const int shift = std::bit_width(value) - 1 - kClassBits;
  const auto place = (static_cast<size_t>(shift) << kClassBits) + ((value >> shift) & ((1u << kClassBits) - 1));
  ++classes_[place];
  ++count_;
  max_ = std::max(max_, nanos);
}

double Latencies::quantile_ms(double share) const {
  if (count_ == 0) return 0;
  const auto wanted = static_cast<int64_t>(share * static_cast<double>(count_ - 1)) + 1;
  int64_t seen = 0;
  size_t place = 0;
  while (place + 1 < classes_.size() && (seen += classes_[place]) < wanted) ++place;
  const auto shift = static_cast<int>(place >> kClassBits);
  const uint64_t low = ((1ull << kClassBits) + (place & ((1u << kClassBits) - 1))) << shift;
  const uint64_t middle = low + (1ull << shift) / 2;
  return std::min(static_cast<double>(middle), static_cast<double>(max_)) / 1e6;
}

void Latencies::write(codec::JsonObject& object) const {
  object.add("p50_ms", quantile_ms(0.5)).add("p99_ms", quantile_ms(0.99)).add("max_ms", max_ms());
}

std::string encode_counts(const std::map<std::string, int64_t>& counts) {
  codec::JsonObject object;
  for (const auto& [name, count] : counts) object.add(name, count);
  return object.text();
}

double own_cpu_seconds() {
  rusage usage{};
  ::getrusage(RUSAGE_SELF, &usage);
  const auto seconds = [](const timeval& time) {
    return static_cast<double>(time.tv_sec) + static_cast<double>(time.tv_usec) / 1e6;
  };
  return seconds(usage.ru_utime) + seconds(usage.ru_stime);
}

int64_t own_rss_bytes() {
  const auto statm = os::read_file("/proc/self/statm");
  if (!statm.ok()) return 0;
  const size_t second = statm->find(' ');
  return std::atoll(statm->c_str() + second + 1) * ::sysconf(_SC_PAGESIZE);
}

}  // namespace aurora::farm
