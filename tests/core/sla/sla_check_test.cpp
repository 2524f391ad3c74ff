#include "aurora/core/sla/sla_check.h"

#include <catch2/catch.hpp>

#include "support/decider.h"

namespace aurora::core {
namespace {

using test::a_task;

constexpr Instant kNow{1'700'000'000'000};

TaskConfig promised(const std::string& job = "www/prod/web") {
  TaskConfig config = test::a_service(job);
  config.tier = "preferred";
  config.production = true;
  return config;
}

// `running` instances that are up for `age`, then `pending` ones.
struct Bench {
  explicit Bench(int running, int pending = 0, Duration age = hours(1)) {
    decider.clock.advance(kNow - decider.clock.now());
    hear("h1");
    for (int i = 0; i < running; ++i) add(i, TaskStatus::Running, age);
    for (int i = running; i < running + pending; ++i) add(i, TaskStatus::Pending, age);
  }
  void hear(const std::string& host) {
    decider.cluster.apply(HostSaved{test::a_host(host)});
    decider.cluster.apply(HostSeen{HostId(host), "s", 1, kNow});
  }
  void add(int instance, TaskStatus status, Duration age, const std::string& host = "h1") {
    decider.add(a_task({.status = status, .instance = instance, .config = config, .host = host, .at = kNow - age}));
  }
  const Task& task(int instance) { return *decider.cluster.find_active({config.job, instance}); }
  SlaVerdict check(const SlaPolicy& policy, int instance = 0) {
    SlaBudget budget(decider.cluster, decider.settings.limits, kNow, decision);
    return budget.check(task(instance), policy);
  }
  test::Decider decider;
  TaskConfig config = promised();
  Decision decision;
};

using Kind = SlaVerdict::Kind;

TEST_CASE("what a policy requires of the other instances") {
  struct Case {
    double percentage;
    int64_t active, required;
  };
  for (const auto& [percentage, active, required] : std::vector<Case>{{95, 20, 19},
                                                                      {95, 40, 38},
                                                                      {95, 41, 39},
                                                                      {90, 20, 18},
                                                                      {90, 25, 23},
                                                                      {0, 20, 0},
                                                                      {50, 3, 2},
                                                                      {99, 20, 19},    // lowered: one may go at a time
                                                                      {100, 20, 19},
                                                                      {100, 1000, 999},
                                                                      {99.9, 1000, 999},
                                                                      {99.95, 1000, 999},
                                                                      {100, 1, 0},
                                                                      {95, 0, 0}}) {
    INFO(percentage << " % of " << active);
    CHECK(required_up(PercentageSlaPolicy{percentage, 0}, active) == required);
  }
  CHECK(required_up(CountSlaPolicy{18, 0}, 20) == 18);
  CHECK(required_up(CountSlaPolicy{19, 0}, 20) == 19);
  CHECK(required_up(CountSlaPolicy{20, 0}, 20) == 19);
  CHECK(required_up(CountSlaPolicy{500, 0}, 20) == 19);
  CHECK(required_up(CountSlaPolicy{-3, 0}, 20) == 0);
}

TEST_CASE("an instance is ended only if enough others are up") {
  CHECK(Bench(20).check(CountSlaPolicy{19, 60}).is_allowed());
  CHECK(Bench(20).check(PercentageSlaPolicy{95, 60}).is_allowed());
  CHECK(Bench(19, 1).check(CountSlaPolicy{19, 60}).kind == Kind::TooFewRunning);
  CHECK(Bench(19, 1).check(PercentageSlaPolicy{95, 60}).kind == Kind::TooFewRunning);
  CHECK(Bench(19, 1).check(CountSlaPolicy{18, 60}).is_allowed());
  // One that is not up takes nothing away.
  Bench starting(19);
  starting.add(19, TaskStatus::Starting, hours(1));
  CHECK(starting.check(CountSlaPolicy{19, 60}, 19).is_allowed());
  CHECK_FALSE(starting.check(CountSlaPolicy{19, 60}, 0).is_allowed());
}

TEST_CASE("up is RUNNING for longer than the policy's duration") {
  CHECK(Bench(20, 0, seconds(60)).check(CountSlaPolicy{19, 60}).kind == Kind::TooFewForLong);
  CHECK(Bench(20, 0, milliseconds(60'001)).check(CountSlaPolicy{19, 60}).is_allowed());
  const SlaVerdict soon = Bench(20, 0, seconds(50)).check(CountSlaPolicy{19, 60});
  CHECK(soon.again_at == kNow + seconds(10) + milliseconds(1));

  Bench mixed(18, 0, hours(1));
  mixed.add(18, TaskStatus::Running, seconds(30));
  mixed.add(19, TaskStatus::Running, seconds(10));
  CHECK(mixed.check(CountSlaPolicy{17, 60}).is_allowed());
  CHECK(mixed.check(CountSlaPolicy{18, 60}).again_at == kNow + seconds(30) + milliseconds(1));
  CHECK(mixed.check(CountSlaPolicy{19, 60}).again_at == kNow + seconds(50) + milliseconds(1));
  CHECK(mixed.check(CountSlaPolicy{18, 60}, 19).is_allowed());  // it is not up, so nothing is lost
  CHECK(mixed.check(CountSlaPolicy{19, 60}, 18).again_at == kNow + seconds(50) + milliseconds(1));
  CHECK(mixed.check(CountSlaPolicy{19, 60}, 19).again_at == kNow + seconds(30) + milliseconds(1));
}

TEST_CASE("no policy is asked for jobs that are small or not production") {
  const CountSlaPolicy all{20, 0};
  CHECK(Bench(10, 9).check(all).is_allowed());
  CHECK_FALSE(Bench(10, 10).check(all).is_allowed());
  Bench other(10, 10);
  other.config.production = false;
  other.add(20, TaskStatus::Running, hours(1));
  CHECK(other.check(all, 20).is_allowed());
  other.decider.settings.limits.sla_aware_kill_non_prod = true;
  CHECK_FALSE(other.check(all, 20).is_allowed());
  Bench small(3);
  small.decider.settings.limits.sla_instances_min = 3;
  CHECK(small.check(CountSlaPolicy{2, 0}).is_allowed());
  small.decider.settings.limits.sla_instances_min = 4;
  CHECK(small.check(CountSlaPolicy{3, 0}).is_allowed());
}

TEST_CASE("a coordinator decides for jobs of any size") {
  CHECK(Bench(1).check(CoordinatorSlaPolicy{"http://c", ""}).kind == Kind::Coordinator);
}

TEST_CASE("what a decision has ended is not up for its later checks") {
  Bench bench(22);
  SlaBudget budget(bench.decider.cluster, bench.decider.settings.limits, kNow, bench.decision);
  const CountSlaPolicy policy{20, 60};
  const auto end = [&](int instance) {
    const Task& task = bench.task(instance);
    bench.decision.changes.push_back(
        TaskMoved{task.id, static_cast<int32_t>(task.events.size()), {.event = {kNow, TaskStatus::Draining, {}, {}}}});
  };
  CHECK(budget.check(bench.task(0), policy).is_allowed());
  end(0);
  CHECK(budget.has_moved(bench.task(0).id));
  CHECK(budget.check(bench.task(1), policy).is_allowed());
  end(1);
  const SlaVerdict third = budget.check(bench.task(2), policy);
  CHECK(third.kind == Kind::TooFewRunning);
  CHECK(to_sentence(third) == "19 of 22 instances would be up, policy wants 20");
  CHECK_FALSE(budget.has_moved(bench.task(2).id));
}

TEST_CASE("after a restart only hosts that were heard count") {
  Bench bench(10);
  for (int i = 10; i < 20; ++i) bench.add(i, TaskStatus::Running, hours(1), "h2");
  const SlaVerdict unheard = bench.check(CountSlaPolicy{15, 60});
  CHECK(unheard.kind == Kind::TooFewForLong);
  CHECK(unheard.again_at == kNow + seconds(1));
  bench.hear("h2");
  CHECK(bench.check(CountSlaPolicy{15, 60}).is_allowed());
}

TEST_CASE("a verdict says what is there and what is wanted") {
  CHECK(to_sentence(Bench(20, 0, seconds(60)).check(PercentageSlaPolicy{95, 1800})) ==
        "0 of 20 instances would be up for more than 1800 s, policy wants 19");
}

}  // namespace
}  // namespace aurora::core
