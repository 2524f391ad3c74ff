// What this machine has.
#pragma once

#include <cstdint>
#include <string>

namespace aurora::os {

int count_cpus();                                      // that this process may use
int64_t memory_megabytes();                            // MiB, all of it
int64_t free_disk_megabytes(const std::string& folder);  // MiB that are free where the folder is

}  // namespace aurora::os
