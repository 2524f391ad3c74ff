#include "aurora/os/file_watch.h"

#include <fcntl.h>
#include <sys/inotify.h>
#include <sys/stat.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstring>

namespace aurora::os {
namespace {

constexpr uint32_t kEvents = IN_MODIFY | IN_CREATE | IN_MOVED_TO | IN_MOVED_FROM | IN_DELETE;

// The number of a file is soon another's; together with the moment it was made it is its own,
// unless both were made within one tick of the kernel's clock.
uint64_t identity_of(const struct statx& status) {
  uint64_t made = 0;
  if ((status.stx_mask & STATX_BTIME) != 0) {
    made = static_cast<uint64_t>(status.stx_btime.tv_sec) * 1'000'000'000 + status.stx_btime.tv_nsec;
  }
  const uint64_t device = (uint64_t{status.stx_dev_major} << 32) | status.stx_dev_minor;
  return status.stx_ino ^ (made * 0x9E3779B97F4A7C15) ^ (device * 0xC2B2AE3D27D4EB4F);
}

std::optional<FileMark> find_mark(int at, const char* name, int flags) {
  constexpr unsigned kWanted = STATX_TYPE | STATX_INO | STATX_SIZE | STATX_MTIME | STATX_BTIME;
  struct statx status {};
  if (::statx(at, name, flags, kWanted, &status) != 0 || !S_ISREG(status.stx_mode)) return std::nullopt;
  const Instant modified{status.stx_mtime.tv_sec * 1000 + status.stx_mtime.tv_nsec / 1'000'000};
  return FileMark{identity_of(status), static_cast<int64_t>(status.stx_size), modified};
}

}  // namespace

Result<FileWatch> FileWatch::open() {
  Fd fd(::inotify_init1(IN_CLOEXEC | IN_NONBLOCK));
  if (fd.is_open()) return FileWatch(std::move(fd));
  if (errno != EMFILE) return system_error("cannot watch", "files");
  return Error{
      ErrorCode::ResourceExhausted,
      "cannot watch files: this user has as many inotify instances as fs.inotify.max_user_instances allows"};
}

Result<int> FileWatch::add(const Fd& opened, Tell tell) {
  const std::string path = "/proc/self/fd/" + std::to_string(opened.get());
  const int watch =
      ::inotify_add_watch(fd_.get(), path.c_str(), kEvents | (tell == Tell::Once ? IN_ONESHOT : 0));
  if (watch >= 0) return watch;
  if (errno != ENOSPC) return system_error("cannot watch", path);
  return Error{ErrorCode::ResourceExhausted,
               "cannot watch more files: this user has as many as fs.inotify.max_user_watches allows"};
}

void FileWatch::remove(int watch) { ::inotify_rm_watch(fd_.get(), watch); }

FileWatch::Changes FileWatch::take() {
  Changes changes;
  alignas(inotify_event) std::array<char, 64u << 10> buffer;
  for (ssize_t count; (count = ::read(fd_.get(), buffer.data(), buffer.size())) > 0;) {
    for (ssize_t at = 0; at < count;) {
      inotify_event event;
      std::memcpy(&event, buffer.data() + at, sizeof event);
      const char* name = buffer.data() + at + sizeof event;
      at += static_cast<ssize_t>(sizeof event + event.len);
      if ((event.mask & IN_Q_OVERFLOW) != 0) {
        changes.has_lost = true;
      } else if ((event.mask & IN_IGNORED) != 0) {
        changes.gone.insert(event.wd);
      } else {
        changes.touched.insert(event.wd);
        if ((event.mask & (IN_CREATE | IN_MOVED_TO)) != 0 && event.len > 0)
          changes.made.emplace_back(event.wd, name);
      }
    }
  }
  return changes;
}

std::optional<FileMark> find_mark(const Fd& folder, const std::string& name) {
  return find_mark(folder.get(), name.c_str(), AT_SYMLINK_NOFOLLOW);
}

std::optional<FileMark> find_mark(const Fd& file) { return find_mark(file.get(), "", AT_EMPTY_PATH); }

}  // namespace aurora::os
