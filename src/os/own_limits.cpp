#include "aurora/os/own_limits.h"

#include <algorithm>
#include <charconv>

#include "aurora/os/files.h"
#include "os/cgroup_mounts.h"

namespace aurora::os {
namespace {

// Absent for "max", for -1, and for a file that is not there.
std::optional<int64_t> parse_amount(std::string_view text) {
  int64_t value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  const bool is_amount = error == std::errc() && end != text.data() && value >= 0;
  return is_amount ? std::optional(value) : std::nullopt;
}

// "150000 100000": of each 100 ms, 150.
std::optional<double> cpus_in(const std::string& folder, bool is_v2) {
  std::string quota = read_entry(folder + (is_v2 ? "/cpu.max" : "/cpu.cfs_quota_us"));
  std::string period;
  if (is_v2) {
    const size_t space = quota.find(' ');
    period = space == std::string::npos ? "" : quota.substr(space + 1);
  } else {
    period = read_entry(folder + "/cpu.cfs_period_us");
  }
  const std::optional<int64_t> of = parse_amount(period);
  const std::optional<int64_t> has = parse_amount(quota);
  if (!has || !of || *of == 0) return std::nullopt;
  return static_cast<double>(*has) / static_cast<double>(*of);
}

std::optional<int64_t> memory_in(const std::string& folder, bool is_v2) {
  return parse_amount(read_entry(folder + (is_v2 ? "/memory.max" : "/memory.limit_in_bytes")));
}

template <typename T>
void keep_least(std::optional<T>& least, std::optional<T> other) {
  if (other && (!least || *other < *least)) least = other;
}

// Of a hierarchy, from lines like "4:memory:/a/b" and, for version 2, "0::/a/b".
std::optional<std::string> find_group(const std::string& groups, const CgroupMount& mount) {
  for (size_t at = 0; at < groups.size();) {
    const size_t end = std::min(groups.find('\n', at), groups.size());
    const std::string line = groups.substr(at, end - at);
    at = end + 1;
    const size_t first = line.find(':');
    const size_t second = first == std::string::npos ? first : line.find(':', first + 1);
    if (second == std::string::npos) continue;
    const std::string controllers = "," + line.substr(first + 1, second - first - 1) + ",";
    const bool is_it = mount.is_v2
                           ? controllers == ",,"
                           : std::ranges::any_of(mount.controllers, [&](const std::string& controller) {
                               return controllers.find("," + controller + ",") != std::string::npos;
                             });
    if (is_it) return line.substr(second + 1);
  }
  return std::nullopt;
}

// Where the group is seen from here; what is above a mount's root is out of sight.
std::string folder_of(const CgroupMount& mount, const std::string& group) {
  const std::string root = mount.root == "/" ? "" : mount.root;
  const bool is_below = group == root || group.starts_with(root + "/");
  return is_below && group != "/" ? mount.folder + group.substr(root.size()) : mount.folder;
}

}  // namespace

OwnLimits find_own_limits(const std::string& mountinfo, const std::string& own_groups) {
  OwnLimits limits;
  const Result<std::string> groups = read_file(own_groups, 64 << 10);
  if (!groups.ok()) return limits;
  for (const CgroupMount& mount : find_cgroup_mounts(mountinfo)) {
    const std::optional<std::string> group = find_group(*groups, mount);
    if (!group) continue;
    std::string folder = folder_of(mount, *group);
    while (folder.size() >= mount.folder.size()) {
      if (mount.is_v2 || mount.controllers.contains("cpu"))
        keep_least(limits.cpus, cpus_in(folder, mount.is_v2));
      if (mount.is_v2 || mount.controllers.contains("memory"))
        keep_least(limits.memory_bytes, memory_in(folder, mount.is_v2));
      folder.resize(folder.rfind('/'));
    }
  }
  return limits;
}

}  // namespace aurora::os
