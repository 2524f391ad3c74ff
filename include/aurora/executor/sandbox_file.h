// A file or folder of a sandbox, open. What it is was checked when it was opened; paths play no role any more.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "aurora/base/result.h"
#include "aurora/os/beneath.h"
#include "aurora/os/file_watch.h"

namespace aurora::executor {

using FileEntry = os::FileInfo;

class SandboxFile {
 public:
  static Result<SandboxFile> from(os::Fd fd);

  bool is_folder() const { return info_.is_folder; }
  int64_t bytes() const { return info_.bytes; }  // when it was opened
  uint64_t file() const { return file_; }                       // os::FileMark::id
  std::string id() const { return std::to_string(file_); }      // another one after a rotation
  Instant modified() const { return info_.modified; }
  // Sorted by name. REQUIRES: is_folder()
  Result<os::FolderPage> list(size_t offset, size_t limit) const;
  Result<std::string> read(int64_t offset, size_t length) const;
  Result<size_t> read_into(int64_t offset, char* into, size_t length) const;  // how many there were

  struct Chunk {
    int64_t offset = 0;
    std::string data;
  };
  // As viewers ask for it: offset -1 = the last `length` bytes. At most 1 MiB, and whole UTF-8 characters as long as
  // more of the file follows.
  Result<Chunk> read_text(int64_t offset, int64_t length) const;

 private:
  SandboxFile(os::Fd fd, FileEntry info, uint64_t file)
      : fd_(std::make_shared<os::Fd>(std::move(fd))), info_(std::move(info)), file_(file) {}
  std::shared_ptr<os::Fd> fd_;  // shared with answers that are still being sent
  FileEntry info_;
  uint64_t file_ = 0;
};

}  // namespace aurora::executor
