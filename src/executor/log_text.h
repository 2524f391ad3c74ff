// What one stream of one run has written, read as one text across its rotated files, as it was when they were
// opened. Memory stays small however long files and lines are. One thread.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "aurora/executor/sandbox_file.h"

namespace aurora::executor {

// What is looked for, and how much may be read for that in one request.
class LogSearch {
 public:
  LogSearch(std::string text, bool ignores_case);
  bool is_in(std::string_view bytes) const { return find_in(bytes).has_value(); }
  std::optional<size_t> find_in(std::string_view bytes) const;
  size_t size() const { return text_.size(); }

  std::string& room() { return room_; }  // for bytes that are searched: the same pages again and again
  // Takes from what may still be read; false when that is nothing.
  bool spend(size_t bytes);

 private:
  const std::string text_;
  const bool ignores_case_;
  std::string room_;
  mutable std::string lowered_;
  size_t left_;
};

class LogText {
 public:
  struct Place {
    size_t piece = 0;
    int64_t offset = 0;  // in it
    friend auto operator<=>(const Place&, const Place&) = default;
  };
  struct Line {
    Place begin;
    Place end;                      // behind its line feed, in the same piece
    std::string text = {};          // without the line feed; at most kShownMax bytes
    int64_t cut_bytes = 0;          // that follow what is shown
    bool has_begun_before = false;  // what is shown is not its beginning
    bool is_finished = true;        // false: the text ends in it
  };
  static constexpr size_t kShownMax = 64 << 10;
  // A line that is longer counts as several.
  static constexpr int64_t kLineMax = 256 << 20;

  explicit LogText(std::vector<SandboxFile> pieces);  // oldest first

  bool is_empty() const { return end() == Place{}; }
  Place begin() const { return {}; }
  Place end() const;
  Place place() const { return place_; }
  bool is_at_end() const { return place_ >= end(); }
  const SandboxFile& piece(size_t index) const { return pieces_[index]; }
  size_t pieces() const { return pieces_.size(); }
  Place next_of(Place place) const;  // the place of the next byte: in another file perhaps
  // Where a file that was read up to `offset` goes on; the beginning if it is not there any more.
  Place find(uint64_t file, int64_t offset) const;

  void seek(Place place);
  std::optional<Line> read_line();  // from place() on, which moves behind it
  // Whole lines from place() on, which moves behind them, of one piece, that end at or before `until` in it: as many as are
  // at hand, at most `bytes_max`, without looking at each. They are there until something else is read. Nothing, and nothing
  // has changed, if the next is not such a line.
  std::optional<std::string_view> take_lines(int64_t until, size_t bytes_max);
  // The piece that the next byte is in; nothing at the end.
  std::optional<Place> next_byte();
  // So many lines before `from`, not before `first`: looks at 4 MiB at most. May be in the middle of a long
  // line.
  Place back_up(Place from, size_t lines, Place first) const;
  Place begin_of_line(Place place) const;  // the same with what `place` is in

  // The next place from place() on where it is found. Nothing: not up to the end, or to where there was
  // nothing left to spend; place() is where a search goes on.
  std::optional<Place> find_next(LogSearch& search);

 private:
  bool fill(int64_t bytes_max);  // buffer_, from place_ on
  std::string_view at_hand() const;  // of the buffer, from place_ on
  int64_t skip_line(int64_t from) const;
  char byte_at(Place place) const;

  std::vector<SandboxFile> pieces_;
  Place place_;
  std::unique_ptr<char[]> room_;
  size_t room_bytes_ = 0;
  std::string_view buffer_;  // in room_: of the piece place_ is in
  int64_t buffer_begin_ = 0;
  size_t buffer_piece_ = SIZE_MAX;
};

}  // namespace aurora::executor
