// The folders of a task before it runs (spec/thermos-executor.md §12).
#pragma once

#include <string>

#include "aurora/base/result.h"
#include "aurora/executor/posix_runner_host.h"
#include "aurora/executor/task_files.h"

namespace aurora::executor {

struct SandboxOwner {
  os::User user;
  bool switches_user = false;  // we are root and become the role; otherwise the role is who we are
};

// Who the role is here, or who stands in for every role. Errors are the texts that follow "Failed to initialize sandbox: ".
Result<SandboxOwner> find_owner(const std::string& role, const PosixRunnerConfig& config);
// Mode 0700, owned by the role, with the folders above it; one that is there already stays as it is.
Status make_sandbox(const TaskPaths& paths, const SandboxOwner& owner);
// The task's /tmp in it, if it gets one.
Status make_private_tmp(const TaskPaths& paths, const SandboxOwner& owner, const Confinement& confinement);

}  // namespace aurora::executor
