// What a process of one thread, and all that it starts, sees of the machine. Needs root; each step is for good.
#pragma once

#include <string>

#include "aurora/base/result.h"
#include "aurora/os/files.h"

namespace aurora::os {

// Mounts of its own from now on: what is mounted here stays here, what the machine mounts later appears.
Status enter_own_mounts();
// /proc shows the processes of other users to nobody but root. REQUIRES: enter_own_mounts()
Status hide_processes_of_others();
// `storage` is /tmp from now on; `kept`, a folder, stays where it is even if that is below /tmp. REQUIRES:
// enter_own_mounts()
Status make_private_tmp(const std::string& storage, const std::string& kept);
// `target` shows `lower` with the changes that are made to it there; these are kept in `changes`, for which the kernel needs
// the folder `work` beside it. REQUIRES: enter_own_mounts()
struct Overlay {
  std::string lower;
  std::string changes;
  std::string work;
};
Status mount_overlay(const Overlay& overlay, const std::string& target);
void leave_mount(const std::string& path);  // nothing if there is none. REQUIRES: enter_own_mounts()
Status enter_mounts(const Fd& mounts);      // of another process, for good: its / is ours
// The folder is our / from now on. Opened, for what is still to be done in it.
Result<Fd> enter_root(const std::string& folder);
Result<Fd> open_folder(const std::string& path);
// The mounts of another process, to be given to SpawnRequest::mount_namespace.
Result<Fd> open_mounts_of(int pid);

}  // namespace aurora::os
