#include "aurora/executor/task_files.h"

#include <algorithm>

#include "aurora/codec/json.h"
#include "aurora/codec/task_payload.h"
#include "aurora/executor/host_journal.h"
#include "aurora/os/files.h"
#include "aurora/os/project_quota.h"
#include "aurora/os/tree.h"
#include "executor/bytes.h"

namespace aurora::executor {
namespace {

constexpr const char* kFramework = "aurora";

Error unreadable(const std::string& path) {
  return Error{ErrorCode::DataLoss, path + " is damaged or was written by another version"};
}

std::optional<std::string_view> find_payload(const Frames& frames, size_t index) {
  return index < frames.payloads.size() ? std::optional(frames.payloads[index]) : std::nullopt;
}

std::optional<core::TaskAccepted> decode_accepted(std::string_view payload) {
  const Result<core::HostRecord> record = decode_record(payload);
  if (!record.ok()) return std::nullopt;
  const auto* accepted = std::get_if<core::TaskAccepted>(&*record);
  return accepted != nullptr ? std::optional(*accepted) : std::nullopt;
}

}  // namespace

TaskPaths WorkFolder::paths_of(const core::TaskId& task_id) const {
  const std::string& id = task_id.value();
  const std::string runs =
      root + "/slaves/" + agent_id + "/frameworks/" + kFramework + "/executors/thermos-" + id + "/runs";
  const std::string own = state + "/tasks/" + id;
  return {own, own + "/plan", own + "/launched", own + "/preparing", own + "/checkpoint", own + "/log_times",
          own + "/container", own + "/failure", runs + "/1", runs + "/1/sandbox"};
}

std::string log_path(const RunnerPlan& plan, uint32_t process, int32_t run, const char* stream) {
  return plan.sandbox + "/.logs/" + plan.plan.processes.at(process).name + "/" + std::to_string(run) + "/" +
         stream;
}

std::string console_path(const RunnerPlan& plan, const char* stream) {
  return run_folder_of(plan) + "/" + stream;
}

std::string private_tmp_of(const std::string& sandbox) { return sandbox + "/.tmp"; }

std::string run_folder_of(const RunnerPlan& plan) { return plan.sandbox.substr(0, plan.sandbox.rfind('/')); }

std::string shell_of(const RunnerPlan& plan) { return plan.container ? plan.container->shell : "/bin/bash"; }

std::string home_of(const RunnerPlan& plan) { return plan.container ? plan.container->sandbox : plan.sandbox; }

std::string changes_of(const std::string& sandbox) { return sandbox + "/.rootfs"; }

std::vector<std::string> environment_of(const RunnerPlan& plan) {
  const std::string home = home_of(plan);
  std::vector<std::string> ours{"HOME=" + home, "LOGNAME=" + plan.user.name, "USER=" + plan.user.name};
  if (os::exists(plan.sandbox + "/.thermos_profile")) ours.push_back("BASH_ENV=" + home + "/.thermos_profile");
  ours.insert(ours.end(), plan.variables.begin(), plan.variables.end());
  std::vector<std::string> variables;
  bool has_path = false;
  if (plan.container) {
    for (const std::string& variable : plan.container->environment) {
      const std::string name = variable.substr(0, variable.find('=') + 1);
      has_path = has_path || name == "PATH=";
      const auto is_same = [&](const std::string& other) { return other.starts_with(name); };
      if (std::none_of(ours.begin(), ours.end(), is_same)) variables.push_back(variable);
    }
  }
  if (!has_path) ours.push_back("PATH=" + plan.search_path);
  variables.insert(variables.end(), ours.begin(), ours.end());
  return variables;
}

Status write_plan(const std::string& path, const RunnerPlan& plan, std::string_view task_json,
                  const core::HostTaskSummary& summary) {
  const core::TaskAccepted accepted{plan.task_id, plan.launched_at, summary};
  return os::write_file(path, encode_plan(plan, task_json) + frame(encode_record(accepted)), 0600);
}

Result<RunnerPlan> read_plan(const std::string& path) {
  const std::string bytes = TRY(os::read_file(path));
  std::optional<RunnerPlan> plan = decode_plan(bytes);
  if (!plan) return unreadable(path);
  return *std::move(plan);
}

Result<std::string> read_task_json(const std::string& path) {
  const std::string bytes = TRY(os::read_file(path));
  const Frames frames = split_frames(bytes);
  const std::optional<std::string_view> payload = find_payload(frames, 1);
  if (!payload) return unreadable(path);
  return std::string(*payload);
}

namespace {

Result<core::Task> read_task(const std::string& path) {
  const std::string bytes = TRY(os::read_file(path));
  const codec::JsonValue json = TRY(codec::JsonValue::parse(bytes));
  return codec::decode_json<core::Task>(json, codec::UnknownFields::Ignore);
}

}  // namespace

std::optional<core::Task> read_unprepared(const TaskPaths& paths) {
  Result<core::Task> task = read_task(paths.preparing);
  return task.ok() ? std::optional(*std::move(task)) : std::nullopt;
}

Result<RunnerPlan> read_checked_plan(const TaskPaths& paths) {
  RunnerPlan plan = TRY(read_plan(paths.plan));
  if (!plan.lacks_checks) return plan;
  const Result<core::Task> task = read_task(paths.launched);
  Result<codec::BoundTask> bound =
      task.ok() ? codec::bind_payload(*task, plan.hostname) : Result<codec::BoundTask>(task.error());
  if (!bound.ok()) return plan;
  plan.health = std::move(bound->health);
  plan.shutdown = std::move(bound->shutdown);
  return plan;
}

core::TaskAccepted recover_accepted(const std::string& path, const core::TaskId& task_id) {
  core::TaskAccepted accepted{task_id, Instant{}, {}};
  accepted.summary.job = {"unknown", "unknown", "unknown"};
  const Result<std::string> bytes = os::read_file(path);
  if (!bytes.ok()) return accepted;
  if (const std::optional<RunnerPlan> plan = decode_plan(*bytes)) {
    accepted.at = plan->launched_at;
    if (!plan->user.name.empty()) accepted.summary.job.role = plan->user.name;
    accepted.summary.ports = plan->ports;
  }
  const Frames frames =
      split_frames(*bytes, [](std::string_view payload) { return decode_accepted(payload).has_value(); });
  if (frames.payloads.empty()) return accepted;
  const std::optional<core::TaskAccepted> found = decode_accepted(frames.payloads.back());
  return found && found->task_id == task_id ? *found : accepted;
}

// The executor's own folder last: while it is there, a later executor knows that something is left.
Status delete_task_files(const WorkFolder& work, const core::TaskId& task_id, const std::function<bool()>& goes_on) {
  if (task_id.empty() || task_id.value().find('/') != std::string::npos)  // it would name other folders
    return Error{ErrorCode::InvalidArgument, "'" + task_id.value() + "' is not a task id"};
  const TaskPaths paths = work.paths_of(task_id);
  const std::string runs = paths.run.substr(0, paths.run.rfind('/'));
  os::unlimit_folder(paths.sandbox);
  TRY(os::delete_tree(runs.substr(0, runs.rfind('/')), goes_on));
  return os::delete_tree(paths.folder, goes_on);
}

std::string encode_record(const core::RunRecord& record) {
  ByteWriter out;
  out.add(static_cast<uint8_t>(record.index()));
  if (const auto* state = std::get_if<core::RunStateRecord>(&record)) {
    out.add(static_cast<uint8_t>(state->state));
    out.add(state->at);
    out.add(state->runner_pid);
    out.add(state->boot_id);
    return frame(out.take());
  }
  if (const auto* end = std::get_if<core::RunnerEndRecord>(&record)) {
    out.add(uint8_t{0});
    out.add(end->at);
    out.add(end->exit_code);
    out.add(end->signal);
    return frame(out.take());
  }
  const auto& process = std::get<core::ProcessRecord>(record);
  out.add(static_cast<uint8_t>(process.state));
  out.add(process.at);
  out.add(process.process);
  out.add(process.pid);
  out.add(process.return_code.has_value());
  out.add(process.return_code.value_or(0));
  out.add(process.detail);
  out.add(process.start_ticks);
  return frame(out.take());
}

namespace {

std::optional<core::RunRecord> decode_run_record(std::string_view bytes) {
  ByteReader in(bytes);
  const auto kind = in.get<uint8_t>();
  const auto state = in.get<uint8_t>();
  const Instant at = in.get_instant();
  constexpr uint8_t kStates = 7;  // of both enums
  if (kind > 2 || state >= kStates) return std::nullopt;
  if (kind == 2) {
    core::RunnerEndRecord record{at, in.get<int32_t>()};
    record.signal = in.get<int32_t>();
    return in.is_good() ? std::optional<core::RunRecord>(record) : std::nullopt;
  }
  if (kind == 0) {
    core::RunStateRecord record{static_cast<core::RunState>(state), at, in.get<int32_t>()};
    if (in.is_good() && !in.is_at_end()) record.boot_id = in.get_string();
    return in.is_good() ? std::optional<core::RunRecord>(record) : std::nullopt;
  }
  core::ProcessRecord record{in.get<uint32_t>(), static_cast<core::ProcessState>(state), at};
  record.pid = in.get<int32_t>();
  const bool has_code = in.get<bool>();
  const auto code = in.get<int32_t>();
  if (has_code) record.return_code = code;
  if (!in.is_at_end()) record.detail = in.get_string();  // records of before have none
  if (!in.is_at_end()) record.start_ticks = in.get<int64_t>();
  return in.is_good() ? std::optional<core::RunRecord>(record) : std::nullopt;
}

}  // namespace

std::vector<core::RunRecord> parse_records(std::string_view bytes) {
  std::vector<core::RunRecord> records;
  const auto is_record = [](std::string_view payload) { return decode_run_record(payload).has_value(); };
  for (const std::string_view payload : split_frames(bytes, is_record).payloads) {
    if (std::optional<core::RunRecord> record = decode_run_record(payload)) records.push_back(*std::move(record));
  }
  return records;
}

core::RunHistory parse_history(std::string_view bytes) {
  core::RunHistory history;
  for (const core::RunRecord& record : parse_records(bytes)) history.apply(record);
  return history;
}

Result<core::RunHistory> read_history(const std::string& path) {
  const std::string bytes = TRY(os::read_file(path));
  return parse_history(bytes);
}

}  // namespace aurora::executor
