// Lines of logs many at a time: whoever wants all of them need not have each looked at here.
#include <algorithm>

#include "aurora/executor/log_reader.h"
#include "executor/log_index.h"
#include "executor/log_source.h"

namespace aurora::executor {
namespace {

// As a line of its own.
std::string shown(const std::string& text, bool has_begun_before, int64_t cut_bytes) {
  const std::string cut = cut_bytes > 0 ? " [" + std::to_string(cut_bytes) + " bytes left out]" : "";
  return (has_begun_before ? "[...] " : "") + text + cut + "\n";
}

// One stream, block by block.
class BlockReader {
 public:
  BlockReader(LogSource source, const LogIndex& index, const LogQuery& query, Instant now)
      : source_(std::move(source)), index_(index), query_(query), now_(now), begin_(source_.text.place()) {}

  // The next; nothing: there is none now.
  const LogBlock* peek() {
    if (!next_ && !is_done_) read_next();
    return next_ ? &*next_ : nullptr;
  }
  void take(const TakeLogBlock& take) {
    take(*next_);
    begin_ = source_.text.place();
    next_.reset();
  }
  Instant order() const { return order_; }  // of the next
  const LogSource& source() const { return source_; }
  bool is_read() const { return !next_ && begin_ == source_.text.end(); }
  LogMarker marker() const { return {source_.text.piece(begin_.piece).file(), begin_.offset}; }

 private:
  void read_next() {
    const std::optional<LogText::Place> at = source_.text.next_byte();
    is_done_ = !at || !read_block(*at);
    if (is_done_) return source_.text.seek(begin_);
    order_ = std::max(order_, next_->at.value_or(Instant{}));
  }

  bool read_block(const LogText::Place& at) {
    const SandboxFile& piece = source_.text.piece(at.piece);
    const std::optional<LogIndex::Moment> moment = index_.find_moment(piece.file(), at.offset);
    if (!moment && is_unmarked_left()) return false;
    LogBlock block{source_.process, source_.key.run, source_.key.stream,
                   moment ? std::optional(moment->at) : time_of_unmarked(piece), {}};
    if (is_late(block.at)) return false;
    const int64_t until = moment ? std::min(moment->bytes, piece.bytes()) : piece.bytes();
    if (const auto lines = source_.text.take_lines(until, kLogBlockBytesMax)) {
      block.text = *lines;
    } else if (!read_line(block)) {
      return false;
    }
    block.has_lost = std::exchange(source_.has_lost, false);
    next_ = std::move(block);
    return true;
  }

  // One that is longer than what is read at once, ends later, or not at all.
  bool read_line(LogBlock& block) {
    LogText& text = source_.text;
    const std::optional<LogText::Line> line = text.read_line();
    if (!line) return false;
    if (!line->is_finished && query_.leaves_unfinished && !source_.is_over) return false;
    const SandboxFile& piece = text.piece(line->end.piece);
    const std::optional<Instant> at = index_.find_time(piece.file(), line->end.offset);
    if (!at && is_unmarked_left()) return false;
    block.at = at ? at : time_of_unmarked(piece);
    if (is_late(block.at)) return false;
    line_ = shown(line->text, line->has_begun_before, line->cut_bytes);
    block.text = line_;
    block.is_finished = line->is_finished;
    return true;
  }

  bool is_unmarked_left() const { return query_.leaves_unmarked && !source_.is_over; }
  bool is_late(const std::optional<Instant>& at) const { return query_.until && at && *at > *query_.until; }
  // What is newer than the newest mark was written by now.
  std::optional<Instant> time_of_unmarked(const SandboxFile& piece) const {
    const bool is_new = index_.knows(piece.file()) || (!source_.is_over && !index_.is_empty());
    return is_new ? std::optional(now_) : std::nullopt;
  }

  LogSource source_;
  const LogIndex& index_;
  const LogQuery& query_;
  const Instant now_;
  std::optional<LogBlock> next_;  // its texts are of source_, or line_
  std::string line_;
  LogText::Place begin_;  // of next_
  Instant order_;
  bool is_done_ = false;
};

class BlockMerge {
 public:
  BlockMerge(LogSources sources, const LogIndex& index, const LogQuery& query, Instant now)
      : last_run_(std::move(sources.last_run)) {
    readers_.reserve(sources.streams.size());
    for (LogSource& source : sources.streams) readers_.emplace_back(std::move(source), index, query, now);
  }

  LogProgress read(size_t bytes_max, const TakeLogBlock& take) {
    LogProgress result;
    size_t bytes = 0;
    BlockReader* reader = find_next();
    for (; reader != nullptr && bytes < bytes_max; reader = find_next()) {
      bytes += reader->peek()->text.size();
      reader->take(take);
    }
    result.has_more = reader != nullptr;
    if (!result.has_more) take_unfinished(take);
    result.cursor = encode_cursor(cursor());
    return result;
  }

 private:
  BlockReader* find_next() {
    BlockReader* earliest = nullptr;
    for (BlockReader& reader : readers_) {
      const LogBlock* next = reader.peek();
      if (next == nullptr || !next->is_finished) continue;
      if (earliest == nullptr || reader.order() < earliest->order()) earliest = &reader;
    }
    return earliest;
  }

  void take_unfinished(const TakeLogBlock& take) {
    for (BlockReader& reader : readers_) {
      if (reader.peek() != nullptr) reader.take(take);
    }
  }

  // Without runs that are over and read, as long as a later one of the process is in it.
  LogCursor cursor() const {
    LogCursor cursor;
    std::map<uint32_t, int32_t> first_unread;
    for (const BlockReader& reader : readers_) {
      const LogKey& key = reader.source().key;
      if (!reader.is_read() || !reader.source().is_over) first_unread.try_emplace(key.process, key.run);
    }
    for (const auto& [process, last] : last_run_) {
      if (cursor.size() < kLogsMax) cursor[{process, last, LogStream::Stdout}] = {};
    }
    for (const BlockReader& reader : readers_) {
      const LogKey& key = reader.source().key;
      const auto unread = first_unread.find(key.process);
      const int32_t first = unread == first_unread.end() ? last_run_.at(key.process) : unread->second;
      if (key.run >= first) cursor[key] = reader.marker();
    }
    return cursor;
  }

  const std::map<uint32_t, int32_t> last_run_;
  std::vector<BlockReader> readers_;
};

// The last lines, of which there are not many.
Result<LogProgress> read_last(const TaskLogs& logs, const LogQuery& query, Instant now, const FindDeletedLog& find_deleted,
                              const TakeLogBlock& take) {
  LogPage page = TRY(read_logs(logs, query, now, find_deleted));
  for (const LogLine& line : page.lines) {
    const std::string text = shown(line.text, line.has_begun_before, line.cut_bytes);
    take({line.process, line.run, line.stream, line.at, text, line.is_finished});
  }
  return LogProgress{.cursor = std::move(page.cursor), .processes = 0, .has_more = page.has_more};
}

}  // namespace

Result<LogProgress> read_log_blocks(const TaskLogs& logs, const LogQuery& query, Instant now,
                                    const FindDeletedLog& find_deleted, size_t bytes_max, const TakeLogBlock& take) {
  now = std::max(now, logs.index.latest());
  const bool is_last = query.tail && query.cursor.empty();
  LogProgress result = is_last ? TRY(read_last(logs, query, now, find_deleted, take))
                               : BlockMerge(TRY(open_sources(logs, query, now, find_deleted)), logs.index, query, now).read(bytes_max, take);
  result.processes = query.processes.empty() ? logs.plan.processes.size() : query.processes.size();
  return result;
}

}  // namespace aurora::executor
