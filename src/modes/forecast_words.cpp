#include "modes/forecast_words.h"

#include <algorithm>
#include <cmath>
#include <cstdio>

#include "aurora/client/session.h"

namespace aurora {
namespace {

using client::Tone;
using namespace scheduler;

std::string plural(int64_t count, const std::string& what) { return std::to_string(count) + " " + what + (count == 1 ? "" : "s"); }

int64_t count(const std::vector<core::InstanceRange>& ranges) {
  int64_t sum = 0;
  for (const auto& [first, last] : ranges) sum += last - first + 1;
  return sum;
}

std::string text_of(const std::vector<core::InstanceRange>& ranges) {
  std::string text;
  for (const auto& [first, last] : ranges) {
    if (!text.empty()) text += ",";
    text += std::to_string(first) + (last > first ? "-" + std::to_string(last) : "");
  }
  return text;
}

ForecastSection describe_added(const Forecast& forecast) {
  ForecastSection section{"Added", Tone::Plain, {}};
  for (const AddedJob& added : forecast.added) {
    section.lines.push_back(to_string(added.job) + ": " +
                            (added.refusal.empty() ? std::to_string(added.placed) + " of " + plural(added.instances, "instance") + " would run"
                                                   : "would be refused: " + added.refusal));
  }
  return section;
}

enum class Waits { Anew, AsBefore };
ForecastSection describe_waiting(const Forecast& forecast, Waits waits) {
  ForecastSection section{waits == Waits::Anew ? "Would wait" : "Would go on waiting", Tone::Attention, {}};
  int64_t instances = 0;
  for (const Waiting& waiting : forecast.pending) {
    if (waiting.waited_before != (waits == Waits::AsBefore)) continue;
    instances += count(waiting.instances);
    section.lines.push_back(to_string(waiting.job) + " " + text_of(waiting.instances) + " (" + std::to_string(count(waiting.instances)) + ") " +
                            waiting.status + ": " + waiting.sentence);
  }
  section.title += ": " + plural(instances, "instance");
  return section;
}

ForecastSection describe_moves(const std::vector<Moved>& moves, const std::string& title) {
  ForecastSection section{title + ": " + plural(static_cast<int64_t>(moves.size()), "instance"), Tone::Plain, {}};
  for (const Moved& moved : moves) {
    section.lines.push_back(to_string(moved.job) + "/" + std::to_string(moved.instance_id) + " " + moved.from + " -> " +
                            (moved.to.empty() ? "nowhere" : moved.to) + (moved.why.empty() ? "" : ": " + moved.why));
  }
  return section;
}

ForecastSection describe_drained(const Forecast& forecast) {
  ForecastSection section{"Drained", Tone::Plain, {}};
  for (const DrainedHost& drained : forecast.drains) {
    std::string jobs;
    for (const std::string& job : drained.jobs) jobs += (jobs.empty() ? "; these may not go yet: " : ", ") + job;
    section.lines.push_back(drained.host + (drained.is_empty ? " would be empty" : " would keep " + plural(drained.tasks, "task") + jobs));
  }
  return section;
}

std::string arrow(const std::string& before, const std::string& after) { return before == after ? before : before + " -> " + after; }

// Figures of nothing would look like facts.
std::string unless_empty(const Fill& fill, const std::string& text) { return fill == Fill{} ? "-" : text; }

std::string in_cores(double cores) {
  char text[64];
  std::snprintf(text, sizeof text, "%.12g", std::round(cores * 100) / 100);
  return text;
}

std::string in_gb(int64_t megabytes) {
  char text[64];
  std::snprintf(text, sizeof text, "%.1fG", static_cast<double>(megabytes) / 1024);
  return text;
}

std::optional<double> part_of(double used, double capacity) { return capacity > 0 ? std::optional(used / capacity) : std::nullopt; }

std::string in_percent(const std::optional<double>& part, const std::string& otherwise) {
  if (!part) return otherwise;
  char text[64];
  std::snprintf(text, sizeof text, "%.0f%%", 100 * *part);
  return text;
}

FillFigure cores_of(const Fill& before, const Fill& after) {
  FillFigure figure{.text = {}, .before = part_of(before.used.cpus, before.capacity.cpus), .after = part_of(after.used.cpus, after.capacity.cpus)};
  figure.text = arrow(in_percent(figure.before, unless_empty(before, in_cores(before.used.cpus))),
                      in_percent(figure.after, unless_empty(after, in_cores(after.used.cpus))));
  return figure;
}

FillFigure size_of(const Fill& before, const Fill& after, int64_t core::ResourceTotals::*size) {
  const auto part = [size](const Fill& fill) { return part_of(static_cast<double>(fill.used.*size), static_cast<double>(fill.capacity.*size)); };
  FillFigure figure{.text = {}, .before = part(before), .after = part(after)};
  figure.text = arrow(in_percent(figure.before, unless_empty(before, in_gb(before.used.*size))),
                      in_percent(figure.after, unless_empty(after, in_gb(after.used.*size))));
  return figure;
}

}  // namespace

std::vector<std::string> describe_forecast(const Forecast& forecast) {
  std::vector<std::string> lines;
  lines.push_back("Cluster " + forecast.cluster_id + " as it was at " + to_iso8601(forecast.copied_at) +
                  (forecast.at ? ", and as it would be at " + to_iso8601(*forecast.at) : "") + ": " + plural(forecast.all.before.hosts, "host") + ", " + plural(forecast.all.before.tasks, "task") + ".");
  lines.push_back(forecast.unsettled.empty()
                      ? "It would come to rest " + client::to_shown_duration(Duration{(forecast.took.ms + 999) / 1000 * 1000}) +
                            " after the change."
                      : "Even " + client::to_shown_duration(forecast.took) + " after the change something moves: " + forecast.unsettled + ".");
  for (const std::string& note : forecast.notes) lines.push_back("Note: " + note);
  return lines;
}

std::vector<ForecastSection> forecast_sections(const Forecast& forecast) {
  std::vector<ForecastSection> sections;
  sections.push_back(describe_added(forecast));
  sections.push_back(describe_waiting(forecast, Waits::Anew));
  sections.push_back(describe_waiting(forecast, Waits::AsBefore));
  sections.push_back(describe_moves(forecast.preempted, "Would be preempted"));
  sections.push_back(describe_moves(forecast.moved, "Would move"));
  sections.push_back(describe_drained(forecast));
  std::erase_if(sections, [](const ForecastSection& section) { return section.lines.empty(); });
  return sections;
}

FillRow fill_row(const FillChange& change) {
  const auto& [name, before, after] = change;
  return {.name = name.empty() ? "(none)" : name,
          .hosts = arrow(std::to_string(before.hosts), std::to_string(after.hosts)),
          .tasks = arrow(std::to_string(before.tasks), std::to_string(after.tasks)),
          .cpus = cores_of(before, after),
          .ram = size_of(before, after, &core::ResourceTotals::ram_mb),
          .disk = size_of(before, after, &core::ResourceTotals::disk_mb)};
}

bool lacks_room(const Forecast& forecast) {
  return std::ranges::any_of(forecast.pending, [](const Waiting& waiting) { return !waiting.waited_before; }) ||
         std::ranges::any_of(forecast.added, [](const AddedJob& added) { return !added.refusal.empty(); });
}

}  // namespace aurora
