// Rows for people in columns that fit a terminal's width. Widths count characters (code points). Pure.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

#include "aurora/client/console.h"

namespace aurora::client {

struct TableColumn {
  std::string title;
  int importance = 0;   // where there is no room for all, the least important one is left out first
  size_t least = 0;     // may be cut down to so many characters; 0: is shown whole or not at all
  bool is_right = false;
};

class TextTable {
 public:
  explicit TextTable(std::vector<TableColumn> columns) : columns_(std::move(columns)) {}
  void add(std::vector<std::string> cells, Tone tone = Tone::Plain);

  struct Line {
    std::string text;
    Tone tone = Tone::Plain;
  };
  size_t width() const;  // with everything whole
  // Titles, then the rows; none is wider than `width`. Columns without a single value are left out.
  std::vector<Line> lines(size_t width) const;

 private:
  struct Shown {
    size_t column;
    size_t width;
  };
  std::vector<Shown> whole() const;
  std::vector<Shown> fit(size_t width) const;
  std::string line(const std::vector<Shown>& shown, const std::vector<std::string>& cells, size_t width) const;

  struct Row {
    std::vector<std::string> cells;
    Tone tone;
  };
  std::vector<TableColumn> columns_;
  std::vector<Row> rows_;
};

size_t width_of(std::string_view text);
// What is cut ends in "..." where there is room for it.
std::string cut(const std::string& text, size_t width);
// In lines of at most `width`, broken at blanks, within a word only where it is longer than a line.
std::vector<std::string> broken(const std::string& text, size_t width);

}  // namespace aurora::client
