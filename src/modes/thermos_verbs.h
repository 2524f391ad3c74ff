// The commands of `aurora thermos`, which runs and shows tasks of this machine without a scheduler
// (spec/thermos-executor.md §20). Each is defined in a file of its own, which adds its row to the table in
// thermos_mode.cpp.
//
// Exit codes: 0 done; 1 the task failed, or nothing was found; 2 wrong words; 3 the configuration cannot be
// evaluated; further ones of `run` are in thermos_run.cpp.
#pragma once

#include <functional>
#include <string>
#include <vector>

#include "aurora/client/console.h"
#include "aurora/executor/local_tasks.h"

namespace CLI {
class App;
}

namespace aurora {

struct ThermosVerb;

// What a command gets.
struct Thermos {
  const ThermosVerb& verb;
  client::Console& console;
  std::string root;                   // where `run` keeps its tasks
  std::vector<std::string> searched;  // where tasks are looked for, this one too
};
using ThermosCall = std::function<int(Thermos&)>;

struct ThermosVerb {
  const char* name;
  const char* arguments;  // as in the usage line
  const char* summary;
  const char* footer;
  ThermosCall (*define)(CLI::App& app);  // adds options and arguments to `app`
};
const std::vector<ThermosVerb>& thermos_verbs();
// Candidates for the word being typed after these, of which the first is `thermos`.
std::vector<std::string> complete_thermos(const std::vector<std::string>& words, const std::string& last);

ThermosCall define_thermos_run(CLI::App& app);
ThermosCall define_thermos_simplerun(CLI::App& app);
ThermosCall define_thermos_status(CLI::App& app);
ThermosCall define_thermos_tail(CLI::App& app);
ThermosCall define_thermos_kill(CLI::App& app);
ThermosCall define_thermos_gc(CLI::App& app);
ThermosCall define_thermos_inspect(CLI::App& app);
ThermosCall define_thermos_read(CLI::App& app);
ThermosCall define_thermos_help(CLI::App& app);

// "usage: ...", then the problem; exit code 2.
int fail_usage(const Thermos& thermos, const std::string& problem);
void warn_of_unreadable(const Thermos& thermos, const executor::LocalTasks& found);

// Regular expressions that must match the beginning of a task id, as Python's re.match. InvalidArgument: one
// is none.
class TaskPatterns {
 public:
  static Result<TaskPatterns> parse(std::vector<std::string> expressions);
  bool matches(const std::string& task_id) const;

 private:
  std::vector<std::string> expressions_;
};

std::string asctime_text(Instant at);  // "Sun Nov 29 20:16:41 2026", of this machine's time zone

}  // namespace aurora
