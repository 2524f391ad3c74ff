#include "client/ssh_command.h"

#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <charconv>
#include <cstring>
#include <fstream>

#include "aurora/base/split.h"

extern char** environ;

namespace aurora::client {
namespace {

Error missing_key(const Cluster& cluster, const char* key) {
  return {ErrorCode::InvalidArgument, "Cluster " + cluster.name + " has no " + key +
                                          " in clusters.json, without which ssh does not find its tasks (" + cluster.file +
                                          "); without --use-ssh and options of ssh none is needed"};
}

std::vector<std::string> begin_words(const SshTarget& target, std::vector<std::string> words) {
  words.insert(words.end(), target.options.begin(), target.options.end());
  return words;
}

void end_words(const SshTarget& target, const std::string& remote, std::vector<std::string>& words) {
  words.push_back(target.user + "@" + target.host);
  words.push_back(remote);
}

}  // namespace

std::vector<std::string> split_at_blanks(const std::string& text) {
  std::vector<std::string> parts;
  for (std::string& part : split(text, ' ')) {
    if (!part.empty()) parts.push_back(std::move(part));
  }
  return parts;
}

Result<std::string> task_folder(const Cluster& cluster, const std::string& task_id, bool is_executor_sandbox) {
  if (cluster.slave_root.empty()) return missing_key(cluster, "slave_root");
  if (cluster.slave_run_directory.empty()) return missing_key(cluster, "slave_run_directory");
  return cluster.slave_root + "/slaves/*/frameworks/*/executors/thermos-" + task_id + "/runs/" + cluster.slave_run_directory +
         (is_executor_sandbox ? "" : "/sandbox");
}

SshTarget ssh_target(const SshOptions& options, const std::string& role, const std::string& host) {
  return {options.user.empty() ? role : options.user, host, split_at_blanks(options.options)};
}

Result<TunnelWish> parse_tunnel(const std::string& text, const LiveTask& task) {
  TunnelWish wish;
  const size_t colon = text.find(':');
  const std::string number = text.substr(0, std::min(colon, text.size()));
  const auto parsed = std::from_chars(number.data(), number.data() + number.size(), wish.local_port);
  const bool is_number = parsed.ec == std::errc() && parsed.ptr == number.data() + number.size();
  if (colon == std::string::npos || !is_number || wish.local_port < 1 || wish.local_port > 65'535) {
    return Error{ErrorCode::InvalidArgument, "Could not parse tunnel: " + text + ".  Must be of form PORT:NAME"};
  }
  wish.name = text.substr(colon + 1);
  const auto port = task.ports.find(wish.name);
  if (port == task.ports.end())
    return Error{ErrorCode::InvalidArgument, "Task " + task.id + " has no port named " + wish.name};
  wish.port = port->second;
  return wish;
}

std::vector<std::string> ssh_run_words(const SshTarget& target, const std::string& remote) {
  std::vector<std::string> words = begin_words(target, {"ssh", "-n", "-q"});
  end_words(target, remote, words);
  return words;
}

std::vector<std::string> ssh_shell_words(const SshTarget& target, const std::vector<TunnelWish>& tunnels, const std::string& remote) {
  std::vector<std::string> words = begin_words(target, {"ssh", "-t"});
  for (const TunnelWish& tunnel : tunnels) {
    words.emplace_back("-L");
    words.push_back(std::to_string(tunnel.local_port) + ":" + target.host + ":" + std::to_string(tunnel.port));
  }
  end_words(target, remote, words);
  return words;
}

Status write_pid(const std::string& path, int pid) {
  std::ofstream out(path, std::ios::trunc);
  out << pid << '\n' << std::flush;
  if (out) return Unit{};
  return Error{ErrorCode::InvalidArgument, "Cannot write the pid to " + path + ": " + std::strerror(errno)};
}

Result<int> run_program(const std::vector<std::string>& words, const std::string& pid_file) {
  std::vector<char*> arguments;
  for (const std::string& word : words) arguments.push_back(const_cast<char*>(word.c_str()));
  arguments.push_back(nullptr);
  pid_t pid = 0;
  const int problem = posix_spawnp(&pid, arguments.front(), nullptr, nullptr, arguments.data(), environ);
  if (problem != 0) {
    return Error{ErrorCode::NotFound, "Cannot run " + words.front() + ": " + std::strerror(problem) +
                                          "; without --use-ssh and options of ssh it is not needed"};
  }
  const Status written = pid_file.empty() ? Status(Unit{}) : write_pid(pid_file, pid);
  int status = 0;
  while (waitpid(pid, &status, 0) < 0 && errno == EINTR) {
  }
  TRY(written);
  return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
}

}  // namespace aurora::client
