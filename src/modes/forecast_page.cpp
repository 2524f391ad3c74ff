#include "modes/forecast_page.h"

#include <algorithm>
#include <cmath>
#include <string_view>

#include "aurora/api/html.h"
#include "modes/forecast_words.h"

namespace aurora {
namespace {

using api::escape_html;
using namespace scheduler;

constexpr size_t kEntriesMax = 5'000;  // of a list or table

// The colours of the scheduler's pages (web/src/style.css). Nothing is loaded from anywhere.
constexpr std::string_view kHead = R"(<!DOCTYPE html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'">
<title>Aurora: what if</title>
<style>
:root { --bg: #f5f6f8; --panel: #fff; --text: #1c2430; --muted: #5d6878; --line: #dfe3e9; --attention: #8a6100; --before: #b9c4d4; --after: #1f5fbf;
  --full: #b3261e; color-scheme: light dark; }
@media (prefers-color-scheme: dark) { :root { --bg: #10151d; --panel: #18202b; --text: #e4e9f0; --muted: #98a4b5; --line: #2b3645;
  --attention: #f3cf5b; --before: #45536a; --after: #8ab8ff; --full: #ff9089; } }
* { box-sizing: border-box; }
body { margin: 0 auto; max-width: 1100px; padding: 20px; background: var(--bg); color: var(--text);
  font: 14px/1.45 system-ui, -apple-system, "Segoe UI", Roboto, "DejaVu Sans", sans-serif; }
h1 { font-size: 20px; margin: 0 0 4px; }
h2 { font-size: 15px; margin: 0 0 8px; }
code { color: var(--muted); font-family: ui-monospace, Menlo, Consolas, "DejaVu Sans Mono", monospace; overflow-wrap: anywhere; }
section { background: var(--panel); border: 1px solid var(--line); border-radius: 6px; padding: 12px 16px; margin: 16px 0; overflow-x: auto; }
section.attention h2 { color: var(--attention); }
ul { margin: 0; padding-left: 18px; overflow-wrap: anywhere; }
table { border-collapse: collapse; width: 100%; }
th, td { text-align: right; padding: 4px 10px; border-bottom: 1px solid var(--line); white-space: nowrap; vertical-align: top; }
th:first-child, td:first-child { text-align: left; white-space: normal; overflow-wrap: anywhere; }
th { color: var(--muted); font-weight: 600; }
tr.all td { font-weight: 600; }
.bar { height: 4px; border-radius: 2px; background: var(--line); margin-top: 2px; min-width: 90px; }
.bar i { display: block; height: 100%; border-radius: 2px; background: var(--after); }
.bar.before i { background: var(--before); }
.bar i.full { background: var(--full); }
p { margin: 4px 0; }
.more { color: var(--muted); }
</style>
</head>
<body>
)";

std::string more(size_t count, std::string_view tag) {
  if (count <= kEntriesMax) return "";
  return "<" + std::string(tag) + " class=\"more\">... and " + std::to_string(count - kEntriesMax) + " more; --write-json has all</" +
         std::string(tag) + ">\n";
}

std::string to_html(const ForecastSection& section) {
  const bool stands_out = section.tone == client::Tone::Attention;
  std::string html = std::string("<section") + (stands_out ? " class=\"attention\"" : "") + ">\n<h2>" + escape_html(section.title) + "</h2>\n<ul>\n";
  for (size_t i = 0; i < std::min(section.lines.size(), kEntriesMax); ++i) html += "<li>" + escape_html(section.lines[i]) + "</li>\n";
  return html + more(section.lines.size(), "li") + "</ul>\n</section>\n";
}

std::string bar(const std::optional<double>& part, std::string_view kind) {
  if (!part) return "";
  const long width = std::lround(100 * std::clamp(*part, 0.0, 1.0));
  return "<div class=\"bar " + std::string(kind) + "\"><i" + (*part > 1 ? " class=\"full\"" : "") + " style=\"width:" + std::to_string(width) +
         "%\"></i></div>";
}

std::string to_html(const FillFigure& figure) {
  return "<td>" + escape_html(figure.text) + bar(figure.before, "before") + bar(figure.after, "after") + "</td>";
}

std::string to_html(const FillChange& change, std::string_view kind) {
  const FillRow row = fill_row(change);
  return "<tr" + std::string(kind.empty() ? "" : " class=\"") + std::string(kind) + (kind.empty() ? "" : "\"") + "><td>" + escape_html(row.name) +
         "</td><td>" + row.hosts + "</td><td>" + row.tasks + "</td>" + to_html(row.cpus) + to_html(row.ram) + to_html(row.disk) + "</tr>\n";
}

std::string table(const std::string& title, const std::string& first, const std::vector<FillChange>& fills, const FillChange* all) {
  if (fills.empty() && all == nullptr) return "";
  std::string html = "<section>\n<h2>" + escape_html(title) + "</h2>\n<table>\n<thead><tr><th>" + escape_html(first) +
                     "</th><th>Hosts</th><th>Tasks</th><th>CPU</th><th>RAM</th><th>Disk</th></tr></thead>\n<tbody>\n";
  for (size_t i = 0; i < std::min(fills.size(), kEntriesMax); ++i) html += to_html(fills[i], "");
  if (all != nullptr) html += to_html(*all, "all");
  return html + "</tbody>\n</table>\n" + more(fills.size(), "p") + "</section>\n";
}

}  // namespace

std::string forecast_page(const std::string& question, const Forecast& forecast) {
  std::string html = std::string(kHead) + "<h1>What if</h1>\n<p><code>" + escape_html(question) + "</code></p>\n";
  for (const std::string& line : describe_forecast(forecast)) html += "<p>" + escape_html(line) + "</p>\n";
  const auto sections = forecast_sections(forecast);
  if (sections.empty()) html += "<section>Nothing would wait, move or have to go.</section>\n";
  for (const ForecastSection& section : sections) html += to_html(section);
  html += table("How full hosts would be", forecast.attribute, forecast.hosts, &forecast.all);
  html += table("What roles would use, of their quotas where they have one", "role", forecast.roles, nullptr);
  return html + "</body>\n</html>\n";
}

}  // namespace aurora
