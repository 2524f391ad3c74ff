// The scheduler's flags, under the original's names (spec/scheduler.md §21).
#pragma once

#include <optional>
#include <string>

#include "aurora/api/sampler.h"
#include "aurora/core/commands/command.h"
#include "aurora/net/followers.h"
#include "aurora/scheduler/reconciliation_clock.h"
#include "aurora/scheduler/recorder.h"
#include "aurora/scheduler/statistics.h"
#include "aurora/store/store.h"
#include "modes/daemon_flags.h"

namespace aurora {

struct SchedulerOptions {
  std::string cluster_name;
  AccessOptions access;
  int http_port = 8081;
  std::string hostname;  // how executors and people reach this machine; default: its name
  std::string data_dir = "/var/lib/aurora/scheduler";
  bool initialize = false;  // an empty data_dir is the beginning of a new cluster
  store::BackupConfig backups;
  scheduler::RecorderConfig recording;  // no folder: nothing is recorded
  LogOptions log;
  core::SchedulerSettings settings;
  scheduler::ReconciliationTimes reconciliation;
  std::string stats_url_prefix;  // of pages with figures of a job; empty: there are none
  scheduler::StatisticsConfig statistics;
  api::SamplingConfig sampling;
  int64_t events_max = 20'000;  // kept for who follows them
  net::FollowerLimits followers;
  std::string webhook_file;  // empty: there is none
};

// Options, or the exit code to end with: help was printed, or an error.
struct ParsedSchedulerOptions {
  std::optional<SchedulerOptions> options;
  int exit_code = 0;
};
ParsedSchedulerOptions parse_scheduler_options(int argc, char** argv);
std::vector<std::string> scheduler_flags();     // their names without dashes
bool is_ignored_flag(const std::string& name);  // of the original's, accepted with a warning

}  // namespace aurora
