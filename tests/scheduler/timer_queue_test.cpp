// The queue against a plain list, and what changes of tasks, hosts and updates leave in it.
#include "scheduler/timer_queue.h"

#include <algorithm>
#include <catch2/catch.hpp>

#include "support/decider.h"

namespace aurora::scheduler {
namespace {

using namespace core;

// All timers in the order in which they were set.
class PlainQueue {
 public:
  void apply(const TimerChanges& changes) {
    for (const TimerSubject& subject : changes.over) {
      std::erase_if(timers_, [&](const Timer& timer) { return subject_of(timer.command) == subject; });
    }
    timers_.insert(timers_.end(), changes.set.begin(), changes.set.end());
  }
  std::optional<Instant> next_due() const {
    if (timers_.empty()) return std::nullopt;
    return std::ranges::min_element(timers_, {}, &Timer::due)->due;
  }
  std::optional<TimedCommand> take_due(Instant now) {
    if (timers_.empty()) return std::nullopt;
    const auto next = std::ranges::min_element(timers_, {}, &Timer::due);
    if (next->due > now) return std::nullopt;
    TimedCommand command = next->command;
    timers_.erase(next);
    return command;
  }
  size_t size() const { return timers_.size(); }

 private:
  std::vector<Timer> timers_;
};

// `number` tells apart what is otherwise equal.
Timer a_timer(Rng& rng, Instant now, int64_t number) {
  const std::string name = std::to_string(rng.below(12));
  const Instant due = now + milliseconds(static_cast<int64_t>(rng.below(20)));
  switch (rng.below(4)) {
    case 0:
      return {due, CheckHost{HostId(name)}};
    case 1:
      return {due, PruneHistory{{"www", "prod", name}}};
    default:
      return {due, RetryKill{TaskId(name), Instant{number}}};
  }
}

std::string text_of(const TimedCommand& command) {
  const auto* kill = std::get_if<RetryKill>(&command);
  return *subject_of(command).name + (kill != nullptr ? " " + std::to_string(kill->since.ms) : "");
}

TEST_CASE("a queue of timers does what a plain list does") {
  for (uint64_t seed = 1; seed <= 20; ++seed) {
    CAPTURE(seed);
    Rng rng(seed);
    Instant now{1'000};
    TimerQueue queue;
    PlainQueue plain;
    for (int64_t step = 0; step < 2'000; ++step) {
      TimerChanges changes;
      while (rng.below(3) == 0) changes.over.push_back(subject_of(a_timer(rng, now, 0).command));
      while (rng.below(3) != 0) changes.set.push_back(a_timer(rng, now, step));
      plain.apply(changes);
      queue.apply(changes);
      now = now + milliseconds(static_cast<int64_t>(rng.below(3)));
      while (true) {
        REQUIRE(queue.next_due() == plain.next_due());
        const auto wanted = plain.take_due(now);
        const auto found = queue.take_due(now);
        REQUIRE(found.has_value() == wanted.has_value());
        if (!wanted) break;
        REQUIRE(text_of(*found) == text_of(*wanted));
        if (rng.below(4) == 0) break;
      }
      REQUIRE(queue.size() == plain.size());
    }
  }
}

// A cluster whose changes set timers, as the engine's do.
struct Bench {
  test::Decider decider;
  TimerQueue queue;

  void apply(const Change& change) {
    decider.apply({change});
    queue.apply(timers_for(decider.cluster, change, decider.context()));
  }
  void move(const TaskId& id, TaskStatus to) {
    const auto decision =
        decide(decider.cluster,
               ChangeTask{.task_id = id, .expected = {}, .expected_since = {}, .to = to, .message = {}},
               decider.context());
    for (const Change& change : decision->changes) apply(change);
  }
};

TEST_CASE("however often hosts report, one timer waits for each") {
  Bench bench;
  constexpr int kHosts = 10'000;
  const Instant begin = bench.decider.clock.now();
  for (int beat = 0; beat < 15; ++beat) {
    for (int i = 0; i < kHosts; ++i)
      bench.apply(HostSeen{HostId("h" + std::to_string(i)), "s", beat, bench.decider.clock.now()});
    bench.decider.clock.advance(seconds(5));
  }
  CHECK(bench.queue.size() == kHosts);
  const Duration timeout = bench.decider.settings.host_timeout;
  CHECK(bench.queue.next_due() == begin + timeout);
  // Each is looked at once, and then when it would have been silent for too long since its last report.
  bench.decider.clock.advance(begin + timeout - bench.decider.clock.now());
  while (const auto due = bench.queue.take_due(bench.decider.clock.now())) {
    const auto decision = decide(bench.decider.cluster, std::get<CheckHost>(*due), bench.decider.context());
    REQUIRE(decision->changes.size() == 1);
    bench.apply(decision->changes.front());
  }
  CHECK(bench.queue.size() == kHosts);
  CHECK(bench.queue.next_due() == begin + seconds(14 * 5) + timeout);
  bench.apply(HostGone{HostId("h1"), {}});
  CHECK(bench.queue.size() == kHosts - 1);
}

TEST_CASE("a task waits for nothing that it waited for before it moved on or went") {
  using enum TaskStatus;
  Bench bench;
  const Task task = test::a_task(TaskStatus::Assigned);
  bench.apply(TaskSaved{task});
  CHECK(bench.queue.size() == 1);  // until it counts as lost
  bench.move(task.id, Running);
  CHECK(bench.queue.size() == 0);
  bench.move(task.id, Killing);
  CHECK(bench.queue.size() > 2);  // the same, and kills that are sent again
  bench.move(task.id, Killed);
  CHECK(bench.queue.size() == 1);  // until it is forgotten
  bench.apply(TaskDeleted{task.id, task.job(), task.instance_id});
  CHECK(bench.queue.size() == 0);
  CHECK(!bench.queue.next_due());
}

TEST_CASE("an update waits for its latest progress only, and is forgotten in time") {
  Bench bench;
  JobUpdate update;
  update.key = {test::a_key(), UpdateId("u1")};
  const Instant now = bench.decider.clock.now();
  const auto look_at = [&](Instant when) {
    UpdateProgress progress;
    progress.next_look = when;
    bench.apply(UpdateProgressed{update.key, progress});
  };
  bench.apply(UpdateSaved{update});
  bench.apply(UpdateEventAdded{update.key, 0, {UpdateStatus::RollingForward, now, {}, {}}});
  look_at(now + seconds(5));
  look_at(now + seconds(9));
  CHECK(bench.queue.size() == 1);
  CHECK(bench.queue.next_due() == now + seconds(9));
  bench.apply(UpdateEventAdded{update.key, 1, {UpdateStatus::RollForwardPaused, now, {}, {}}});
  CHECK(bench.queue.size() == 1);
  bench.apply(UpdateEventAdded{update.key, 2, {UpdateStatus::Aborted, now, {}, {}}});
  CHECK(bench.queue.next_due() > now + minutes(1));
  bench.apply(UpdateDeleted{update.key});
  CHECK(bench.queue.size() == 0);
}

}  // namespace
}  // namespace aurora::scheduler
