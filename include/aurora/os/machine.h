// What this machine has.
#pragma once

#include <cstdint>
#include <string>

namespace aurora::os {

int count_cpus();                                        // that this process may use
int count_all_cpus();                                    // that are switched on
int64_t memory_megabytes();                              // MiB, all of it
struct DiskSpace {
  int64_t total_bytes = 0;  // 0: not known
  int64_t free_bytes = 0;   // for anybody
};
DiskSpace disk_space(const std::string& folder);  // where the folder is
int64_t free_disk_megabytes(const std::string& folder);  // MiB that are free where the folder is

// What monitoring reads of the machine and of this process; 0 for what /proc does not tell.
struct MachineFigures {
  double load_average = 0;  // of the last minute
  int64_t free_memory_mb = 0;
  int64_t free_swap_mb = 0;
  int64_t cpu_time_nanos = 0;  // of this process, all threads
  int64_t open_files = 0;
  int64_t open_files_max = 0;
};
MachineFigures machine_figures();

}  // namespace aurora::os
