#include "aurora/executor/thermos_stream.h"

#include <algorithm>
#include <bit>
#include <cstdio>

#include "aurora/executor/task_files.h"
#include "executor/bytes.h"
#include "executor/thrift_reader.h"

namespace aurora::executor {
namespace {

constexpr size_t kRecordBytesMax = 64u << 20;

double to_secs(Instant at) { return static_cast<double>(at.ms) / 1000; }

// --- Ours.

StreamHeader header_of(const RunnerPlan& plan) {
  StreamHeader header{plan.task_id.value(),    plan.launched_at.ms, plan.sandbox,
                      plan.hostname,           plan.user.name,      {},
                      plan.sandbox + "/.logs", plan.user.uid};
  for (const auto& [name, port] : plan.ports) header.ports[name] = port;
  return header;
}

// The original numbered the records of each process; the number of the process is its name where no plan says
// it.
class OwnRecords {
 public:
  explicit OwnRecords(const std::string& path) : plan_(path.empty() ? not_there() : read_plan(path)) {}

  std::vector<StreamRecord> translate(const std::vector<core::RunRecord>& records) {
    for (const core::RunRecord& record : records) {
      if (const auto* state = std::get_if<core::RunStateRecord>(&record)) add(*state);
      if (const auto* process = std::get_if<core::ProcessRecord>(&record)) add(*process);
    }
    return std::move(out_);
  }

 private:
  static Error not_there() { return Error{ErrorCode::NotFound, "there is no plan"}; }

  void add(const core::RunStateRecord& record) {
    const bool is_first = out_.empty();
    out_.push_back(StreamTaskStatus{record.state, record.at.ms, record.runner_pid, std::nullopt});
    if (is_first && plan_.ok()) out_.push_back(header_of(*plan_));
  }

  void add(const core::ProcessRecord& record) {
    StreamProcessStatus status{
        sequences_[record.process]++, name_of(record.process), record.state, {}, {}, {}, {}, {}, {}};
    switch (record.state) {
      case core::ProcessState::Waiting:
      case core::ProcessState::Lost:
        break;
      case core::ProcessState::Forked:
        status.fork_time = to_secs(record.at);
        status.coordinator_pid = record.pid;
        break;
      case core::ProcessState::Running:
        status.start_time = to_secs(record.at);
        status.pid = record.pid;
        break;
      case core::ProcessState::Success:
      case core::ProcessState::Failed:
      case core::ProcessState::Killed:
        status.stop_time = to_secs(record.at);
        if (record.return_code) status.return_code = *record.return_code;
        break;
    }
    out_.push_back(std::move(status));
  }

  std::string name_of(uint32_t process) const {
    const bool is_known = plan_.ok() && process < plan_->plan.processes.size();
    return is_known ? plan_->plan.processes[process].name : std::to_string(process);
  }

  Result<RunnerPlan> plan_;
  std::map<uint32_t, int64_t> sequences_;
  std::vector<StreamRecord> out_;
};

// --- The original's.

template <typename E>
bool set_state(E& into, int64_t number) {
  if (number < 0 || number > 6) return false;  // both have seven
  into = static_cast<E>(number);
  return true;
}

bool read_header(ThriftReader& in, StreamHeader& header) {
  return in.read_struct([&](int field, ThriftReader::Type type) {
    switch (field) {
      case 1:
        return in.read(type, header.task_id);
      case 2:
        return in.read(type, header.launch_time_ms);
      case 3:
        return in.read(type, header.sandbox);
      case 4:
        return in.read(type, header.hostname);
      case 5:
        return in.read(type, header.user);
      case 6:
        return in.read(type, header.ports);
      case 7:
        return in.read(type, header.log_dir);
      case 8:
        return in.read(type, header.uid);
      default:
        return in.skip(type);
    }
  });
}

bool read_task_status(ThriftReader& in, StreamTaskStatus& status) {
  return in.read_struct([&](int field, ThriftReader::Type type) {
    int64_t state = 0;
    switch (field) {
      case 1:
        return in.read(type, state) && set_state(status.state, state);
      case 2:
        return in.read(type, status.timestamp_ms);
      case 3:
        return in.read(type, status.runner_pid);
      case 4:
        return in.read(type, status.runner_uid);
      default:
        return in.skip(type);
    }
  });
}

bool read_process_status(ThriftReader& in, StreamProcessStatus& status) {
  return in.read_struct([&](int field, ThriftReader::Type type) {
    int64_t state = 0;
    switch (field) {
      case 1:
        return in.read(type, status.seq);
      case 3:
        return in.read(type, status.process);
      case 5:
        return in.read(type, state) && set_state(status.state, state);
      case 6:
        return in.read(type, status.start_time);
      case 7:
        return in.read(type, status.pid);
      case 8:
        return in.read(type, status.stop_time);
      case 9:
        return in.read(type, status.return_code);
      case 10:
        return in.read(type, status.coordinator_pid);
      case 11:
        return in.read(type, status.fork_time);
      default:
        return in.skip(type);
    }
  });
}

// A union: the last of its fields counts; one without any is no record.
std::optional<StreamRecord> read_record(std::string_view bytes) {
  ThriftReader in(bytes);
  std::optional<StreamRecord> record;
  const auto read = [&]<typename T>(T kind, bool (*read_fields)(ThriftReader&, T&)) {
    const bool is_good = read_fields(in, kind);
    record = std::move(kind);
    return is_good;
  };
  const bool is_good = in.read_struct([&](int field, ThriftReader::Type type) {
    if (type != ThriftReader::Type::Struct) return false;
    switch (field) {
      case 1:
        return read(StreamHeader{}, read_header);
      case 2:
        return read(StreamProcessStatus{}, read_process_status);
      case 3:
        return read(StreamTaskStatus{}, read_task_status);
      default:
        return in.skip(type);
    }
  });
  return is_good ? record : std::nullopt;
}

uint32_t big_endian(std::string_view bytes) {
  uint32_t value = 0;
  for (int i = 0; i < 4; ++i) value = value << 8 | static_cast<uint8_t>(bytes[static_cast<size_t>(i)]);
  return value;
}

Result<std::vector<StreamRecord>> parse_thrift(std::string_view bytes) {
  std::vector<StreamRecord> records;
  while (bytes.size() >= 4) {
    const size_t size = big_endian(bytes);
    if (size > kRecordBytesMax) {
      return Error{ErrorCode::DataLoss, "record " + std::to_string(records.size()) + " would be " +
                                            std::to_string(size) + " bytes long; none is longer than " +
                                            std::to_string(kRecordBytesMax)};
    }
    if (size > bytes.size() - 4) break;  // torn: whoever writes it has not finished, or was killed
    std::optional<StreamRecord> record = read_record(bytes.substr(4, size));
    if (!record) {
      return Error{ErrorCode::DataLoss, "record " + std::to_string(records.size()) + " is no RunnerCkpt"};
    }
    records.push_back(*std::move(record));
    bytes.remove_prefix(4 + size);
  }
  return records;
}

// --- As Python prints Thrift's structs.

std::string python(const std::string& text) {
  std::string out = "'";
  for (const char c : text) {
    if (c == '\'' || c == '\\') out += '\\';
    if (c == '\n') {
      out += "\\n";
    } else {
      out += c;
    }
  }
  return out + "'";
}
std::string python(int64_t value) { return std::to_string(value); }
std::string python(double value) {
  char text[64];
  std::snprintf(text, sizeof text, "%.3f", value);
  return text;
}
std::string python(core::RunState state) { return std::to_string(static_cast<int>(state)); }
std::string python(core::ProcessState state) { return std::to_string(static_cast<int>(state)); }
std::string python(const std::map<std::string, int64_t>& ports) {
  std::string text;
  for (const auto& [name, port] : ports)
    text += (text.empty() ? "" : ", ") + python(name) + ": " + python(port);
  return "{" + text + "}";
}
template <typename T>
std::string python(const std::optional<T>& value) {
  return value ? python(*value) : "None";
}

std::string text_of(const StreamHeader& h) {
  return "RunnerHeader(task_id=" + python(h.task_id) + ", launch_time_ms=" + python(h.launch_time_ms) +
         ", sandbox=" + python(h.sandbox) + ", hostname=" + python(h.hostname) + ", user=" + python(h.user) +
         ", ports=" + python(h.ports) + ", log_dir=" + python(h.log_dir) + ", uid=" + python(h.uid) + ")";
}
std::string text_of(const StreamProcessStatus& p) {
  return "ProcessStatus(seq=" + python(p.seq) + ", process=" + python(p.process) +
         ", state=" + python(p.state) + ", start_time=" + python(p.start_time) + ", pid=" + python(p.pid) +
         ", stop_time=" + python(p.stop_time) + ", return_code=" + python(p.return_code) +
         ", coordinator_pid=" + python(p.coordinator_pid) + ", fork_time=" + python(p.fork_time) + ")";
}
std::string text_of(const StreamTaskStatus& t) {
  return "TaskStatus(state=" + python(t.state) + ", timestamp_ms=" + python(t.timestamp_ms) +
         ", runner_pid=" + python(t.runner_pid) + ", runner_uid=" + python(t.runner_uid) + ")";
}

// --- Replay.

std::vector<StreamProcessStatus>& runs_of(StreamState& state, const std::string& process) {
  for (StreamState::Process& known : state.processes) {
    if (known.name == process) return known.runs;
  }
  return state.processes.emplace_back(StreamState::Process{process, {}}).runs;
}

template <typename T>
void overlay(std::optional<T>& into, const std::optional<T>& from) {
  if (from) into = from;
}

void apply(StreamState& state, const StreamProcessStatus& status) {
  std::vector<StreamProcessStatus>& runs = runs_of(state, status.process);
  if (status.state == core::ProcessState::Waiting) {
    if (runs.empty() || is_terminal(runs.back().state)) runs.push_back(status);
    return;
  }
  if (runs.empty() || !is_legal(runs.back().state, status.state)) return;
  StreamProcessStatus& run = runs.back();
  run.seq = status.seq;
  run.state = status.state;
  overlay(run.start_time, status.start_time);
  overlay(run.pid, status.pid);
  overlay(run.stop_time, status.stop_time);
  overlay(run.return_code, status.return_code);
  overlay(run.coordinator_pid, status.coordinator_pid);
  overlay(run.fork_time, status.fork_time);
}

}  // namespace

Result<std::vector<StreamRecord>> parse_stream(std::string_view bytes, const std::string& plan) {
  const std::vector<core::RunRecord> own = parse_records(bytes);
  if (!own.empty()) return OwnRecords(plan).translate(own);
  return parse_thrift(bytes);
}

std::string to_text(const StreamRecord& record) {
  std::string fields[3] = {"None", "None", "None"};
  fields[record.index()] = std::visit([](const auto& field) { return text_of(field); }, record);
  return "RunnerCkpt(runner_header=" + fields[0] + ", process_status=" + fields[1] +
         ", task_status=" + fields[2] + ")";
}

StreamState replay(const std::vector<StreamRecord>& records) {
  StreamState state;
  for (const StreamRecord& record : records) {
    if (const auto* header = std::get_if<StreamHeader>(&record); header && !state.header)
      state.header = *header;
    if (const auto* status = std::get_if<StreamTaskStatus>(&record)) state.statuses.push_back(*status);
    if (const auto* process = std::get_if<StreamProcessStatus>(&record)) apply(state, *process);
  }
  return state;
}

}  // namespace aurora::executor
