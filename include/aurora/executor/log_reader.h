// The logs of a task as a service: lines of several processes, runs and streams in the order of time, across
// rotated files, from a moment on, the last ones, or those in which a text is. Thread-safe: reads on the
// caller's thread, and waits for nothing but the disk.
#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "aurora/base/result.h"
#include "aurora/core/process/run_history.h"
#include "aurora/core/process/task_plan.h"
#include "aurora/executor/sandbox_file.h"

namespace aurora::executor {

enum class LogStream : uint8_t { Stdout, Stderr };
const char* name_of(LogStream stream);

struct LogQuery {
  enum class Runs { Latest, All, One };

  std::set<std::string> processes = {};  // empty: all
  Runs runs = Runs::Latest;              // of each process
  int32_t run = 0;                       // of Runs::One
  std::optional<LogStream> stream = std::nullopt;
  std::optional<Instant> since = std::nullopt;  // lines that were written from then on
  std::optional<size_t> tail = std::nullopt;    // the last so many of what is chosen
  std::string search = {};                      // only lines with this text in them, and those around them
  bool ignores_case = false;                    // of ASCII letters
  size_t before = 0;                            // lines around each
  size_t after = 0;
  size_t limit = 1'000;
  // Of an earlier answer: goes on there, and `since` and `tail` say nothing. Runs that have begun since then
  // are read from their beginning.
  std::string cursor = {};
  std::optional<Instant> until = std::nullopt;  // of blocks: nothing that was written later
  bool leaves_unfinished = false;  // lines that have no end yet come when they have
  bool leaves_unmarked = false;  // and those of which it is not known yet when they were written, when it is
};
inline constexpr size_t kLogLinesMax = 10'000;
inline constexpr size_t kLogContextMax = 100;
inline constexpr size_t kLogSearchBytesMax = 1'024;
inline constexpr size_t kLogAnswerBytesMax = 1u << 20;  // of the lines' texts, if there is more than one
inline constexpr size_t kLogsMax = 128;  // streams of runs that one query chooses, without empty ones

struct LogLine {
  std::string process;
  int32_t run = 0;
  LogStream stream = LogStream::Stdout;
  std::optional<Instant> at;  // by when it was written; nothing: not known
  std::string text;           // bytes, without the line feed
  int64_t cut_bytes = 0;      // that are left out behind it
  bool has_begun_before = false;
  bool is_finished = true;
  bool is_match = false;      // of a search
  bool begins_group = false;  // lines between it and the one before are left out
};
struct LogPage {
  std::vector<LogLine> lines;
  std::string cursor;
  bool has_more = false;  // the cursor leads to more, now
};

// Lines that were written together: whole ones, each with its line feed. Its texts are there while it is taken.
struct LogBlock {
  std::string_view process;
  int32_t run = 0;
  LogStream stream = LogStream::Stdout;
  std::optional<Instant> at;
  std::string_view text;
  bool is_finished = true;  // false: its line has no line feed yet
  bool has_lost = false;    // lines before it were rotated away before they were read
};
inline constexpr size_t kLogBlockBytesMax = 128u << 10;  // more if one line is longer
using TakeLogBlock = std::function<void(const LogBlock&)>;
struct LogProgress {
  std::string cursor;
  size_t processes = 0;  // that the query chooses
  bool has_more = false;
};

class GrowingLogIndex;
class LogIndex;

// What somebody who asks about the same task again and again need not read again. One thread.
class LogMemory {
 public:
  LogMemory();
  ~LogMemory();
  GrowingLogIndex& index() { return *index_; }

 private:
  std::unique_ptr<GrowingLogIndex> index_;
};

// What of the task is read, and where it is.
struct TaskLogs {
  std::string sandbox;
  const LogIndex& index;  // when its lines were written
  const core::TaskPlan& plan;
  const core::RunHistory& history;
};
// `find_deleted`: a log whose file was deleted and into which its process still writes.
using FindDeletedLog =
    std::function<Result<SandboxFile>(const std::string& process, int32_t run, LogStream stream)>;
// NotFound: no such process or run. InvalidArgument: the cursor, or more than kLogsMax.
Result<LogPage> read_logs(const TaskLogs& logs, const LogQuery& query, Instant now,
                          const FindDeletedLog& find_deleted);
// The same lines in blocks, which costs a twentieth: without a search, up to so many bytes of text or a little more, and
// none that were written after `until`. A line without an end comes only when nothing else is left.
Result<LogProgress> read_log_blocks(const TaskLogs& logs, const LogQuery& query, Instant now,
                                    const FindDeletedLog& find_deleted, size_t bytes_max, const TakeLogBlock& take);

}  // namespace aurora::executor
