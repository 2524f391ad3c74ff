#include "api/vars_routes.h"

#include <algorithm>
#include <cmath>
#include <cstdio>

#include "api/handler.h"

namespace aurora::api {
namespace {

std::string as_lines(const Vars& vars) {
  std::string lines;
  for (const auto& [name, value] : vars) lines += name + " " + format_number(value) + "\n";
  return lines;
}

std::string as_json(const Vars& vars) {
  codec::JsonObject object;
  for (const auto& [name, value] : vars) object.add_raw(name, std::isfinite(value) ? format_number(value) : "null");
  return object.text();
}

// Prometheus wants base units.
struct Unit {
  std::string_view suffix;
  std::string_view base;
  double factor = 1;
};
constexpr Unit kUnits[] = {
    {"_mb", "_bytes", 1'048'576}, {"_ms_total", "_seconds_total", 0.001}, {"_ms", "_seconds", 0.001}};

// Prometheus allows fewer characters in a name. Two names may become one there: only the first is sent.
std::string as_metrics(const Vars& vars) {
  struct Metric {
    std::string name;  // on /vars
    double value = 0;
  };
  std::map<std::string, Metric> renamed;
  for (const auto& [name, value] : vars) {
    std::string metric = "aurora_" + name;
    const auto unit = std::ranges::find_if(kUnits, [&](const Unit& known) { return name.ends_with(known.suffix); });
    const bool has_unit = unit != std::end(kUnits);
    if (has_unit) metric.replace(metric.size() - unit->suffix.size(), unit->suffix.size(), unit->base);
    for (char& c : metric) {
      if (!((c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_')) c = '_';
    }
    renamed.emplace(std::move(metric), Metric{name, has_unit ? value * unit->factor : value});
  }
  std::string lines;
  for (const auto& [name, metric] : renamed) {
    lines += "# HELP " + name + " " + metric.name + " of /vars\n# TYPE " + name + " untyped\n" + name + " " +
             format_number(metric.value) + "\n";
  }
  return lines;
}

}  // namespace

std::string format_number(double value) {
  char text[40];
  const bool is_whole = std::fabs(value) < 9e15 && value == std::floor(value);
  std::snprintf(text, sizeof text, is_whole ? "%.0f" : "%.12g", value);
  return text;
}

Vars with_averages(Vars vars) {
  constexpr std::string_view kEnd = "_total";
  Vars averages;
  for (const auto& [name, total] : vars) {
    if (!name.ends_with(kEnd)) continue;
    const std::string timed = name.substr(0, name.size() - kEnd.size());
    const size_t unit = timed.rfind('_');
    if (unit == std::string::npos) continue;
    const std::string_view what = std::string_view(timed).substr(unit);
    if (what != "_nanos" && what != "_ns" && what != "_ms") continue;
    const auto events = vars.find(timed.substr(0, unit) + "_events");
    if (events == vars.end()) continue;
    averages[timed + "_per_event"] = events->second > 0 ? std::floor(total / events->second) : 0;
  }
  vars.merge(averages);
  return vars;
}

std::vector<net::Route> vars_routes(const TellVars& tell) {
  return {
      make_route("GET", "/health", [](const net::Request&) { return text_answer("OK\n"); }),
      make_route("GET", "/vars",
                 [tell](const net::Request&) {
                   return tell([](const Vars& vars) { return text_answer(as_lines(with_averages(vars))); });
                 }),
      make_route("GET", "/vars.json",
                 [tell](const net::Request& request) {
                   const bool is_pretty = request.find_query("pretty") == "true";
                   return tell([is_pretty](const Vars& vars) {
                     std::string json = as_json(with_averages(vars));
                     return json_answer(is_pretty ? codec::indent_json(json, 2) : std::move(json));
                   });
                 }),
      make_route("GET", "/metrics",
                 [tell](const net::Request&) {
                   return tell([](const Vars& vars) { return text_answer(as_metrics(with_averages(vars))); });
                 }),
  };
}

}  // namespace aurora::api
