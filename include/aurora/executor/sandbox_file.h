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
  static SandboxFile from(os::Fd fd);  // a regular file or a folder

  bool is_folder() const { return !mark_; }
  int64_t bytes() const { return mark_ ? mark_->bytes : 0; }  // when it was opened
  uint64_t file() const { return mark_ ? mark_->id : 0; }  // os::FileMark::id
  std::string id() const { return std::to_string(file()); }  // another one after a rotation
  Instant modified() const { return mark_ ? mark_->modified : Instant{}; }
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
  SandboxFile(os::Fd fd, std::optional<os::FileMark> mark)
      : fd_(std::make_shared<os::Fd>(std::move(fd))), mark_(mark) {}
  std::shared_ptr<os::Fd> fd_;  // shared with answers that are still being sent
  std::optional<os::FileMark> mark_;  // none of a folder
};

}  // namespace aurora::executor
