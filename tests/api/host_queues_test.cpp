#include "api/host_queues.h"

#include <catch2/catch.hpp>

#include "support/builders.h"

namespace aurora::api {
namespace {

using core::HostId;
using core::KillTask;
using core::LaunchTask;
using core::TaskId;

core::Effect kill(const std::string& host, const std::string& task) {
  return KillTask{HostId(host), TaskId(task)};
}

core::Effect launch(const std::string& host, const std::string& suffix, size_t data_bytes = 0) {
  core::TaskConfig config = test::a_config();
  config.executor_config->data = std::string(data_bytes, 'x');
  return LaunchTask{HostId(host), test::a_task({.config = config, .suffix = suffix})};
}

std::string text(const std::optional<HostQueues::Batch>& batch) {
  if (!batch) return "nothing";
  std::string names = batch->host.value() + ":";
  for (const core::Effect& effect : batch->effects) {
    const auto* killed = std::get_if<KillTask>(&effect);
    names += " " + (killed ? "kill-" + killed->task_id.value()
                           : "launch-" + std::string(1, std::get<LaunchTask>(effect).task.id.value().back()));
  }
  return names;
}

TEST_CASE("effects leave in order, in batches of one kind, hosts in the order of their waiting") {
  HostQueues queues;
  queues.push(launch("b", "1"), seconds(1));
  queues.push(launch("a", "1"), seconds(2));
  queues.push(launch("b", "2"), seconds(3));
  queues.push(kill("b", "1"), seconds(3));
  queues.push(launch("b", "3"), seconds(3));
  CHECK(queues.next_due() == seconds(1));

  auto first = queues.take(seconds(4));
  CHECK(text(first) == "b: launch-1 launch-2");
  CHECK(text(queues.take(seconds(4))) == "a: launch-1");
  CHECK(text(queues.take(seconds(4))) == "nothing");  // b is busy: nothing overtakes
  queues.finish(*first, Delivery::Done, seconds(5));
  auto second = queues.take(seconds(5));
  CHECK(text(second) == "b: kill-1");
  queues.finish(*second, Delivery::Done, seconds(5));
  CHECK(text(queues.take(seconds(5))) == "b: launch-3");
  CHECK(queues.waiting() == 0);
}

TEST_CASE("a batch is bounded in effects and bytes") {
  HostQueues queues({.batch_max = 3, .batch_bytes_max = 100});
  for (int i = 0; i < 5; ++i) queues.push(kill("k", std::to_string(i)), {});
  CHECK(text(queues.take({})) == "k: kill-0 kill-1 kill-2");
  queues.push(launch("l", "1", 60), {});
  queues.push(launch("l", "2", 60), {});
  CHECK(text(queues.take({})) == "l: launch-1");
  queues.push(launch("m", "1", 500), {});
  CHECK(text(queues.take({})) == "m: launch-1");  // larger than the bound, but alone
}

TEST_CASE("a host that does not answer waits ever longer and delays no other") {
  HostQueues queues({.age_max = hours(1), .retry_delay = seconds(1), .retry_delay_max = seconds(4)});
  queues.push(kill("dead", "1"), {});
  Duration now;
  std::string waits;
  for (int i = 0; i < 5; ++i) {
    auto batch = queues.take(now);
    REQUIRE(batch);
    queues.finish(*batch, Delivery::Retry, now);
    queues.push(kill("alive", "x"), now);
    auto other = queues.take(now);
    CHECK(text(other) == "alive: kill-x");
    queues.finish(*other, Delivery::Done, now);
    waits += std::to_string((*queues.next_due() - now).ms / 1000) + " ";
    now = *queues.next_due();
  }
  CHECK(waits == "1 2 4 4 4 ");
  queues.push(kill("dead", "2"), now);
  auto batch = queues.take(now);
  CHECK(text(batch) == "dead: kill-1 kill-2");
  queues.finish(*batch, Delivery::Done, now);
  queues.push(kill("dead", "3"), now);
  CHECK(text(queues.take(now)) == "dead: kill-3");  // forgiven at once
}

TEST_CASE("what waits is bounded in number and age, the oldest goes first") {
  HostQueues queues({.effects_max = 3, .age_max = seconds(10)});
  for (int i = 0; i < 5; ++i) queues.push(kill("h", std::to_string(i)), seconds(i));
  CHECK(queues.waiting() == 3);
  CHECK(queues.dropped() == 2);
  auto batch = queues.take(seconds(13));
  CHECK(text(batch) == "h: kill-3 kill-4");
  CHECK(queues.dropped() == 3);
  queues.push(kill("h", "5"), seconds(13));
  queues.push(kill("h", "6"), seconds(13));
  queues.finish(*batch, Delivery::Retry, seconds(13));
  CHECK(queues.waiting() == 3);
  CHECK(text(queues.take(seconds(60))) == "nothing");
  CHECK(queues.waiting() == 0);
  CHECK_FALSE(queues.next_due());
}

}  // namespace
}  // namespace aurora::api
