#include "aurora/executor/confiner.h"

#include <algorithm>

#include "aurora/base/log.h"
#include "aurora/executor/gpus.h"
#include "aurora/os/namespaces.h"
#include "aurora/os/processes.h"
#include "aurora/os/project_quota.h"
#include "aurora/os/spawn.h"
#include "aurora/os/users.h"

namespace aurora::executor {
namespace {

// A task that is over its limit is ended with the reason; until that is seen, its file system lets it have so
// much more.
constexpr int64_t kDiskSlackPart = 20;
constexpr int64_t kDiskSlackBytes = 4 << 20;
const char* const kNeedsRoot = "needs root; the executor runs as ";

// Whether the kernel lets us: tried in a copy, because each step is for good.
bool can(const std::function<Status()>& step) {
  const Result<int> pid = os::fork_copy({}, [&] { return step().ok() ? 0 : 1; });
  if (!pid.ok()) return false;
  const os::ProcessEnd end = os::wait_for_child(*pid);
  return end.signal == 0 && end.exit_code == 0;
}

Measure of_cgroup(const char* name, bool is_wanted, const char* flag, const os::CgroupAbility& ability) {
  if (!is_wanted) return {name, false, std::string("switched off by ") + flag};
  if (ability.why_not.empty()) return {name, true, ability.how};
  return {name, false, ability.why_not};
}

}  // namespace

Confiner::Confiner(ConfinementPolicy policy, os::Cgroups cgroups)
    : policy_(std::move(policy)), cgroups_(std::move(cgroups)) {}

Confiner Confiner::open(ConfinementPolicy policy, const std::string& agent_id, double cpus,
                        const std::string& work_folder) {
  const std::string parent = policy.cgroup_parent + "/" + agent_id;
  const bool are_devices =
      std::ranges::all_of(policy.gpus, [](const auto& gpu) { return os::find_device(gpu).has_value(); });
  const os::CgroupSetting setting{.filters_devices = are_devices && !policy.gpus.empty()};
  Confiner confiner(policy, policy.uses_cgroups ? os::Cgroups::open(parent, cpus, setting) : os::Cgroups());
  const os::Cgroups& groups = confiner.cgroups_;
  std::vector<Measure>& measures = confiner.measures_;
  const auto add_group = [&](const char* name, const os::CgroupAbility& ability) -> Measure& {
    return measures.emplace_back(of_cgroup(name, policy.uses_cgroups, "--cgroups=false", ability));
  };
  if (Measure& cpu = add_group("CPU weight", groups.cpu()); cpu.is_in_force)
    cpu.detail += policy.caps_cpus ? "; no more than asked for, even while cores are idle"
                                   : "; idle cores go to whoever wants them";
  if (Measure& memory = add_group("memory limit", groups.memory()); memory.is_in_force)
    memory.detail += "; " + std::to_string(policy.overhead_ram_mb) + " MB more than asked for";
  if (Measure& pids = add_group("limit of processes and threads", groups.pids()); pids.is_in_force)
    pids.detail += "; " + std::to_string(policy.pids_max) + " a task";
  add_group("kill at once, however fast a task forks", groups.kill());
  if (Measure& io = add_group("I/O weight", groups.io()); io.is_in_force)
    io.detail += "; as much as of the cores";
  measures.push_back(confiner.measure_disk(work_folder));
  if (!policy.gpus.empty()) measures.push_back(confiner.measure_gpus());

  const auto add_own = [&](const char* name, bool& is_wanted, const char* flag, bool needs_root,
                           const std::function<Status()>& step, const char* how, const char* why_not) {
    if (!is_wanted) return measures.push_back({name, false, std::string("switched off by ") + flag});
    if (needs_root && !os::is_root()) {
      measures.push_back({name, false, kNeedsRoot + os::current_user().name});
    } else {
      const bool works = can(step);
      measures.push_back({name, works, works ? how : why_not});
    }
    is_wanted = measures.back().is_in_force;
  };
  ConfinementPolicy& in_force = confiner.policy_;
  add_own(
      "private /tmp", in_force.has_private_tmp, "--private_tmp=false", true,
      [] { return os::enter_own_mounts(); }, "in the sandbox, as .tmp",
      "the kernel does not let this process have mounts of its own");
  add_own(
      "processes of other roles are hidden", in_force.hides_processes, "--hide_processes=false", true,
      [] { return os::enter_own_mounts().ok() ? os::hide_processes_of_others() : Status(Error{}); },
      "a /proc of its own", "the kernel cannot hide processes in one /proc alone (Linux 5.8 and later can)");
  add_own(
      "no new privileges", in_force.no_new_privileges, "--no_new_privileges=false", false,
      [] { return Status(Unit{}); }, "set-user-ID programs such as sudo give none", "");
  return confiner;
}

int64_t Confiner::memory_limit_bytes(const core::Resources& resources) const {
  if (resources.ram_mb == 0) return 0;  // it asked for none: only tasks that somebody runs by hand may
  return (resources.ram_mb + policy_.overhead_ram_mb) << 20;
}

Measure Confiner::measure_disk(const std::string& work_folder) {
  const std::string measured =
      "measured about once a minute, and each 5 s while the file system fills; no quota: ";
  if (!policy_.uses_disk_quota) return {"disk limit", true, measured + "switched off by --disk_quota=false"};
  const std::string obstacle = os::find_quota_obstacle(work_folder);
  policy_.uses_disk_quota = obstacle.empty();
  if (!obstacle.empty()) return {"disk limit", true, measured + obstacle};
  return {"disk limit", true,
          "project quota of the file system, looked at every other second; a task that takes no notice is "
          "stopped there at 5 % (at least 4 MB) more than it asked for"};
}

Measure Confiner::measure_gpus() {
  const char* const name = "GPUs of other tasks are out of reach";
  const auto is_no_device = [](const std::string& gpu) { return !os::find_device(gpu); };
  const auto missing = std::ranges::find_if(policy_.gpus, is_no_device);
  const std::string told = "tasks are told theirs by CUDA_VISIBLE_DEVICES, and may still open others: ";
  if (!policy_.uses_cgroups) return {name, false, told + "switched off by --cgroups=false"};
  if (missing != policy_.gpus.end()) return {name, false, told + *missing + " is no device of this machine"};
  if (!cgroups_.devices().why_not.empty()) return {name, false, told + cgroups_.devices().why_not};
  hides_gpus_ = true;
  return {name, true, cgroups_.devices().how + "; a task can open the device files of its own alone"};
}

std::vector<std::string> Confiner::gpu_variables(const std::vector<std::string>& gpus) const {
  return executor::gpu_variables(policy_.gpus, gpus, hides_gpus_);
}

int64_t Confiner::limit_disk(const core::Task& task, const std::string& sandbox) const {
  const int64_t wanted = task.config->resources.disk_mb << 20;
  if (!policy_.uses_disk_quota || wanted == 0) return 0;
  const int64_t most = wanted + std::max(wanted / kDiskSlackPart, kDiskSlackBytes);
  const Status limited = os::limit_folder(sandbox, most, task.id.value());
  if (limited.ok()) return most;
  log_warning("executor",
              task.id.value() + ": its disk is measured and not limited: " + limited.error().message);
  return 0;
}

Result<Confinement> Confiner::confine(const core::Task& task, const std::vector<std::string>& gpus) const {
  Confinement confinement;
  const core::Resources& resources = task.config->resources;
  Result<os::Cgroups::Group> group =
      cgroups_.make(task.id.value(), {.cpus = resources.cpus,
                                      .caps_cpus = policy_.caps_cpus,
                                      .is_last = task.config->revocable,
                                      .memory_bytes = memory_limit_bytes(resources),
                                      .pids = policy_.pids_max,
                                      .hidden_devices = other_gpus(policy_.gpus, gpus)});
  if (!group.ok())
    return Error{ErrorCode::Unavailable, "Task initialization failed: " + group.error().message};
  confinement.cgroups = std::move(group->folders);
  confinement.process_cgroup = std::move(group->processes);
  confinement.has_private_tmp = policy_.has_private_tmp;
  confinement.hides_processes = policy_.hides_processes;
  confinement.no_new_privileges = policy_.no_new_privileges;
  return confinement;
}

bool Confiner::release(const core::TaskId& task_id) const {
  return cgroups_.remove(task_id.value(), Duration{});
}

void Confiner::close() const { cgroups_.close(); }

std::vector<core::TaskId> Confiner::list_confined() const {
  std::vector<core::TaskId> tasks;
  for (std::string& name : cgroups_.list()) tasks.emplace_back(std::move(name));
  return tasks;
}

}  // namespace aurora::executor
