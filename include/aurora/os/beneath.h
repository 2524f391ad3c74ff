// Files that belong to somebody else: no path, symbolic link or race leads out of the folder it starts in, and
// nothing but regular files and folders is opened.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "aurora/base/time.h"
#include "aurora/os/files.h"

namespace aurora::os {

struct FileInfo {
  std::string name;
  bool is_folder = false;
  int64_t bytes = 0;
  std::string mode;  // -rwxr-xr-x
  std::string owner;
  std::string group;
  int links = 0;
  Instant modified;
  uint64_t id = 0;  // tells a file from another that took its name
};

// `path` is relative to `base`, whose parents are trusted; `base` itself must be no symbolic link. A path that leads
// outside is PermissionDenied.
Result<Fd> open_beneath(const std::string& base, const std::string& path);
// The same for a tree that is somebody's whole file system: links in it, also absolute ones, lead to what they name there.
// Needs Linux 5.6.
Result<Fd> open_in_root(const std::string& root, const std::string& path);
Result<FileInfo> describe(const Fd& file);
struct FolderPage {
  std::vector<FileInfo> entries;  // by name
  size_t total = 0;               // entries of the folder
  bool is_whole = true;           // false: there are more, of which nothing is known
};
// Of the first 100,000 that the folder gives, sorted by name, those from `offset`, at most `limit`. Only these are
// looked at.
Result<FolderPage> list_folder(const Fd& folder, size_t offset, size_t limit);
// Up to `length` bytes from `offset`; fewer at the end.
Result<std::string> read_at(const Fd& file, int64_t offset, size_t length);
Result<size_t> read_at(const Fd& file, int64_t offset, char* into, size_t length);  // how many there were

// Opens or makes the file for appending, with the folders (0755) on the way to it below `base`; nothing on that way
// may be a link, and what is there must be a regular file.
Result<Fd> open_for_append_beneath(const std::string& base, const std::string& path, int mode = 0644);
// A file whose name is gone while a process still has it open: descriptor `fd` of `pid`, for reading, if its path ended
// with `path_end`.
Result<Fd> open_deleted(int pid, int fd, const std::string& path_end);
bool is_at(const Fd& file, const std::string& path);  // no other file took its place, and it was not removed

}  // namespace aurora::os
