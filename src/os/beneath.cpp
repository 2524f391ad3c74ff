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
#include <memory>

#include "aurora/os/users.h"

namespace aurora::os {
namespace {

// O_NONBLOCK: a pipe or device in a sandbox must not hold up the reader.
constexpr int kReadFlags = O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY;

int open_in_kernel(int base, const std::string& path, uint64_t resolve = RESOLVE_BENEATH) {
  open_how how{};
  how.flags = kReadFlags;
  how.resolve = resolve | RESOLVE_NO_MAGICLINKS;
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

constexpr size_t kListedMax = 100'000;

struct CloseFolder {
  void operator()(DIR* folder) const { ::closedir(folder); }
};

// Opened or made; -1 with errno.
int enter_folder(int at, const char* name) {
  constexpr int kFlags = O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC;
  const int there = ::openat(at, name, kFlags);
  if (there >= 0 || errno != ENOENT) return there;
  if (::mkdirat(at, name, 0755) != 0 && errno != EEXIST) return -1;
  return ::openat(at, name, kFlags);
}

Result<Fd> file_or_folder(Fd file, const std::string& path) {
  struct stat status {};
  if (::fstat(file.get(), &status) != 0) return system_error("cannot read", path);
  if (S_ISREG(status.st_mode) || S_ISDIR(status.st_mode)) return file;
  return Error{ErrorCode::PermissionDenied, path + " is neither a file nor a folder"};
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
  return file_or_folder(std::move(file), path);
}

Result<Fd> open_in_root(const std::string& root, const std::string& path) {
  const Fd folder(::open(root.c_str(), O_PATH | O_DIRECTORY | O_CLOEXEC));
  if (!folder.is_open()) return system_error("cannot open", root);
  Fd file(open_in_kernel(folder.get(), path, RESOLVE_IN_ROOT));
  if (!file.is_open()) return system_error("cannot open", path);
  return file_or_folder(std::move(file), path);
}

Result<FileInfo> describe(const Fd& file) {
  struct stat status {};
  if (::fstat(file.get(), &status) != 0) return system_error("cannot read", "a file");
  std::map<int, std::string> owners;
  return info_of("", status, owners);
}

Result<FolderPage> list_folder(const Fd& folder, size_t offset, size_t limit) {
  const std::unique_ptr<DIR, CloseFolder> directory(
      ::fdopendir(::openat(folder.get(), ".", kReadFlags | O_DIRECTORY)));
  if (!directory) return system_error("cannot list", "the folder");
  std::vector<std::string> names;
  FolderPage page;
  while (const dirent* entry = ::readdir(directory.get())) {
    std::string name = entry->d_name;
    if (name == "." || name == "..") continue;
    page.is_whole = names.size() < kListedMax;
    if (!page.is_whole) break;
    names.push_back(std::move(name));
  }
  page.total = names.size();
  std::sort(names.begin(), names.end());
  std::map<int, std::string> owners;
  const size_t first = std::min(offset, names.size());
  for (size_t i = first; i < first + std::min(limit, names.size() - first); ++i) {
    struct stat status {};
    if (::fstatat(::dirfd(directory.get()), names[i].c_str(), &status, AT_SYMLINK_NOFOLLOW) != 0) continue;
    page.entries.push_back(info_of(std::move(names[i]), status, owners));
  }
  return page;
}

Result<std::string> read_at(const Fd& file, int64_t offset, size_t length) {
  std::string bytes(length, '\0');
  bytes.resize(TRY(read_at(file, offset, bytes.data(), length)));
  return bytes;
}

Result<size_t> read_at(const Fd& file, int64_t offset, char* into, size_t length) {
  size_t done = 0;
  while (done < length) {
    const ssize_t n = ::pread(file.get(), into + done, length - done, offset + static_cast<int64_t>(done));
    if (n < 0 && errno == EINTR) continue;
    if (n < 0) return system_error("cannot read", "the file");
    if (n == 0) break;
    done += static_cast<size_t>(n);
  }
  return done;
}

Result<Fd> open_for_append_beneath(const std::string& base, const std::string& path, int mode) {
  Fd at(::open(base.c_str(), O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC));
  if (!at.is_open()) return system_error("cannot open", base);
  size_t begin = 0;
  for (size_t slash; (slash = path.find('/', begin)) != std::string::npos; begin = slash + 1) {
    at = Fd(enter_folder(at.get(), path.substr(begin, slash - begin).c_str()));
    if (!at.is_open()) return system_error("cannot open the folder of", path);
  }
  constexpr int kFlags = O_WRONLY | O_CREAT | O_APPEND | O_NOFOLLOW | O_CLOEXEC | O_NONBLOCK | O_NOCTTY;
  Fd file(::openat(at.get(), path.c_str() + begin, kFlags, mode));
  if (!file.is_open()) return system_error("cannot open", path);
  struct stat status {};
  if (::fstat(file.get(), &status) != 0 || !S_ISREG(status.st_mode))
    return Error{ErrorCode::PermissionDenied, path + " is no file"};
  return file;
}

Result<Fd> open_deleted(int pid, int fd, const std::string& path_end) {
  const std::string link = "/proc/" + std::to_string(pid) + "/fd/" + std::to_string(fd);
  char target[4096];
  const ssize_t length = ::readlink(link.c_str(), target, sizeof target);
  if (length < 0 || !std::string_view(target, static_cast<size_t>(length)).ends_with(path_end + " (deleted)"))
    return Error{ErrorCode::NotFound, path_end + " is not open in process " + std::to_string(pid)};
  Fd file(::open(link.c_str(), kReadFlags));
  struct stat status {};
  if (!file.is_open() || ::fstat(file.get(), &status) != 0) return system_error("cannot open", link);
  if (!S_ISREG(status.st_mode) || status.st_nlink != 0)  // the process has put another one there
    return Error{ErrorCode::NotFound, path_end + " is not open in process " + std::to_string(pid)};
  return file;
}

bool is_at(const Fd& file, const std::string& path) {
  struct stat opened {};
  struct stat there {};
  return ::fstat(file.get(), &opened) == 0 && ::lstat(path.c_str(), &there) == 0 &&
         opened.st_dev == there.st_dev && opened.st_ino == there.st_ino;
}

}  // namespace aurora::os
