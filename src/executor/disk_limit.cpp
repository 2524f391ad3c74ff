#include "executor/disk_limit.h"

#include "aurora/core/process/runner_outcome.h"
#include "aurora/executor/task_files.h"
#include "aurora/os/files.h"
#include "aurora/os/project_quota.h"
#include "aurora/os/tree.h"

namespace aurora::executor {
namespace {

std::string file_in(const std::string& folder) { return folder + "/over_disk"; }

}  // namespace

std::string find_disk_limit_reached(const std::string& folder) {
  const Result<RunnerPlan> plan = read_plan(folder + "/plan");
  if (!plan.ok()) return "";
  const bool has_own_sandbox = run_folder_of(*plan).ends_with("/thermos-" + plan->task_id.value() + "/runs/1");
  const int64_t limit = recover_accepted(folder + "/plan", plan->task_id).summary.disk_mb << 20;
  if (!has_own_sandbox || limit == 0) return "";
  const std::optional<int64_t> counted = os::find_project_bytes(plan->sandbox);
  const int64_t used = counted ? *counted : os::measure_tree(plan->sandbox, [] { return true; }).bytes;
  return used > limit ? core::disk_limit_exceeded(limit, used).message : "";
}

void remember_disk_limit(const std::string& folder, const std::string& reason) {
  static_cast<void>(os::write_file(file_in(folder), reason, 0600));
}

std::string recall_disk_limit(const std::string& folder) {
  const Result<std::string> reason = os::read_file(file_in(folder));
  return reason.ok() ? *reason : "";
}

}  // namespace aurora::executor
