#include "client/instance_grid.h"

#include <algorithm>
#include <cctype>
#include <map>

namespace aurora::client {
namespace {

int badness(Tone tone) {
  switch (tone) {
    case Tone::Bad: return 3;
    case Tone::Attention: return 2;
    case Tone::Place: return 1;
    case Tone::Plain:
    case Tone::Good:
    case Tone::Faint:
    case Tone::Added:
    case Tone::Removed: return 0;
  }
  return 0;
}

// Small letters are for what is over.
std::string letters_of(const GridCell& cell, size_t count) {
  std::string letters = cell.state.substr(0, count);
  letters.resize(count, ' ');
  for (size_t i = 0; i < letters.size(); ++i) {
    const bool is_small = !cell.is_active || i > 0;
    const auto c = static_cast<unsigned char>(letters[i]);
    letters[i] = static_cast<char>(is_small ? std::tolower(c) : std::toupper(c));
  }
  return letters;
}

struct Layout {
  size_t label = 0;    // characters of the number in front of a line
  size_t letters = 2;  // of a cell, and a blank between those of two
  size_t columns = 1;  // cells in a line
  size_t group = 1;    // instances of a cell
};

// 0: there is no room for one.
size_t columns_for(size_t width, size_t label, size_t letters) {
  const size_t room = width > label + 1 ? width - label - 1 : 1;
  const size_t cells = letters == 1 ? room : (room + 1) / (letters + 1);
  if (cells >= 20) return cells / 10 * 10;  // numbers that one can count by
  return cells >= 5 ? cells / 5 * 5 : cells;
}

Layout layout_of(size_t count, int32_t last, size_t width, size_t height) {
  Layout layout;
  layout.label = std::to_string(last).size();
  if (layout.label + 2 > width) layout.label = 0;
  for (layout.letters = 2;; layout.letters = 1) {
    layout.columns = columns_for(width, layout.label, layout.letters);
    if (layout.columns > 0 && count <= layout.columns * height) return layout;
    if (layout.letters == 1) break;
  }
  const size_t cells = layout.columns * height;
  layout.group = (count + cells - 1) / cells;
  return layout;
}

}  // namespace

Grid draw_grid(const std::vector<GridCell>& cells, size_t width, size_t height) {
  Grid grid;
  if (cells.empty()) return grid;
  const Layout layout = layout_of(cells.size(), cells.back().instance, width, std::max<size_t>(1, height));
  grid.instances_per_cell = layout.group;
  const auto better = [](const GridCell& a, const GridCell& b) { return badness(a.tone) < badness(b.tone); };
  for (size_t at = 0; at < cells.size();) {
    std::vector<GridSpan>& line = grid.lines.emplace_back();
    if (layout.label > 0) {
      const std::string number = std::to_string(cells[at].instance);
      line.push_back({std::string(layout.label - std::min(layout.label, number.size()), ' ') + number + " ", Tone::Faint});
    }
    for (size_t column = 0; column < layout.columns && at < cells.size(); ++column) {
      const auto begin = cells.begin() + static_cast<ptrdiff_t>(at);
      const size_t group = std::min(layout.group, cells.size() - at);
      const GridCell& shown = *std::max_element(begin, begin + static_cast<ptrdiff_t>(group), better);
      const std::string blank = column > 0 && layout.letters > 1 ? " " : "";
      line.push_back({blank + letters_of(shown, layout.letters), shown.tone});
      at += group;
    }
  }
  return grid;
}

std::string count_states(const std::vector<GridCell>& cells) {
  std::map<std::string, int64_t> counts;
  for (const GridCell& cell : cells) ++counts[cell.state];
  std::vector<std::pair<std::string, int64_t>> sorted(counts.begin(), counts.end());
  std::stable_sort(sorted.begin(), sorted.end(), [](const auto& a, const auto& b) { return a.second > b.second; });
  std::string text;
  for (const auto& [state, count] : sorted) text += (text.empty() ? "" : ", ") + std::to_string(count) + " " + state;
  return text;
}

Tone tone_of_status(const std::string& tone) {
  if (tone == "ok") return Tone::Good;
  if (tone == "attention") return Tone::Attention;
  if (tone == "failed") return Tone::Bad;
  return tone == "progress" ? Tone::Place : Tone::Plain;
}

}  // namespace aurora::client
