#include "modes/thermos_show.h"

#include <iostream>

#include "aurora/os/files.h"

namespace aurora {

void show_output(client::Console& console, const std::string& bytes) {
  if (console.config().is_terminal_out) return console.write(bytes);
  std::cout.write(bytes.data(), static_cast<std::streamsize>(bytes.size())).flush();
}

std::string describe(const core::ProcessRecord& record, const std::string& process, size_t run) {
  std::string text = process + ": " + std::string(enum_name(record.state));
  switch (record.state) {
    case core::ProcessState::Waiting:
    case core::ProcessState::Forked:
      return "";
    case core::ProcessState::Running:
      text += ", pid " + std::to_string(record.pid);
      break;
    case core::ProcessState::Success:
    case core::ProcessState::Lost:
      break;
    case core::ProcessState::Failed:
    case core::ProcessState::Killed:
      if (record.return_code && *record.return_code >= 0)
        text += ", exit code " + std::to_string(*record.return_code);
      if (record.return_code && *record.return_code < -1)
        text += ", signal " + std::to_string(-*record.return_code);
      if (!record.detail.empty()) text += ": " + record.detail;
      break;
  }
  return run == 0 ? text : text + " (run " + std::to_string(run + 1) + ")";
}

struct TaskShow::Followed {
  uint32_t process;
  GrowingLog out;
  GrowingLog err;
};

TaskShow::TaskShow(client::Console& console, executor::TaskPaths paths, Output output)
    : console_(console), paths_(std::move(paths)), output_(output) {}
TaskShow::~TaskShow() = default;

void TaskShow::show_news() {
  const Result<std::string> bytes = os::read_file(paths_.checkpoint);
  if (bytes.ok() && bytes->size() != read_bytes_) {
    read_bytes_ = bytes->size();
    const std::vector<core::RunRecord> records = executor::parse_records(*bytes);
    for (; shown_records_ < records.size(); ++shown_records_) {
      history_.apply(records[shown_records_]);
      show(records[shown_records_]);
    }
  }
  for (const auto& followed : followed_) {
    for (std::string text; !(text = followed->out.read_new()).empty();) show_output(console_, text);
    for (std::string text; !(text = followed->err.read_new()).empty();) std::cerr << text << std::flush;
  }
}

void TaskShow::show(const core::RunRecord& record) {
  if (const auto* state = std::get_if<core::RunStateRecord>(&record)) {
    if (!is_terminal(state->state) && history_.states.size() > 1)
      console_.info(std::string(enum_name(state->state)));
    return;
  }
  const auto* process = std::get_if<core::ProcessRecord>(&record);
  if (process == nullptr) return;
  if (!plan_) {
    Result<executor::RunnerPlan> plan = executor::read_plan(paths_.plan);
    if (!plan.ok() || process->process >= plan->plan.processes.size()) return;
    plan_ = std::move(*plan);
  }
  const size_t runs =
      process->process < history_.processes.size() ? history_.processes[process->process].size() : 0;
  if (runs == 0) return;
  const std::string text = describe(*process, plan_->plan.processes[process->process].name, runs - 1);
  if (!text.empty()) console_.info(text);
  if (process->state == core::ProcessState::Running && output_ == Output::Shown)
    follow(process->process, runs - 1);
}

void TaskShow::follow(uint32_t process, size_t run) {
  const auto log = [&](const char* stream) {
    const std::string path = executor::log_path(*plan_, process, static_cast<int32_t>(run), stream);
    return GrowingLog(plan_->sandbox, path.substr(plan_->sandbox.size() + 1));
  };
  std::erase_if(followed_,
                [&](const auto& followed) { return followed->process == process; });  // its runs before
  followed_.push_back(std::make_unique<Followed>(process, log("stdout"), log("stderr")));
}

}  // namespace aurora
