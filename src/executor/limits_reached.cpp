#include "aurora/executor/limits_reached.h"

#include "aurora/base/digits.h"
#include "aurora/os/cgroup.h"
#include "aurora/os/project_quota.h"

namespace aurora::executor {
namespace {

constexpr int64_t kBlock = 64 << 10;  // what one write may be refused for

}  // namespace

std::optional<core::RunnerOutcome> find_memory_limit_reached(const RunnerPlan& plan) {
  const std::vector<std::string>& cgroups = plan.confinement.cgroups;
  const int64_t kills = os::count_oom_kills(cgroups);
  if (kills == 0) return std::nullopt;
  const int64_t limit_mb = os::usage_of_cgroup(cgroups).memory_limit_bytes >> 20;
  std::string figures =
      "the kernel killed " + grouped_digits(kills) + (kills == 1 ? " process" : " processes");
  if (limit_mb > 0)
    figures += " at " + grouped_digits(limit_mb) + " MB, the memory it asked for and the overhead of a task";
  return core::limit_exceeded("memory", "Task used more memory than requested.", figures);
}

std::string describe_refused_forks(const RunnerPlan& plan) {
  const os::CgroupUsage usage = os::usage_of_cgroup(plan.confinement.cgroups);
  if (usage.forks_refused == 0) return "";
  return "it had reached the host's limit of " + grouped_digits(usage.pids_limit) +
         " processes and threads a task (" + grouped_digits(usage.forks_refused) +
         (usage.forks_refused == 1 ? " fork" : " forks") + " refused)";
}

std::string describe_full_sandbox(const RunnerPlan& plan) {
  const int64_t most = plan.confinement.disk_max_bytes;
  const std::optional<int64_t> used = most == 0 ? std::nullopt : os::find_project_bytes(plan.sandbox);
  if (!used || *used + kBlock <= most) return "";
  return "its sandbox was full: " + grouped_digits(*used) + " bytes of the " + grouped_digits(most) +
         " that its file system lets it have";
}

}  // namespace aurora::executor
