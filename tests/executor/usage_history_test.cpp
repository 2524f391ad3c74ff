#include "aurora/executor/usage_history.h"

#include <catch2/catch.hpp>

using namespace aurora;
using executor::UsageHistory;
using executor::UsagePoint;
using executor::UsageSeries;

TEST_CASE("usage is kept point by point, then minute by minute, for about an hour") {
  UsageSeries series;
  for (int i = 0; i < 1000; ++i) {  // each ten seconds
    series.add({.at = Instant{i * 10'000}, .cpus = i % 6 == 0 ? 6.0 : 0.0, .memory_bytes = i % 6, .threads = 1});
  }
  const std::vector<UsagePoint> points = series.list();
  REQUIRE(points.size() == 120);
  CHECK(points.back().at == Instant{9'990'000});
  CHECK(points[119].at.ms - points[60].at.ms == 590'000);  // the last ten minutes, whole
  CHECK(points[30].at.ms - points[29].at.ms == 60'000);
  CHECK(points[30].cpus == Approx(1.0));
  CHECK(points[30].memory_bytes == 5);
  CHECK(points[0].at.ms >= 9'990'000 - 4'300'000);
}

TEST_CASE("usage of tasks that are long over is forgotten") {
  UsageHistory history;
  history.add(core::TaskId("a"), "", {.at = Instant{1000}});
  history.add(core::TaskId("a"), "web", {.at = Instant{3000}});
  history.add(core::TaskId("b"), "", {.at = Instant{1000}});
  history.forget_before(Instant{2000});
  CHECK(history.list(core::TaskId("a")).size() == 1);
  CHECK(history.list(core::TaskId("a")).contains("web"));
  CHECK(history.list(core::TaskId("b")).empty());
}
