#include "core/lifecycle/task_timers.h"

#include <catch2/catch.hpp>

#include "support/decider.h"

using namespace aurora;
using namespace aurora::core;
using test::Decider;
using test::TaskRecipe;

namespace {

std::vector<Timer> timers(Decider& decider, const Task& task) {
  return task_timers_for(decider.cluster, decider.add(task), decider.context());
}

std::vector<Timer> timers(TaskStatus status) {
  Decider decider;
  return timers(decider, test::a_task(status));
}

template <typename Command>
std::vector<Timer> only(const std::vector<Timer>& timers) {
  std::vector<Timer> found;
  for (const Timer& timer : timers) {
    if (std::holds_alternative<Command>(timer.command)) found.push_back(timer);
  }
  return found;
}

const Instant kStart = test::FakeClock().now();

}  // namespace

TEST_CASE("transient states end in LOST after five minutes; STARTING does not") {
  using enum TaskStatus;
  for (const TaskStatus status : {Assigned, Preempting, Restarting, Killing, Draining}) {
    const auto found = only<ChangeTask>(timers(status));
    REQUIRE(found.size() == 1);
    CHECK(found[0].due == kStart + minutes(5));
    const auto& change = std::get<ChangeTask>(found[0].command);
    CHECK(change.expected == status);
    CHECK(change.expected_since == kStart);
    CHECK(change.to == Lost);
    CHECK(change.message == "Task timed out");
  }
  for (const TaskStatus status : {Pending, Starting, Running}) CHECK(timers(status).empty());
}

TEST_CASE("a kill is sent again, less and less often, until the timeout") {
  for (uint64_t seed = 1; seed <= 50; ++seed) {
    Decider decider;
    decider.rng = Rng(seed);
    const auto retries = only<RetryKill>(timers(decider, test::a_task(TaskStatus::Killing)));
    REQUIRE(retries.size() >= 2);
    CHECK(retries.size() <= 20);
    Instant last = kStart;
    Duration gap = seconds(15);
    for (const Timer& retry : retries) {
      CHECK(retry.due - last >= gap);
      gap = retry.due - last;
      last = retry.due;
      CHECK(std::get<RetryKill>(retry.command).since == kStart);
    }
    CHECK(last < kStart + minutes(5));
  }
}

TEST_CASE("a throttled task waits for its penalty") {
  Decider decider;
  Task ended = decider.add(test::a_task({.status = TaskStatus::Failed, .suffix = "a"}));
  Task task = test::a_task({.status = TaskStatus::Throttled, .suffix = "b"});
  task.ancestor_id = ended.id;
  const auto found = timers(decider, task);
  REQUIRE(found.size() == 1);
  CHECK(found[0].due >= kStart + seconds(30));
  CHECK(found[0].due <= kStart + seconds(60));
  CHECK(std::get<ChangeTask>(found[0].command).to == TaskStatus::Pending);
  CHECK_FALSE(std::get<ChangeTask>(found[0].command).message.has_value());
}

TEST_CASE("a throttled task knows when it starts again, and does so then, also after a restart") {
  Decider decider;
  const Task older = decider.add(test::a_task({.status = TaskStatus::Failed, .suffix = "a"}));
  Task running = test::a_task({.status = TaskStatus::Running, .config = test::a_service(), .suffix = "b"});
  running.ancestor_id = older.id;
  decider.add(running);
  REQUIRE(decider.run(ChangeTask{running.id, {}, {}, TaskStatus::Failed, {}}).ok());
  const Task throttled = *decider.cluster.find_active(running.instance());
  REQUIRE(throttled.status == TaskStatus::Throttled);
  const Instant due = throttled.starts_again_at.value();
  CHECK(due >= kStart + seconds(30));
  CHECK(due <= kStart + seconds(120));  // its own end and the one before count
  CHECK(task_timers_for(decider.cluster, throttled, decider.context()).at(0).due == due);
  decider.clock.advance(seconds(10));
  const auto after = only<ChangeTask>(task_timers_after_restart(decider.cluster, decider.context()));
  CHECK(after.at(0).due == due);
  REQUIRE(decider.run(std::get<ChangeTask>(after.at(0).command)).ok());
  CHECK(decider.cluster.find_task(throttled.id)->status == TaskStatus::Pending);
  CHECK_FALSE(decider.cluster.find_task(throttled.id)->starts_again_at.has_value());
}

TEST_CASE("a partition that would have ended while the scheduler was down lasts until its host could tell") {
  Decider decider;
  decider.add(test::a_task({.status = TaskStatus::Partitioned}));
  decider.clock.advance(minutes(30));
  const auto found = task_timers_after_restart(decider.cluster, decider.context());
  CHECK(found.at(0).due == decider.clock.now() + decider.settings.host_timeout);
}

TEST_CASE("the partition policy says how long a silent host is waited for") {
  const auto with = [](std::optional<PartitionPolicy> policy) {
    TaskRecipe recipe{.status = TaskStatus::Partitioned};
    recipe.config.partition_policy = policy;
    Decider decider;
    decider.clock.advance(seconds(10));
    return timers(decider, test::a_task(recipe));
  };
  CHECK(with(PartitionPolicy{false, 0}).empty());
  CHECK(with(std::nullopt).at(0).due == kStart + seconds(10));
  CHECK(with(PartitionPolicy{true, 4}).at(0).due == kStart + seconds(10));  // over already
  CHECK(with(PartitionPolicy{true, 60}).at(0).due == kStart + seconds(60));
  CHECK(with(PartitionPolicy{true, -60}).at(0).due == kStart + seconds(10));
  const auto change = std::get<ChangeTask>(with(std::nullopt).at(0).command);
  CHECK(change.to == TaskStatus::Lost);
  CHECK(change.message == "Task partitioned for too long.");
}

TEST_CASE("a wait that seems to begin later, since the clock was set back, is no longer for that") {
  TaskRecipe recipe{.status = TaskStatus::Partitioned, .at = kStart + hours(1)};
  recipe.config.partition_policy = PartitionPolicy{true, 60};
  Decider decider;
  CHECK(timers(decider, test::a_task(recipe)).at(0).due == kStart + seconds(60));
}

TEST_CASE("history is kept for two days") {
  Decider decider;
  const auto found = timers(decider, test::a_task(TaskStatus::Finished));
  REQUIRE(found.size() == 1);
  CHECK(found[0].due == kStart + hours(48));
  const auto& prune = std::get<PruneTask>(found[0].command);

  decider.clock.advance(hours(47));
  CHECK(decider.run(prune)->changes.empty());
  decider.clock.advance(hours(1));
  CHECK(decider.run(prune)->changes.size() == 1);
  CHECK(decider.cluster.list_tasks({}).empty());
  CHECK(decider.run(prune)->changes.empty());  // again, harmless
}

TEST_CASE("of a job's history at most a hundred runs older than an hour are kept") {
  Decider decider;
  const auto ended = [](int number) {
    return test::a_task(
        {.status = TaskStatus::Failed, .suffix = std::to_string(number), .at = kStart + seconds(number)});
  };
  for (int i = 0; i < 105; ++i) decider.add(ended(i));
  decider.clock.advance(hours(1) + seconds(2));  // three are old enough
  const auto prunes = only<PruneHistory>(timers(decider, ended(105)));
  REQUIRE(prunes.size() == 1);
  CHECK(prunes[0].due == decider.clock.now());
  CHECK(decider.run(std::get<PruneHistory>(prunes[0].command))->changes.size() == 3);
  CHECK(decider.cluster.terminal_count(test::a_key()) == 103);
  for (int i = 0; i < 4; ++i) CHECK((decider.cluster.find_task(ended(i).id) == nullptr) == (i < 3));
}

TEST_CASE("the hundredth run of a job's history stays, the one before the last hundred goes") {
  Decider decider;
  for (int i = 1; i < 100; ++i)
    decider.add(test::a_task({.status = TaskStatus::Finished, .suffix = std::to_string(i), .at = kStart + seconds(i)}));
  decider.clock.advance(hours(2));
  CHECK(only<PruneHistory>(timers(decider, test::a_task({.status = TaskStatus::Finished, .suffix = "100"}))).empty());
  const auto prunes = only<PruneHistory>(timers(decider, test::a_task({.status = TaskStatus::Finished, .suffix = "101"})));
  REQUIRE(prunes.size() == 1);
  CHECK(decider.run(std::get<PruneHistory>(prunes[0].command))->changes.size() == 1);
}

TEST_CASE("however long the history, a task that ends sets two timers") {
  Decider decider;
  for (int i = 0; i < 3'000; ++i)
    decider.add(test::a_task({.status = TaskStatus::Killed, .suffix = std::to_string(i)}));
  decider.clock.advance(hours(2));
  const auto found = timers(decider, test::a_task({.status = TaskStatus::Killed, .suffix = "last"}));
  CHECK(found.size() == 2);
  const PruneHistory prune{test::a_key()};
  for (const size_t expected : {1'000u, 1'000u, 901u, 0u}) {
    CHECK(decider.run(prune)->changes.size() == expected);
  }
}

TEST_CASE("a restart begins timeouts afresh and spares young history") {
  Decider decider;
  const Task killing = decider.add(test::a_task({.status = TaskStatus::Killing, .suffix = "k"}));
  decider.add(test::a_task({.status = TaskStatus::Running, .instance = 1}));
  decider.add(test::a_task({.status = TaskStatus::Finished, .suffix = "old"}));
  decider.clock.advance(hours(47) + minutes(30));
  const Instant now = decider.clock.now();
  const auto found = task_timers_after_restart(decider.cluster, decider.context());
  const auto changes = only<ChangeTask>(found);
  REQUIRE(changes.size() == 1);
  CHECK(changes[0].due == now + minutes(5));
  CHECK(std::get<ChangeTask>(changes[0].command).expected_since == killing.events.back().timestamp);
  CHECK(only<RetryKill>(found).size() >= 2);
  const auto prunes = only<PruneTask>(found);
  REQUIRE(prunes.size() == 1);
  CHECK(prunes[0].due == now + hours(1));
}
