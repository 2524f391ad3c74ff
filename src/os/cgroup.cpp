#include "aurora/os/cgroup.h"

#include <fcntl.h>
#include <signal.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cmath>
#include <ctime>
#include <set>

#include "aurora/base/clock.h"
#include "os/cgroup_mounts.h"

namespace aurora::os {
namespace {

constexpr const char* kProcesses = "processes";
constexpr const char* kNoDiskWeighs =
    "no disk of this machine heeds weights: none has the I/O scheduler bfq (/sys/block/*/queue/scheduler), "
    "nor the "
    "kernel's cost model switched on (io.cost.qos of version 2)";
constexpr Duration kLookAgain = milliseconds(2);
constexpr int64_t kPeriodMicros = 100'000;

std::vector<int> pids_in(const std::string& folder) {
  std::vector<int> pids;
  const std::string text = read_entry(folder + "/cgroup.procs");
  for (size_t at = 0; at < text.size();) {
    const size_t end = std::min(text.find('\n', at), text.size());
    if (const int64_t pid = parse_number(std::string_view(text).substr(at, end - at)); pid > 0)
      pids.push_back(static_cast<int>(pid));
    at = end + 1;
  }
  return pids;
}

// Its folders first; who sits in one that does not go keeps it.
bool remove_folder(const std::string& folder) {
  if (::rmdir(folder.c_str()) == 0 || errno == ENOENT) return true;
  for (const std::string& name : list_names(folder)) {
    struct stat info {};
    const std::string path = folder + "/" + name;
    if (::lstat(path.c_str(), &info) == 0 && S_ISDIR(info.st_mode)) remove_folder(path);
  }
  return ::rmdir(folder.c_str()) == 0 || errno == ENOENT;
}

Status make_folder(const std::string& folder) {
  if (::mkdir(folder.c_str(), 0755) == 0 || errno == EEXIST) return Unit{};
  return system_error("cannot make", folder);
}

// Version 1 kills only what stands still: nobody forks while he is frozen, and SIGKILL ends who thaws.
void kill_frozen(const std::string& folder) {
  static_cast<void>(write_entry(folder + "/freezer.state", "FROZEN"));
  for (const int pid : pids_in(folder)) ::kill(pid, SIGKILL);
  static_cast<void>(write_entry(folder + "/freezer.state", "THAWED"));
}

void kill_once(const std::string& folder) {
  if (exists(folder + "/cgroup.kill")) {
    static_cast<void>(write_entry(folder + "/cgroup.kill", "1"));
  } else if (exists(folder + "/freezer.state")) {
    kill_frozen(folder);
  } else {
    for (const int pid : pids_in(folder)) ::kill(pid, SIGKILL);
  }
}

// The folder, and those above it, as far as they are empty; not the hierarchy itself.
void remove_empty(std::string folder, const std::string& mount) {
  while (folder.size() > mount.size() && ::rmdir(folder.c_str()) == 0) folder.resize(folder.rfind('/'));
}

bool can_hide_devices(bool is_v2, const CgroupParent& made) {
  return is_v2 ? !made.folder.empty() && can_filter_devices() : made.controllers.contains("devices");
}

Status hide_devices(const std::string& folder, bool is_v2, const std::vector<DeviceFile>& devices) {
  if (is_v2) return devices.empty() ? Status(Unit{}) : filter_devices(folder, devices);
  for (const DeviceFile& device : devices) TRY(write_entry(folder + "/devices.deny", to_rule(device)));
  return Unit{};
}

void wait_a_little() {
  const timespec time{0, kLookAgain.ms * 1'000'000};
  ::nanosleep(&time, nullptr);
}

}  // namespace

Cgroups Cgroups::open(const std::string& parent, double cpus, const CgroupSetting& setting) {
  Cgroups groups;
  const std::vector<CgroupMount> mounts = find_cgroup_mounts(setting.mountinfo);
  const bool weighs_io = heeds_io_weight(mounts, setting.block_folder);
  std::map<std::string, std::string> refused;  // controller -> what the kernel said
  std::set<std::string> taken;                 // each controller is in one hierarchy
  for (const CgroupMount& mount : mounts) {
    const CgroupParent made = make_cgroup_parent(mount, parent, cpus);
    for (const auto& [controller, why] : made.refused) refused[controller] = why;
    const auto takes = [&](const char* controller) {
      return made.controllers.contains(controller) && taken.insert(controller).second;
    };
    Hierarchy hierarchy{made.folder,      mount.folder,    mount.is_v2,  takes("cpu"),
                        takes("cpuacct"), takes("memory"), takes("pids")};
    hierarchy.can_kill = (mount.is_v2 || made.controllers.contains("freezer")) && !made.folder.empty() &&
                         taken.insert("kill").second;
    // Version 2 has it at no cost, for the day on which a disk heeds it.
    hierarchy.has_io = (mount.is_v2 && takes("io")) || (weighs_io && takes("blkio"));
    hierarchy.has_devices = setting.filters_devices && can_hide_devices(mount.is_v2, made);
    if (hierarchy.has_devices) hierarchy.has_devices = taken.insert("devices").second;
    // Version 2 counts CPU time without a controller, and each hierarchy costs a launch some tenths of a
    // millisecond.
    if (!groups.hierarchies_.empty() && groups.hierarchies_.front().is_v2) hierarchy.has_cpuacct = false;
    const bool is_of_use = hierarchy.is_of_use();
    if (is_of_use) groups.hierarchies_.push_back(std::move(hierarchy));
    if (!is_of_use && !made.folder.empty()) remove_empty(made.folder, mount.folder);  // e.g. a freezer beside version 2
  }
  groups.describe_abilities(refused);
  if (!weighs_io) groups.io_ = {"", kNoDiskWeighs};
  return groups;
}

void Cgroups::describe_abilities(const std::map<std::string, std::string>& refused) {
  const auto describe = [&](CgroupAbility& ability, const char* controller, bool Hierarchy::*has) {
    for (const Hierarchy& hierarchy : hierarchies_) {
      if (hierarchy.*has) ability.how = hierarchy.is_v2 ? "cgroup v2" : "cgroup v1";
    }
    if (!ability.how.empty()) return;
    const auto why = refused.find(controller);
    ability.why_not = why != refused.end() ? why->second
                                           : std::string("no control group hierarchy with ") + controller +
                                                 " is mounted (/proc/self/mountinfo)";
  };
  describe(cpu_, "cpu", &Hierarchy::has_cpu);
  describe(memory_, "memory", &Hierarchy::has_memory);
  describe(pids_, "pids", &Hierarchy::has_pids);
  describe(kill_, "freezer", &Hierarchy::can_kill);
  describe(io_, "io", &Hierarchy::has_io);
  describe(devices_, "devices", &Hierarchy::has_devices);
}

Status Cgroups::set_limits(const Hierarchy& hierarchy, const std::string& folder,
                           const CgroupLimits& limits) const {
  const auto quota = std::to_string(std::max<int64_t>(1000, std::llround(limits.cpus * kPeriodMicros)));
  const double weight = limits.is_last ? 0 : limits.cpus;
  if (hierarchy.has_cpu) TRY(set_cpu_weight(folder, hierarchy.is_v2, weight));
  if (hierarchy.has_cpu && limits.caps_cpus)
    TRY(write_entry(folder + (hierarchy.is_v2 ? "/cpu.max" : "/cpu.cfs_quota_us"), quota));
  if (hierarchy.has_memory && limits.memory_bytes > 0) {
    const std::string bytes = std::to_string(limits.memory_bytes);
    TRY(write_entry(folder + (hierarchy.is_v2 ? "/memory.max" : "/memory.limit_in_bytes"), bytes));
    // Swap is no way around it; kernels without swap accounting have no such file.
    const std::string with_swap =
        folder + (hierarchy.is_v2 ? "/memory.swap.max" : "/memory.memsw.limit_in_bytes");
    if (exists(with_swap)) TRY(write_entry(with_swap, hierarchy.is_v2 ? "0" : bytes));
  }
  if (hierarchy.has_pids && limits.pids > 0)
    TRY(write_entry(folder + "/pids.max", std::to_string(limits.pids)));
  if (hierarchy.has_io) TRY(set_io_weight(folder, hierarchy.is_v2, weight));
  if (hierarchy.has_devices) TRY(hide_devices(folder, hierarchy.is_v2, limits.hidden_devices));
  return Unit{};
}

Result<Cgroups::Group> Cgroups::make(const std::string& name, const CgroupLimits& limits) const {
  Group group;
  const auto make_all = [&]() -> Status {
    for (const Hierarchy& hierarchy : hierarchies_) {
      const std::string folder = hierarchy.folder + "/" + name;
      TRY(make_folder(folder));
      group.folders.push_back(folder);
      TRY(set_limits(hierarchy, folder, limits));
      if (!hierarchy.can_kill) continue;
      TRY(make_folder(folder + "/" + kProcesses));
      group.processes = folder + "/" + kProcesses;
    }
    return Unit{};
  };
  const Status made = make_all();
  if (made.ok()) return group;
  for (const std::string& folder : group.folders) remove_folder(folder);
  return made.error();
}

Cgroups::Group Cgroups::find(const std::string& name) const {
  Group group;
  for (const Hierarchy& hierarchy : hierarchies_) {
    const std::string folder = hierarchy.folder + "/" + name;
    if (!exists(folder)) continue;
    group.folders.push_back(folder);
    if (hierarchy.can_kill) group.processes = folder + "/" + kProcesses;
  }
  return group;
}

std::vector<std::string> Cgroups::list() const {
  std::set<std::string> names;
  for (const Hierarchy& hierarchy : hierarchies_) {
    for (std::string& name : list_names(hierarchy.folder)) {
      struct stat info {};
      if (::lstat((hierarchy.folder + "/" + name).c_str(), &info) == 0 && S_ISDIR(info.st_mode))
        names.insert(std::move(name));
    }
  }
  return {names.begin(), names.end()};
}

bool Cgroups::remove(const std::string& name, Duration max) const {
  const Group group = find(name);
  const Duration deadline = SystemClock().monotonic() + max;
  for (;;) {
    bool is_gone = true;
    for (const std::string& folder : group.folders) {
      if (folder + "/" + kProcesses == group.processes) kill_once(group.processes);
      is_gone = remove_folder(folder) && is_gone;
    }
    if (is_gone || SystemClock().monotonic() >= deadline) return is_gone;
    wait_a_little();
  }
}

void Cgroups::close() const {
  for (const Hierarchy& hierarchy : hierarchies_) remove_empty(hierarchy.folder, hierarchy.mount);
}

Status join_cgroup(const std::string& folder) { return write_entry(folder + "/cgroup.procs", "0"); }

Result<Fd> open_cgroup(const std::string& folder) {
  const std::string path = folder + "/cgroup.procs";
  Fd file(::open(path.c_str(), O_WRONLY | O_CLOEXEC));
  if (!file.is_open()) return system_error("cannot open", path);
  return file;
}

std::vector<int> list_cgroup(const std::string& folder) {
  return folder.empty() ? std::vector<int>() : pids_in(folder);
}

bool is_cgroup_empty(const std::string& folder) { return pids_in(folder).empty(); }

bool kill_cgroup(const std::string& folder, Duration max) {
  const Duration deadline = SystemClock().monotonic() + max;
  while (!is_cgroup_empty(folder)) {
    kill_once(folder);
    if (SystemClock().monotonic() >= deadline) return is_cgroup_empty(folder);
    wait_a_little();
  }
  return true;
}

bool remove_cgroup(const std::vector<std::string>& folders, Duration max) {
  const Duration deadline = SystemClock().monotonic() + max;
  bool is_gone = true;
  for (const std::string& folder : folders) {
    bool is_removed = false;
    while (!(is_removed = remove_folder(folder)) && SystemClock().monotonic() < deadline) {
      for (const std::string& name : list_names(folder)) {
        if (exists(folder + "/" + name + "/cgroup.procs")) kill_once(folder + "/" + name);
      }
      wait_a_little();
    }
    is_gone = is_removed && is_gone;
    if (is_removed) remove_empty(folder.substr(0, folder.rfind('/')), "/");  // the kernel keeps hierarchies themselves
  }
  return is_gone;
}

}  // namespace aurora::os
