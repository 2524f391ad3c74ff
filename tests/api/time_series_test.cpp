#include "aurora/api/time_series.h"

#include <catch2/catch.hpp>

namespace aurora::api {
namespace {

constexpr Instant kStart{1'700'000'000'000};

std::vector<double> column(const TimeSeries& series, const std::string& name, int64_t since_ms = 0) {
  std::string unknown;
  const auto samples = series.read({name}, since_ms, unknown);
  REQUIRE(samples);
  return samples->columns.front();
}

TEST_CASE("samples are kept in columns, the oldest go first") {
  TimeSeries series(3);
  CHECK(series.list_names().empty());
  for (int64_t i = 1; i <= 5; ++i) {
    series.record(kStart + seconds(i), {{"a", static_cast<double>(i)}, {"b", static_cast<double>(10 * i)}});
    CHECK(column(series, "a").back() == static_cast<double>(i));
    CHECK(column(series, "a").size() == std::min<size_t>(3, static_cast<size_t>(i)));
  }
  CHECK(series.list_names() == std::vector<std::string>{"a", "b"});
  CHECK(column(series, "a") == std::vector<double>{3, 4, 5});
  CHECK(column(series, "b", (kStart + seconds(4)).ms) == std::vector<double>{50});
  CHECK(column(series, "b", (kStart + seconds(5)).ms).empty());

  std::string unknown;
  const auto both = series.read({"b", "a", "b"}, (kStart + seconds(3)).ms, unknown);
  REQUIRE(both);
  CHECK(both->times_ms == std::vector<int64_t>{(kStart + seconds(4)).ms, (kStart + seconds(5)).ms});
  CHECK(both->columns == std::vector<std::vector<double>>{{40, 50}, {4, 5}, {40, 50}});
  CHECK_FALSE(series.read({"a", "c"}, 0, unknown).has_value());
  CHECK(unknown == "c");
}

TEST_CASE("a series that begins later was 0, and one that has ended is") {
  TimeSeries series(10);
  series.record(kStart, {{"a", 1}});
  series.record(kStart + seconds(1), {{"a", 1}, {"b", 2}});
  series.record(kStart + seconds(2), {{"b", 3}});
  CHECK(column(series, "a") == std::vector<double>{1, 1, 0});
  CHECK(column(series, "b") == std::vector<double>{0, 2, 3});
}

TEST_CASE("the rates of timed sections are between the last two samples") {
  TimeSeries series(10);
  series.record(kStart, {{"x_events", 10}, {"x_nanos_total", 1000}, {"other_events", 5}});
  CHECK(series.rates() == Figures{{"x_events_per_sec", 0}, {"x_nanos_total_per_sec", 0}});
  series.record(kStart + seconds(2), {{"x_events", 14}, {"x_nanos_total", 9000}, {"y_events", 7}, {"y_nanos_total", 7}});
  CHECK(series.rates() == Figures{{"x_events_per_sec", 2},
                                  {"x_nanos_total_per_sec", 4000},
                                  {"y_events_per_sec", 0},
                                  {"y_nanos_total_per_sec", 0}});
  CHECK(column(series, "x_events_per_sec") == std::vector<double>{0, 2});
  series.record(kStart + seconds(2), {{"x_events", 20}, {"x_nanos_total", 9000}});  // the clock stands
  CHECK(series.rates().at("x_events_per_sec") == 0);
}

TEST_CASE("there are so many series and no more") {
  TimeSeries series(2);
  Figures figures;
  for (size_t i = 0; i < kSeriesMax + 3; ++i) figures["f" + std::to_string(i)] = 1;
  series.record(kStart, figures);
  CHECK(series.list_names().size() == kSeriesMax);
  CHECK(series.left_out() == 3);
}

}  // namespace
}  // namespace aurora::api
