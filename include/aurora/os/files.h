// Files as values: whole files, folders, locks. Errors name the path and the system's reason; a full disk is
// ResourceExhausted, a missing file NotFound. What is made has the mode that its call states, because every
// mode of the program begins with set_umask(): whoever starts it decides nothing about that.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "aurora/base/result.h"

namespace aurora::os {

// "<what> <path>: <strerror(errno)>" with the matching code.
Error system_error(std::string_view what, std::string_view path);
Error system_error(std::string_view what, std::string_view path, int error_number);

// Owns a file descriptor.
class Fd {
 public:
  Fd() = default;
  explicit Fd(int fd) : fd_(fd) {}
  Fd(Fd&& other) noexcept : fd_(std::exchange(other.fd_, -1)) {}
  Fd& operator=(Fd&& other) noexcept {
    std::swap(fd_, other.fd_);
    return *this;
  }
  ~Fd();
  int get() const { return fd_; }
  bool is_open() const { return fd_ >= 0; }
  int release() { return std::exchange(fd_, -1); }  // the caller closes it

 private:
  int fd_ = -1;
};
Result<Fd> duplicate(const Fd& fd);  // close-on-exec

Result<std::string> read_file(const std::string& path, size_t bytes_max = 64u << 20);
Status write_file(const std::string& path, std::string_view content, int mode = 0644);
// Syncs `from` and gives it the name `to`, at once and for good.
Status replace_file(const std::string& from, const std::string& to);
void remove_file(const std::string& path);
Status cut_file(const Fd& file, int64_t bytes);                      // what follows is gone
Status rename_file(const std::string& from, const std::string& to);  // not synced
// Also its parents; an existing folder is fine.
Status make_folders(const std::string& path, int mode = 0755);
bool exists(const std::string& path);
// Differs from that of before once the file was written to; all zero if there is none.
struct FileStamp {
  int64_t bytes = 0;
  int64_t modified_ns = 0;
  friend bool operator==(const FileStamp&, const FileStamp&) = default;
};
FileStamp stamp_of(const std::string& path);
// What keeps <folder>/<path> from being opened as a file: the first part below `folder` that is a link, of
// which only the other kind (file, folder) is wanted, or a pipe. "'.logs/web' is a link"; empty: nothing is
// in the way.
std::string find_obstacle(const std::string& folder, const std::string& path);
// What this process makes lacks: Shared, the right of group and others to write; Private, every right of
// theirs.
enum class Umask { Shared, Private };
void set_umask(Umask umask);
// For others no right to the folder and the files in it, whoever made them: 0700 and 0600.
Status make_private(const std::string& folder);
// Others may pass through the folder; nothing if it is not ours to change.
void make_passable(const std::string& folder);
std::vector<std::string> list_names(const std::string& folder);        // unsorted, without . and ..
Status make_link(const std::string& target, const std::string& path);  // a symbolic one
Status give_to(const std::string& path, int uid, int gid);             // chown

// Opens or creates for appending, close-on-exec.
Result<Fd> open_for_append(const std::string& path, int mode = 0644);
Result<Fd> open_existing(const std::string& path);  // the same of what is there; NotFound: nothing is
// Up to `bytes_max` of what is there, waiting for the first of it; empty at the end.
Result<std::string> read_some(const Fd& file, size_t bytes_max);
struct Pipe {
  Fd reading;
  Fd writing;
};
Result<Pipe> make_pipe();         // close-on-exec
int64_t size_of(const Fd& file);  // in bytes; -1 if it cannot be told
// False when another open file holds the lock; held until the last duplicate is closed.
bool try_lock(const Fd& file);
// All bytes or an error; a partial write is taken back.
Status append_all(const Fd& file, std::string_view bytes);
// Reserves blocks beyond the end, so that a full disk does not stop the next appends. Best effort.
void reserve(const Fd& file, int64_t bytes);
Status sync_data(const Fd& file);
// ResourceExhausted unless this much can be written in the folder now.
Status check_room(const std::string& folder, int64_t bytes);

}  // namespace aurora::os
