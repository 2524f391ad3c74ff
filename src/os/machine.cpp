#include "aurora/os/machine.h"

#include <sched.h>
#include <sys/statvfs.h>
#include <unistd.h>

namespace aurora::os {
namespace {
constexpr int64_t kMegabyte = 1 << 20;
}

int count_cpus() {
  cpu_set_t set;
  CPU_ZERO(&set);
  if (::sched_getaffinity(0, sizeof set, &set) == 0) return CPU_COUNT(&set);
  return static_cast<int>(::sysconf(_SC_NPROCESSORS_ONLN));
}

int64_t memory_megabytes() { return ::sysconf(_SC_PHYS_PAGES) / (kMegabyte / ::sysconf(_SC_PAGESIZE)); }

int64_t free_disk_megabytes(const std::string& folder) {
  struct statvfs status {};
  if (::statvfs(folder.c_str(), &status) != 0) return 0;
  return static_cast<int64_t>(status.f_bavail) * static_cast<int64_t>(status.f_frsize) / kMegabyte;
}

}  // namespace aurora::os
