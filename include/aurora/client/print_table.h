// Rows for people in columns: cut down to the width of a terminal, whole in a pipe.
#pragma once

#include <string>
#include <vector>

#include "aurora/client/console.h"

namespace aurora::client {

struct PrintedColumn {
  std::string title;
  int importance = 0;  // where there is no room for all, the least important one is left out first
  bool is_right = false;
};
void print_table(Console& console, const std::vector<PrintedColumn>& columns, const std::vector<std::vector<std::string>>& rows);

// What is longer than so many characters ends in "...".
std::string shortened(const std::string& text, size_t width);

}  // namespace aurora::client
