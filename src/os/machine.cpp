#include "aurora/os/machine.h"

#include <sched.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <sys/sysinfo.h>
#include <unistd.h>

#include <cstdlib>
#include <ctime>
#include <filesystem>

namespace aurora::os {
namespace {

constexpr int64_t kMegabyte = 1 << 20;

// Linux 6.2 and later say the number as the folder's size; with ten thousand connections, listing them takes
// long.
int64_t count_open_files() {
  struct stat folder {};
  if (::stat("/proc/self/fd", &folder) == 0 && folder.st_size > 0) return folder.st_size;
  int64_t count = 0;
  std::error_code error;
  for (std::filesystem::directory_iterator file("/proc/self/fd", error), end; !error && file != end;
       file.increment(error))
    ++count;
  return count;
}

}  // namespace

int count_cpus() {
  cpu_set_t set;
  CPU_ZERO(&set);
  if (::sched_getaffinity(0, sizeof set, &set) == 0) return CPU_COUNT(&set);
  return count_all_cpus();
}

int count_all_cpus() { return static_cast<int>(::sysconf(_SC_NPROCESSORS_ONLN)); }

int64_t memory_megabytes() { return ::sysconf(_SC_PHYS_PAGES) / (kMegabyte / ::sysconf(_SC_PAGESIZE)); }

DiskSpace disk_space(const std::string& folder) {
  struct statvfs status {};
  if (::statvfs(folder.c_str(), &status) != 0) return {};
  const auto block = static_cast<int64_t>(status.f_frsize);
  return {static_cast<int64_t>(status.f_blocks) * block, static_cast<int64_t>(status.f_bavail) * block};
}

int64_t free_disk_megabytes(const std::string& folder) { return disk_space(folder).free_bytes / kMegabyte; }

MachineFigures machine_figures() {
  MachineFigures figures;
  if (double load = 0; ::getloadavg(&load, 1) == 1) figures.load_average = load;
  struct sysinfo info {};
  if (::sysinfo(&info) == 0) {
    figures.free_memory_mb = static_cast<int64_t>(info.freeram) * info.mem_unit / kMegabyte;
    figures.free_swap_mb = static_cast<int64_t>(info.freeswap) * info.mem_unit / kMegabyte;
  }
  timespec time{};
  if (::clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &time) == 0)
    figures.cpu_time_nanos = int64_t{time.tv_sec} * 1'000'000'000 + time.tv_nsec;
  figures.open_files = count_open_files();
  struct rlimit limit {};
  if (::getrlimit(RLIMIT_NOFILE, &limit) == 0) figures.open_files_max = static_cast<int64_t>(limit.rlim_cur);
  return figures;
}

}  // namespace aurora::os
