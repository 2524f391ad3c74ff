#include <CLI/CLI.hpp>
#include <memory>

#include "aurora/executor/thermos_stream.h"
#include "aurora/os/files.h"
#include "modes/thermos_verbs.h"

namespace aurora {
namespace {

struct ReadOptions {
  std::vector<std::string> files;
  bool is_simple = false;
};

// A checkpoint of ours has the plan beside it, which says what Thermos wrote into the stream itself.
std::string plan_beside(const std::string& checkpoint) {
  const size_t slash = checkpoint.rfind('/');
  const std::string path = (slash == std::string::npos ? "" : checkpoint.substr(0, slash + 1)) + "plan";
  return os::exists(path) ? path : "";
}

std::string header_text(const executor::StreamHeader& header) {
  std::string text = "Recovered Task Header:\n  id:      " + header.task_id + "\n  user:    " + header.user +
                     "\n  host:    " + header.hostname + "\n  sandbox: " + header.sandbox + "\n";
  std::string ports;
  for (const auto& [name, port] : header.ports)
    ports += (ports.empty() ? "" : " ") + name + "->" + std::to_string(port);
  return ports.empty() ? text : text + "  ports:   " + ports + "\n";
}

std::string run_text(size_t number, const executor::StreamProcessStatus& run) {
  const std::string index = std::to_string(number);
  const auto finish =
      run.stop_time ? asctime_text(Instant{static_cast<int64_t>(*run.stop_time * 1000)}) : "None";
  return "    " + std::string(index.size() < 2 ? 1 : 0, ' ') + index +
         ": pid=" + std::to_string(run.pid.value_or(0)) +
         ", rc=" + (run.return_code ? std::to_string(*run.return_code) : "") + ", finish:" + finish +
         ", state:" + std::string(enum_name(run.state)) + "\n";
}

std::string replay_text(const executor::StreamState& state) {
  std::string text = header_text(*state.header) + "Recovered Task States:\n";
  for (const executor::StreamTaskStatus& status : state.statuses) {
    text += "  " + asctime_text(Instant{status.timestamp_ms}) +
            " [pid: " + std::to_string(status.runner_pid) + "] => " + std::string(enum_name(status.state)) +
            "\n";
  }
  text += "Recovered Processes:\n";
  for (const executor::StreamState::Process& process : state.processes) {
    text += "  " + process.name + "   runs: " + std::to_string(process.runs.size()) + "\n";
    for (size_t k = process.runs.size(); k-- > 0;) text += run_text(k, process.runs[k]);
  }
  return text;
}

int read(Thermos& thermos, const ReadOptions& options) {
  if (options.files.size() != 1)
    return fail_usage(thermos, "Expected one checkpoint file, got " + std::to_string(options.files.size()));
  const std::string& path = options.files[0];
  if (!os::exists(path)) return fail_usage(thermos, "Could not find " + path);
  const Result<std::string> bytes = os::read_file(path);
  const auto records = bytes.ok() ? executor::parse_stream(*bytes, plan_beside(path))
                                  : Result<std::vector<executor::StreamRecord>>(bytes.error());
  if (!records.ok()) {
    thermos.console.print("Failed to recover from " + path + ": " + records.error().message);
    return 1;
  }
  if (options.is_simple) {
    for (const executor::StreamRecord& record : *records)
      thermos.console.print("CKPT: " + executor::to_text(record));
    return 0;
  }
  const executor::StreamState state = executor::replay(*records);
  thermos.console.write(state.header ? replay_text(state) : "Checkpoint stream CORRUPT or outdated format\n");
  return state.header ? 0 : 1;
}

}  // namespace

ThermosCall define_thermos_read(CLI::App& app) {
  auto options = std::make_shared<ReadOptions>();
  app.add_option("checkpoint", options->files, "A checkpoint: of this version, or a runner's of Thermos")
      ->option_text(" ");
  app.add_flag("--simple", options->is_simple, "Only print the records, do not replay them");
  return [options](Thermos& thermos) { return read(thermos, *options); };
}

}  // namespace aurora
