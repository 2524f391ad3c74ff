#include "executor/log_index.h"

#include <algorithm>

#include "aurora/os/beneath.h"
#include "aurora/os/file_watch.h"
#include "executor/bytes.h"

namespace aurora::executor {
namespace {

constexpr size_t kMarkBytes = 32;

std::optional<LogMark> decode_mark(std::string_view payload) {
  ByteReader in(payload);
  const LogMark mark{in.get_instant(), in.get<uint64_t>(), in.get<int64_t>()};
  const bool is_mark = in.is_good() && in.is_at_end() && mark.bytes >= 0;
  return is_mark ? std::optional(mark) : std::nullopt;
}

Frames split_marks(std::string_view bytes) {
  return split_frames(bytes, [](std::string_view payload) { return decode_mark(payload).has_value(); });
}

}  // namespace

std::string encode_mark(const LogMark& mark) {
  ByteWriter out;
  out.add(mark.at);
  out.add(mark.file);
  out.add(mark.bytes);
  return frame(out.take());
}

std::vector<LogMark> parse_marks(std::string_view bytes) {
  std::vector<LogMark> marks;
  for (const std::string_view payload : split_marks(bytes).payloads) {
    if (const std::optional<LogMark> mark = decode_mark(payload)) marks.push_back(*mark);
  }
  return marks;
}

std::vector<LogMark> thin_out(const std::vector<LogMark>& marks) {
  std::unordered_map<uint64_t, bool> keeps;
  std::vector<LogMark> kept;
  for (auto mark = marks.rbegin(); mark != marks.rend() && kept.size() < kLogMarksMax / 4 * 3; ++mark) {
    bool& keep = keeps[mark->file];  // false at first: then it is the last of its file
    keep = !keep;
    if (keep) kept.push_back(*mark);
  }
  std::reverse(kept.begin(), kept.end());
  return kept;
}

LogIndex::LogIndex(const std::vector<LogMark>& marks) { add(marks); }

void LogIndex::add(const std::vector<LogMark>& marks) {
  for (const LogMark& mark : marks) {
    std::vector<Moment>& moments = moments_[mark.file];
    // Of a file that was cut nothing is known any more of what it had before.
    if (!moments.empty() && mark.bytes < moments.back().bytes) moments.clear();
    // A clock that was set back stands still.
    const Instant at = moments.empty() ? mark.at : std::max(mark.at, moments.back().at);
    if (moments.empty() || mark.bytes > moments.back().bytes) moments.push_back({mark.bytes, at});
    latest_ = std::max(latest_, at);
  }
}

std::optional<Instant> LogIndex::find_time(uint64_t file, int64_t bytes) const {
  const std::optional<Moment> moment = find_moment(file, bytes - 1);
  return moment ? std::optional(moment->at) : std::nullopt;
}

std::optional<LogIndex::Moment> LogIndex::find_moment(uint64_t file, int64_t bytes) const {
  const auto found = moments_.find(file);
  if (found == moments_.end()) return std::nullopt;
  const std::vector<Moment>& moments = found->second;
  const auto moment = std::upper_bound(moments.begin(), moments.end(), bytes,
                                       [](int64_t wanted, const Moment& one) { return wanted < one.bytes; });
  return moment == moments.end() ? std::nullopt : std::optional(*moment);
}

int64_t LogIndex::bytes_before(uint64_t file, Instant since) const {
  const auto found = moments_.find(file);
  if (found == moments_.end()) return 0;
  const std::vector<Moment>& moments = found->second;
  const auto after = std::lower_bound(moments.begin(), moments.end(), since,
                                      [](const Moment& one, Instant wanted) { return one.at < wanted; });
  return after == moments.begin() ? 0 : std::prev(after)->bytes;
}

const LogIndex& GrowingLogIndex::refresh(const std::string& path) {
  const size_t slash = path.rfind('/');
  const Result<os::Fd> file = os::open_beneath(path.substr(0, slash), path.substr(slash + 1));
  const std::optional<os::FileMark> mark = file.ok() ? os::find_mark(*file) : std::nullopt;
  if (!mark || mark->id != file_ || mark->bytes < offset_) {
    index_ = LogIndex();
    file_ = mark ? mark->id : 0;
    offset_ = 0;
  }
  if (!mark || mark->bytes == offset_) return index_;
  const Result<std::string> bytes = os::read_at(*file, offset_, static_cast<size_t>(mark->bytes - offset_));
  if (!bytes.ok()) return index_;
  index_.add(parse_marks(*bytes));
  offset_ += static_cast<int64_t>(split_marks(*bytes).good_bytes);
  return index_;
}

void LogMarkFile::append(const std::vector<LogMark>& marks) {
  if (marks.empty() || (!file_.is_open() && !open())) return;
  std::string bytes;
  for (const LogMark& mark : marks) bytes += encode_mark(mark);
  if (!os::append_all(file_, bytes).ok()) return;
  count_ += marks.size();
  if (count_ > kLogMarksMax) shrink();
}

// What a crash has torn goes.
bool LogMarkFile::open() {
  Result<os::Fd> file = os::open_for_append(path_, 0600);
  if (!file.ok()) return false;
  const Result<std::string> bytes = os::read_file(path_);
  const size_t good = bytes.ok() ? split_marks(*bytes).good_bytes : 0;
  if (!os::cut_file(*file, static_cast<int64_t>(good)).ok()) return false;
  file_ = std::move(*file);
  count_ = good / kMarkBytes;
  return true;
}

void LogMarkFile::shrink() {
  const Result<std::string> bytes = os::read_file(path_);
  if (!bytes.ok()) return;
  std::string kept;
  for (const LogMark& mark : thin_out(parse_marks(*bytes))) kept += encode_mark(mark);
  const std::string next = path_ + ".next";
  if (!os::write_file(next, kept, 0600).ok() || !os::rename_file(next, path_).ok())
    return os::remove_file(next);
  file_ = os::Fd();
  static_cast<void>(open());
}

}  // namespace aurora::executor
