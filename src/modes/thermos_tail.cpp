#include <CLI/CLI.hpp>
#include <memory>
#include <optional>

#include "aurora/base/clock.h"
#include "aurora/os/files.h"
#include "aurora/os/poller.h"
#include "modes/thermos_log.h"
#include "modes/thermos_show.h"

namespace aurora {
namespace {

constexpr int kLines = 10;
constexpr Duration kLook = milliseconds(200);  // for more of the log
constexpr Duration kRecheck = seconds(5);      // whether the run has ended, when its checkpoint does not grow

struct TailOptions {
  std::vector<std::string> words;
  bool wants_stderr = false;
};

struct TailedRun {
  executor::RunnerPlan plan;
  uint32_t process = 0;
  size_t run = 0;
};

int fail(Thermos& thermos, const std::string& text) {
  thermos.console.print_error(text);
  return 1;
}

std::optional<executor::LocalTask> find_task(Thermos& thermos, const std::string& task_id) {
  executor::LocalTasks found = executor::find_local_tasks(thermos.searched);
  for (executor::LocalTask& task : found.tasks) {
    if (task.task_id.value() == task_id && os::exists(task.paths().plan)) return std::move(task);
  }
  thermos.console.print("ERROR: Could not find task.");
  warn_of_unreadable(thermos, found);
  return std::nullopt;
}

bool has_run(const core::RunHistory& history, uint32_t process) {
  return process < history.processes.size() && !history.processes[process].empty();
}

bool is_active(const core::RunHistory& history, const TailedRun& tailed) {
  if (history.state() && is_terminal(*history.state())) return false;
  return has_run(history, tailed.process) && history.processes[tailed.process].size() == tailed.run + 1 &&
         !is_terminal(history.processes[tailed.process].back().state);
}

void follow(Thermos& thermos, const std::string& checkpoint, const TailedRun& tailed, GrowingLog& log) {
  const SystemClock clock;
  os::Poller pause;
  Duration next_check = clock.monotonic() + kRecheck;
  size_t checked_bytes = 0;
  for (bool goes_on = true;;) {
    for (std::string bytes; !(bytes = log.read_new()).empty();) show_output(thermos.console, bytes);
    if (!goes_on) return;
    pause.wait(kLook);
    const Result<std::string> bytes = os::read_file(checkpoint);
    const size_t size = bytes.ok() ? bytes->size() : 0;
    if (size == checked_bytes && clock.monotonic() < next_check) continue;
    checked_bytes = size;
    next_check = clock.monotonic() + kRecheck;
    goes_on = bytes.ok() && is_active(executor::parse_history(*bytes), tailed);
  }
}

int tail(Thermos& thermos, const TailOptions& options) {
  if (options.words.empty()) return fail_usage(thermos, "Expected a task to tail, got nothing!");
  if (options.words.size() > 2) {
    return fail_usage(thermos, "Expected at most two arguments (task and optional process), got " +
                                   std::to_string(options.words.size()));
  }
  const std::optional<executor::LocalTask> task = find_task(thermos, options.words[0]);
  if (!task) return 1;
  Result<executor::RunnerPlan> plan = executor::read_plan(task->paths().plan);
  if (!plan.ok()) return fail(thermos, "ERROR: " + plan.error().message);
  std::vector<uint32_t> matching;
  for (uint32_t i = 0; i < plan->plan.processes.size(); ++i) {
    const bool is_meant = options.words.size() == 1 || plan->plan.processes[i].name == options.words[1];
    if (is_meant && has_run(task->history, i)) matching.push_back(i);
  }
  if (matching.empty()) return fail(thermos, "ERROR: No processes found.");
  if (matching.size() > 1) return fail(thermos, "ERROR: More than one process matches query.");
  const TailedRun tailed{std::move(*plan), matching[0], task->history.processes[matching[0]].size() - 1};
  const std::string path = executor::log_path(tailed.plan, tailed.process, static_cast<int32_t>(tailed.run),
                                              options.wants_stderr ? "stderr" : "stdout");
  GrowingLog log(tailed.plan.sandbox, path.substr(tailed.plan.sandbox.size() + 1));
  const bool goes_on = is_active(task->history, tailed);
  thermos.console.print(std::string(goes_on ? "Tail of active log " : "Tail of terminal log ") + path);
  log.skip_to_last(kLines);
  if (!goes_on && !log.is_open())
    return fail(thermos, "ERROR: there is no " + path + ": deleted, or its logger writes elsewhere");
  if (goes_on) {
    follow(thermos, task->paths().checkpoint, tailed, log);
  } else {
    for (std::string bytes; !(bytes = log.read_new()).empty();) show_output(thermos.console, bytes);
  }
  return 0;
}

}  // namespace

ThermosCall define_thermos_tail(CLI::App& app) {
  auto options = std::make_shared<TailOptions>();
  app.add_option("words", options->words, "The task's id, and one of its processes if it has several")
      ->option_text(" ");
  app.add_flag("--stderr", options->wants_stderr, "Tail stderr instead of stdout");
  return [options](Thermos& thermos) { return tail(thermos, *options); };
}

}  // namespace aurora
