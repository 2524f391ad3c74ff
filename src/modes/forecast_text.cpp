#include "modes/forecast_text.h"

#include <algorithm>

#include "aurora/client/print_table.h"
#include "modes/forecast_words.h"

namespace aurora {
namespace {

using client::Console;
using namespace scheduler;

constexpr size_t kLinesMax = 20;  // of a section
constexpr size_t kRowsMax = 100;  // of a table

// Title and items, the first of them.
void print_section(Console& console, const ForecastSection& section) {
  console.print("");
  console.print(section.tone, section.title);
  for (size_t i = 0; i < std::min(section.lines.size(), kLinesMax); ++i) console.print("  " + section.lines[i]);
  if (section.lines.size() > kLinesMax) console.print("  ... and " + std::to_string(section.lines.size() - kLinesMax) + " more; --write-json has all");
}

void print_fills(Console& console, const std::string& title, const std::vector<FillChange>& fills) {
  if (fills.empty()) return;
  std::vector<std::vector<std::string>> rows;
  for (size_t i = 0; i < std::min(fills.size(), kRowsMax); ++i) {
    const FillRow row = fill_row(fills[i]);
    rows.push_back({row.name, row.hosts, row.tasks, row.cpus.text, row.ram.text, row.disk.text});
  }
  console.print("");
  client::print_table(console, {{title, 9}, {"HOSTS", 3, true}, {"TASKS", 5, true}, {"CPU", 8, true}, {"RAM", 7, true}, {"DISK", 6, true}}, rows);
  if (fills.size() > kRowsMax) console.print("... and " + std::to_string(fills.size() - kRowsMax) + " more; --write-json has all");
}

}  // namespace

void print_forecast(Console& console, const Forecast& forecast) {
  for (const std::string& line : describe_forecast(forecast)) console.print(line);
  for (const ForecastSection& section : forecast_sections(forecast)) print_section(console, section);
  std::vector<FillChange> hosts = forecast.hosts;
  hosts.push_back(forecast.all);
  print_fills(console, forecast.attribute, hosts);
  print_fills(console, "ROLE", forecast.roles);
}

}  // namespace aurora
