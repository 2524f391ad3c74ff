#include "aurora/os/tree.h"

#include <dirent.h>
#include <fcntl.h>
#include <linux/openat2.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <deque>
#include <memory>
#include <vector>

#include "aurora/os/files.h"
#include "aurora/os/users.h"

namespace aurora::os {
namespace {

constexpr size_t kOpenMax = 64;
constexpr size_t kPendingMax = 100'000;  // names of folders that wait to be measured
constexpr int kAskEvery = 256;
constexpr int kFlags = O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC | O_NONBLOCK;

struct CloseFolder {
  void operator()(DIR* folder) const { ::closedir(folder); }
};
using Folder = std::unique_ptr<DIR, CloseFolder>;

Folder to_folder(int fd) {
  Folder folder(fd < 0 ? nullptr : ::fdopendir(fd));
  if (!folder && fd >= 0) ::close(fd);
  return folder;
}

bool is_dots(const char* name) { return std::strcmp(name, ".") == 0 || std::strcmp(name, "..") == 0; }

struct Level {
  std::string name;
  Folder folder;  // null while too many are open
  dev_t device = 0;
  ino_t inode = 0;
  std::vector<std::string> pending;  // folders in it that are still to be measured
};

// The way from the first folder down to where a walk is.
class Way {
 public:
  // False, with errno, when it cannot be opened or is on another device.
  bool begin(int at, const std::string& folder) {
    return push(folder, to_folder(::openat(at, folder.c_str(), kFlags)));
  }
  bool enter(const std::string& name) { return push(name, to_folder(open_below(fd(), name.c_str()))); }

  // Back to the folder above. False when it is not there any more.
  bool leave() {
    if (levels_.size() < 2) {
      levels_.clear();
      return true;
    }
    Level& above = levels_[levels_.size() - 2];
    if (!above.folder) {
      above.folder = to_folder(::openat(fd(), "..", kFlags));
      first_open_ = levels_.size() - 2;
      if (!above.folder || !is_at(above)) return false;
    }
    levels_.pop_back();
    return true;
  }

  bool is_over() const { return levels_.empty(); }
  size_t depth() const { return levels_.size(); }
  Level& top() { return levels_.back(); }
  int fd() const { return ::dirfd(levels_.back().folder.get()); }
  std::string path() const {  // for messages: not longer than one can read
    std::string text = levels_.front().name;
    for (size_t i = 1; i < levels_.size() && text.size() < 200; ++i) text += "/" + levels_[i].name;
    return text;
  }

 private:
  static int open_below(int at, const char* name) {
    open_how how{};
    how.flags = kFlags;
    how.resolve = RESOLVE_BENEATH | RESOLVE_NO_XDEV | RESOLVE_NO_SYMLINKS;
    const auto opened = static_cast<int>(::syscall(SYS_openat2, at, name, &how, sizeof how));
    if (opened >= 0 || (errno != ENOSYS && errno != EPERM)) return opened;
    return ::openat(at, name, kFlags);  // kernels before 5.6; push() looks at the device
  }

  bool push(std::string name, Folder folder) {
    struct stat status {};
    if (!folder || ::fstat(::dirfd(folder.get()), &status) != 0) return false;
    if (!levels_.empty() && status.st_dev != levels_.front().device) {
      errno = EXDEV;
      return false;
    }
    Level& level = levels_.emplace_back();
    level.name = std::move(name);
    level.folder = std::move(folder);
    level.device = status.st_dev;
    level.inode = status.st_ino;
    if (levels_.size() - first_open_ > kOpenMax) levels_[first_open_++].folder.reset();
    return true;
  }

  static bool is_at(const Level& level) {
    struct stat status {};
    return ::fstat(::dirfd(level.folder.get()), &status) == 0 && status.st_dev == level.device &&
           status.st_ino == level.inode;
  }

  std::deque<Level> levels_;
  size_t first_open_ = 0;
};

class Measurement {
 public:
  explicit Measurement(const GoesOn& goes_on) : goes_on_(goes_on) {}

  TreeSize run(const std::string& folder) {
    if (!way_.begin(AT_FDCWD, folder)) return {0, 0, errno == ENOENT};
    count_entries();
    while (!way_.is_over() && !is_stopped_) {
      std::vector<std::string>& pending = way_.top().pending;
      if (pending.empty()) {
        if (!way_.leave()) stop();
        continue;
      }
      const std::string name = std::move(pending.back());
      pending.pop_back();
      --pending_;
      if (way_.enter(name)) count_entries();
    }
    return size_;
  }

 private:
  void count_entries() {
    Level& level = way_.top();
    while (const dirent* entry = ::readdir(level.folder.get())) {
      struct stat status {};
      if (is_dots(entry->d_name)) continue;
      if (++size_.entries % kAskEvery == 0 && !goes_on_()) return stop();
      if (::fstatat(way_.fd(), entry->d_name, &status, AT_SYMLINK_NOFOLLOW) != 0) continue;
      if (S_ISREG(status.st_mode)) size_.bytes += status.st_blocks * 512;
      if (S_ISLNK(status.st_mode)) size_.bytes += status.st_size;
      if (S_ISDIR(status.st_mode)) remember(level, entry->d_name);
    }
  }
  void remember(Level& level, const char* name) {
    if (pending_ == kPendingMax) {
      size_.is_whole = false;
      return;
    }
    ++pending_;
    level.pending.emplace_back(name);
  }
  void stop() {
    is_stopped_ = true;
    size_.is_whole = false;
  }

  const GoesOn& goes_on_;
  Way way_;
  TreeSize size_;
  size_t pending_ = 0;
  bool is_stopped_ = false;
};

class Deletion {
 public:
  Deletion(int at, const GoesOn& goes_on) : at_(at), goes_on_(goes_on) {}

  Status run(const std::string& folder) {
    if (!way_.begin(at_, folder)) {
      if (errno == ENOENT) return Unit{};
      return system_error("cannot open", folder);
    }
    make_writable();
    while (!way_.is_over()) {
      if (++steps_ % kAskEvery == 0 && !goes_on_())
        return Error{ErrorCode::DeadlineExceeded, folder + " is not deleted in the time that was given"};
      errno = 0;
      const dirent* entry = ::readdir(way_.top().folder.get());
      if (entry == nullptr) {
        TRY(delete_folder(folder));
      } else if (!is_dots(entry->d_name)) {
        TRY(delete_entry(entry->d_name));
      }
    }
    return Unit{};
  }

 private:
  Status delete_entry(const std::string& name) {
    if (::unlinkat(way_.fd(), name.c_str(), 0) == 0 || errno == ENOENT) return Unit{};
    const int why = errno;
    if (why != EISDIR && why != EPERM) return system_error("cannot delete", way_.path() + "/" + name);
    if (way_.enter(name) || open_up(name)) {
      make_writable();
      return Unit{};
    }
    if (errno == EXDEV) {
      return Error{ErrorCode::FailedPrecondition, way_.path() + "/" + name +
                                                      " is where something is mounted, and is not deleted; unmount it first"};
    }
    return system_error("cannot delete", way_.path() + "/" + name, errno == ENOTDIR ? why : errno);
  }

  // A folder that its owner may not read. Root may; anybody else owns it, or has to leave it.
  bool open_up(const std::string& name) {
    if (errno != EACCES || is_root()) return false;
    return ::fchmodat(way_.fd(), name.c_str(), 0700, 0) == 0 && way_.enter(name);
  }
  void make_writable() const {
    if (!is_root()) ::fchmod(way_.fd(), 0700);
  }

  Status delete_folder(const std::string& first) {
    const std::string name = way_.top().name;
    const std::string path = way_.path();
    const bool is_first = way_.depth() == 1;
    if (!way_.leave()) return Error{ErrorCode::Unavailable, path + " was moved while it was deleted; trying again later"};
    const int removed = ::unlinkat(is_first ? at_ : way_.fd(), is_first ? first.c_str() : name.c_str(), AT_REMOVEDIR);
    if (removed == 0 || errno == ENOENT) return Unit{};
    return system_error("cannot delete", path);
  }

  const int at_;  // the folder that the first one is in, or AT_FDCWD
  const GoesOn& goes_on_;
  Way way_;
  uint64_t steps_ = 0;
};

}  // namespace

TreeSize measure_tree(const std::string& folder, const GoesOn& goes_on) { return Measurement(goes_on).run(folder); }

Status delete_tree(const std::string& folder, const GoesOn& goes_on) {
  return Deletion(AT_FDCWD, goes_on).run(folder);
}

Status delete_tree_in(const Fd& parent, const std::string& name, const GoesOn& goes_on) {
  return Deletion(parent.get(), goes_on).run(name);
}

}  // namespace aurora::os
