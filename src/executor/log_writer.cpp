#include "executor/log_writer.h"

#include <algorithm>
#include <array>
#include <limits>

#include "aurora/os/beneath.h"
#include "aurora/os/poller.h"
#include "aurora/os/spawn.h"

namespace aurora::executor {
namespace {

using core::LogDestination;
using core::LogMode;
using core::LogPolicy;

constexpr size_t kChunkBytes = 64 << 10;
constexpr int64_t kLineMax = 64 << 10;
constexpr int64_t kUnlimited = std::numeric_limits<int64_t>::max();

// One stream of the process on its way to one or two files.
struct Stream {
  os::Fd pipe;
  RotatingFile file;
  std::optional<RotatingFile> console;

  bool copy_some() {  // false at its end
    const Result<std::string> bytes = os::read_some(pipe, kChunkBytes);
    if (!bytes.ok() || bytes->empty()) return false;
    file.write(*bytes);
    if (console) console->write(*bytes);
    return true;
  }
};

Stream open_stream(os::Fd pipe, const LogPolicy& policy, const LogPlaces& places) {
  const int64_t bytes_max = policy.mode == LogMode::Rotate ? policy.bytes_max : kUnlimited;
  Stream stream{std::move(pipe), RotatingFile(places.file, bytes_max, policy.backups), std::nullopt};
  if (policy.destination == LogDestination::Both) stream.console.emplace(places.console, kUnlimited, 0);
  return stream;
}

void copy_all(std::array<Stream, 2> streams) {
  os::Poller poller;
  size_t open = 0;
  for (; open < streams.size(); ++open) {
    if (!poller.add(streams[open].pipe, open + 1).ok()) return;
  }
  while (open > 0) {
    for (const uint64_t key : poller.wait(minutes(10))) {
      Stream& stream = streams[key - 1];
      if (stream.copy_some()) continue;
      poller.remove(stream.pipe);
      --open;
    }
  }
}

}  // namespace

RotatingFile::RotatingFile(LogPlace place, int64_t bytes_max, int32_t backups)
    : place_(std::move(place)), path_(place_.base + "/" + place_.path), bytes_max_(bytes_max), backups_(backups) {
  open();
}

void RotatingFile::open() {
  Result<os::Fd> file = os::open_for_append_beneath(place_.base, place_.path);
  file_ = file.ok() ? std::move(*file) : os::Fd();
  bytes_ = 0;
  if (!file_.is_open()) return;
  if (const Result<os::FileInfo> info = os::describe(file_); info.ok()) bytes_ = info->bytes;
}

void RotatingFile::write(std::string_view bytes) {
  // Whoever owns the sandbox may do with its logs as he likes, at any time; the disk may have had no room before.
  if (!file_.is_open() || !os::is_at(file_, path_)) open();
  while (!bytes.empty() && file_.is_open()) {
    const std::string_view piece = bytes.substr(0, length_of_piece(bytes));
    if (!os::append_all(file_, piece).ok()) return;
    bytes_ += static_cast<int64_t>(piece.size());
    bytes.remove_prefix(piece.size());
    const bool is_line = piece.ends_with('\n') || bytes_ - bytes_max_ >= kLineMax;
    if (bytes_ >= bytes_max_ && is_line) rotate();
  }
}

// Up to the end of the line in which the file becomes full.
size_t RotatingFile::length_of_piece(std::string_view bytes) const {
  const int64_t room = bytes_max_ - bytes_;
  if (static_cast<int64_t>(bytes.size()) < room) return bytes.size();
  const size_t newline = bytes.find('\n', static_cast<size_t>(std::max<int64_t>(room - 1, 0)));
  const size_t to_cut = static_cast<size_t>(std::max<int64_t>(room + kLineMax, 1));
  const size_t to_newline = newline == std::string_view::npos ? bytes.size() : newline + 1;
  return std::min(to_newline, to_cut);
}

void RotatingFile::rotate() {
  const auto backup = [&](int32_t i) { return path_ + "." + std::to_string(i); };
  int32_t free = 1;  // the first number that is free or goes over the edge
  while (free < backups_ && os::exists(backup(free))) ++free;
  for (; free > 1; --free) static_cast<void>(os::rename_file(backup(free - 1), backup(free)));
  static_cast<void>(os::rename_file(path_, backup(1)));
  open();
}

bool needs_writer(const LogPolicy& policy) {
  return policy.destination == LogDestination::Both ||
         (policy.destination == LogDestination::File && policy.mode == LogMode::Rotate);
}

Result<LogWriter> start_log_writer(const LogPolicy& policy, const LogPlaces& out, const LogPlaces& err,
                                   const std::optional<os::User>& user) {
  os::Pipe out_pipe = TRY(os::make_pipe());
  os::Pipe err_pipe = TRY(os::make_pipe());
  const int pid = TRY(os::fork_copy({out_pipe.reading.get(), err_pipe.reading.get()}, [&] {
    os::ignore_signals();
    if (user && !os::become(*user)) return 1;
    copy_all({open_stream(std::move(out_pipe.reading), policy, out),
              open_stream(std::move(err_pipe.reading), policy, err)});
    return 0;
  }));
  return LogWriter{pid, std::move(out_pipe.writing), std::move(err_pipe.writing)};
}

}  // namespace aurora::executor
