#include <CLI/CLI.hpp>
#include <memory>

#include "modes/thermos_verbs.h"

namespace aurora {
namespace {

struct KillOptions {
  std::vector<std::string> patterns;
  bool is_forced = false;
};

bool kill_one(Thermos& thermos, const executor::LocalTask& task, executor::KillHow how) {
  thermos.console.write("Killing " + task.task_id.value() + "...");
  const Status killed = executor::kill_local_task(task, how, [] { return true; });
  thermos.console.write(killed.ok() ? "done.\n" : "failed.\n");
  if (!killed.ok()) thermos.console.log(client::Severity::Error, killed.error().message);
  return killed.ok();
}

int kill(Thermos& thermos, const KillOptions& options) {
  if (options.patterns.empty()) {
    thermos.console.print_error("Must specify tasks!");
    return 2;
  }
  const Result<TaskPatterns> patterns = TaskPatterns::parse(options.patterns);
  if (!patterns.ok()) return fail_usage(thermos, patterns.error().message);
  const executor::LocalTasks found = executor::find_local_tasks(thermos.searched);
  const auto how = options.is_forced ? executor::KillHow::Force : executor::KillHow::Ask;
  int matched = 0;
  int killed = 0;
  for (const executor::LocalTask& task : found.tasks) {
    if (!task.is_active() || !patterns->matches(task.task_id.value())) continue;
    ++matched;
    if (kill_one(thermos, task, how)) ++killed;
  }
  if (matched == 0) {
    thermos.console.print("No active tasks matched.");
    warn_of_unreadable(thermos, found);
  }
  return killed == matched ? 0 : 1;
}

}  // namespace

ThermosCall define_thermos_kill(CLI::App& app) {
  auto options = std::make_shared<KillOptions>();
  app.add_option("patterns", options->patterns, "Task ids, or regular expressions for their beginning")
      ->option_text(" ");
  app.add_flag("--force", options->is_forced,
               "SIGKILL at once, to the task's runner too: no SIGTERM, no final processes. Without it a "
               "runner that lives "
               "is asked: SIGTERM, final processes, SIGKILL after 60 s. A task whose runner is dead is "
               "always ended at once");
  return [options](Thermos& thermos) { return kill(thermos, *options); };
}

}  // namespace aurora
