// Reads a log of a process while it grows, also across its rotation. The file is a user's: nothing but a file
// in the sandbox is opened.
#pragma once

#include <cstdint>
#include <string>

#include "aurora/os/beneath.h"

namespace aurora {

class GrowingLog {
 public:
  // `path` is relative to `sandbox`. Neither need exist yet.
  GrowingLog(std::string sandbox, std::string path) : sandbox_(std::move(sandbox)), path_(std::move(path)) {}

  // Up to 1 MiB of what was not read before; empty: nothing at the moment.
  std::string read_new();
  // The next read begins with the last `lines` lines, or with the last MiB if they are longer.
  void skip_to_last(int lines);
  bool is_open() const { return file_.is_open(); }

 private:
  bool open();
  std::string read_some();

  const std::string sandbox_;
  const std::string path_;
  os::Fd file_;
  int64_t offset_ = 0;
};

}  // namespace aurora
