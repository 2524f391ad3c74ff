// Control groups of the kernel: version 2, the version 1 hierarchies, or both at once, behind one interface.
// A group of ours is a folder of the same name in each hierarchy that is of use; below it, in the hierarchy
// that can kill, is a group for all but the supervisor of those in it.
//
// Thread-safe: nothing is kept but paths. Needs the right to make folders in the hierarchies, which root has.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "aurora/base/result.h"
#include "aurora/base/time.h"
#include "aurora/os/device_filter.h"
#include "aurora/os/files.h"

namespace aurora::os {

struct CgroupLimits {
  double cpus = 1;           // weight among groups, in cores; of I/O, too
  bool caps_cpus = false;    // no more than that even while cores are idle
  bool is_last = false;      // weighs as little as the kernel knows: what others leave
  int64_t memory_bytes = 0;  // with swap; 0 = unlimited
  int64_t pids = 0;          // processes and threads; 0 = unlimited
  std::vector<DeviceFile> hidden_devices = {};  // that cannot be opened; where devices() is in force
};

struct CgroupUsage {
  Duration user_time;
  Duration system_time;
  Duration throttled_time;         // in which it wanted cores and the cap forbade it
  int64_t memory_bytes = 0;        // with caches of files
  int64_t resident_bytes = 0;      // without
  int64_t memory_limit_bytes = 0;  // 0: none
  int64_t pids = 0;
  int64_t pids_limit = 0;     // 0: none
  int64_t forks_refused = 0;  // by the limit of pids
};

// What the groups of this machine do for us. An empty `why_not`: it is in force, `how` says by what.
struct CgroupAbility {
  std::string how;  // "cgroup v2", "cgroup v1"
  std::string
      why_not;  // "the kernel has no controller for it", "cannot make /sys/fs/cgroup/...: Permission denied"
};

struct CgroupSetting {
  bool filters_devices = false;  // groups have hidden_devices
  std::string mountinfo = "/proc/self/mountinfo";
  std::string block_folder = "/sys/block";
};

class Cgroups {
 public:
  // Groups will be below `parent`, a path like /aurora/<agent id>, which is made. What cannot be had is told
  // by the abilities and left out of what is made. All of them together weigh `cpus` cores against the rest
  // of the machine.
  static Cgroups open(const std::string& parent, double cpus, const CgroupSetting& setting = {});

  const CgroupAbility& cpu() const { return cpu_; }
  const CgroupAbility& memory() const { return memory_; }
  const CgroupAbility& pids() const { return pids_; }
  const CgroupAbility& kill() const { return kill_; }
  const CgroupAbility& io() const { return io_; }
  const CgroupAbility& devices() const { return devices_; }

  struct Group {
    std::vector<std::string> folders;  // one a hierarchy; empty: there are none here
    std::string processes;             // the group below, which kill_cgroup() kills; empty: no hierarchy can
  };
  // Makes it, or takes the one that is there. An Error names the file that the kernel refused; what was made
  // is gone.
  Result<Group> make(const std::string& name, const CgroupLimits& limits) const;
  Group find(const std::string& name) const;  // those folders of it that are there
  std::vector<std::string> list() const;      // names that have a folder in any hierarchy
  // Kills who is left in it and removes it. False when somebody is left after `max`; nothing to remove is
  // true.
  bool remove(const std::string& name, Duration max) const;
  void close() const;  // removes our parents, if nothing is in them

 private:
  struct Hierarchy {
    std::string folder;  // of our parent in it
    std::string mount;
    bool is_v2 = false;
    bool has_cpu = false;
    bool has_cpuacct = false;
    bool has_memory = false;
    bool has_pids = false;
    bool can_kill = false;
    bool has_io = false;
    bool has_devices = false;
    bool is_of_use() const {
      return has_cpu || has_cpuacct || has_memory || has_pids || can_kill || has_io || has_devices;
    }
  };
  Status set_limits(const Hierarchy& hierarchy, const std::string& folder, const CgroupLimits& limits) const;
  void describe_abilities(const std::map<std::string, std::string>& refused);

  std::vector<Hierarchy> hierarchies_;
  CgroupAbility cpu_;
  CgroupAbility memory_;
  CgroupAbility pids_;
  CgroupAbility kill_;
  CgroupAbility io_;
  CgroupAbility devices_;
};

// The process that calls is in the group from now on, and so are those that it starts.
Status join_cgroup(const std::string& folder);
// To be given to SpawnRequest::cgroups.
Result<Fd> open_cgroup(const std::string& folder);
// Kills all of them at once, however fast they fork. True when nobody is left; false after `max`: they sleep
// in the kernel. A group that is gone has nobody.
bool kill_cgroup(const std::string& folder, Duration max);
// Kills who is left in a group, all its folders, and removes it, with what is empty above it. False as in remove().
bool remove_cgroup(const std::vector<std::string>& folders, Duration max);
std::vector<int> list_cgroup(
    const std::string& folder);                   // pids of who is in it; none if there is no such group
bool is_cgroup_empty(const std::string& folder);  // also when it is gone
// Which of a group's folders counts what; -1: none does.
struct CgroupFiles {
  int8_t cpu = -1;
  bool cpu_is_v2 = false;
  int8_t throttle = -1;
  int8_t memory = -1;
  bool memory_is_v2 = false;
  int8_t pids = -1;
};
CgroupFiles find_cgroup_files(const std::vector<std::string>& folders);
CgroupUsage usage_of_cgroup(const std::vector<std::string>& folders, const CgroupFiles& files);
CgroupUsage usage_of_cgroup(const std::vector<std::string>& folders);
// How often the kernel has killed somebody in it for want of memory.
int64_t count_oom_kills(const std::vector<std::string>& folders);
// Says that this number may have grown, until it is acknowledged. Absent without a controller of memory.
struct OomWatch {
  Fd event;
  bool is_priority = false;  // polled by Poller::add_priority, not by add()
  bool acknowledge() const;  // false: the group is gone, and the event goes on for ever
};
std::optional<OomWatch> watch_oom(const std::vector<std::string>& folders);

}  // namespace aurora::os
