// How two texts differ, line by line: the shortest edit, by Myers' algorithm in linear space ("An O(ND) Difference
// Algorithm and Its Variations", 1986). Where texts have next to nothing in common the search ends early, and what is
// left counts as replaced: time is bounded. Pure.
#pragma once

#include <cstddef>
#include <string>
#include <vector>

namespace aurora::client {

std::vector<std::string> lines_of(const std::string& text);

// Lines [left_begin, left_end) are replaced by [right_begin, right_end); one of the two may be empty.
struct LineChange {
  size_t left_begin = 0;
  size_t left_end = 0;
  size_t right_begin = 0;
  size_t right_end = 0;
  friend bool operator==(const LineChange&, const LineChange&) = default;
};
// In order, apart from each other by at least one common line.
std::vector<LineChange> line_changes(const std::vector<std::string>& left, const std::vector<std::string>& right);

// What `diff` prints; empty when equal.
std::string line_difference(const std::string& left, const std::string& right);
// The hunks that `diff -u` prints, without the two lines above them; empty when equal.
std::vector<std::string> unified_lines(const std::string& left, const std::string& right);

}  // namespace aurora::client
