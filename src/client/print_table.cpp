#include "aurora/client/print_table.h"

#include "client/text_table.h"

namespace aurora::client {

void print_table(Console& console, const std::vector<PrintedColumn>& columns, const std::vector<std::vector<std::string>>& rows) {
  std::vector<TableColumn> shown;
  for (const PrintedColumn& column : columns) shown.push_back({column.title, column.importance, 0, column.is_right});
  TextTable table(std::move(shown));
  for (const std::vector<std::string>& row : rows) table.add(row);
  const size_t width = console.config().is_terminal_out ? static_cast<size_t>(console.config().columns_out) : table.width();
  for (const auto& line : table.lines(width)) console.print(line.tone, line.text);
}

std::string shortened(const std::string& text, size_t width) { return cut(text, width); }

}  // namespace aurora::client
