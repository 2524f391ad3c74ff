// Commands inside running tasks: `task run`, `task ssh`, `task scp`, classic `run` and `ssh` (spec/client.md §5.3, §6.7). They
// go through the scheduler, which passes the bytes on to the task's host, or through the ssh and scp of this machine, as the
// original did, when that is asked for.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "aurora/client/session.h"

namespace aurora::client {

// Through ssh and scp of PATH instead; any of the options says so.
struct SshOptions {
  bool is_asked_for = false;
  std::string user = {};     // empty: the role
  std::string options = {};  // of ssh or scp, split at blanks
  bool is_used() const { return is_asked_for || !user.empty() || !options.empty(); }
};

struct TaskRunOptions {
  std::string key = {};  // with instances, noun-verb
  std::vector<std::string> command = {};  // joined with blanks, it is a line for a shell
  int64_t threads = 1;               // tasks at a time
  bool is_executor_sandbox = false;  // in the folder around the sandbox
  SshOptions ssh = {};
};
// 0 whatever the commands ended with.
int task_run(Session& session, const TaskRunOptions& options);

struct TaskShellOptions {
  std::string key = {};    // with instances, noun-verb: the first that is live
  std::string shard = {};  // classic
  std::vector<std::string> command = {};  // as above; none: a shell
  std::vector<std::string> tunnels = {};  // PORT:NAME
  std::string pid_file = {};
  bool is_executor_sandbox = false;
  SshOptions ssh = {};
};
// Returns what the command ended with; 128 and its number after a signal.
int task_ssh(Session& session, const TaskShellOptions& options);

struct TaskCopyOptions {
  std::vector<std::string> paths = {};  // sources and, last, the destination; each KEY/INSTANCE:path or local
  bool is_executor_sandbox = false;
  SshOptions ssh = {};
};
// 1 when something was not copied.
int task_scp(Session& session, const TaskCopyOptions& options);

}  // namespace aurora::client
