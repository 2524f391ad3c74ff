// Runners as processes of this machine. Their progress comes through one named pipe, their ends through one
// descriptor each: nothing is polled, and 1,000 idle tasks cost nothing.
#pragma once

#include <memory>
#include <string>

#include "aurora/executor/confiner.h"
#include "aurora/executor/container_preparer.h"
#include "aurora/executor/runner_host.h"
#include "aurora/executor/task_files.h"

namespace aurora::executor {

struct PosixRunnerConfig {
  WorkFolder work;
  std::string hostname;        // {{mesos.hostname}}
  std::string search_path;     // PATH of the processes
  std::string runner_program;  // started as `<program> nursery ...`
  std::shared_ptr<const Confiner> confiner = nullptr;  // absent: tasks have no limits and see all of the machine
  std::shared_ptr<const ContainerPreparer> containers = nullptr;  // absent: tasks with an image do not run
  std::string run_as = {};      // the user of all tasks, instead of their roles
  bool switches_user = true;    // false: tasks run as we do, even as root
  bool preserves_environment = false;  // processes get ours, too, below what they get anyway
  core::LogPolicy log = {};     // of processes that say nothing about theirs
  // For who starts a task by hand:
  bool may_be_root = false;   // root's own task runs as root
  std::string sandbox = {};   // of the task, instead of the one in the work folder; what is there already stays
};

// Makes the work folder. Errors name what is not writable. `ended_children` is readable when a child of this process has
// ended (os::open_signals({SIGCHLD})): orphans of checks and execs, which become such children, are then reaped soon. Not
// open: they stay until a runner dies.
Result<std::unique_ptr<RunnerHost>> make_posix_runner_host(PosixRunnerConfig config, os::Fd ended_children = {});

}  // namespace aurora::executor
