// When a log had which size: the moments that its files do not hold, kept beside them in
// <state>/tasks/<task>/log_times. A line was written by the first moment at which its file had all of it.
//
// The file holds marks in the order of time, at most kLogMarksMax; then every second one goes, so that old
// moments become coarser, and never wrong. What cannot be written is missing: its lines get the next moment.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "aurora/base/result.h"
#include "aurora/base/time.h"
#include "aurora/os/files.h"

namespace aurora::executor {

inline constexpr size_t kLogMarksMax = 64u << 10;  // 2 MiB

struct LogMark {
  Instant at;
  uint64_t file = 0;  // os::FileMark::id
  int64_t bytes = 0;  // it had by then
  friend bool operator==(const LogMark&, const LogMark&) = default;
};
std::string encode_mark(const LogMark& mark);              // framed
std::vector<LogMark> parse_marks(std::string_view bytes);  // without damaged ones

// Half of them or a few more: every second mark of a file and its last. Of very many files the newest: no
// more than three quarters of kLogMarksMax.
std::vector<LogMark> thin_out(const std::vector<LogMark>& marks);

class LogIndex {
 public:
  LogIndex() = default;
  explicit LogIndex(const std::vector<LogMark>& marks);
  void add(const std::vector<LogMark>& marks);  // later ones

  bool is_empty() const { return moments_.empty(); }
  Instant latest() const { return latest_; }  // of all moments; `now` may be before it if the clock was set back
  bool knows(uint64_t file) const { return moments_.contains(file); }
  // By when the file had `bytes`; nothing: later than all that is known.
  std::optional<Instant> find_time(uint64_t file, int64_t bytes) const;
  struct Moment {
    int64_t bytes;  // the file had by then
    Instant at;
  };
  // The first in which the file had more than `bytes`; nothing: later than all that is known.
  std::optional<Moment> find_moment(uint64_t file, int64_t bytes) const;
  // How much of it was there before `since`.
  int64_t bytes_before(uint64_t file, Instant since) const;

 private:
  std::unordered_map<uint64_t, std::vector<Moment>> moments_;  // of a file: growing in both
  Instant latest_;
};

// The index as it is in its file, read again and again: what was read before is not read again, unless the
// file was thinned out.
class GrowingLogIndex {
 public:
  // An empty one, if there is no file.
  const LogIndex& refresh(const std::string& path);

 private:
  LogIndex index_;
  uint64_t file_ = 0;   // that was read
  int64_t offset_ = 0;  // up to there
};

// The file, as it is written.
class LogMarkFile {
 public:
  explicit LogMarkFile(std::string path) : path_(std::move(path)) {}
  void append(const std::vector<LogMark>& marks);

 private:
  bool open();
  void shrink();

  const std::string path_;
  os::Fd file_;
  size_t count_ = 0;
};

}  // namespace aurora::executor
