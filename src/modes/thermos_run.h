// Runs a task in the foreground, or leaves it to its runner: what `aurora thermos run` and `simplerun` share.
#pragma once

#include <string>

#include "aurora/executor/image_store.h"
#include "modes/thermos_task.h"

namespace aurora {

struct ThermosRunOptions {
  ThermosFile file;     // of simplerun: bindings and ports only
  std::string user;     // empty: who we are
  std::string task_id;  // empty: made of the name
  std::string sandbox;  // empty: one of its own below the root
  std::string image;    // empty: the task sees this machine's files
  executor::ImagePolicy images;
  bool wants_chroot = false;
  bool is_confined = true;
  bool is_daemon = false;
  bool is_followed = false;  // the processes' output is shown, too
};
void add_thermos_run_options(CLI::App& app, ThermosRunOptions& options);

// Exit codes beside those in thermos_verbs.h, as Thermos' runner had them from 101 on.
struct ThermosExit {
  static constexpr int kSuccess = 0;  // also: it was begun, and is left to its runner
  static constexpr int kFailed = 1;
  static constexpr int kKilled = 4;
  static constexpr int kLost = 5;
  static constexpr int kInternal = 101;
  static constexpr int kInvalidTask = 102;
  static constexpr int kUnknownUser = 104;  // or one that we may not become
  static constexpr int kTerminal = 105;     // a task with that id is over
};
int thermos_exit_code(core::RunState state);

int run_thermos_task(Thermos& thermos, const codec::JsonValue& task, const ThermosRunOptions& options);

}  // namespace aurora
