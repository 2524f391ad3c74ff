// What a runner runs: the processes of one task with every reference bound (spec/thermos-executor.md §6).
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "aurora/base/fields.h"
#include "aurora/base/result.h"
#include "aurora/base/time.h"

namespace aurora::core {

// Where a process's output goes, and what becomes of a full file (§9).
enum class LogDestination { File, Console, Both, None };
enum class LogMode { Standard, Rotate };
struct LogPolicy {
  LogDestination destination = LogDestination::File;
  LogMode mode = LogMode::Standard;
  int64_t bytes_max = 100 << 20;  // of a file that rotates
  int32_t backups = 5;            // older ones that are kept
  friend bool operator==(const LogPolicy&, const LogPolicy&) = default;
};

struct ProcessPlan {
  std::string name;
  std::string cmdline;
  int32_t max_failures = 1;  // 0 = unlimited
  bool daemon = false;
  bool ephemeral = false;
  bool final = false;
  Duration min_duration = seconds(5);  // from the end of a run to the start of the next
  LogPolicy log = {};
};

struct TaskPlan {
  std::vector<ProcessPlan> processes;            // in declaration order
  std::vector<std::vector<std::string>> orders;  // neighbours depend on each other
  int32_t max_failures = 1;                  // permanently failed processes that fail the task; 0 = unlimited
  int32_t max_concurrency = 0;               // 0 = unlimited
  Duration finalization_wait = seconds(30);  // for Cleaning and Finalizing together
};

// Runs of one process before it is permanently failed, whatever max_failures says.
inline constexpr int kProcessRunsMax = 100;

// How large a plan may be: a host runs many tasks, and a task that is a program in itself brings its own supervisor.
inline constexpr size_t kTaskProcessesMax = 1000;
inline constexpr size_t kOrderNamesMax = 10'000;          // in all lists together
inline constexpr size_t kProcessNameBytesMax = 255;       // the name of a folder
inline constexpr size_t kCommandLineBytesMax = 131'071;   // Linux: one argument of 128 KiB with its NUL

// Both of the following. The message is the user's, as from each of them.
Status validate(const TaskPlan& plan);
// The limits above.
Status check_size(const TaskPlan& plan);
// Names, duplicates, dependencies and cycles, in time that grows with the plan and no faster.
Status check_structure(const TaskPlan& plan);

}  // namespace aurora::core

template <>
struct aurora::EnumNames<aurora::core::LogDestination> {
  using enum aurora::core::LogDestination;
  static constexpr std::array<EnumName<aurora::core::LogDestination>, 4> values{
      {{File, "file"}, {Console, "console"}, {Both, "both"}, {None, "none"}}};
};
template <>
struct aurora::EnumNames<aurora::core::LogMode> {
  using enum aurora::core::LogMode;
  static constexpr std::array<EnumName<aurora::core::LogMode>, 2> values{
      {{Standard, "standard"}, {Rotate, "rotate"}}};
};
