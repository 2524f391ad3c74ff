// Where hierarchies of control groups are mounted, and a folder of ours in each.
#pragma once

#include <map>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "aurora/base/result.h"

namespace aurora::os {

struct CgroupMount {
  std::string folder;
  std::string root;  // the group that is seen there: not "/" in some containers
  bool is_v2 = false;
  std::set<std::string> controllers;  // of version 1; those of version 2 are what its root says
};
// Version 2 first. `mountinfo`: a file as /proc/self/mountinfo.
std::vector<CgroupMount> find_cgroup_mounts(const std::string& mountinfo);

// Whether a disk of this machine gives groups their share by weight: by the I/O scheduler bfq, or, under
// version 2, by the cost model of the kernel. `block_folder` is /sys/block.
bool heeds_io_weight(const std::vector<CgroupMount>& mounts, const std::string& block_folder);

struct CgroupParent {
  std::string folder;                          // empty: it could not be made
  std::set<std::string> controllers;           // that groups in it have
  std::map<std::string, std::string> refused;  // controller -> why groups in it do not have it
};
// Makes mount + parent and has its children controlled; each folder on the way weighs `cpus` cores.
CgroupParent make_cgroup_parent(const CgroupMount& mount, const std::string& parent, double cpus);

// Of a group with a controller of CPU, among its siblings.
Status set_cpu_weight(const std::string& folder, bool is_v2, double cpus);
// Of one with a controller of I/O: by the cores that it weighs, too. Nothing happens where the kernel weighs
// no I/O.
Status set_io_weight(const std::string& folder, bool is_v2, double cpus);
// Entries of the kernel are written in place; there is nothing to create, cut or sync.
Status write_entry(const std::string& path, const std::string& value);
std::string read_entry(const std::string& path);  // empty: it cannot be read
// What the text begins with; 0 for none.
int64_t parse_number(std::string_view text);

}  // namespace aurora::os
