// GPUs of this host, known by their device files: which number a program knows each by, and what tells a
// task's processes theirs.
#pragma once

#include <string>
#include <vector>

#include "aurora/os/device_filter.h"

namespace aurora::executor {

// What a task's processes get in their environment on a host with these GPUs (none of it where there are
// none). `own`: the task's. `hides_others`: they cannot open the others, so that CUDA counts theirs from 0.
std::vector<std::string> gpu_variables(const std::vector<std::string>& of_host,
                                       const std::vector<std::string>& own, bool hides_others);
// Those of the host that are not the task's, as far as they are devices.
std::vector<os::DeviceFile> other_gpus(const std::vector<std::string>& of_host,
                                       const std::vector<std::string>& own);

}  // namespace aurora::executor
