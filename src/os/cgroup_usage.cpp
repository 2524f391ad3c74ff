// What the kernel has counted of groups.
#include <fcntl.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>

#include "aurora/os/cgroup.h"
#include "os/cgroup_mounts.h"

namespace aurora::os {
namespace {

int64_t read_number(const std::string& path) { return parse_number(read_entry(path)); }

// The number behind `name` in a file of lines "name number".
int64_t find_number(const std::string& text, std::string_view name) {
  for (size_t at = 0; at < text.size();) {
    const size_t end = std::min(text.find('\n', at), text.size());
    const std::string_view line(text.data() + at, end - at);
    if (line.size() > name.size() && line.starts_with(name) && line[name.size()] == ' ')
      return parse_number(line.substr(name.size() + 1));
    at = end + 1;
  }
  return 0;
}

Duration find_micros(const std::string& text, std::string_view name) {
  return milliseconds(find_number(text, name) / 1000);
}

void read_cpu(const std::vector<std::string>& folders, const CgroupFiles& files, CgroupUsage& usage) {
  std::string stat;
  if (files.cpu >= 0) {
    const std::string& folder = folders[static_cast<size_t>(files.cpu)];
    if (files.cpu_is_v2) {
      stat = read_entry(folder + "/cpu.stat");
      usage.user_time = find_micros(stat, "user_usec");
      usage.system_time = find_micros(stat, "system_usec");
    } else {
      usage.user_time = milliseconds(read_number(folder + "/cpuacct.usage_user") / 1'000'000);
      usage.system_time = milliseconds(read_number(folder + "/cpuacct.usage_sys") / 1'000'000);
    }
  }
  if (files.throttle < 0) return;
  if (files.throttle != files.cpu)
    stat = read_entry(folders[static_cast<size_t>(files.throttle)] + "/cpu.stat");
  usage.throttled_time =
      find_micros(stat, "throttled_usec") + milliseconds(find_number(stat, "throttled_time") / 1'000'000);
}

void read_memory(const std::string& folder, bool is_v2, CgroupUsage& usage) {
  const std::string stat = read_entry(folder + "/memory.stat");
  usage.memory_bytes = read_number(folder + (is_v2 ? "/memory.current" : "/memory.usage_in_bytes"));
  usage.resident_bytes = find_number(stat, is_v2 ? "anon" : "total_rss");
  usage.memory_limit_bytes = read_number(folder + (is_v2 ? "/memory.max" : "/memory.limit_in_bytes"));
}

}  // namespace

CgroupFiles find_cgroup_files(const std::vector<std::string>& folders) {
  CgroupFiles files;
  for (size_t i = 0; i < folders.size() && i < INT8_MAX; ++i) {
    const std::string& folder = folders[i];
    const auto number = static_cast<int8_t>(i);
    const std::string cpu = read_entry(folder + "/cpu.stat");
    const bool counts_time = cpu.find("usage_usec") != std::string::npos;
    if (files.cpu < 0 && (counts_time || exists(folder + "/cpuacct.usage_user"))) {
      files.cpu = number;
      files.cpu_is_v2 = counts_time;
    }
    if (files.throttle < 0 && cpu.find("throttled_") != std::string::npos) files.throttle = number;
    if (files.memory < 0 && exists(folder + "/memory.stat")) {
      files.memory = number;
      files.memory_is_v2 = exists(folder + "/memory.current");
    }
    if (files.pids < 0 && exists(folder + "/pids.current")) files.pids = number;
  }
  return files;
}

CgroupUsage usage_of_cgroup(const std::vector<std::string>& folders, const CgroupFiles& files) {
  CgroupUsage usage;
  read_cpu(folders, files, usage);
  if (files.memory >= 0) read_memory(folders[static_cast<size_t>(files.memory)], files.memory_is_v2, usage);
  if (files.pids < 0) return usage;
  const std::string& folder = folders[static_cast<size_t>(files.pids)];
  usage.pids = read_number(folder + "/pids.current");
  usage.pids_limit = read_number(folder + "/pids.max");
  usage.forks_refused = find_number(read_entry(folder + "/pids.events"), "max");
  return usage;
}

CgroupUsage usage_of_cgroup(const std::vector<std::string>& folders) {
  return usage_of_cgroup(folders, find_cgroup_files(folders));
}

int64_t count_oom_kills(const std::vector<std::string>& folders) {
  int64_t kills = 0;
  for (const std::string& folder : folders) {
    kills += find_number(read_entry(folder + "/memory.events"), "oom_kill");
    kills += find_number(read_entry(folder + "/memory.oom_control"), "oom_kill");
  }
  return kills;
}

bool OomWatch::acknowledge() const {
  char seen[256];
  ::lseek(event.get(), 0, SEEK_SET);
  return ::read(event.get(), seen, sizeof seen) >= 0 || errno != ENODEV;
}

std::optional<OomWatch> watch_oom(const std::vector<std::string>& folders) {
  for (const std::string& folder : folders) {
    Fd events(::open((folder + "/memory.events").c_str(), O_RDONLY | O_CLOEXEC));
    if (events.is_open()) return OomWatch{std::move(events), true};
    const Fd control(::open((folder + "/memory.oom_control").c_str(), O_RDONLY | O_CLOEXEC));
    Fd event(control.is_open() ? ::eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK) : -1);
    if (!event.is_open()) continue;
    const std::string wish = std::to_string(event.get()) + " " + std::to_string(control.get());
    if (write_entry(folder + "/cgroup.event_control", wish).ok()) return OomWatch{std::move(event), false};
  }
  return std::nullopt;
}

}  // namespace aurora::os
