// Instances as cells, so that thousands fit into a terminal: two letters each if there is room, else one, else a cell for
// several, which shows the worst of them. Pure.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "aurora/client/console.h"

namespace aurora::client {

struct GridCell {
  int32_t instance = 0;
  std::string state = {};  // "RUNNING"
  Tone tone = Tone::Plain;
  bool is_active = true;
};

struct GridSpan {
  std::string text = {};
  Tone tone = Tone::Plain;
};
struct Grid {
  std::vector<std::vector<GridSpan>> lines = {};  // each no wider than asked for
  size_t instances_per_cell = 1;
};
// Cells by instance. At least one line, whatever the height.
Grid draw_grid(const std::vector<GridCell>& cells, size_t width, size_t height);

// "3 RUNNING, 1 PENDING": the most first.
std::string count_states(const std::vector<GridCell>& cells);

// Of what the API says of a status: ok, attention, failed, progress, neutral.
Tone tone_of_status(const std::string& tone);

}  // namespace aurora::client
