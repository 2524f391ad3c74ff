#include "os/cgroup_mounts.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <charconv>
#include <cmath>

#include "aurora/os/files.h"

namespace aurora::os {
namespace {

constexpr const char* kWanted[] = {"cpu", "cpuacct", "memory", "pids", "freezer", "io", "blkio", "devices"};

std::vector<std::string> split(const std::string& text, const char* separators) {
  std::vector<std::string> words;
  for (size_t at = text.find_first_not_of(separators); at != std::string::npos;
       at = text.find_first_not_of(separators, at)) {
    const size_t end = std::min(text.find_first_of(separators, at), text.size());
    words.push_back(text.substr(at, end - at));
    at = end;
  }
  return words;
}

std::set<std::string> words_of(const std::string& path) {
  const Result<std::string> text = read_file(path, 4096);
  if (!text.ok()) return {};
  const std::vector<std::string> words = split(*text, " \n");
  return {words.begin(), words.end()};
}

// A space in a path is \040 there, and so on.
std::string unescape(const std::string& text) {
  std::string plain;
  for (size_t i = 0; i < text.size(); ++i) {
    const bool is_escape =
        text[i] == '\\' && i + 3 < text.size() && text.find_first_not_of("01234567", i + 1) >= i + 4;
    if (!is_escape) {
      plain += text[i];
      continue;
    }
    plain += static_cast<char>(std::stoi(text.substr(i + 1, 3), nullptr, 8));
    i += 3;
  }
  return plain;
}

bool is_folder(const std::string& path) {
  struct stat info {};
  return ::stat(path.c_str(), &info) == 0 && S_ISDIR(info.st_mode);
}

// `one`: of a whole core.
std::string weight_of(double cpus, double one, double least, double most) {
  return std::to_string(std::llround(std::clamp(cpus * one, least, most)));
}

// Has the children of `folder` controlled. Version 1 needs no word for that.
std::string enable(const std::string& folder, const std::string& controller) {
  const std::string path = folder + "/cgroup.subtree_control";
  if (words_of(path).contains(controller)) return "";
  const Status written = write_entry(path, "+" + controller);
  if (written.ok()) return "";
  std::string why = written.error().message;
  if (errno == EBUSY) why += ": processes are in that group itself; move them into one below it";
  return why;
}

CgroupParent refuse_all(const std::set<std::string>& controllers, const std::string& why) {
  CgroupParent none;
  for (const std::string& controller : controllers) none.refused[controller] = why;
  return none;
}

}  // namespace

std::vector<CgroupMount> find_cgroup_mounts(const std::string& mountinfo) {
  std::vector<CgroupMount> mounts;
  const Result<std::string> text = read_file(mountinfo);
  if (!text.ok()) return mounts;
  for (const std::string& line : split(*text, "\n")) {
    // id parent device root folder options [optional fields] - type source super-options
    const std::vector<std::string> words = split(line, " ");
    const auto dash = std::find(words.begin(), words.end(), "-");
    if (words.size() < 10 || words.end() - dash < 4) continue;
    const std::string& type = dash[1];
    if (type == "cgroup2") mounts.push_back({unescape(words[4]), unescape(words[3]), true, {}});
    if (type != "cgroup") continue;
    CgroupMount mount{unescape(words[4]), unescape(words[3]), false, {}};
    const std::vector<std::string> options = split(dash[3], ",");
    for (const char* wanted : kWanted) {
      if (std::find(options.begin(), options.end(), wanted) != options.end())
        mount.controllers.insert(wanted);
    }
    if (!mount.controllers.empty()) mounts.push_back(std::move(mount));
  }
  std::stable_partition(mounts.begin(), mounts.end(), [](const CgroupMount& mount) { return mount.is_v2; });
  return mounts;
}

Status write_entry(const std::string& path, const std::string& value) {
  const Fd file(::open(path.c_str(), O_WRONLY | O_CLOEXEC));
  if (!file.is_open()) return system_error("cannot open", path);
  if (::write(file.get(), value.data(), value.size()) != static_cast<ssize_t>(value.size()))
    return system_error("cannot write " + value + " to", path);
  return Unit{};
}

std::string read_entry(const std::string& path) {
  constexpr size_t kEntryBytesMax = 64 << 10;
  Result<std::string> text = read_file(path, kEntryBytesMax);
  return text.ok() ? *std::move(text) : "";
}

int64_t parse_number(std::string_view text) {
  int64_t value = 0;
  std::from_chars(text.data(), text.data() + text.size(), value);
  return value;
}

Status set_cpu_weight(const std::string& folder, bool is_v2, double cpus) {
  if (is_v2) return write_entry(folder + "/cpu.weight", weight_of(cpus, 100, 1, 10'000));
  return write_entry(folder + "/cpu.shares", weight_of(cpus, 1024, 2, 262'144));
}

Status set_io_weight(const std::string& folder, bool is_v2, double cpus) {
  const std::string by_cost = folder + "/io.weight";
  const std::string by_bfq = folder + (is_v2 ? "/io.bfq.weight" : "/blkio.bfq.weight");
  if (is_v2 && exists(by_cost)) TRY(write_entry(by_cost, weight_of(cpus, 100, 1, 10'000)));
  return exists(by_bfq) ? write_entry(by_bfq, weight_of(cpus, 100, 1, 1'000)) : Status(Unit{});
}

bool heeds_io_weight(const std::vector<CgroupMount>& mounts, const std::string& block_folder) {
  for (const std::string& disk : list_names(block_folder)) {
    if (words_of(block_folder + "/" + disk + "/queue/scheduler").contains("[bfq]")) return true;
  }
  return std::ranges::any_of(mounts, [](const CgroupMount& mount) {
    return mount.is_v2 && words_of(mount.folder + "/io.cost.qos").contains("enable=1");
  });
}

CgroupParent make_cgroup_parent(const CgroupMount& mount, const std::string& parent, double cpus) {
  std::set<std::string> there = mount.controllers;
  if (mount.is_v2) {
    for (const std::string& word : words_of(mount.folder + "/cgroup.controllers")) {
      if (std::find(std::begin(kWanted), std::end(kWanted), word) != std::end(kWanted)) there.insert(word);
    }
  }
  CgroupParent made;
  std::string folder = mount.folder;
  std::vector<std::string> parts = split(parent, "/");
  for (const std::string& part : parts) {
    const std::string above = folder;
    folder += "/" + part;
    if (::mkdir(folder.c_str(), 0755) != 0 && errno != EEXIST)
      return refuse_all(there, system_error("cannot make", folder).message);
    if (!is_folder(folder))
      return refuse_all(there,
                        folder + " is an entry of the kernel and no group: choose another --cgroup_parent");
    for (const std::string& controller : there) {
      std::string why = mount.is_v2 ? enable(above, controller) : "";
      if (!why.empty()) made.refused.emplace(controller, std::move(why));
    }
    const bool weighs = there.contains("cpu") && !made.refused.contains("cpu");
    if (weighs) static_cast<void>(set_cpu_weight(folder, mount.is_v2, cpus));
    if (there.contains("io") || there.contains("blkio"))
      static_cast<void>(set_io_weight(folder, mount.is_v2, cpus));
  }
  for (const std::string& controller : there) {
    std::string why = mount.is_v2 ? enable(folder, controller) : "";
    if (!why.empty()) made.refused.emplace(controller, std::move(why));
    if (!made.refused.contains(controller)) made.controllers.insert(controller);
  }
  made.folder = std::move(folder);
  return made;
}

}  // namespace aurora::os
