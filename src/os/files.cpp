#include "aurora/os/files.h"

#include <dirent.h>
#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>

namespace aurora::os {
namespace {

ErrorCode code_of(int error_number) {
  switch (error_number) {
    case ENOENT:
    case ENOTDIR:
      return ErrorCode::NotFound;
    case EEXIST:
      return ErrorCode::AlreadyExists;
    case EACCES:
    case EPERM:
    case EXDEV:
    case ELOOP:
      return ErrorCode::PermissionDenied;
    case ENOSPC:
    case EDQUOT:
    case EMFILE:
    case ENFILE:
    case ENOMEM:
    case EAGAIN:
      return ErrorCode::ResourceExhausted;
    default:
      return ErrorCode::Internal;
  }
}

}  // namespace

Error system_error(std::string_view what, std::string_view path, int error_number) {
  return Error{code_of(error_number),
               std::string(what) + " " + std::string(path) + ": " + std::strerror(error_number)};
}
Error system_error(std::string_view what, std::string_view path) { return system_error(what, path, errno); }

Fd::~Fd() {
  if (fd_ >= 0) ::close(fd_);
}

Result<Fd> duplicate(const Fd& fd) {
  Fd copy(::fcntl(fd.get(), F_DUPFD_CLOEXEC, 0));
  if (!copy.is_open()) return system_error("cannot duplicate", "descriptor " + std::to_string(fd.get()));
  return copy;
}

Result<std::string> read_file(const std::string& path, size_t bytes_max) {
  const Fd file(::open(path.c_str(), O_RDONLY | O_CLOEXEC));
  if (!file.is_open()) return system_error("cannot open", path);
  struct stat status {};
  ::fstat(file.get(), &status);
  constexpr size_t kStepBytes = 4096;  // files of /proc have size 0
  // Into the string itself: a buffer on the stack would be memory that every runner keeps.
  std::string content(status.st_size > 0 ? std::min<size_t>(status.st_size, bytes_max) + 1 : kStepBytes, '\0');
  size_t size = 0;
  while (size < bytes_max) {
    if (size == content.size()) content.resize(std::max(content.capacity(), size + kStepBytes));
    const ssize_t n = ::read(file.get(), content.data() + size, content.size() - size);
    if (n < 0 && errno == EINTR) continue;
    if (n < 0) return system_error("cannot read", path);
    size += static_cast<size_t>(n);
    if (n > 0) continue;
    content.resize(size);
    return content;
  }
  return Error{ErrorCode::ResourceExhausted,
               path + " is larger than " + std::to_string(bytes_max) + " bytes"};
}

Status write_file(const std::string& path, std::string_view content, int mode) {
  const Fd file(::open(path.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, mode));
  if (!file.is_open()) return system_error("cannot create", path);
  while (!content.empty()) {
    const ssize_t n = ::write(file.get(), content.data(), content.size());
    if (n < 0 && errno == EINTR) continue;
    if (n < 0) return system_error("cannot write", path);
    content.remove_prefix(static_cast<size_t>(n));
  }
  return Unit{};
}

Status replace_file(const std::string& from, const std::string& to) {
  const Fd file(::open(from.c_str(), O_RDONLY | O_CLOEXEC));
  if (!file.is_open() || ::fsync(file.get()) != 0) return system_error("cannot sync", from);
  if (::rename(from.c_str(), to.c_str()) != 0) return system_error("cannot replace", to);
  const Fd folder(::open(to.substr(0, to.rfind('/')).c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  if (folder.is_open()) ::fsync(folder.get());
  return Unit{};
}

void remove_file(const std::string& path) { ::unlink(path.c_str()); }

Status cut_file(const Fd& file, int64_t bytes) {
  if (::ftruncate(file.get(), bytes) == 0) return Unit{};
  return system_error("cannot shorten", "the journal");
}

Status rename_file(const std::string& from, const std::string& to) {
  if (::rename(from.c_str(), to.c_str()) == 0) return Unit{};
  return system_error("cannot rename", from);
}

Status make_link(const std::string& target, const std::string& path) {
  if (::symlink(target.c_str(), path.c_str()) == 0) return Unit{};
  return system_error("cannot make the link", path);
}

Status make_folders(const std::string& path, int mode) {
  if (::mkdir(path.c_str(), static_cast<mode_t>(mode)) == 0 || errno == EEXIST) return Unit{};
  const size_t slash = path.rfind('/');
  if (errno != ENOENT || slash == std::string::npos || slash == 0)
    return system_error("cannot create folder", path);
  TRY(make_folders(path.substr(0, slash), mode));
  if (::mkdir(path.c_str(), static_cast<mode_t>(mode)) == 0 || errno == EEXIST) return Unit{};
  return system_error("cannot create folder", path);
}

void set_umask(Umask umask) { ::umask(umask == Umask::Private ? 0077 : 0022); }

Status make_private(const std::string& folder) {
  if (::chmod(folder.c_str(), 0700) != 0)
    return system_error("cannot take the rights of others from", folder);
  for (const std::string& name : list_names(folder)) {
    const std::string path = folder + "/" + name;
    struct stat status {};
    if (::lstat(path.c_str(), &status) != 0 || !S_ISREG(status.st_mode) || (status.st_mode & 0077) == 0)
      continue;
    if (::chmod(path.c_str(), 0600) != 0) return system_error("cannot take the rights of others from", path);
  }
  return Unit{};
}

void make_passable(const std::string& folder) {
  struct stat status {};
  if (::stat(folder.c_str(), &status) != 0 || (status.st_mode & 0011) == 0011) return;
  static_cast<void>(::chmod(folder.c_str(), (status.st_mode & 07777) | 0011));
}

FileStamp stamp_of(const std::string& path) {
  struct stat info {};
  if (::stat(path.c_str(), &info) != 0) return {};
  return {info.st_size, info.st_mtim.tv_sec * 1'000'000'000 + info.st_mtim.tv_nsec};
}

bool exists(const std::string& path) { return ::access(path.c_str(), F_OK) == 0; }

std::string find_obstacle(const std::string& folder, const std::string& path) {
  for (size_t slash = 0; slash != std::string::npos;) {
    slash = path.find('/', slash + 1);
    const std::string part = path.substr(0, slash);
    struct stat status {};
    if (::lstat((folder + "/" + part).c_str(), &status) != 0) return "";
    const bool wants_folder = slash != std::string::npos;
    if (S_ISLNK(status.st_mode)) return "'" + part + "' is a link";
    if (wants_folder && !S_ISDIR(status.st_mode)) return "'" + part + "' is a file, where a folder is wanted";
    if (!wants_folder && S_ISDIR(status.st_mode)) return "'" + part + "' is a folder, where a file is wanted";
    if (!wants_folder && S_ISFIFO(status.st_mode)) return "'" + part + "' is a pipe from which nobody reads";
  }
  return "";
}

std::vector<std::string> list_names(const std::string& folder) {
  std::vector<std::string> names;
  DIR* directory = ::opendir(folder.c_str());
  if (directory == nullptr) return names;
  while (const dirent* entry = ::readdir(directory)) {
    const std::string_view name = entry->d_name;
    if (name != "." && name != "..") names.emplace_back(name);
  }
  ::closedir(directory);
  return names;
}

Status give_to(const std::string& path, int uid, int gid) {
  if (::lchown(path.c_str(), static_cast<uid_t>(uid), static_cast<gid_t>(gid)) == 0) return Unit{};
  return system_error("cannot change the owner of", path);
}

Result<Fd> open_for_append(const std::string& path, int mode) {
  Fd file(::open(path.c_str(), O_RDWR | O_CREAT | O_APPEND | O_CLOEXEC, mode));
  if (!file.is_open()) return system_error("cannot open", path);
  return file;
}

Result<Fd> open_existing(const std::string& path) {
  Fd file(::open(path.c_str(), O_RDWR | O_APPEND | O_CLOEXEC));
  if (!file.is_open()) return system_error("cannot open", path);
  return file;
}

Result<std::string> read_some(const Fd& file, size_t bytes_max) {
  std::string bytes(bytes_max, '\0');
  for (;;) {
    const ssize_t n = ::read(file.get(), bytes.data(), bytes.size());
    if (n < 0 && errno == EINTR) continue;
    if (n < 0) return system_error("cannot read", "a pipe");
    bytes.resize(static_cast<size_t>(n));
    return bytes;
  }
}

Result<Pipe> make_pipe() {
  int ends[2];
  if (::pipe2(ends, O_CLOEXEC) != 0) return system_error("cannot make", "a pipe");
  return Pipe{Fd(ends[0]), Fd(ends[1])};
}

int64_t size_of(const Fd& file) {
  struct stat info {};
  return ::fstat(file.get(), &info) == 0 ? static_cast<int64_t>(info.st_size) : -1;
}

bool try_lock(const Fd& file) { return ::flock(file.get(), LOCK_EX | LOCK_NB) == 0; }

Status append_all(const Fd& file, std::string_view bytes) {
  const off_t before = ::lseek(file.get(), 0, SEEK_END);
  while (!bytes.empty()) {
    const ssize_t n = ::write(file.get(), bytes.data(), bytes.size());
    if (n < 0 && errno == EINTR) continue;
    if (n < 0) {
      const int error_number = errno;
      if (::ftruncate(file.get(), before) != 0)
        return system_error("cannot take back a write to", "the journal");
      return system_error("cannot append to", "the journal", error_number);
    }
    bytes.remove_prefix(static_cast<size_t>(n));
  }
  return Unit{};
}

void reserve(const Fd& file, int64_t bytes) {
  const off_t end = ::lseek(file.get(), 0, SEEK_END);
  if (end >= 0) static_cast<void>(::fallocate(file.get(), FALLOC_FL_KEEP_SIZE, end, bytes));
}

Status check_room(const std::string& folder, int64_t bytes) {
  const std::string path = folder + "/.room-" + std::to_string(getpid());
  const Fd file(open(path.c_str(), O_WRONLY | O_CREAT | O_CLOEXEC, 0600));
  if (!file.is_open()) return system_error("cannot write", path);
  unlink(path.c_str());
  const int error = posix_fallocate(file.get(), 0, bytes);
  if (error == 0) return Unit{};
  const Error reason = system_error("cannot write", path, error);
  if (reason.code != ErrorCode::ResourceExhausted) return reason;
  return Error{reason.code, "The disk of " + folder + " is full: " + std::to_string(bytes >> 20) +
                                " MB must be free; make room, or give another folder"};
}

Status sync_data(const Fd& file) {
  if (::fdatasync(file.get()) == 0) return Unit{};
  return system_error("cannot sync", "the journal");
}

}  // namespace aurora::os
