// How large a task's configuration may be. What people write stays far below; what is above was made by a program, and
// would cost the scheduler, a host or the next reader more than the task is worth. The client asks before it sends, the
// scheduler before it accepts, the executor before it starts: the same code, so the same sentence. Processes and their
// order have theirs in core/process/task_plan.h.
#pragma once

#include <cstddef>
#include <cstdint>

#include "aurora/base/result.h"
#include "aurora/core/job/task_config.h"

namespace aurora::core {

inline constexpr size_t kTaskConfigBytesMax = 1 << 20;  // all of it; copied to every host that runs it
inline constexpr size_t kConstraintsMax = 50;           // each is looked at for every host
inline constexpr size_t kConstraintValuesMax = 1000;
inline constexpr size_t kPortsMax = 100;  // a host has 1,000 by default
inline constexpr size_t kMetadataMax = 1000;
inline constexpr size_t kTaskLinksMax = 100;
inline constexpr size_t kFetcherUrisMax = 100;
inline constexpr size_t kVolumesMax = 100;  // or parameters of a Docker container

inline constexpr size_t kTaskIdBytesMax = 240;  // "thermos-<id>" is the name of a folder
// role, environment and name together: an id adds four dashes, an instance of ten digits and a UUID
inline constexpr size_t kJobKeyBytesMax = kTaskIdBytesMax - 4 - 10 - 36;

// Of one task. Larger than any machine, and small enough that sums over a million tasks do not overflow.
inline constexpr int64_t kCpusMax = 10'000;
inline constexpr int64_t kRamMbMax = int64_t{1} << 30;   // 1 PiB
inline constexpr int64_t kDiskMbMax = int64_t{1} << 30;  // 1 PiB
inline constexpr int64_t kGpusMax = 1'000;

// The message names the field, what was found, what is allowed, and the next step; the job is the caller's to name.
Status check_limits(const TaskConfig& config);

}  // namespace aurora::core
