// Files of this machine that are copied: read as they were when they were opened, and written beside their place, which they
// take once they are whole. One thread.
#pragma once

#include <sys/types.h>

#include <cstdint>
#include <string>
#include <string_view>

#include "aurora/base/result.h"

namespace aurora::client {

struct FileFacts {
  int64_t bytes = -1;  // -1: not known
  int mode = 0644;     // of permissions
};

class LocalReader {
 public:
  static Result<LocalReader> open(const std::string& path);  // regular files only
  explicit LocalReader(int file, FileFacts facts) : file_(file), facts_(facts) {}
  ~LocalReader();
  LocalReader(LocalReader&& other) noexcept;
  LocalReader& operator=(LocalReader&&) = delete;

  const FileFacts& facts() const { return facts_; }
  // The next of facts().bytes, `most` at most; empty at their end. DataLoss: it has become shorter.
  Result<std::string> read(size_t most);

 private:
  int file_;
  FileFacts facts_;
  int64_t at_ = 0;
};

class LocalWriter {
 public:
  // The place of a copy called `name` at `path`: in it, if it is a folder. `needs_folder`: several are copied there.
  static Result<std::string> place_of(const std::string& path, const std::string& name, bool needs_folder);
  // What is there and no regular file (/dev/null) is written to as it is.
  static Result<LocalWriter> begin(const std::string& place);
  // A file without a name, for what is passed on.
  static Result<LocalWriter> begin_nameless(const std::string& folder);
  ~LocalWriter();  // what is not finished is deleted
  LocalWriter(LocalWriter&& other) noexcept;
  LocalWriter& operator=(LocalWriter&&) = delete;

  Status write(std::string_view bytes);
  int64_t bytes() const { return bytes_; }
  Status finish(int mode);          // puts it in its place
  LocalReader read_again(int mode);  // of one without a name, once

 private:
  LocalWriter(int file, std::string place, std::string path)
      : file_(file), place_(std::move(place)), path_(std::move(path)) {}

  int file_;
  std::string place_;
  std::string path_;  // where it is meanwhile; empty: it needs no renaming
  int64_t bytes_ = 0;
};

}  // namespace aurora::client
