#include "aurora/executor/health_records.h"

#include <catch2/catch.hpp>

using namespace aurora;
using namespace aurora::executor;

TEST_CASE("the latest results of a check are kept, and of some tasks that have ended") {
  HealthRecords records;
  const core::TaskId task("t");
  const core::HealthPlan plan{core::ShellCheck{"true"}};
  core::HealthCheck check({}, core::HealthState::Starting, Duration{});
  records.add(task, {}, check);
  CHECK_FALSE(records.find(task).has_value());
  records.begin(task, plan, core::HealthState::Starting);
  for (int64_t i = 0; i < 100; ++i) {
    check.finish(std::nullopt, Duration{});
    records.add(task, {.at = Instant{i}}, check);
  }
  const HealthRecord record = *records.find(task);
  CHECK(record.plan == plan);
  CHECK(record.state == core::HealthState::Healthy);
  CHECK(record.checks == 100);
  CHECK(record.consecutive_successes == 100);
  CHECK(record.results.size() == HealthRecords::kResultsMax);
  CHECK(record.results.back().at == Instant{99});
  CHECK_FALSE(record.is_over);

  records.end(task);
  records.end(task);
  CHECK(records.find(task)->is_over);
  for (size_t i = 0; i < HealthRecords::kEndedMax; ++i) {
    const core::TaskId other("other" + std::to_string(i));
    records.begin(other, plan, core::HealthState::Starting);
    records.end(other);
  }
  CHECK_FALSE(records.find(task).has_value());
  CHECK(records.find(core::TaskId("other0")).has_value());
}
