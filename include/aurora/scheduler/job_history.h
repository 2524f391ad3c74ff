// Reads what became of the tasks of jobs, without keeping the engine's thread waiting: a few hundred tasks a look.
#pragma once

#include <cstddef>
#include <functional>
#include <optional>
#include <vector>

#include "aurora/core/sla/sla_figures.h"
#include "aurora/scheduler/engine.h"

namespace aurora::scheduler {

// Tasks whose records are read under the engine's lock at a time: a fraction of a millisecond.
inline constexpr size_t kTasksPerLook = 256;

struct JobHistory {
  core::JobKey job;
  std::vector<core::SlaTask> tasks;  // each once
  RoundNumber seen = 0;              // the newest round of which they may tell
};

enum class JobTasks { OfServices, All };

// Of a large job the looks are at different moments: a task that comes or goes meanwhile may be missing.
JobHistory read_job_history(const Engine& engine, const core::JobKey& job, const std::function<bool()>& is_unwanted,
                            JobTasks which = JobTasks::OfServices);

// Calls `visit` for every job that has tasks of a service, in order, outside of any lock; jobs that come or go meanwhile keep no other from
// being visited. Returns the newest round that was seen; nothing when `is_unwanted`() became true.
std::optional<RoundNumber> visit_jobs(const Engine& engine, const std::function<void(const JobHistory&)>& visit,
                                      const std::function<bool()>& is_unwanted);

}  // namespace aurora::scheduler
