// What became of what jobs were promised: uptimes and waits (Aurora 0.22, spec/scheduler.md §13). Of service tasks only.
// Pure: computed from copies of what the tables hold, so that nobody waits for it.
#pragma once

#include <array>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "aurora/base/figures.h"
#include "aurora/core/ids.h"
#include "aurora/core/task/task.h"

namespace aurora::core {

enum class SlaCategory { JobUptimes, PlatformUptime, Medians };
using SlaCategories = std::set<SlaCategory>;

struct SlaWindow {  // [from, to); to is now
  Instant from;
  Instant to;
};

struct StatusAt {
  Instant at;
  TaskStatus status = TaskStatus::Init;
};

// What figures need of a task, active or terminal.
struct SlaTask {
  int32_t instance_id = 0;
  TaskStatus status = TaskStatus::Init;
  bool is_production = false;
  double cpus = 0;  // that it asks for, as the other two
  int64_t ram_mb = 0;
  int64_t disk_mb = 0;
  std::vector<StatusAt> events = {};  // oldest first
};
SlaTask sla_task_of(const Task& task);

// Between the two values around it in proportion; 0 of none. `percent`: 0 to 100.
double percentile(std::vector<int64_t> values, double percent);

// So many percent of the RUNNING tasks have been so for at least this long. 0 of none.
double job_uptime_secs(const std::vector<SlaTask>& tasks, double percent, Instant now);

// Of the time in which instances were to be up, how much they were. What users ended, or what ended by itself, was not to be.
struct PlatformUptime {
  int64_t up_ms = 0;
  int64_t counted_ms = 0;  // up or down
  PlatformUptime& operator+=(const PlatformUptime& more);
  double percent() const;  // 100 if nothing counts
};
// Of the instances of a job, each with all its tasks.
PlatformUptime platform_uptime(const std::vector<SlaTask>& tasks, const SlaWindow& window);

// From the last PENDING before it to the first `status` within the window, of each active task that has both.
std::vector<int64_t> list_waits_ms(const std::vector<SlaTask>& tasks, TaskStatus status, const SlaWindow& window);

// Since their first RUNNING, of the tasks whose sandbox may be in use; whole seconds, in order. This is what the
// client's `sla` verbs compute with (spec/client.md §6.8).
std::vector<int64_t> list_uptimes_secs(const std::vector<SlaTask>& tasks, Instant now);

struct SlaSettings {
  SlaCategories prod = {SlaCategory::JobUptimes, SlaCategory::PlatformUptime, SlaCategory::Medians};
  SlaCategories non_prod = {};
};

// Jobs beyond these have no figures of their own and count in those of the cluster: what monitoring reads has a bound.
constexpr size_t kSlaJobsMax = 1'000;

// Adds up job after job.
class SlaFigures {
 public:
  SlaFigures(const SlaSettings& settings, const SlaWindow& window);

  // `tasks`: all service tasks of the job. Each job once.
  void add(const JobKey& job, const std::vector<SlaTask>& tasks);
  // "sla_<role>/<env>/<name>_job_uptime_50.00_sec", "sla_cluster_mtta_ms_nonprod", ...
  Figures figures() const;

 private:
  static constexpr size_t kMedians = 3;
  struct Waits {
    std::array<std::vector<int64_t>, kMedians> ms;
  };
  struct Side {  // production or not
    SlaCategories categories;
    std::string suffix = {};
    PlatformUptime uptime = {};
    std::map<std::string, Waits> waits = {};  // by group
    size_t jobs = 0;                     // with figures of their own
  };
  void add(Side& side, const JobKey& job, const std::vector<SlaTask>& tasks);
  void add_waits(Side& side, const std::string& job_group, const std::vector<SlaTask>& tasks);
  void put_waits(const std::string& group, const Waits& waits, const std::string& suffix, Figures& figures) const;

  const SlaWindow window_;
  Side prod_;
  Side non_prod_;
  Figures of_jobs_;
  size_t left_out_ = 0;
};

}  // namespace aurora::core

template <>
struct aurora::EnumNames<aurora::core::SlaCategory> {
  using enum aurora::core::SlaCategory;
  static constexpr std::array<EnumName<aurora::core::SlaCategory>, 3> values{
      {{JobUptimes, "JOB_UPTIMES"}, {PlatformUptime, "PLATFORM_UPTIME"}, {Medians, "MEDIANS"}}};
};
