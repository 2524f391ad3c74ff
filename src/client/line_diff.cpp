#include "client/line_diff.h"

#include <algorithm>
#include <cstdint>
#include <map>

#include "aurora/base/split.h"

namespace aurora::client {
namespace {

constexpr int64_t kStepsMax = 4'000;  // of one search from both ends: squared, what it may cost
constexpr int64_t kNowhere = INT64_MIN / 2;
constexpr size_t kContext = 3;        // common lines around a hunk

// Lines as numbers, equal ones the same.
class Numbers {
 public:
  std::vector<int32_t> of(const std::vector<std::string>& lines) {
    std::vector<int32_t> numbers;
    numbers.reserve(lines.size());
    for (const std::string& line : lines) {
      numbers.push_back(known_.emplace(line, static_cast<int32_t>(known_.size())).first->second);
    }
    return numbers;
  }

 private:
  std::map<std::string, int32_t> known_;
};

class Search {
 public:
  Search(std::vector<int32_t> left, std::vector<int32_t> right) : left_(std::move(left)), right_(std::move(right)) {
    left_changed.resize(left_.size());
    right_changed.resize(right_.size());
    compare({0, static_cast<int64_t>(left_.size()), 0, static_cast<int64_t>(right_.size())});
  }

  std::vector<bool> left_changed;
  std::vector<bool> right_changed;

 private:
  struct Box {
    int64_t left_begin, left_end, right_begin, right_end;
  };
  struct Point {
    int64_t left, right;
  };

  bool same(int64_t i, int64_t j) const { return left_[static_cast<size_t>(i)] == right_[static_cast<size_t>(j)]; }

  static void mark(std::vector<bool>& changed, int64_t begin, int64_t end) {
    for (int64_t i = begin; i < end; ++i) changed[static_cast<size_t>(i)] = true;
  }

  // Depth: each half has at most half of the edits.
  void compare(Box box) {
    while (box.left_begin < box.left_end && box.right_begin < box.right_end && same(box.left_begin, box.right_begin)) {
      ++box.left_begin;
      ++box.right_begin;
    }
    while (box.left_begin < box.left_end && box.right_begin < box.right_end && same(box.left_end - 1, box.right_end - 1)) {
      --box.left_end;
      --box.right_end;
    }
    Point middle{};
    const bool is_one_sided = box.left_begin == box.left_end || box.right_begin == box.right_end;
    if (is_one_sided || !find_middle(box, middle)) {
      mark(left_changed, box.left_begin, box.left_end);
      mark(right_changed, box.right_begin, box.right_end);
      return;
    }
    compare({box.left_begin, middle.left, box.right_begin, middle.right});
    compare({middle.left, box.left_end, middle.right, box.right_end});
  }

  // A point on a shortest way through the box, where ways from both ends meet. False: too far away.
  bool find_middle(const Box& box, Point& middle) {
    const int64_t width = box.left_end - box.left_begin;
    const int64_t height = box.right_end - box.right_begin;
    const int64_t delta = width - height;
    const bool is_odd = delta % 2 != 0;
    const int64_t most = std::min((width + height + 1) / 2, kStepsMax);
    // How far (in left lines) ways of so many edits get on each diagonal: from the begin, and from the end.
    const auto size = static_cast<size_t>(2 * most + 3);
    forward_.assign(size, kNowhere);
    backward_.assign(size, kNowhere);
    const auto at = [most](std::vector<int64_t>& reach, int64_t diagonal) -> int64_t& {
      return reach[static_cast<size_t>(diagonal + most + 1)];
    };
    for (int64_t edits = 0; edits <= most; ++edits) {
      for (int64_t k = -edits; k <= edits; k += 2) {
        int64_t x = step(at(forward_, k - 1), at(forward_, k + 1), k, edits, {width, height});
        int64_t y = x - k;
        while (x >= 0 && x < width && y < height && same(box.left_begin + x, box.right_begin + y)) {
          ++x;
          ++y;
        }
        at(forward_, k) = x;
        const int64_t opposite = delta - k;
        const bool may_meet = is_odd && opposite >= -(edits - 1) && opposite <= edits - 1;
        if (may_meet && x + at(backward_, opposite) >= width) return meet(box, {x, y}, middle);
      }
      for (int64_t k = -edits; k <= edits; k += 2) {
        int64_t x = step(at(backward_, k - 1), at(backward_, k + 1), k, edits, {width, height});
        int64_t y = x - k;
        while (x >= 0 && x < width && y < height && same(box.left_end - 1 - x, box.right_end - 1 - y)) {
          ++x;
          ++y;
        }
        at(backward_, k) = x;
        const int64_t opposite = delta - k;
        const bool may_meet = !is_odd && opposite >= -edits && opposite <= edits;
        if (may_meet && x + at(forward_, opposite) >= width) return meet(box, {width - x, height - y}, middle);
      }
    }
    return false;
  }

  // With one edit more than on the diagonals beside it: a left line from the one below, or a right line from the one above.
  static int64_t step(int64_t below, int64_t above, int64_t diagonal, int64_t edits, Point most) {
    if (edits == 0) return 0;
    const int64_t by_left = below >= 0 && below < most.left ? below + 1 : kNowhere;
    const int64_t by_right = above >= 0 && above - diagonal <= most.right ? above : kNowhere;
    return std::max(by_left, by_right);
  }

  // False when it divides nothing.
  static bool meet(const Box& box, Point at, Point& middle) {
    middle = {box.left_begin + at.left, box.right_begin + at.right};
    const bool is_begin = middle.left == box.left_begin && middle.right == box.right_begin;
    const bool is_end = middle.left == box.left_end && middle.right == box.right_end;
    return !is_begin && !is_end;
  }

  std::vector<int32_t> left_;
  std::vector<int32_t> right_;
  std::vector<int64_t> forward_;
  std::vector<int64_t> backward_;
};

std::string range(size_t first, size_t last) {  // of lines, from 1
  return last <= first ? std::to_string(last) : std::to_string(first) + "," + std::to_string(last);
}

// As in "@@ -1,3 +1,4 @@": an empty one is behind the line that it names.
std::string unified_range(size_t begin, size_t end) {
  const size_t count = end - begin;
  const std::string first = std::to_string(count == 0 ? begin : begin + 1);
  return count == 1 ? first : first + "," + std::to_string(count);
}

}  // namespace

std::vector<std::string> lines_of(const std::string& text) {
  std::vector<std::string> lines = split(text, '\n');
  if (lines.back().empty()) lines.pop_back();
  return lines;
}

std::vector<LineChange> line_changes(const std::vector<std::string>& left, const std::vector<std::string>& right) {
  Numbers numbers;
  std::vector<int32_t> left_numbers = numbers.of(left);
  const Search search(std::move(left_numbers), numbers.of(right));
  std::vector<LineChange> changes;
  for (size_t i = 0, j = 0; i < left.size() || j < right.size();) {
    LineChange change{i, i, j, j};
    while (change.left_end < left.size() && search.left_changed[change.left_end]) ++change.left_end;
    while (change.right_end < right.size() && search.right_changed[change.right_end]) ++change.right_end;
    const bool is_change = change.left_end > i || change.right_end > j;
    if (is_change) changes.push_back(change);
    i = change.left_end + (is_change ? 0 : 1);
    j = change.right_end + (is_change ? 0 : 1);
  }
  return changes;
}

std::string line_difference(const std::string& left_text, const std::string& right_text) {
  const auto left = lines_of(left_text);
  const auto right = lines_of(right_text);
  std::string text;
  for (const LineChange& c : line_changes(left, right)) {
    const bool has_left = c.left_begin < c.left_end;
    const bool has_right = c.right_begin < c.right_end;
    text += has_left ? range(c.left_begin + 1, c.left_end) : std::to_string(c.left_begin);
    text += has_left && has_right ? "c" : has_left ? "d" : "a";
    text += (has_right ? range(c.right_begin + 1, c.right_end) : std::to_string(c.right_begin)) + "\n";
    for (size_t i = c.left_begin; i < c.left_end; ++i) text += "< " + left[i] + "\n";
    if (has_left && has_right) text += "---\n";
    for (size_t j = c.right_begin; j < c.right_end; ++j) text += "> " + right[j] + "\n";
  }
  return text;
}

std::vector<std::string> unified_lines(const std::string& left_text, const std::string& right_text) {
  const auto left = lines_of(left_text);
  const auto right = lines_of(right_text);
  const std::vector<LineChange> changes = line_changes(left, right);
  std::vector<std::string> lines;
  for (size_t first = 0; first < changes.size();) {
    size_t last = first;  // changes whose contexts touch are one hunk
    while (last + 1 < changes.size() && changes[last + 1].left_begin - changes[last].left_end <= 2 * kContext) ++last;
    const size_t before = std::min(kContext, changes[first].left_begin);
    const size_t after = std::min(kContext, left.size() - changes[last].left_end);
    size_t i = changes[first].left_begin - before;
    lines.push_back("@@ -" + unified_range(i, changes[last].left_end + after) + " +" +
                    unified_range(changes[first].right_begin - before, changes[last].right_end + after) + " @@");
    for (size_t at = first; at <= last; ++at) {
      const LineChange& c = changes[at];
      for (; i < c.left_begin; ++i) lines.push_back(" " + left[i]);
      for (; i < c.left_end; ++i) lines.push_back("-" + left[i]);
      for (size_t j = c.right_begin; j < c.right_end; ++j) lines.push_back("+" + right[j]);
    }
    for (; i < changes[last].left_end + after; ++i) lines.push_back(" " + left[i]);
    first = last + 1;
  }
  return lines;
}

}  // namespace aurora::client
