#include "config/memory_limit.h"

#include <sys/resource.h>
#include <unistd.h>

#include <fstream>
#include <limits>

namespace aurora::config {
namespace {

int64_t to_number(rlim_t limit) {
  return limit == RLIM_INFINITY ? std::numeric_limits<int64_t>::max() : static_cast<int64_t>(limit);
}

rlim_t to_limit(int64_t number) {
  return number == std::numeric_limits<int64_t>::max() ? RLIM_INFINITY : static_cast<rlim_t>(number);
}

}  // namespace

int64_t limit_memory_growth(int64_t bytes) {
  int64_t pages = 0;
  std::ifstream("/proc/self/statm") >> pages;  // the first number is the whole address space
  rlimit limit{};
  if (pages <= 0 || getrlimit(RLIMIT_AS, &limit) != 0) return -1;
  const int64_t previous = to_number(limit.rlim_cur);
  const int64_t wanted = pages * sysconf(_SC_PAGESIZE) + bytes;
  if (wanted >= previous) return -1;
  limit.rlim_cur = to_limit(wanted);
  return setrlimit(RLIMIT_AS, &limit) == 0 ? previous : -1;
}

void restore_memory_limit(int64_t limit) {
  rlimit now{};
  if (limit < 0 || getrlimit(RLIMIT_AS, &now) != 0) return;
  now.rlim_cur = to_limit(limit);
  setrlimit(RLIMIT_AS, &now);
}

}  // namespace aurora::config
