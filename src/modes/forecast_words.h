// What a forecast says, in words and figures and in the order of telling: for the text and for the page. Pure.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "aurora/client/console.h"
#include "aurora/scheduler/what_if.h"

namespace aurora {

struct ForecastSection {
  std::string title;
  client::Tone tone = client::Tone::Plain;
  std::vector<std::string> lines;
};

// Of one resource, before and after the change.
struct FillFigure {
  std::string text;  // "40% -> 55%"; an amount where no capacity is known
  std::optional<double> before = {};  // part of the capacity, from 0; above 1 for a role beyond its quota
  std::optional<double> after = {};
};
struct FillRow {
  std::string name;
  std::string hosts;
  std::string tasks;
  FillFigure cpus;
  FillFigure ram;
  FillFigure disk;
};

// Of which cluster and moment it tells, when nothing moves any more, and what it takes for granted.
std::vector<std::string> describe_forecast(const scheduler::Forecast& forecast);
// What would happen; without those in which nothing does.
std::vector<ForecastSection> forecast_sections(const scheduler::Forecast& forecast);
FillRow fill_row(const scheduler::FillChange& change);

// Something that was asked for or ran would not run.
bool lacks_room(const scheduler::Forecast& forecast);

}  // namespace aurora
