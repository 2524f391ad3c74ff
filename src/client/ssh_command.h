// What the original typed for its users: the command lines of ssh and scp (Aurora 0.22, spec/client.md §6.7), and running them.
#pragma once

#include <string>
#include <vector>

#include "aurora/client/clusters.h"
#include "aurora/client/inside.h"
#include "client/live_tasks.h"

namespace aurora::client {

// The folder of a task on its host, with stars that the shell there resolves. InvalidArgument: clusters.json does not say
// enough.
Result<std::string> task_folder(const Cluster& cluster, const std::string& task_id, bool is_executor_sandbox);

struct SshTarget {
  std::string user;
  std::string host;
  std::vector<std::string> options;
};
SshTarget ssh_target(const SshOptions& options, const std::string& role, const std::string& host);

struct TunnelWish {
  int local_port = 0;
  std::string name;
  int64_t port = 0;  // of the task
};
// PORT:NAME, with the task's port of that name.
Result<TunnelWish> parse_tunnel(const std::string& text, const LiveTask& task);

// `remote`: a line for the shell there.
std::vector<std::string> ssh_run_words(const SshTarget& target, const std::string& remote);
std::vector<std::string> ssh_shell_words(const SshTarget& target, const std::vector<TunnelWish>& tunnels, const std::string& remote);

// Runs it on our own streams and waits. Its exit status, 128 and the signal's number if one ended it. `pid_file`: gets its
// pid; empty: none.
Result<int> run_program(const std::vector<std::string>& words, const std::string& pid_file);
Status write_pid(const std::string& path, int pid);

// The text in parts, at blanks.
std::vector<std::string> split_at_blanks(const std::string& text);

}  // namespace aurora::client
