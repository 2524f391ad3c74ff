// The flags of `aurora executor`.
#pragma once

#include <optional>
#include <string>

#include "aurora/core/host/host.h"
#include "aurora/core/process/collection.h"
#include "aurora/core/process/task_plan.h"
#include "aurora/executor/confiner.h"
#include "aurora/executor/container_preparer.h"
#include "aurora/executor/host_offer.h"
#include "modes/daemon_flags.h"

namespace aurora {

struct ExecutorOptions {
  std::string scheduler_url = "http://127.0.0.1:8081";
  AccessOptions access;
  bool guards_pages = false;  // even where only this machine reaches them
  int http_port = 1338;
  std::string hostname;
  std::string advertised_url;  // empty = made from the address and port
  std::string work_dir = "/var/lib/aurora";
  std::string state_dir;  // empty = executor/ in the work folder
  std::map<std::string, std::set<std::string>> attributes;
  executor::OfferPolicy offer;
  // PATH of the tasks' processes: decided here, not by whoever starts the executor.
  std::string task_path = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin";
  std::string run_as;           // empty: tasks run as their roles
  bool switches_user = true;
  bool preserves_environment = false;
  core::LogPolicy log_policy;   // of processes that say nothing about theirs
  executor::ConfinementPolicy confinement;
  executor::ImagePolicy images;  // folder: empty = images/ in the work folder
  executor::ContainerPolicy containers;
  core::CollectionPolicy collection;
  bool health_checks_keep_user = false;  // shell checks run as the executor does
  int stop_timeout_secs = 120;
  LogOptions log;
};

struct ParsedExecutorOptions {
  std::optional<ExecutorOptions> options;  // absent: exit with the code
  int exit_code = 0;
};
ParsedExecutorOptions parse_executor_options(int argc, char** argv);
std::vector<std::string> executor_flags();  // their names without dashes

// "rack=a,rack=b,zone=1"; also Mesos' "rack:a;zone:1".
Result<std::map<std::string, std::set<std::string>>> parse_attributes(const std::string& text);
// "31000-32000,40000-40010"
Result<std::vector<core::PortRange>> parse_ports(const std::string& text);
// "2": /dev/nvidia0 and /dev/nvidia1; or device files of this machine: "/dev/nvidia0,/dev/nvidia3".
Result<std::vector<std::string>> parse_gpus(const std::string& text);
// An absolute path of plain names below the root of each hierarchy. What is wrong with it; empty: nothing.
std::string check_cgroup_parent(const std::string& path);
// "512MB", "16GB", "1TB"; a bare number is MB. In MiB.
Result<int64_t> parse_megabytes(const std::string& text);

}  // namespace aurora
