#include "modes/thermos_status.h"

#include <CLI/CLI.hpp>
#include <memory>

#include "aurora/os/files.h"
#include "modes/verb_options.h"

namespace aurora {
namespace {

struct StatusOptions {
  std::vector<std::string> patterns;
  int verbosity = 0;
  std::string only;
};

template <typename... Values>
std::string format(const char* pattern, Values... values) {
  const int size = std::snprintf(nullptr, 0, pattern, values...);
  std::string text(static_cast<size_t>(size) + 1, '\0');
  std::snprintf(text.data(), text.size(), pattern, values...);
  text.pop_back();
  return text;
}

std::string owner_of(const executor::LocalTask& task) {
  const bool is_number = task.owner.find_first_not_of("0123456789") == std::string::npos;
  return is_number ? "uid:" + task.owner : task.owner;
}

std::string ports_of(const executor::RunnerPlan& plan) {
  std::string text;
  for (const auto& [name, port] : plan.ports)
    text += (text.empty() ? "" : " ") + name + " -> " + std::to_string(port);
  return text.empty() ? "None" : text;
}

std::string process_line(const std::string& name, const std::vector<core::ProcessRun>& runs) {
  const core::ProcessRun& last = runs.back();
  return "      - " + name + " runs: " + std::to_string(runs.size()) +
         " last: pid=" + (last.pid == 0 ? "None" : std::to_string(last.pid)) +
         ", rc=" + (last.return_code ? std::to_string(*last.return_code) : "") +
         ", finish:" + (last.stop_time ? asctime_text(*last.stop_time) : "None") +
         ", state:" + std::string(enum_name(last.state)) + (last.detail.empty() ? "" : ": " + last.detail) + "\n";
}

int show(Thermos& thermos, const StatusOptions& options) {
  const Result<TaskPatterns> patterns =
      TaskPatterns::parse(options.patterns.empty() ? std::vector<std::string>{".*"} : options.patterns);
  if (!patterns.ok()) return fail_usage(thermos, patterns.error().message);
  const executor::LocalTasks found = executor::find_local_tasks(thermos.searched);
  warn_of_unreadable(thermos, found);
  std::string active;
  std::string finished;
  for (const executor::LocalTask& task : found.tasks) {
    if (patterns->matches(task.task_id.value()))
      (task.is_active() ? active : finished) += status_text(task, options.verbosity);
  }
  std::string text;
  if (!active.empty() && options.only != "finished") text += "Active tasks:\n" + active + "\n";
  if (!finished.empty() && options.only != "active") text += "Finished tasks:\n" + finished + "\n";
  thermos.console.write(text.empty() ? "No tasks found.\n" : text);
  return text.empty() ? 1 : 0;
}

}  // namespace

std::string status_text(const executor::LocalTask& task, int verbosity) {
  std::string text = format("  %-20s [owner: %8s]", task.task_id.value().c_str(), owner_of(task).c_str());
  if (verbosity <= 0) return text + "\n";
  if (os::exists(task.paths().preparing)) return text + " - is being prepared\n";
  const Result<executor::RunnerPlan> plan = executor::read_plan(task.paths().plan);
  if (!plan.ok() || !task.history.state()) {
    // Between its folder and its runner lie some milliseconds; what stays like that is damaged.
    return text + " - checkpoint stream CORRUPT or outdated format\n";
  }
  text += format("  state: %8s", std::string(enum_name(*task.history.state())).c_str());
  text += format(" start: %25s\n", asctime_text(plan->launched_at).c_str());
  if (verbosity > 1)
    text += "    user: " + plan->user.name + " ports: " + ports_of(*plan) +
            "\n    sandbox: " + plan->sandbox + "\n";
  if (verbosity <= 2) return text;
  text += "    process table:\n";
  for (size_t i = 0; i < task.history.processes.size() && i < plan->plan.processes.size(); ++i) {
    if (!task.history.processes[i].empty())
      text += process_line(plan->plan.processes[i].name, task.history.processes[i]);
  }
  const std::string reason = executor::end_sentence_of(task);
  if (!reason.empty()) text += "    reason: " + reason + "\n";
  return text + "\n";
}

ThermosCall define_thermos_status(CLI::App& app) {
  auto options = std::make_shared<StatusOptions>();
  app.add_option("patterns", options->patterns,
                 "Regular expressions for the beginning of task ids; none: every task")
      ->option_text(" ");
  add_number(
      app, "--verbosity", options->verbosity,
      "1: state and start, 2: also user, ports and sandbox, 3: also the processes with their last run, and why the task ended");
  app.add_option("--only", options->only, "Only tasks of this kind")
      ->check(CLI::IsMember({"active", "finished"}))
      ->option_text("active|finished");
  return [options](Thermos& thermos) { return show(thermos, *options); };
}

}  // namespace aurora
