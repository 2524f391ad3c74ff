// A checkpoint as Thermos' tools show it: as the stream of RunnerCkpt records that the original wrote in
// Thrift (spec/thermos-executor.md §3). Ours are shown in the same words.
#pragma once

#include <map>
#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "aurora/base/result.h"
#include "aurora/core/process/states.h"

namespace aurora::executor {

struct StreamHeader {
  std::string task_id;
  int64_t launch_time_ms = 0;
  std::string sandbox;
  std::string hostname;
  std::string user;
  std::map<std::string, int64_t> ports;
  std::string log_dir;
  std::optional<int64_t> uid;
};
struct StreamTaskStatus {
  core::RunState state = core::RunState::Active;
  int64_t timestamp_ms = 0;
  int64_t runner_pid = 0;
  std::optional<int64_t> runner_uid;  // ours do not say it
};
struct StreamProcessStatus {
  int64_t seq = 0;
  std::string process;
  core::ProcessState state = core::ProcessState::Waiting;
  std::optional<double> start_time;  // seconds since the epoch
  std::optional<int64_t> pid;
  std::optional<double> stop_time;
  std::optional<int64_t> return_code;
  std::optional<int64_t> coordinator_pid;
  std::optional<double> fork_time;
};
using StreamRecord = std::variant<StreamHeader, StreamProcessStatus, StreamTaskStatus>;

// `plan` is the file beside it, for ours: it holds what their header would say; may be empty.
// DataLoss: neither of the two formats. A torn end is the end.
Result<std::vector<StreamRecord>> parse_stream(std::string_view bytes, const std::string& plan);
// "RunnerCkpt(runner_header=None, process_status=None, task_status=TaskStatus(state=0, ...))"
std::string to_text(const StreamRecord& record);

struct StreamState {
  std::optional<StreamHeader> header;
  std::vector<StreamTaskStatus> statuses;
  struct Process {
    std::string name;
    std::vector<StreamProcessStatus> runs;
  };
  std::vector<Process> processes;  // in the order in which they began
};
// Records that cannot follow what came before are left out.
StreamState replay(const std::vector<StreamRecord>& records);

}  // namespace aurora::executor
