#include "executor/log_source.h"

#include <algorithm>

#include "aurora/os/beneath.h"
#include "executor/log_index.h"

namespace aurora::executor {
namespace {

constexpr size_t kFilesMax = 1'024;  // open for one query

bool is_running(const core::ProcessRun& run) {
  return run.state == core::ProcessState::Forked || run.state == core::ProcessState::Running;
}

int32_t count_begun(const std::vector<core::ProcessRun>& runs) {
  const bool waits = !runs.empty() && runs.back().state == core::ProcessState::Waiting;
  return static_cast<int32_t>(runs.size()) - (waits ? 1 : 0);
}

Error too_many() {
  return Error{ErrorCode::InvalidArgument, "This chooses more than " + std::to_string(kLogsMax) +
                                               " logs, or " + std::to_string(kFilesMax) +
                                               " files of rotated ones; name a process, a run or a stream"};
}

class Opening {
 public:
  Opening(const TaskLogs& logs, const LogQuery& query, Instant now, const FindDeletedLog& find_deleted)
      : logs_(logs), query_(query), now_(now), find_deleted_(find_deleted) {}

  Result<LogSources> open() {
    if (!query_.cursor.empty()) {
      cursor_ = parse_cursor(query_.cursor);
      if (!cursor_)
        return Error{ErrorCode::InvalidArgument, "The cursor is none that an answer of this route has given"};
    }
    TRY(check_names());
    const size_t known = std::min(logs_.plan.processes.size(), logs_.history.processes.size());
    for (uint32_t process = 0; process < known; ++process) {
      if (is_chosen(logs_.plan.processes[process].name)) TRY(open_process(process));
    }
    if (query_.runs == LogQuery::Runs::One && sources_.last_run.empty()) return no_run();
    return std::move(sources_);
  }

 private:
  bool is_chosen(const std::string& name) const {
    return query_.processes.empty() || query_.processes.contains(name);
  }

  Status check_names() const {
    for (const std::string& name : query_.processes) {
      const auto has_name = [&](const core::ProcessPlan& process) { return process.name == name; };
      if (std::ranges::any_of(logs_.plan.processes, has_name)) continue;
      return Error{ErrorCode::NotFound, "The task has no process '" + name + "'"};
    }
    return Unit{};
  }

  Error no_run() const {
    return Error{ErrorCode::NotFound,
                 "There is no run " + std::to_string(query_.run) +
                     " of the chosen processes; the first is 0, and 'latest' and 'all' are always right"};
  }

  Status open_process(uint32_t process) {
    const int32_t begun = count_begun(logs_.history.processes[process]);
    int32_t first = 0;
    int32_t last = begun - 1;
    if (query_.runs == LogQuery::Runs::One) first = last = query_.run < begun ? query_.run : -1;
    if (query_.runs == LogQuery::Runs::Latest) first = last;
    if (const std::optional<int32_t> read = first_in_cursor(process);
        read && query_.runs != LogQuery::Runs::One)
      first = std::min(*read, last);
    if (last < 0) return Unit{};
    sources_.last_run[process] = last;
    for (int32_t run = first; run <= last; ++run) {
      for (const LogStream stream : {LogStream::Stdout, LogStream::Stderr}) {
        if (!query_.stream || query_.stream == stream) TRY(open_stream({process, run, stream}));
      }
    }
    return Unit{};
  }

  std::optional<int32_t> first_in_cursor(uint32_t process) const {
    if (!cursor_) return std::nullopt;
    const auto entry = cursor_->lower_bound({process, 0, LogStream::Stdout});
    if (entry == cursor_->end() || entry->first.process != process) return std::nullopt;
    return entry->first.run;
  }

  Status open_stream(const LogKey& key) {
    const std::string& name = logs_.plan.processes[key.process].name;
    std::vector<SandboxFile> pieces = open_pieces(name, key);
    LogSource source{key, name, is_over(key), has_lost(key, pieces), LogText(std::move(pieces))};
    if (source.text.is_empty()) return Unit{};
    if (sources_.streams.size() == kLogsMax || files_ > kFilesMax) return too_many();
    source.text.seek(begin_of(source));
    sources_.streams.push_back(std::move(source));
    return Unit{};
  }

  bool is_over(const LogKey& key) const {
    const std::optional<core::RunState> state = logs_.history.state();
    const std::vector<core::ProcessRun>& runs = logs_.history.processes[key.process];
    return !state || is_terminal(*state) || !is_running(runs[static_cast<size_t>(key.run)]);
  }

  // Rotated so often since it was read that its file is gone.
  bool has_lost(const LogKey& key, const std::vector<SandboxFile>& pieces) const {
    if (!cursor_) return false;
    const auto marker = cursor_->find(key);
    return marker != cursor_->end() && marker->second.file != 0 &&
           std::ranges::none_of(pieces, [&](const SandboxFile& piece) { return piece.file() == marker->second.file; });
  }

  // The newest first: one that is rotated meanwhile is found twice rather than never.
  std::vector<SandboxFile> open_pieces(const std::string& name, const LogKey& key) {
    const std::string path = ".logs/" + name + "/" + std::to_string(key.run) + "/" + name_of(key.stream);
    std::vector<SandboxFile> pieces;
    Result<SandboxFile> file = open_file(path);
    if (!file.ok() && file.error().code == ErrorCode::NotFound)
      file = find_deleted_(name, key.run, key.stream);
    if (file.ok()) pieces.push_back(std::move(*file));
    for (int number = 1; files_ <= kFilesMax; ++number) {
      Result<SandboxFile> older = open_file(path + "." + std::to_string(number));
      if (!older.ok()) break;
      const bool is_known = std::ranges::any_of(
          pieces, [&](const SandboxFile& piece) { return piece.file() == older->file(); });
      if (!is_known) pieces.push_back(std::move(*older));
    }
    std::reverse(pieces.begin(), pieces.end());
    return pieces;
  }

  Result<SandboxFile> open_file(const std::string& path) {
    SandboxFile file = SandboxFile::from(TRY(os::open_beneath(logs_.sandbox, path)));
    if (file.is_folder()) return Error{ErrorCode::NotFound, path + " is a folder"};
    ++files_;
    return file;
  }

  LogText::Place begin_of(const LogSource& source) const {
    const LogText& text = source.text;
    if (cursor_) {
      const auto marker = cursor_->find(source.key);
      return marker == cursor_->end() ? text.begin() : text.find(marker->second.file, marker->second.offset);
    }
    const LogText::Place begin = query_.since ? begin_since(text, *query_.since) : text.begin();
    return query_.tail ? text.back_up(text.end(), *query_.tail, begin) : begin;
  }

  // Of files whose moments are not known, the whole, if it was written to since then.
  LogText::Place begin_since(const LogText& text, Instant since) const {
    for (size_t i = 0; i < text.pieces(); ++i) {
      const SandboxFile& piece = text.piece(i);
      if (!logs_.index.knows(piece.file())) {
        if (piece.modified() >= since) return {i, 0};
        continue;
      }
      if (since > now_) continue;
      const int64_t before = logs_.index.bytes_before(piece.file(), since);
      if (before < piece.bytes()) return text.begin_of_line({i, before});
    }
    return text.end();
  }

  const TaskLogs& logs_;
  const LogQuery& query_;
  const Instant now_;
  const FindDeletedLog& find_deleted_;
  std::optional<LogCursor> cursor_;
  LogSources sources_;
  size_t files_ = 0;
};

}  // namespace

Result<LogSources> open_sources(const TaskLogs& logs, const LogQuery& query, Instant now,
                                const FindDeletedLog& find_deleted) {
  return Opening(logs, query, now, find_deleted).open();
}

}  // namespace aurora::executor
