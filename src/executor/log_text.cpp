#include "executor/log_text.h"

#include <algorithm>
#include <cstring>

namespace aurora::executor {
namespace {

constexpr size_t kSearchedBytes = 256 << 10;   // at once: they stay in the processor's cache
constexpr size_t kSpentMax = size_t{2} << 30;  // by one search
constexpr size_t kBlockBytes = 64 << 10;
constexpr int64_t kBackMax = 4 << 20;

// Of ASCII letters. In blocks of a fixed size that do not overlap, which compilers make quick.
void lower(std::string_view bytes, std::string& out) {
  out.resize(bytes.size());
  const auto lower_some = [](const char* __restrict from, char* __restrict to, size_t count) {
    for (size_t i = 0; i < count; ++i) {
      const auto c = static_cast<uint8_t>(from[i]);
      const bool is_capital = static_cast<uint8_t>(c - 'A') < 26;
      to[i] = static_cast<char>(c + (is_capital ? 'a' - 'A' : 0));
    }
  };
  constexpr size_t kBlock = 256;
  size_t at = 0;
  for (; at + kBlock <= bytes.size(); at += kBlock) lower_some(bytes.data() + at, out.data() + at, kBlock);
  lower_some(bytes.data() + at, out.data() + at, bytes.size() - at);
}

std::string lowered(const std::string& text) {
  std::string result;
  lower(text, result);
  return result;
}

}  // namespace

LogSearch::LogSearch(std::string text, bool ignores_case)
    : text_(ignores_case ? lowered(text) : std::move(text)), ignores_case_(ignores_case), left_(kSpentMax) {}

std::optional<size_t> LogSearch::find_in(std::string_view bytes) const {
  if (ignores_case_) {
    lower(bytes, lowered_);
    bytes = lowered_;
  }
  const void* found = ::memmem(bytes.data(), bytes.size(), text_.data(), text_.size());
  if (found == nullptr) return std::nullopt;
  return static_cast<size_t>(static_cast<const char*>(found) - bytes.data());
}

bool LogSearch::spend(size_t bytes) {
  if (left_ == 0) return false;
  left_ -= std::min(left_, bytes);
  return true;
}

LogText::LogText(std::vector<SandboxFile> pieces) : pieces_(std::move(pieces)) {}

LogText::Place LogText::end() const {
  return pieces_.empty() ? Place{} : Place{pieces_.size() - 1, pieces_.back().bytes()};
}

LogText::Place LogText::next_of(Place place) const {
  while (place.piece + 1 < pieces_.size() && place.offset >= pieces_[place.piece].bytes())
    place = {place.piece + 1, 0};
  return place;
}

LogText::Place LogText::find(uint64_t file, int64_t offset) const {
  for (size_t i = 0; i < pieces_.size(); ++i) {
    if (pieces_[i].file() == file) return {i, offset <= pieces_[i].bytes() ? offset : 0};
  }
  return begin();
}

void LogText::seek(Place place) { place_ = place; }

// False at the end of the piece, or when it cannot be read: then it is over.
bool LogText::fill(int64_t bytes_max) {
  const int64_t left = pieces_[place_.piece].bytes() - place_.offset;
  if (left <= 0) return false;
  const auto wanted = static_cast<size_t>(std::min(left, bytes_max));
  if (room_bytes_ < wanted) {
    room_ = std::make_unique_for_overwrite<char[]>(wanted);
    room_bytes_ = wanted;
  }
  const Result<size_t> got = pieces_[place_.piece].read_into(place_.offset, room_.get(), wanted);
  buffer_ = {room_.get(), got.ok() ? *got : 0};
  buffer_begin_ = place_.offset;
  buffer_piece_ = place_.piece;
  return !buffer_.empty();
}

std::optional<LogText::Line> LogText::read_line() {
  for (; place_.piece < pieces_.size(); place_ = {place_.piece + 1, 0}) {
    const bool is_buffered = buffer_piece_ == place_.piece && place_.offset >= buffer_begin_ &&
                             place_.offset < buffer_begin_ + static_cast<int64_t>(buffer_.size());
    if (is_buffered || fill(kBlockBytes)) break;
    if (place_.piece + 1 == pieces_.size()) return std::nullopt;
  }
  if (place_.piece >= pieces_.size()) return std::nullopt;
  Line line{.begin = place_, .end = place_};
  line.has_begun_before = place_.offset > 0 && byte_at({place_.piece, place_.offset - 1}) != '\n';
  const auto rest = [&] {
    return buffer_.substr(static_cast<size_t>(place_.offset - buffer_begin_));
  };
  size_t newline = rest().find('\n');
  if (newline == std::string_view::npos && rest().size() < kShownMax && fill(kShownMax + 1))
    newline = rest().find('\n');
  line.text = rest().substr(0, std::min(newline, kShownMax));
  const int64_t shown_end = place_.offset + static_cast<int64_t>(line.text.size());
  const int64_t end = newline != std::string_view::npos ? place_.offset + static_cast<int64_t>(newline) + 1
                                                        : skip_line(shown_end);
  line.is_finished = end < pieces_[place_.piece].bytes() || place_.piece + 1 < pieces_.size() ||
                     byte_at({place_.piece, end - 1}) == '\n';
  const int64_t feed = byte_at({place_.piece, end - 1}) == '\n' ? 1 : 0;
  line.cut_bytes = end - feed - shown_end;
  line.end = place_ = {place_.piece, end};
  return line;
}

std::string_view LogText::at_hand() const {
  const bool is_buffered = buffer_piece_ == place_.piece && place_.offset >= buffer_begin_ &&
                           place_.offset < buffer_begin_ + static_cast<int64_t>(buffer_.size());
  return is_buffered ? buffer_.substr(static_cast<size_t>(place_.offset - buffer_begin_))
                     : std::string_view();
}

std::optional<LogText::Place> LogText::next_byte() {
  place_ = next_of(place_);
  if (is_at_end()) return std::nullopt;
  return place_;
}

std::optional<std::string_view> LogText::take_lines(int64_t until, size_t bytes_max) {
  constexpr int64_t kAtOnce = 128 << 10;
  const auto wanted = std::min(static_cast<size_t>(std::max<int64_t>(0, until - place_.offset)), bytes_max);
  if (at_hand().size() < wanted) fill(std::max(kAtOnce, static_cast<int64_t>(bytes_max)));
  const std::string_view bytes = at_hand().substr(0, wanted);
  const std::string_view lines = bytes.substr(0, bytes.rfind('\n') + 1);
  if (lines.empty()) return std::nullopt;
  place_.offset += static_cast<int64_t>(lines.size());
  return lines;
}

// Behind the line that goes on at `from`.
int64_t LogText::skip_line(int64_t from) const {
  const SandboxFile& piece = pieces_[place_.piece];
  const int64_t last = std::min(piece.bytes(), from + kLineMax);
  std::string block;
  for (int64_t at = from; at < last;) {
    block.resize(static_cast<size_t>(std::min<int64_t>(kSearchedBytes, last - at)));
    const Result<size_t> got = piece.read_into(at, block.data(), block.size());
    if (!got.ok() || *got == 0) return last;
    const size_t newline = std::string_view(block.data(), *got).find('\n');
    if (newline != std::string_view::npos) return at + static_cast<int64_t>(newline) + 1;
    at += static_cast<int64_t>(*got);
  }
  return last;
}

char LogText::byte_at(Place place) const {
  if (place.piece == buffer_piece_ && place.offset >= buffer_begin_ &&
      place.offset < buffer_begin_ + static_cast<int64_t>(buffer_.size())) {
    return buffer_[static_cast<size_t>(place.offset - buffer_begin_)];
  }
  char byte = '\n';
  static_cast<void>(pieces_[place.piece].read_into(place.offset, &byte, 1));
  return byte;
}

LogText::Place LogText::back_up(Place from, size_t lines, Place first) const {
  const Place start = from;
  std::optional<Place> begin;  // of the earliest line that was found
  Place at = from;
  int64_t left = kBackMax;
  std::string block;
  while (lines > 0 && at > first && left > 0) {
    if (at.offset == 0) {
      at = {at.piece - 1, pieces_[at.piece - 1].bytes()};
      from = at;
      continue;
    }
    const int64_t lowest = at.piece == first.piece ? first.offset : 0;
    const int64_t block_begin = std::max(lowest, at.offset - static_cast<int64_t>(kBlockBytes));
    block.resize(static_cast<size_t>(at.offset - block_begin));
    const Result<size_t> got = pieces_[at.piece].read_into(block_begin, block.data(), block.size());
    if (!got.ok() || *got < block.size()) break;
    for (size_t i = block.size(); i-- > 0 && lines > 0;) {
      const Place behind{at.piece, block_begin + static_cast<int64_t>(i) + 1};
      if (block[i] != '\n' || behind == from) continue;  // the line feed that ends the line before `from`
      begin = behind;
      --lines;
    }
    left -= at.offset - block_begin;
    at.offset = block_begin;
    if (at.offset == lowest && lines > 0 && at < from) {
      begin = at;
      --lines;
    }
  }
  return begin ? *begin : left <= 0 ? at : start;
}

LogText::Place LogText::begin_of_line(Place place) const {
  if (place.offset == 0 || byte_at({place.piece, place.offset - 1}) == '\n') return place;
  return back_up(place, 1, {place.piece, 0});
}

std::optional<LogText::Place> LogText::find_next(LogSearch& search) {
  std::string& room = search.room();
  room.resize(kSearchedBytes);
  while (place_.piece < pieces_.size()) {
    const SandboxFile& piece = pieces_[place_.piece];
    const auto wanted =
        static_cast<size_t>(std::clamp<int64_t>(piece.bytes() - place_.offset, 0, kSearchedBytes));
    if (wanted > 0 && !search.spend(wanted)) return std::nullopt;
    const Result<size_t> got =
        wanted == 0 ? Result<size_t>(size_t{0}) : piece.read_into(place_.offset, room.data(), wanted);
    const std::string_view bytes(room.data(), got.ok() ? *got : 0);
    if (const std::optional<size_t> found = search.find_in(bytes)) {
      return Place{place_.piece, place_.offset + static_cast<int64_t>(*found)};
    }
    const bool is_last =
        bytes.size() < wanted || place_.offset + static_cast<int64_t>(wanted) >= piece.bytes();
    if (!is_last) {
      place_.offset += static_cast<int64_t>(bytes.size() - (search.size() - 1));
      continue;
    }
    if (place_.piece + 1 == pieces_.size()) {
      place_ = end();
      return std::nullopt;
    }
    place_ = {place_.piece + 1, 0};
  }
  return std::nullopt;
}

}  // namespace aurora::executor
