#include "modes/thermos_log.h"

#include <algorithm>

namespace aurora {
namespace {

constexpr size_t kChunk = 1 << 20;

}  // namespace

std::string GrowingLog::read_new() {
  if (!file_.is_open() && !open()) return "";
  std::string bytes = read_some();
  if (!bytes.empty() || os::is_at(file_, sandbox_ + "/" + path_)) return bytes;
  // Rotated away, and read to its end: another one has its name, or will soon.
  return open() ? read_some() : "";
}

bool GrowingLog::open() {
  Result<os::Fd> file = os::open_beneath(sandbox_, path_);
  if (!file.ok()) return false;
  file_ = std::move(*file);
  offset_ = 0;
  return true;
}

std::string GrowingLog::read_some() {
  if (os::size_of(file_) < offset_) offset_ = 0;  // somebody has emptied it
  const Result<std::string> bytes = os::read_at(file_, offset_, kChunk);
  if (!bytes.ok()) return "";
  offset_ += static_cast<int64_t>(bytes->size());
  return *bytes;
}

void GrowingLog::skip_to_last(int lines) {
  if (!file_.is_open() && !open()) return;
  const int64_t size = os::size_of(file_);
  const int64_t begin = std::max<int64_t>(0, size - static_cast<int64_t>(kChunk));
  const Result<std::string> bytes =
      os::read_at(file_, begin, static_cast<size_t>(std::max<int64_t>(0, size - begin)));
  if (!bytes.ok() || bytes->empty()) return;
  size_t at = bytes->size() - 1;  // the last line's end does not count
  while (at > 0 && !((*bytes)[at - 1] == '\n' && --lines == 0)) --at;
  offset_ = begin + static_cast<int64_t>(at);
}

}  // namespace aurora
