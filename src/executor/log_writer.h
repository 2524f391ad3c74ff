// What a process writes, where opening a file for it is not enough: copied to two places, or into files that
// are replaced when they are full (spec/thermos-executor.md §9).
#pragma once

#include <string>

#include "aurora/core/process/task_plan.h"
#include "aurora/os/files.h"
#include "aurora/os/users.h"

namespace aurora::executor {

// Where a log is: `path` below `base`, which is there. On the way below `base` no link is followed.
struct LogPlace {
  std::string base;
  std::string path;
};

// A file that becomes <path>.1 with the line that fills it up to `bytes_max`, <path>.1 becomes <path>.2 and so on;
// `backups` are kept. Only a line of more than 64 KiB is cut in two. A file that was deleted, moved away or replaced is
// made anew, with its folders.
class RotatingFile {
 public:
  RotatingFile(LogPlace place, int64_t bytes_max, int32_t backups);
  // What the disk refuses is lost: the process must not stand still because of its log.
  void write(std::string_view bytes);

 private:
  void open();
  size_t length_of_piece(std::string_view bytes) const;  // of `bytes`, that belongs into this file
  void rotate();

  const LogPlace place_;
  const std::string path_;  // whole
  const int64_t bytes_max_;
  const int32_t backups_;
  os::Fd file_;
  int64_t bytes_ = 0;
};

struct LogPlaces {
  LogPlace file;
  LogPlace console;
};
struct LogWriter {
  int pid = 0;  // a child that ends when nobody can write any more
  os::Fd stdout_end;
  os::Fd stderr_end;
};
bool needs_writer(const core::LogPolicy& policy);
// The writer is a copy of this process, as the role's user, so that a slow disk holds up only whose output it
// is and nothing is written that the role may not write.
Result<LogWriter> start_log_writer(const core::LogPolicy& policy, const LogPlaces& out, const LogPlaces& err,
                                   const std::optional<os::User>& user);

}  // namespace aurora::executor
