// Limits and isolation of this host's tasks: what is in force here, and what each task gets (Aurora 0.22 had
// Mesos do it, spec/thermos-executor.md §15).
//
// confine() is the preparer's, the rest the host loop's; both may be called at the same time.
#pragma once

#include <string>
#include <vector>

#include "aurora/core/task/task.h"
#include "aurora/executor/task_files.h"
#include "aurora/os/cgroup.h"

namespace aurora::executor {

struct ConfinementPolicy {
  bool uses_cgroups = true;
  std::string cgroup_parent = "/aurora";  // in each hierarchy; below it the host's agent id, then the tasks
  bool caps_cpus = false;                 // a task gets no more than it asked for even while cores are idle
  int64_t overhead_ram_mb = 128;          // that a task may use beyond what it asked for
  int64_t pids_max = 4096;                // processes and threads of a task
  bool has_private_tmp = true;
  bool hides_processes = true;
  bool no_new_privileges = true;
  bool uses_disk_quota = true;    // where the file system of the sandboxes keeps quotas
  std::vector<std::string> gpus;  // device files of this host's
};

// One thing that holds tasks in, for people.
struct Measure {
  std::string name;  // "memory limit"
  bool is_in_force = false;
  std::string detail;  // how, or why not and what would help
};

class Confiner {
 public:
  // Tries what needs trying in a copy of this process. REQUIRES: it has one thread so far.
  // `cpus`: what all tasks together weigh against the rest of the machine. `work_folder`: of the sandboxes.
  static Confiner open(ConfinementPolicy policy, const std::string& agent_id, double cpus,
                       const std::string& work_folder);

  const std::vector<Measure>& measures() const { return measures_; }
  // Makes the task's groups. An Error (Unavailable) is the reason why it cannot run here.
  // `gpus`: the task's own; those of others are out of its reach, where the kernel lets us.
  Result<Confinement> confine(const core::Task& task, const std::vector<std::string>& gpus) const;
  // Has the file system limit the task's sandbox, which is new and empty. At how many bytes; 0: it does not,
  // and what the sandbox holds is measured.
  int64_t limit_disk(const core::Task& task, const std::string& sandbox) const;
  // What the task's processes are told of their GPUs.
  std::vector<std::string> gpu_variables(const std::vector<std::string>& gpus) const;
  // Kills what is left in the task's groups and removes them. False: somebody sleeps in the kernel; try again
  // later.
  bool release(const core::TaskId& task_id) const;
  std::vector<core::TaskId> list_confined() const;  // that have groups below ours
  void close() const;                               // removes what is empty of ours
  // What its limit of memory is, with the overhead; 0: it has none.
  int64_t memory_limit_bytes(const core::Resources& resources) const;

 private:
  Confiner(ConfinementPolicy policy, os::Cgroups cgroups);
  Measure measure_disk(const std::string& work_folder);
  Measure measure_gpus();

  ConfinementPolicy policy_;
  os::Cgroups cgroups_;
  std::vector<Measure> measures_;
  bool hides_gpus_ = false;  // a task cannot open those of others
};

}  // namespace aurora::executor
