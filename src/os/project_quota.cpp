#include "aurora/os/project_quota.h"

#include <fcntl.h>
#include <linux/dqblk_xfs.h>
#include <linux/fs.h>
#include <linux/quota.h>
#include <sys/ioctl.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <cerrno>
#include <functional>

#include "aurora/os/files.h"

namespace aurora::os {
namespace {

// Ours: far from the small numbers that people write into /etc/projects.
constexpr uint32_t kFirstProject = 0x41000000;
constexpr uint32_t kProjects = 1 << 24;
constexpr uint32_t kTries = 1000;

bool is_ours(uint32_t project) { return project >= kFirstProject && project < kFirstProject + kProjects; }

Result<Fd> open_folder(const std::string& folder) {
  Fd opened(::open(folder.c_str(), O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC));
  if (!opened.is_open()) return system_error("cannot open", folder);
  return opened;
}

// By the file system that the folder is in. errno says why not.
int ask_quota(const Fd& folder, uint32_t command, uint32_t project, void* answer) {
  return static_cast<int>(::syscall(SYS_quotactl_fd, folder.get(), QCMD(command, PRJQUOTA), project, answer));
}

uint32_t project_of(const Fd& folder) {
  fsxattr attributes{};
  return ::ioctl(folder.get(), FS_IOC_FSGETXATTR, &attributes) == 0 ? attributes.fsx_projid : 0;
}

bool join_project(const Fd& folder, uint32_t project) {
  fsxattr attributes{};
  if (::ioctl(folder.get(), FS_IOC_FSGETXATTR, &attributes) != 0) return false;
  attributes.fsx_projid = project;
  attributes.fsx_xflags |= FS_XFLAG_PROJINHERIT;
  return ::ioctl(folder.get(), FS_IOC_FSSETXATTR, &attributes) == 0;
}

bool set_limit(const Fd& folder, uint32_t project, int64_t bytes_max) {
  if_dqblk quota{};
  quota.dqb_bhardlimit = (static_cast<uint64_t>(bytes_max) + QIF_DQBLKSIZE - 1) / QIF_DQBLKSIZE;
  quota.dqb_valid = QIF_BLIMITS;
  return ask_quota(folder, Q_SETQUOTA, project, &quota) == 0;
}

// Xfs says so by ENOENT.
bool is_free(const Fd& folder, uint32_t project) {
  if_dqblk quota{};
  if (ask_quota(folder, Q_GETQUOTA, project, &quota) != 0) return errno == ENOENT;
  return quota.dqb_curspace == 0 && quota.dqb_curinodes == 0 && quota.dqb_bhardlimit == 0;
}

std::optional<uint32_t> find_free(const Fd& folder, const std::string& seed) {
  const size_t first = std::hash<std::string>()(seed);
  for (uint32_t i = 0; i < kTries; ++i) {
    const uint32_t project = kFirstProject + static_cast<uint32_t>((first + i) % kProjects);
    if (is_free(folder, project)) return project;
  }
  return std::nullopt;
}

}  // namespace

std::string find_quota_obstacle(const std::string& folder) {
  const Result<Fd> opened = open_folder(folder);
  if (!opened.ok()) return opened.error().message;
  fs_quota_stat state{};
  if (ask_quota(*opened, Q_XGETQSTAT, 0, &state) != 0) {
    if (errno == EPERM) return "it takes root";
    if (errno == ENOSYS && ::syscall(SYS_quotactl_fd, -1, 0, 0, nullptr) != 0 && errno == ENOSYS)
      return "it takes Linux 5.14 or later";
    return "the file system of " + folder + " has no project quotas (mount option prjquota of ext4 and xfs)";
  }
  constexpr uint16_t kInForce = FS_QUOTA_PDQ_ACCT | FS_QUOTA_PDQ_ENFD;
  if ((state.qs_flags & kInForce) == kInForce) return "";
  return "the file system of " + folder + " was not mounted with project quotas (prjquota)";
}

Status limit_folder(const std::string& folder, int64_t bytes_max, const std::string& seed) {
  const Fd opened = TRY(open_folder(folder));
  const uint32_t before = project_of(opened);
  const std::optional<uint32_t> project = is_ours(before) ? before : find_free(opened, seed);
  if (!project) return Error{ErrorCode::ResourceExhausted, "no number of a project is free for " + folder};
  // In this order: while a folder is in it, nobody takes the number for free.
  if (!join_project(opened, *project)) return system_error("cannot make a project of", folder);
  if (!set_limit(opened, *project, bytes_max)) return system_error("cannot limit the disk of", folder);
  return Unit{};
}

std::optional<int64_t> find_project_bytes(const std::string& folder) {
  const Result<Fd> opened = open_folder(folder);
  if (!opened.ok()) return std::nullopt;
  const uint32_t project = project_of(*opened);
  if_dqblk quota{};
  if (!is_ours(project) || ask_quota(*opened, Q_GETQUOTA, project, &quota) != 0) return std::nullopt;
  return static_cast<int64_t>(quota.dqb_curspace);
}

void unlimit_folder(const std::string& folder) {
  const Result<Fd> opened = open_folder(folder);
  if (!opened.ok()) return;
  if (const uint32_t project = project_of(*opened); is_ours(project)) set_limit(*opened, project, 0);
}

}  // namespace aurora::os
