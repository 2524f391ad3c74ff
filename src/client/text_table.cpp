#include "client/text_table.h"

#include <algorithm>
#include <sstream>

#include "aurora/base/printable.h"

namespace aurora::client {
namespace {

constexpr size_t kGap = 2;  // blanks between columns

bool begins_character(char c) { return (static_cast<unsigned char>(c) & 0xc0) != 0x80; }

// The first `characters` of it.
std::string_view head_of(std::string_view text, size_t characters) {
  for (size_t i = 0; i < text.size(); ++i) {
    if (begins_character(text[i]) && characters-- == 0) return text.substr(0, i);
  }
  return text;
}

std::string blanks(size_t n) { return std::string(n, ' '); }

}  // namespace

size_t width_of(std::string_view text) {
  return static_cast<size_t>(std::count_if(text.begin(), text.end(), begins_character));
}

std::string cut(const std::string& text, size_t width) {
  constexpr std::string_view kMore = "...";
  if (width_of(text) <= width) return text;
  if (width <= 2 * kMore.size()) return std::string(head_of(text, width));
  return std::string(head_of(text, width - kMore.size())) + std::string(kMore);
}

std::vector<std::string> broken(const std::string& text, size_t width) {
  std::vector<std::string> lines(1);
  std::istringstream words(text);
  for (std::string word; words >> word;) {
    if (!lines.back().empty() && width_of(lines.back()) + 1 + width_of(word) > width) lines.emplace_back();
    if (!lines.back().empty()) lines.back() += ' ';
    lines.back() += word;
    while (width > 0 && width_of(lines.back()) > width) {
      const std::string_view head = head_of(lines.back(), width);
      std::string rest = lines.back().substr(head.size());
      lines.back().resize(head.size());
      lines.push_back(std::move(rest));
    }
  }
  return lines;
}

void TextTable::add(std::vector<std::string> cells, Tone tone) {
  cells.resize(columns_.size());
  for (std::string& cell : cells) cell = printable_line(cell);
  rows_.push_back({std::move(cells), tone});
}

std::vector<TextTable::Shown> TextTable::whole() const {
  std::vector<Shown> shown;
  for (size_t i = 0; i < columns_.size(); ++i) {
    size_t widest = 0;
    for (const Row& row : rows_) widest = std::max(widest, width_of(row.cells[i]));
    if (widest > 0) shown.push_back({i, std::max(widest, width_of(columns_[i].title))});
  }
  return shown;
}

size_t TextTable::width() const {
  size_t total = 0;
  for (const Shown& column : whole()) total += column.width + (total == 0 ? 0 : kGap);
  return total;
}

std::vector<TextTable::Shown> TextTable::fit(size_t width) const {
  std::vector<Shown> all = whole();
  const auto less_important = [&](const Shown& a, const Shown& b) {
    return columns_[a.column].importance < columns_[b.column].importance;
  };
  while (all.size() > 1) {
    std::vector<Shown> shown = all;
    size_t total = kGap * (shown.size() - 1);
    for (const Shown& column : shown) total += column.width;
    std::vector<size_t> order(shown.size());
    for (size_t i = 0; i < order.size(); ++i) order[i] = i;
    std::stable_sort(order.begin(), order.end(), [&](size_t a, size_t b) { return less_important(shown[a], shown[b]); });
    for (const size_t i : order) {
      const size_t least = columns_[shown[i].column].least;
      if (total <= width || least == 0 || shown[i].width <= least) continue;
      const size_t less = std::min(total - width, shown[i].width - least);
      shown[i].width -= less;
      total -= less;
    }
    if (total <= width) return shown;
    all.erase(std::min_element(all.begin(), all.end(), less_important));
  }
  return all;
}

std::string TextTable::line(const std::vector<Shown>& shown, const std::vector<std::string>& cells, size_t width) const {
  std::string text;
  for (size_t i = 0; i < shown.size(); ++i) {
    const bool is_last = i + 1 == shown.size();
    const std::string cell = cut(cells[shown[i].column], shown[i].width);
    const std::string fill = blanks(shown[i].width - width_of(cell));
    if (columns_[shown[i].column].is_right) {
      text += fill + cell;
    } else {
      text += is_last ? cell : cell + fill;
    }
    if (!is_last) text += blanks(kGap);
  }
  text.resize(text.find_last_not_of(' ') + 1);
  return cut(text, width);
}

std::vector<TextTable::Line> TextTable::lines(size_t width) const {
  const std::vector<Shown> shown = fit(width);
  std::vector<std::string> titles;
  for (const TableColumn& column : columns_) titles.push_back(column.title);
  std::vector<Line> lines{{line(shown, titles, width), Tone::Faint}};
  for (const Row& row : rows_) lines.push_back({line(shown, row.cells, width), row.tone});
  return lines;
}

}  // namespace aurora::client
