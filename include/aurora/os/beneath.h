// Reading files that belong to somebody else: no path, symbolic link or race leads out of the folder it starts in, and
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
Result<FileInfo> describe(const Fd& file);
Result<std::vector<FileInfo>> list_folder(const Fd& folder);  // sorted by name
// Up to `length` bytes from `offset`; fewer at the end.
Result<std::string> read_at(const Fd& file, int64_t offset, size_t length);

// Blocks that regular files and links below the folder occupy; symbolic links are not followed. Stops counting
// after `entries_max`.
int64_t measure_folder(const std::string& folder, int entries_max);

}  // namespace aurora::os
