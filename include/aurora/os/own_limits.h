// What the control groups that this process is in leave it of the machine: a container with 2 of 64 cores
// has 2.
#pragma once

#include <cstdint>
#include <optional>
#include <string>

namespace aurora::os {

struct OwnLimits {
  std::optional<double>
      cpus;  // cores, by a quota of time; absent: none. Which CPUs it may use is count_cpus()
  std::optional<int64_t> memory_bytes;  // absent: none
};
// The least of its groups and of those above them, as far as they are mounted. The arguments: files like
// those of /proc.
OwnLimits find_own_limits(const std::string& mountinfo = "/proc/self/mountinfo",
                          const std::string& own_groups = "/proc/self/cgroup");

}  // namespace aurora::os
