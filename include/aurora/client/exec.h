// `task exec`: one command in one task, word by word.
#pragma once

#include <string>
#include <vector>

#include "aurora/client/session.h"

namespace aurora::client {

struct TaskExecOptions {
  std::string key = {};  // with one instance
  std::vector<std::string> command = {};
  bool has_input = false;  // standard input goes there
  bool has_terminal = false;
};
// Returns what the command ended with; 128 and its number after a signal.
int task_exec(Session& session, const TaskExecOptions& options);

}  // namespace aurora::client
