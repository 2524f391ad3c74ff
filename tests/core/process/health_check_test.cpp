#include "aurora/core/process/health_check.h"

#include <catch2/catch.hpp>

using namespace aurora;
using namespace aurora::core;

namespace {

// The states after each check: S, H or U; `results`: o passes, x fails. A check that is not made any more is
// a dot.
std::string states(const HealthPolicy& policy, const std::string& results,
                   HealthState known = HealthState::Starting) {
  HealthCheck check(policy, known, Duration{});
  std::string text;
  Duration now;
  for (const char result : results) {
    if (!check.begin()) {
      text += text.ends_with('U') || text.ends_with('.') ? '.' : 'U';
      continue;
    }
    check.finish(result == 'o' ? std::nullopt : std::optional<std::string>("why"), now = now + seconds(1));
    constexpr const char* kLetters = "SHU";
    text += kLetters[static_cast<size_t>(check.state())];
  }
  return text;
}

HealthPolicy policy(int64_t initial_secs, int64_t interval_secs, int32_t failures_max,
                    int32_t successes_min) {
  return {.initial_interval = seconds(initial_secs),
          .interval = seconds(interval_secs),
          .max_consecutive_failures = failures_max,
          .min_consecutive_successes = successes_min};
}

}  // namespace

TEST_CASE("a health check, rule by rule") {
  struct Case {
    HealthPolicy policy;
    std::string results;
    std::string states;
  };
  const HealthPolicy usual;  // 15/10/0/1: two are forgiven
  const Case cases[] = {
      {usual, "o", "H"},
      {usual, "xxx", "SSU"},  // at 0 s and 10 s forgiven, at 20 s not
      {usual, "xxo", "SSH"},
      {usual, "oxx", "HHU"},      // what is forgiven at first is so also of one that runs already
      {usual, "xxoxo", "SSHU."},  // nothing is forgiven of one that has started long ago
      {usual, "oooooox", "HHHHHHU"},
      // max_consecutive_failures
      {policy(0, 10, 2, 1), "xxx", "SSU"},
      {policy(0, 10, 2, 1), "oxxoxxoxxx", "HHHHHHHHHU"},  // a success makes up for them
      // min_consecutive_successes
      {policy(30, 10, 0, 3), "ooo", "SSH"},
      {policy(30, 10, 0, 3), "xooo", "SSSH"},
      {policy(30, 10, 0, 3), "xoxooo", "SSSSSH"},  // only successes in a row count
      {policy(30, 10, 0, 3), "xxxooo", "SSSSSH"},
      {policy(30, 10, 0, 3), "xxxx", "SSSU"},
      // Never enough successes in time: so many attempts and one more.
      {policy(100, 10, 5, 3), "ooxooxooxooxooxooxoox", "SSSSSSSSSSSSSSSSSSSU."},
      // Fail fast: what is left cannot be enough.
      {policy(0, 10, 3, 2), "xxx", "SSS"},
      {policy(0, 10, 2, 3), "x", "S"},
      {policy(0, 10, 2, 3), "xx", "SS"},
      {policy(0, 10, 2, 3), "xxx", "SSU"},
      {policy(0, 10, 3, 5), "xxxx", "SSSU"},
      {policy(0, 10, 5, 4), "xxxxx", "SSSSS"},
      {policy(0, 10, 5, 4), "oxoxox", "SSSSSU"},
      // None needed, none forgiven.
      {policy(0, 10, 0, 0), "o", "H"},
      {policy(0, 10, 0, 0), "x", "U"},
  };
  for (const Case& c : cases) {
    INFO(c.results);
    CHECK(states(c.policy, c.results) == c.states);
  }
}

TEST_CASE("a task that an executor before had found healthy is forgiven nothing") {
  CHECK(states({}, "oo", HealthState::Healthy) == "HH");
  CHECK(states({}, "x", HealthState::Healthy) == "U");
  CHECK(states(policy(15, 10, 2, 5), "xxoxxx", HealthState::Healthy) == "HHHHHU");
}

TEST_CASE("the reason is of the check that decided, or that there was no time for more") {
  HealthCheck failed({}, HealthState::Healthy, Duration{});
  failed.finish("first", Duration{});
  failed.finish("second", Duration{});
  CHECK(failed.reason() == "first");

  HealthCheck late(policy(0, 10, 9, 2), HealthState::Starting, Duration{});
  for (const char result : std::string("xoxoxoxoxoxo")) {
    REQUIRE(late.begin());
    late.finish(result == 'o' ? std::nullopt : std::optional<std::string>("why"), Duration{});
  }
  CHECK(late.state() == HealthState::Starting);
  CHECK_FALSE(late.begin());
  CHECK(late.reason() == "Not enough successful health checks in time.");
}

TEST_CASE(
    "the next check is an interval after the end of the one before, and never sooner than a host bears") {
  HealthCheck check({}, HealthState::Starting, milliseconds(500));
  CHECK(check.next_check() == milliseconds(500));
  check.finish(std::nullopt, seconds(2));
  CHECK(check.next_check() == seconds(12));
  const HealthPolicy hasty = {.initial_interval = seconds(1), .interval = milliseconds(1)};
  HealthCheck often(hasty, HealthState::Starting, Duration{});
  often.finish(std::nullopt, seconds(2));
  CHECK(often.next_check() == seconds(2) + HealthPolicy::kIntervalMin);
  CHECK(hasty.forgiven_checks() == 10);
}

TEST_CASE("what did not count is told apart") {
  HealthCheck check({}, HealthState::Starting, Duration{});
  CHECK_FALSE(check.finish("why", Duration{}));
  CHECK(check.consecutive_failures() == 0);
  CHECK(check.finish(std::nullopt, Duration{}));
  CHECK(check.consecutive_successes() == 1);
  CHECK(check.finish("why", Duration{}));
  CHECK(check.consecutive_failures() == 1);
}
