#include "aurora/os/beneath.h"

#include <dirent.h>
#include <fcntl.h>
#include <linux/openat2.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <map>

#include "aurora/os/users.h"

namespace aurora::os {
namespace {

// O_NONBLOCK: a pipe or device in a sandbox must not hold up the reader.
constexpr int kReadFlags = O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY;

int open_in_kernel(int base, const std::string& path) {
  open_how how{};
  how.flags = kReadFlags;
  how.resolve = RESOLVE_BENEATH | RESOLVE_NO_MAGICLINKS;
  return static_cast<int>(::syscall(SYS_openat2, base, path.c_str(), &how, sizeof how));
}

// For kernels before 5.6: step by step, and no symbolic link at all.
int open_step_by_step(int base, const std::string& path) {
  Fd at(::fcntl(base, F_DUPFD_CLOEXEC, 0));
  for (size_t begin = 0; begin < path.size();) {
    const size_t slash = std::min(path.find('/', begin), path.size());
    const std::string part = path.substr(begin, slash - begin);
    begin = slash + 1;
    if (part.empty() || part == ".") continue;
    if (part == "..") {
      errno = EXDEV;
      return -1;
    }
    at = Fd(::openat(at.get(), part.c_str(), kReadFlags | O_NOFOLLOW));
    if (!at.is_open()) return -1;
  }
  return ::fcntl(at.get(), F_DUPFD_CLOEXEC, 0);
}

std::string mode_text(mode_t mode) {
  std::string text = S_ISDIR(mode) ? "d" : S_ISLNK(mode) ? "l" : S_ISREG(mode) ? "-" : S_ISSOCK(mode) ? "s" : "-";
  constexpr char kLetters[] = "rwxrwxrwx";
  for (int i = 0; i < 9; ++i) text += (mode & (0400u >> i)) != 0 ? kLetters[i] : '-';
  return text;
}

FileInfo info_of(std::string name, const struct stat& status, std::map<int, std::string>& owners) {
  const int uid = static_cast<int>(status.st_uid);
  if (!owners.contains(uid)) owners[uid] = name_of_user(uid);
  FileInfo info;
  info.name = std::move(name);
  info.is_folder = S_ISDIR(status.st_mode);
  info.bytes = status.st_size;
  info.mode = mode_text(status.st_mode);
  info.owner = owners[uid];
  info.group = std::to_string(status.st_gid);
  info.links = static_cast<int>(status.st_nlink);
  info.modified = Instant{status.st_mtim.tv_sec * 1000 + status.st_mtim.tv_nsec / 1'000'000};
  info.id = status.st_ino;
  return info;
}

int64_t measure(int folder, int& entries_left) {
  DIR* directory = ::fdopendir(folder);
  if (directory == nullptr) {
    ::close(folder);
    return 0;
  }
  int64_t bytes = 0;
  while (const dirent* entry = ::readdir(directory)) {
    const std::string name = entry->d_name;
    struct stat status {};
    if (name == "." || name == ".." || --entries_left < 0) continue;
    if (::fstatat(::dirfd(directory), entry->d_name, &status, AT_SYMLINK_NOFOLLOW) != 0) continue;
    if (S_ISREG(status.st_mode)) bytes += status.st_blocks * 512;
    if (S_ISLNK(status.st_mode)) bytes += status.st_size;
    if (!S_ISDIR(status.st_mode)) continue;
    const int below = ::openat(::dirfd(directory), entry->d_name, kReadFlags | O_DIRECTORY | O_NOFOLLOW);
    if (below >= 0) bytes += measure(below, entries_left);
  }
  ::closedir(directory);
  return bytes;
}

}  // namespace

Result<Fd> open_beneath(const std::string& base, const std::string& path) {
  if (path.find('\0') != std::string::npos) return Error{ErrorCode::InvalidArgument, "a path has no NUL"};
  const Fd folder(::open(base.c_str(), O_PATH | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC));
  if (!folder.is_open()) return system_error("cannot open", base);
  const std::string relative = path.empty() ? "." : path;
  Fd file(open_in_kernel(folder.get(), relative));
  if (!file.is_open() && (errno == ENOSYS || errno == EPERM)) file = Fd(open_step_by_step(folder.get(), relative));
  if (!file.is_open()) return system_error("cannot open", path);
  struct stat status {};
  if (::fstat(file.get(), &status) != 0) return system_error("cannot read", path);
  if (S_ISREG(status.st_mode) || S_ISDIR(status.st_mode)) return file;
  return Error{ErrorCode::PermissionDenied, path + " is neither a file nor a folder"};
}

Result<FileInfo> describe(const Fd& file) {
  struct stat status {};
  if (::fstat(file.get(), &status) != 0) return system_error("cannot read", "a file");
  std::map<int, std::string> owners;
  return info_of("", status, owners);
}

Result<std::vector<FileInfo>> list_folder(const Fd& folder) {
  DIR* directory = ::fdopendir(::openat(folder.get(), ".", kReadFlags | O_DIRECTORY));
  if (directory == nullptr) return system_error("cannot list", "the folder");
  std::vector<FileInfo> entries;
  std::map<int, std::string> owners;
  while (const dirent* entry = ::readdir(directory)) {
    const std::string name = entry->d_name;
    struct stat status {};
    if (name == "." || name == "..") continue;
    if (::fstatat(::dirfd(directory), entry->d_name, &status, AT_SYMLINK_NOFOLLOW) != 0) continue;
    entries.push_back(info_of(name, status, owners));
  }
  ::closedir(directory);
  std::sort(entries.begin(), entries.end(), [](const FileInfo& a, const FileInfo& b) { return a.name < b.name; });
  return entries;
}

Result<std::string> read_at(const Fd& file, int64_t offset, size_t length) {
  std::string bytes(length, '\0');
  size_t done = 0;
  while (done < length) {
    const ssize_t n = ::pread(file.get(), bytes.data() + done, length - done, offset + static_cast<int64_t>(done));
    if (n < 0 && errno == EINTR) continue;
    if (n < 0) return system_error("cannot read", "the file");
    if (n == 0) break;
    done += static_cast<size_t>(n);
  }
  bytes.resize(done);
  return bytes;
}

int64_t measure_folder(const std::string& folder, int entries_max) {
  const int fd = ::open(folder.c_str(), kReadFlags | O_DIRECTORY);
  return fd < 0 ? 0 : measure(fd, entries_max);
}

}  // namespace aurora::os
