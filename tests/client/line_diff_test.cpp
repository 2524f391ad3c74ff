#include "client/line_diff.h"

#include <catch2/catch.hpp>
#include <chrono>

#include "aurora/base/rng.h"

using namespace aurora;
using namespace aurora::client;

namespace {

using Lines = std::vector<std::string>;

std::string joined(const Lines& lines) {
  std::string text;
  for (const std::string& line : lines) text += line + "\n";
  return text;
}

size_t edits_of(const std::vector<LineChange>& changes) {
  size_t edits = 0;
  for (const LineChange& c : changes) edits += c.left_end - c.left_begin + c.right_end - c.right_begin;
  return edits;
}

// What the changes make of the left side.
Lines applied(const Lines& left, const Lines& right, const std::vector<LineChange>& changes) {
  Lines result;
  size_t i = 0;
  for (const LineChange& c : changes) {
    for (; i < c.left_begin; ++i) result.push_back(left[i]);
    for (size_t j = c.right_begin; j < c.right_end; ++j) result.push_back(right[j]);
    i = c.left_end;
  }
  for (; i < left.size(); ++i) result.push_back(left[i]);
  return result;
}

// The fewest edits, by the table that takes the product of both lengths.
size_t fewest_edits(const Lines& left, const Lines& right) {
  std::vector<std::vector<size_t>> length(left.size() + 1, std::vector<size_t>(right.size() + 1, 0));
  for (size_t i = left.size(); i-- > 0;) {
    for (size_t j = right.size(); j-- > 0;) {
      length[i][j] = left[i] == right[j] ? length[i + 1][j + 1] + 1 : std::max(length[i + 1][j], length[i][j + 1]);
    }
  }
  return left.size() + right.size() - 2 * length[0][0];
}

Lines random_lines(Rng& rng, uint64_t most, uint64_t kinds) {
  Lines lines;
  for (uint64_t n = rng.below(most + 1); n > 0; --n) lines.push_back(std::string(1, static_cast<char>('a' + rng.below(kinds))));
  return lines;
}

}  // namespace

TEST_CASE("the built-in diff prints what diff prints") {
  CHECK(line_difference("a\nb\nc\n", "a\nb\nc\n").empty());
  CHECK(line_difference("a\nb\nc\n", "a\nx\nc\n") == "2c2\n< b\n---\n> x\n");
  CHECK(line_difference("a\n", "a\nb\nc\n") == "1a2,3\n> b\n> c\n");
  CHECK(line_difference("a\nb\nc\n", "c\n") == "1,2d0\n< a\n< b\n");
}

TEST_CASE("hunks are as diff -u prints them, each change once") {
  CHECK(unified_lines("a\n", "a\n").empty());
  CHECK(unified_lines("a\nb\nc\n", "a\nx\nc\n") == Lines{"@@ -1,3 +1,3 @@", " a", "-b", "+x", " c"});
  CHECK(unified_lines("", "a\n") == Lines{"@@ -0,0 +1 @@", "+a"});
  CHECK(unified_lines("1\n2\n3\n4\n5\n6\n7\n8\n9\n", "1\n2\n3\n4\nx\n6\n7\n8\n9\n") ==
        Lines{"@@ -2,7 +2,7 @@", " 2", " 3", " 4", "-5", "+x", " 6", " 7", " 8"});
  // Six common lines between two changes make one hunk, seven two.
  CHECK(unified_lines("a\n1\n2\n3\n4\n5\n6\nb\n", "x\n1\n2\n3\n4\n5\n6\ny\n").front() == "@@ -1,8 +1,8 @@");
  const Lines two = unified_lines("a\n1\n2\n3\n4\n5\n6\n7\nb\n", "x\n1\n2\n3\n4\n5\n6\n7\ny\n");
  CHECK(two.front() == "@@ -1,4 +1,4 @@");
  CHECK(two.at(6) == "@@ -6,4 +6,4 @@");
}

TEST_CASE("a difference turns one text into the other with the fewest edits") {
  Rng rng(7);
  for (int round = 0; round < 3'000; ++round) {
    const uint64_t kinds = 1 + rng.below(4);
    const Lines left = random_lines(rng, 14, kinds);
    const Lines right = random_lines(rng, 14, kinds);
    const auto changes = line_changes(left, right);
    INFO(joined(left) + "--\n" + joined(right));
    REQUIRE(applied(left, right, changes) == right);
    REQUIRE(edits_of(changes) == fewest_edits(left, right));
    for (size_t i = 1; i < changes.size(); ++i) REQUIRE(changes[i - 1].left_end < changes[i].left_begin);
  }
}

TEST_CASE("long texts with little or nothing in common are compared in bounded time") {
  Lines left;
  Lines right;
  for (int i = 0; i < 100'000; ++i) {
    left.push_back("left " + std::to_string(i));
    right.push_back("right " + std::to_string(i));
  }
  const auto begin = std::chrono::steady_clock::now();
  CHECK(line_changes(left, right) == std::vector<LineChange>{{0, 100'000, 0, 100'000}});
  Lines edited = left;
  for (size_t i = 0; i < edited.size(); i += 100) edited[i] = "new";
  const auto changes = line_changes(left, edited);
  CHECK(changes.size() == 1'000);
  CHECK(applied(left, edited, changes) == edited);
  CHECK(std::chrono::steady_clock::now() - begin < std::chrono::minutes(2));
}
