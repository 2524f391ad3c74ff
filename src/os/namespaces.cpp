#include "aurora/os/namespaces.h"

#include <fcntl.h>
#include <sched.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <vector>

namespace aurora::os {
namespace {

constexpr const char* kTmp = "/tmp";

Status mount_proc(const char* options) {
  if (::mount("proc", "/proc", "proc", MS_NOSUID | MS_NODEV | MS_NOEXEC, options) == 0) return Unit{};
  return system_error("cannot mount", "/proc");
}

}  // namespace

Status enter_own_mounts() {
  if (::unshare(CLONE_NEWNS) != 0) return system_error("cannot get mounts of its own for", "the task");
  if (::mount(nullptr, "/", nullptr, MS_REC | MS_SLAVE, nullptr) == 0) return Unit{};
  return system_error("cannot keep mounts to itself below", "/");
}

Status hide_processes_of_others() {
  if (mount_proc("hidepid=invisible").ok()) return Unit{};
  // Before Linux 5.8 it has a number, and would be the option of every /proc.
  return Error{ErrorCode::FailedPrecondition,
               "the kernel cannot hide processes in one /proc alone (Linux 5.8 can)"};
}

Status make_private_tmp(const std::string& storage, const std::string& kept) {
  const Fd folder(::open(kept.c_str(), O_PATH | O_DIRECTORY | O_CLOEXEC));
  if (!folder.is_open()) return system_error("cannot open", kept);
  if (::mount(storage.c_str(), kTmp, nullptr, MS_BIND, nullptr) != 0)
    return system_error("cannot mount " + storage + " on", kTmp);
  if (!kept.starts_with(std::string(kTmp) + "/")) return Unit{};
  TRY(make_folders(kept, 0755));
  const std::string itself = "/proc/self/fd/" + std::to_string(folder.get());
  if (::mount(itself.c_str(), kept.c_str(), nullptr, MS_BIND | MS_REC, nullptr) == 0) return Unit{};
  return system_error("cannot keep", kept);
}

Status mount_overlay(const Overlay& overlay, const std::string& target) {
  std::string options;
  std::vector<Fd> folders;  // named by number, as the options have separators of their own
  const auto add = [&](const char* name, const std::string& path) -> Status {
    Fd folder(::open(path.c_str(), O_PATH | O_DIRECTORY | O_CLOEXEC));
    if (!folder.is_open()) return system_error("cannot open", path);
    options += (options.empty() ? "" : ",") + std::string(name) + "=/proc/self/fd/" + std::to_string(folder.get());
    folders.push_back(std::move(folder));
    return Unit{};
  };
  TRY(add("lowerdir", overlay.lower));
  TRY(add("upperdir", overlay.changes));
  TRY(add("workdir", overlay.work));
  if (::mount("overlay", target.c_str(), "overlay", 0, options.c_str()) == 0) return Unit{};
  if (errno == ENODEV) return Error{ErrorCode::FailedPrecondition, "the kernel has no overlayfs: modprobe overlay"};
  return system_error("cannot mount an overlay of", overlay.lower);
}

void leave_mount(const std::string& path) { ::umount2(path.c_str(), MNT_DETACH | UMOUNT_NOFOLLOW); }

Status enter_mounts(const Fd& mounts) {
  if (::setns(mounts.get(), CLONE_NEWNS) == 0) return Unit{};
  return system_error("cannot enter the mounts of", "the container");
}

Result<Fd> open_folder(const std::string& path) {
  Fd folder(::open(path.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  if (!folder.is_open()) return system_error("cannot open", path);
  return folder;
}

Result<Fd> enter_root(const std::string& folder) {
  Fd root = TRY(open_folder(folder));
  if (::fchdir(root.get()) == 0 && ::chroot(".") == 0) return root;
  return system_error("cannot make its root", folder);
}

Result<Fd> open_mounts_of(int pid) {
  const std::string path = "/proc/" + std::to_string(pid) + "/ns/mnt";
  Fd file(::open(path.c_str(), O_RDONLY | O_CLOEXEC));
  if (!file.is_open()) return system_error("cannot open", path);
  return file;
}

}  // namespace aurora::os
