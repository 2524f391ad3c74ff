#include "aurora/executor/log_reader.h"

#include <algorithm>
#include <deque>

#include "executor/log_index.h"
#include "executor/log_source.h"

namespace aurora::executor {
namespace {

// One stream, line by line; of a search only what was found and the lines around it.
class Reader {
 public:
  Reader(LogSource source, const LogIndex& index, const LogQuery& query, LogSearch* search, Instant now)
      : source_(std::move(source)),
        index_(index),
        query_(query),
        search_(search),
        now_(now),
        shown_until_(source_.text.place()),
        resume_(shown_until_) {}

  // The next line; nothing: there is none, or nothing was left to spend on looking for it.
  const LogLine* peek() {
    if (!next_ && !is_done_) read_next();
    return next_ ? &*next_ : nullptr;
  }
  LogLine take() {
    LogLine line = *std::exchange(next_, std::nullopt);
    shown_until_ = source_.text.place();
    const bool comes_again = !line.is_finished && !source_.is_over;  // when it is whole
    resume_ = comes_again ? begin_ : shown_until_;
    return line;
  }
  bool is_in_group() const { return group_ && (source_.text.place() <= group_->match || group_->after > 0); }
  bool has_given_up() const { return is_done_ && search_ != nullptr && !source_.text.is_at_end(); }
  bool is_read() const { return !next_ && resume_ == source_.text.end(); }
  Instant order() const { return order_; }

  const LogSource& source() const { return source_; }
  LogMarker marker() const {
    const LogText::Place at = next_                            ? begin_
                              : search_ != nullptr && is_done_ ? source_.text.place()
                                                               : resume_;
    return {source_.text.piece(at.piece).file(), at.offset};
  }

 private:
  // Lines up to the one that begins at `match`, and so many after the last in which the text is.
  struct Group {
    LogText::Place match;
    size_t after = 1;
  };

  void read_next() {
    bool begins_group = false;
    if (search_ != nullptr && !is_in_group()) {
      if (!find_group()) return finish();
      begins_group = source_.text.next_of(source_.text.place()) != source_.text.next_of(shown_until_);
    }
    std::optional<LogText::Line> line = source_.text.read_line();
    if (!line || is_left(*line)) return finish();
    begin_ = line->begin;
    next_ = LogLine{.process = source_.process,
                    .run = source_.key.run,
                    .stream = source_.key.stream,
                    .at = time_of(*line),
                    .text = std::move(line->text),
                    .cut_bytes = line->cut_bytes,
                    .has_begun_before = line->has_begun_before,
                    .is_finished = line->is_finished,
                    .begins_group = begins_group};
    if (search_ != nullptr) note_in_group(*next_);
    order_ = std::max(order_, next_->at.value_or(Instant{}));
  }

  void finish() {
    is_done_ = true;
    if (search_ == nullptr) source_.text.seek(resume_);
  }

  bool find_group() {
    group_.reset();
    const std::optional<LogText::Place> found = source_.text.find_next(*search_);
    if (!found) return false;
    constexpr auto kFar = static_cast<int64_t>(LogText::kShownMax / 2);
    LogText::Place line = std::max(source_.text.begin_of_line(*found), shown_until_);
    LogText::Place begin = line;
    if (line.piece == found->piece && found->offset - line.offset > kFar) {
      begin = line = {found->piece, found->offset - kFar};  // what was found shall be in what is shown
    } else {
      begin = source_.text.back_up(line, query_.before, shown_until_);
    }
    source_.text.seek(begin);
    group_ = Group{line};
    return true;
  }

  void note_in_group(LogLine& line) {
    if (begin_ < group_->match) return;
    line.is_match = begin_ == group_->match || search_->is_in(line.text);
    group_->after = line.is_match ? query_.after : group_->after - 1;
  }

  bool is_left(const LogText::Line& line) const {
    if (!line.is_finished && query_.leaves_unfinished && !source_.is_over) return true;
    return query_.leaves_unmarked && !source_.is_over && !find_time(line);
  }

  std::optional<Instant> find_time(const LogText::Line& line) const {
    return index_.find_time(source_.text.piece(line.end.piece).file(), line.end.offset);
  }

  // What is newer than the newest mark was written by now.
  std::optional<Instant> time_of(const LogText::Line& line) const {
    if (const std::optional<Instant> time = find_time(line)) return time;
    const bool is_marked = index_.knows(source_.text.piece(line.end.piece).file());
    return is_marked || (!source_.is_over && !index_.is_empty()) ? std::optional(now_) : std::nullopt;
  }

  LogSource source_;
  const LogIndex& index_;
  const LogQuery& query_;
  LogSearch* const search_;
  const Instant now_;
  std::optional<LogLine> next_;
  LogText::Place begin_;        // of next_
  LogText::Place shown_until_;  // lines before it were taken
  LogText::Place resume_;       // where a later reading goes on
  std::optional<Group> group_;
  Instant order_;
  bool is_done_ = false;
};

class Merge {
 public:
  Merge(LogSources sources, const LogIndex& index, const LogQuery& query, Instant now)
      : sources_(std::move(sources)), query_(query), search_(query.search, query.ignores_case) {
    LogSearch* const search = query.search.empty() ? nullptr : &search_;
    for (LogSource& source : sources_.streams) {
      readers_.emplace_back(std::move(source), index, query_, search, now);
    }
  }

  LogPage read() {
    LogPage page;
    query_.tail&& query_.cursor.empty() ? read_last(page) : read_on(page);
    page.cursor = encode_cursor(cursor());
    return page;
  }

 private:
  void read_on(LogPage& page) {
    size_t bytes = 0;
    for (Reader* reader; (reader = find_next()) != nullptr;) {
      const size_t more = reader->peek()->text.size();
      page.has_more =
          page.lines.size() == query_.limit || (!page.lines.empty() && bytes + more > kLogAnswerBytesMax);
      if (page.has_more) return;
      bytes += more;
      page.lines.push_back(reader->take());
      current_ = reader;
    }
    page.has_more = std::ranges::any_of(readers_, [](const Reader& reader) { return reader.has_given_up(); });
  }

  void read_last(LogPage& page) {
    std::deque<LogLine> last;
    size_t bytes = 0;
    for (Reader* reader; (reader = find_next()) != nullptr;) {
      bytes += reader->peek()->text.size();
      last.push_back(reader->take());
      while (last.size() > *query_.tail || (bytes > kLogAnswerBytesMax && last.size() > 1)) {
        bytes -= last.front().text.size();
        last.pop_front();
      }
    }
    page.lines.assign(std::make_move_iterator(last.begin()), std::make_move_iterator(last.end()));
  }

  // Whose line is the next; nobody's once one of them has given up, for his could be earlier.
  Reader* find_next() {
    if (current_ != nullptr && current_->is_in_group() && current_->peek() != nullptr) return current_;
    Reader* earliest = nullptr;
    for (Reader& reader : readers_) {
      if (reader.peek() == nullptr) {
        if (reader.has_given_up()) return nullptr;
        continue;
      }
      if (earliest == nullptr || reader.order() < earliest->order()) earliest = &reader;
    }
    return earliest;
  }

  // Without runs that are over and read, as long as a later one of the process is in it.
  LogCursor cursor() const {
    LogCursor cursor;
    std::map<uint32_t, int32_t> first_unread;
    for (const Reader& reader : readers_) {
      const LogKey& key = reader.source().key;
      if (!reader.is_read() || !reader.source().is_over) first_unread.try_emplace(key.process, key.run);
    }
    for (const auto& [process, last] : sources_.last_run) {
      if (cursor.size() < kLogsMax) cursor[{process, last, LogStream::Stdout}] = {};
    }
    for (const Reader& reader : readers_) {
      const LogKey& key = reader.source().key;
      const auto unread = first_unread.find(key.process);
      const int32_t first = unread == first_unread.end() ? sources_.last_run.at(key.process) : unread->second;
      if (key.run >= first) cursor[key] = reader.marker();
    }
    return cursor;
  }

  LogSources sources_;
  const LogQuery& query_;
  LogSearch search_;
  std::deque<Reader> readers_;
  Reader* current_ = nullptr;  // whose line was the last
};

}  // namespace

LogMemory::LogMemory() : index_(std::make_unique<GrowingLogIndex>()) {}
LogMemory::~LogMemory() = default;

const char* name_of(LogStream stream) { return stream == LogStream::Stdout ? "stdout" : "stderr"; }

Result<LogPage> read_logs(const TaskLogs& logs, const LogQuery& query, Instant now,
                          const FindDeletedLog& find_deleted) {
  now = std::max(now, logs.index.latest());
  return Merge(TRY(open_sources(logs, query, now, find_deleted)), logs.index, query, now).read();
}

}  // namespace aurora::executor
