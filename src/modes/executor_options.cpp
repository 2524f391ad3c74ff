#include "modes/executor_options.h"

#include <CLI/CLI.hpp>
#include <algorithm>
#include <cctype>
#include <charconv>
#include <cstring>

#include "aurora/core/job/task_limits.h"
#include "aurora/os/device_filter.h"
#include "modes/help_format.h"

namespace aurora {
namespace {

constexpr size_t kGroupNameMax = 200;

Error invalid(std::string message) { return Error{ErrorCode::InvalidArgument, std::move(message)}; }

std::vector<std::string> split(const std::string& text, const std::string& separators) {
  std::vector<std::string> parts(1);
  for (const char c : text) {
    if (separators.find(c) != std::string::npos) {
      parts.emplace_back();
    } else {
      parts.back() += c;
    }
  }
  return parts;
}

std::optional<int64_t> parse_whole(std::string_view text) {
  int64_t value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc() || end != text.data() + text.size() || text.empty() || value < 0)
    return std::nullopt;
  return value;
}

Result<core::PortRange> parse_port_range(const std::string& text) {
  const size_t dash = text.find('-');
  const auto first = parse_whole(std::string_view(text).substr(0, dash));
  const auto last = dash == std::string::npos ? first : parse_whole(std::string_view(text).substr(dash + 1));
  if (!first || !last || *first < 1 || *last > 65'535 || *first > *last) {
    return invalid("'" + text +
                   "' is no range of ports; write FIRST-LAST within 1 and 65535, e.g. 31000-32000");
  }
  return core::PortRange{static_cast<int32_t>(*first), static_cast<int32_t>(*last)};
}

// An option whose text a parser turns into a value.
template <typename T, typename Parse>
CLI::Option* add_parsed(CLI::App& app, const std::string& name, T& into, Parse parse,
                        const std::string& help) {
  return app.add_option_function<std::string>(
      name,
      [&into, parse, name](const std::string& text) {
        auto parsed = parse(text);
        if (!parsed.ok()) throw CLI::ValidationError(name, parsed.error().message);
        into = std::move(parsed).value();
      },
      help);
}

void add_place(CLI::App& app, ExecutorOptions& options) {
  app.add_option("--scheduler_url", options.scheduler_url, "Where the scheduler answers")
      ->capture_default_str();
  add_access_options(
      app, options.access,
      "With it, launching and killing needs it, and so do pages and files unless only this machine "
      "reaches them");
  app.add_flag("--guard_pages", options.guards_pages,
               "Ask for the secret on pages and files on a loopback address, too");
  app.add_option("--http_port,--port", options.http_port, "Port of API and pages; 0 is any free one")
      ->check(CLI::Range(0, 65'535))
      ->capture_default_str();
  options.hostname = machine_name();
  app.add_option("--hostname", options.hostname, "Name of this host in the cluster")->capture_default_str();
  app.add_option(
      "--advertised_url", options.advertised_url,
      "How scheduler and browsers reach this executor [http://ADDRESS:PORT, or http://HOSTNAME:PORT when "
      "listening on every address]");
  app.add_option("--work_dir", options.work_dir, "Folder of the sandboxes; made when missing")
      ->type_name("DIR")
      ->capture_default_str();
  app.add_option("--state_dir", options.state_dir,
                 "Folder of the executor's own records [WORK_DIR/executor]")
      ->type_name("DIR");
}

// Nothing may be kept, too.
Result<int64_t> parse_reserve(const std::string& text) {
  return parse_whole(text) == 0 ? Result<int64_t>(0) : parse_megabytes(text);
}

void add_offer(CLI::App& app, ExecutorOptions& options) {
  add_parsed(app, "--attributes", options.attributes, parse_attributes,
             "What constraints see, besides host: rack=a,zone=west")
      ->type_name("NAME=VALUE,...");
  executor::OfferPolicy& offer = options.offer;
  app.add_option("--cpus", offer.cpus,
                 "Cores to offer [those of this machine that the executor's control group and affinity let "
                 "it use, less --reserve_cpus]")
      ->check(above_zero());
  add_parsed(
      app, "--ram", offer.ram_mb, parse_megabytes,
      "Memory to offer, e.g. 16GB [what this machine has, or the executor's control group lets it have, less "
      "--reserve_ram]")
      ->type_name("SIZE");
  add_parsed(app, "--disk", offer.disk_mb, parse_megabytes,
             "Disk to offer, e.g. 100GB [what is free in WORK_DIR, less --reserve_disk]")
      ->type_name("SIZE");
  app.add_option("--reserve_cpus", offer.reserved_cpus,
                 "Cores of those that are detected to keep for the system [0: who gets the cores is decided "
                 "by weight, and tasks weigh what is offered]")
      ->check(CLI::NonNegativeNumber);
  add_parsed(
      app, "--reserve_ram", offer.reserved_ram_mb, parse_reserve,
      "Memory of what is detected to keep for the system [1GB, or half of it where there is less than 2GB]")
      ->type_name("SIZE");
  add_parsed(
      app, "--reserve_disk", offer.reserved_disk_mb, parse_reserve,
      "Disk of what is detected to keep for the system [5GB, or half of it where there is less than 10GB]")
      ->type_name("SIZE");
  app.add_option("--revocable_cpus", offer.revocable_cpus,
                 "Cores to offer beside those to tasks of a revocable tier: more than there are, as these "
                 "tasks weigh next to nothing and get what others leave idle")
      ->check(CLI::Range(0.0, 10'000.0))
      ->capture_default_str();
  add_parsed(
      app, "--gpus", offer.gpus, parse_gpus,
      "GPUs to offer: how many (then they are /dev/nvidia0, /dev/nvidia1 and so on), or their device files, "
      "e.g. /dev/nvidia0,/dev/nvidia3. A task has as many as it asks for to itself, and is told their numbers by "
      "CUDA_VISIBLE_DEVICES and NVIDIA_VISIBLE_DEVICES, their files by AURORA_GPU_DEVICES [none]")
      ->type_name("COUNT|DEVICE,...");
  add_parsed(app, "--ports", offer.ports, parse_ports, "Ports to offer")
      ->type_name("FIRST-LAST,...")
      ->default_str("31000-32000");
}

void add_tasks(CLI::App& app, ExecutorOptions& options) {
  app.add_option(
      "--task_path", options.task_path,
      "PATH of the tasks' processes; by default sbin and bin of /usr/local, of /usr and of / in this order");
  app.add_flag("--nosetuid_health_checks,--nosetuid-health-checks", options.health_checks_keep_user,
               "Run shell health checks as the executor's user instead of the task's role");
  app.add_option("--stop_timeout_in_secs,--stop-timeout-in-secs", options.stop_timeout_secs,
                 "For the HTTP requests that ask a task to end (lifecycle) with their waits, in seconds; then it is "
                 "ended by signals")
      ->check(CLI::Range(0, 86'400))
      ->capture_default_str();
  add_duration(app, "gc_max_age", options.collection.age_max,
               "Sandbox and logs of a task are deleted so long after its end; how it ended stays known four "
               "times as long");
  app.add_option("--gc_max_tasks", options.collection.tasks_max,
                 "Ended tasks whose sandbox and logs are kept; of more, the oldest are deleted")
      ->check(CLI::Range(int64_t{0}, int64_t{1'000'000}))
      ->capture_default_str();
  app.add_option(
         "--gc_disk_headroom", options.collection.disk_headroom,
         "Share of WORK_DIR's disk that stays free: while it is not, the oldest sandboxes of ended tasks are "
         "deleted")
      ->check(CLI::Range(0.0, 1.0))
      ->capture_default_str();
}

// A name of one of the values, as Thermos spells it.
template <typename E>
void add_choice(CLI::App& app, const char* name, E& value, const char* help) {
  std::vector<std::string> names;
  for (const auto& choice : EnumNames<E>::values) names.emplace_back(choice.name);
  app.add_option_function<std::string>(name, [&value](const std::string& text) { value = *find_enum<E>(text); }, help)
      ->check(CLI::IsMember(names))
      ->default_str(std::string(enum_name(value)));
}

// Thermos' flags for runners.
void add_runners(CLI::App& app, ExecutorOptions& options) {
  app.add_option("--execute_as_user", options.run_as, "Run the processes of every task as this user, not as its role")
      ->type_name("USER");
  app.add_flag_callback("--nosetuid", [&options] { options.switches_user = false; },
                        "Run the processes of every task as the user of this executor, even as root");
  app.add_flag("--preserve_env", options.preserves_environment,
               "Processes get the environment of this executor, too, below HOME, USER, LOGNAME and PATH");
  add_choice(app, "--runner_logger_destination", options.log_policy.destination,
             "Where the output of processes goes that have no logger of their own");
  add_choice(app, "--runner_logger_mode", options.log_policy.mode, "What becomes of their files when they are full");
  app.add_option_function<int64_t>(
         "--runner_rotate_log_size_mb", [&options](const int64_t& mb) { options.log_policy.bytes_max = mb << 20; },
         "A file that rotates is full at so many MB")
      ->check(CLI::Range(int64_t{1}, int64_t{1'000'000}))
      ->default_str(std::to_string(options.log_policy.bytes_max >> 20));
  app.add_option("--runner_rotate_log_backups", options.log_policy.backups, "Older files of a log that are kept")
      ->check(CLI::Range(1, 1000))
      ->capture_default_str();
}

void add_confinement(CLI::App& app, executor::ConfinementPolicy& policy) {
  const auto add_switch = [&](const char* name, bool& value, const char* help) {
    app.add_option(name, value, help)->type_name("true|false")->default_str(value ? "true" : "false");
  };
  add_switch("--cgroups", policy.uses_cgroups,
             "Hold tasks to their memory, CPU and number of processes with control groups (v1 or v2), where "
             "the kernel "
             "lets us; the host's page says what is in force");
  app.add_option(
         "--cgroup_parent", policy.cgroup_parent,
         "Where the tasks' control groups are, in each hierarchy; below it each executor has a folder")
      ->check(check_cgroup_parent)
      ->capture_default_str();
  add_switch("--cpu_cap", policy.caps_cpus,
             "A task gets no more cores than it asked for, even while others are idle");
  app.add_option(
         "--task_overhead_ram", policy.overhead_ram_mb,
         "MB of memory that a task may use beyond what it asked for; what the scheduler counts for it, too")
      ->check(CLI::Range(int64_t{16}, int64_t{1'000'000}))
      ->capture_default_str();
  app.add_option("--task_pids_max", policy.pids_max, "Processes and threads that a task may have at a time")
      ->check(CLI::Range(int64_t{4}, int64_t{4'000'000}))
      ->capture_default_str();
  add_switch("--disk_quota", policy.uses_disk_quota,
             "Have the file system hold sandboxes to their disk, where WORK_DIR is on ext4 or xfs mounted "
             "with prjquota; elsewhere what they hold is measured");
  add_switch("--private_tmp", policy.has_private_tmp, "Each task has a /tmp of its own: .tmp in its sandbox");
  add_switch("--hide_processes", policy.hides_processes, "A task sees no processes of other users in /proc");
  add_switch("--no_new_privileges", policy.no_new_privileges,
             "A task's processes gain nothing from set-user-ID programs such as sudo");
}

// The sandbox keeps its name in its own folder.
std::string check_mount_point(const std::string& path) {
  const bool is_good = path.starts_with('/') && path.ends_with("/sandbox") && path.find("//") == std::string::npos &&
                       path.find("/../") == std::string::npos && path.size() > std::string_view("/x/sandbox").size() - 1;
  return is_good && path != "/sandbox" ? "" : "must be an absolute path that ends with /sandbox, in a folder of its own";
}

void add_images(CLI::App& app, ExecutorOptions& options) {
  app.add_option("--image_dir", options.images.folder,
                 "Where images of tasks are: NAME (an OCI layout or a plain folder) or NAME:TAG.tar (of docker save) "
                 "[WORK_DIR/images]")
      ->type_name("DIR");
  app.add_option("--image_pull", options.images.pulls, "Fetch images that are missing, with skopeo")
      ->type_name("true|false")
      ->default_str("false");
  app.add_option("--image_source", options.images.source, "What skopeo is to fetch from; the image's name follows it")
      ->capture_default_str();
  app.add_option_function<std::string>(
         "--image_max_size",
         [&options](const std::string& text) {
           const Result<int64_t> size = parse_megabytes(text);
           if (!size.ok()) throw CLI::ValidationError("--image_max_size", size.error().message);
           options.images.bytes_max = *size << 20;
         },
         "What an image may have when it is unpacked, e.g. 20GB")
      ->type_name("SIZE")
      ->default_str("20GB");
  app.add_option("--oci_runtime", options.containers.runtime,
                 "OCI runtime that makes the mounts of tasks with an image [crun, else runc, of the PATH]");
  app.add_option("--sandbox_mount_point", options.containers.sandbox_mount_point,
                 "Where a task with an image sees its sandbox")
      ->check(check_mount_point)
      ->capture_default_str();
}

void add_options(CLI::App& app, ExecutorOptions& options) {
  add_place(app, options);
  add_offer(app, options);
  add_tasks(app, options);
  add_runners(app, options);
  add_confinement(app, options.confinement);
  add_images(app, options);
  add_log_options(app, options.log);
}

}  // namespace

std::vector<std::string> executor_flags() {
  ExecutorOptions options;
  CLI::App app;
  add_options(app, options);
  return long_names(app);
}

Result<std::map<std::string, std::set<std::string>>> parse_attributes(const std::string& text) {
  std::map<std::string, std::set<std::string>> attributes;
  for (const std::string& part : split(text, ",;")) {
    if (part.empty()) continue;
    const size_t at = part.find_first_of("=:");
    if (at == std::string::npos || at == 0 || at + 1 == part.size()) {
      return invalid("'" + part + "' is no attribute; write NAME=VALUE, e.g. rack=a");
    }
    attributes[part.substr(0, at)].insert(part.substr(at + 1));
  }
  return attributes;
}

Result<std::vector<core::PortRange>> parse_ports(const std::string& text) {
  std::vector<core::PortRange> ranges;
  for (const std::string& part : split(text, ",")) ranges.push_back(TRY(parse_port_range(part)));
  return ranges;
}

Result<int64_t> parse_megabytes(const std::string& text) {
  size_t digits = text.find_first_not_of("0123456789");
  if (digits == std::string::npos) digits = text.size();
  const auto count = parse_whole(std::string_view(text).substr(0, digits));
  const std::string unit = text.substr(digits);
  const int64_t factor = unit.empty() || unit == "MB" ? 1
                         : unit == "GB"               ? 1024
                         : unit == "TB"               ? 1024 * 1024
                                                      : 0;
  if (!count || *count == 0 || factor == 0 || *count > (int64_t{1} << 40)) {
    return invalid("'" + text + "' is no size; write a whole number and MB, GB or TB, e.g. 16GB");
  }
  return *count * factor;
}

Result<std::vector<std::string>> parse_gpus(const std::string& text) {
  std::vector<std::string> gpus;
  if (const std::optional<int64_t> count = parse_whole(text)) {
    if (*count > core::kGpusMax)
      return invalid(text + " GPUs are more than any machine has; at most " + std::to_string(core::kGpusMax));
    for (int64_t i = 0; i < *count; ++i) gpus.push_back("/dev/nvidia" + std::to_string(i));
    return gpus;
  }
  for (const std::string& device : split(text, ",")) {
    if (!device.starts_with('/') || !os::find_device(device)) {
      return invalid("'" + device +
                     "' is no device file of this machine; write how many GPUs there are, or their files, " +
                     "e.g. /dev/nvidia0,/dev/nvidia1");
    }
    if (std::find(gpus.begin(), gpus.end(), device) != gpus.end()) return invalid(device + " is named twice");
    gpus.push_back(device);
  }
  return gpus;
}

std::string check_cgroup_parent(const std::string& path) {
  const char* const kRule =
      "must be a path of plain names below each hierarchy's root, e.g. /aurora or /system/aurora: ";
  if (path.starts_with("/sys/fs/cgroup")) return kRule + path + " names where a hierarchy is mounted, too";
  if (!path.starts_with('/') || path == "/") return kRule + std::string("it begins with / and names a group");
  for (const std::string& name : split(path.substr(1), "/")) {
    if (name.empty() || name == "." || name == "..")
      return kRule + std::string("'") + name + "' is no name of a group";
    const auto is_plain = [](char c) {
      return std::isalnum(static_cast<unsigned char>(c)) || std::strchr("_-.@:", c);
    };
    if (name.size() > kGroupNameMax || !std::all_of(name.begin(), name.end(), is_plain))
      return kRule + std::string("letters, digits and _-.@: in names of at most 200");
    const size_t dot = name.find('.');
    static const std::set<std::string> kOfTheKernel{"cgroup", "cpu",   "cpuacct", "cpuset",  "memory",
                                                    "io",     "blkio", "pids",    "devices", "freezer"};
    if (dot != std::string::npos && kOfTheKernel.contains(name.substr(0, dot)))
      return kRule + ("'" + name) + "' could be an entry of the kernel";
  }
  return "";
}

ParsedExecutorOptions parse_executor_options(int argc, char** argv) {
  ParsedExecutorOptions parsed;
  ExecutorOptions options;
  CLI::App app("Run the tasks of this host: supervise their processes and show them on web pages.",
               "aurora executor");
  set_help_format(app);
  app.footer(
      "Tasks keep running when it stops; started again with the same folders, it picks them up.\n"
      "Run by root, tasks become the user of their role; run by anyone else, only that user's own role can "
      "run.\n"
      "A task's processes get a PATH (--task_path), HOME, USER, LOGNAME, umask 022, 1024 open files (more "
      "when they ask), no core files, a stack of 8 MB, nice 0 and OOM score 200 (the kernel takes tasks before daemons), whatever the executor itself "
      "was started with; the hard limits and the CPUs it may use are the executor's.\n"
      "Example: aurora executor --scheduler_url http://scheduler:8081 --ip 0.0.0.0 --secret_file "
      "/etc/aurora/secret "
      "--attributes rack=a");
  add_options(app, options);
  try {
    app.parse(normalize_flags(argc, argv, {}));
    if (options.state_dir.empty()) options.state_dir = options.work_dir + "/executor";
    if (options.images.folder.empty()) options.images.folder = options.work_dir + "/images";
    for (std::string* folder : {&options.work_dir, &options.state_dir, &options.images.folder}) *folder = absolute_folder(*folder);
    parsed.options = std::move(options);
  } catch (const CLI::ParseError& error) {
    parsed.exit_code = end_parsing(app, error);
  }
  return parsed;
}

}  // namespace aurora
