// Starting programs without copying the process: the child borrows our memory until it executes (clone with
// CLONE_VM | CLONE_VFORK), so that it costs the same from a small runner and from a large executor.
#pragma once

#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "aurora/base/result.h"
#include "aurora/base/time.h"
#include "aurora/os/users.h"

namespace aurora::os {

struct SpawnRequest {
  std::string program;                        // a path; not searched
  std::vector<std::string> arguments = {};    // with argv[0]
  std::vector<std::string> environment = {};  // NAME=value, all there is
  std::string folder = {};                    // working folder; empty = ours
  std::optional<User> user = std::nullopt;    // becomes this user first, all that follows is done as it
  // Made (folders too) and opened for appending, as `user`; empty = /dev/null.
  std::string stdout_path = {};
  std::string stderr_path = {};
  std::optional<int> stdout_fd = std::nullopt;  // instead of the path
  std::optional<int> stderr_fd = std::nullopt;
  std::optional<int> stdin_fd = std::nullopt;  // instead of /dev/null
  std::optional<int> terminal =
      std::nullopt;  // becomes stdin, stdout and stderr, and the terminal of the session
  std::vector<int> cgroups =
      {};  // open cgroup.procs files (os/cgroup.h); it is in these groups from its start
  std::optional<int> mount_namespace = std::nullopt;  // paths above are those of this one; needs root
  bool no_new_privileges = false;    // no set-user-ID program and no file capability gives it more
  std::vector<int> passed_fds = {};  // become 3, 4, ... in the child; every other one is closed
  bool ends_with_us = false;  // killed when the thread that starts it ends, however that comes
  bool blocks_signals = false;       // the program starts with all signals blocked (it will ask for them)
  // What a program runs with that was not given anything, instead of what we run with: open files 1024 (it
  // may ask for more), no core file, a stack of 8 MiB, all else up to the hard limits, which stay; nice 0, no
  // class of CPU or disk scheduling, OOM score 200: short of memory, the kernel takes it before daemons and
  // supervisors.
  bool has_default_limits = false;
  // Called in the child before it executes, with its pid; only plain system calls on memory that exists
  // already.
  std::function<void(int pid)> before_execute = nullptr;
};

// A session of its own, stdin /dev/null unless given, default signal dispositions, umask 022. Returns once
// the program executes; an Error says what failed (and nothing is left running). The caller reaps.
Result<int> spawn(const SpawnRequest& request);

std::vector<std::string> own_environment();  // NAME=value

// A copy of this process, which must have one thread: a session of its own, stdin, stdout and stderr, and no
// other files but `kept`. It runs `body` and exits with what that returns.
Result<int> fork_copy(const std::vector<int>& kept, const std::function<int()>& body);
// For a copy: deaf to all that ask it to end.
void ignore_signals();
// For a copy: becomes the user for good. False if the system refuses.
bool become(const User& user);

std::string find_program(const std::string& name);  // of our PATH; empty: there is none
// Runs a program of the PATH to its end and returns what it wrote to stdout; an Error if it cannot run, exits
// with other than 0, writes more than 1 MiB or takes longer.
Result<std::string> run_and_read(const std::vector<std::string>& command, Duration timeout);

}  // namespace aurora::os
