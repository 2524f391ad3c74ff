#include "executor/sandbox.h"

#include "aurora/os/files.h"

namespace aurora::executor {

Result<SandboxOwner> find_owner(const std::string& of_task, const PosixRunnerConfig& config) {
  const os::User self = os::current_user();
  if (!config.switches_user) return SandboxOwner{self, false};
  const std::string& role = config.run_as.empty() ? of_task : config.run_as;
  if (role == self.name && (config.may_be_root || !os::is_root())) return SandboxOwner{self, false};
  Result<os::User> user = os::find_user(role);
  if (!user.ok()) {
    return Error{ErrorCode::NotFound, "Could not create sandbox because user does not exist: " + role};
  }
  if (user->uid == 0) {
    return Error{ErrorCode::PermissionDenied, "Could not create sandbox: role " + role + " is root, which tasks must not become"};
  }
  if (!os::is_root()) {
    return Error{ErrorCode::PermissionDenied,
                 "Must be root to run processes as other users! This executor runs as " + self.name +
                     ", so " + self.name + " is the only role it can run, not " + role};
  }
  return SandboxOwner{std::move(*user), true};
}

Status make_sandbox(const TaskPaths& paths, const SandboxOwner& owner) {
  const std::string runs = paths.run.substr(0, paths.run.rfind('/'));
  TRY(os::make_folders(paths.run));
  const bool is_new = !os::exists(paths.sandbox);
  if (is_new) TRY(os::make_folders(paths.sandbox, 0700));
  TRY(os::make_link("1", runs + "/latest"));
  if (!owner.switches_user) return Unit{};
  TRY(os::give_to(paths.run, owner.user.uid, owner.user.gid));
  return is_new ? os::give_to(paths.sandbox, owner.user.uid, owner.user.gid) : Status(Unit{});
}

Status make_private_tmp(const TaskPaths& paths, const SandboxOwner& owner, const Confinement& confinement) {
  if (!confinement.has_private_tmp) return Unit{};
  const std::string folder = private_tmp_of(paths.sandbox);
  TRY(os::make_folders(folder, 01777));
  return os::give_to(folder, owner.user.uid, owner.user.gid);
}

}  // namespace aurora::executor
