#include "api/host_queues.h"

#include <algorithm>
#include <catch2/catch.hpp>
#include <deque>

#include "aurora/base/rng.h"
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

core::Effect launch(const std::string& host, const std::string& suffix, size_t data_bytes = 0, char data = 'x') {
  core::TaskConfig config = test::a_config();
  config.executor_config->data = std::string(data_bytes, data);
  return LaunchTask{HostId(host), TaskId(host + "-" + suffix), core::TaskConfigRef(config), {}};
}

std::string text(const std::optional<HostQueues::Batch>& batch) {
  if (!batch) return "nothing";
  std::string names = batch->host.value() + ":";
  for (const core::Effect& effect : batch->effects) {
    const auto* killed = std::get_if<KillTask>(&effect);
    names += " " + (killed ? "kill-" + killed->task_id.value()
                           : "launch-" + std::string(1, std::get<LaunchTask>(effect).task_id.value().back()));
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
  queues.push(launch("l", "1", 60, 'x'), {});
  queues.push(launch("l", "2", 60, 'y'), {});
  CHECK(text(queues.take({})) == "l: launch-1");
  queues.push(launch("n", "1", 60), {});
  queues.push(launch("n", "2", 60), {});  // the request holds their configuration once
  CHECK(text(queues.take({})) == "n: launch-1 launch-2");
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

// Hosts t0 to t4 with a kill each, of which the first attempt has failed.
HostQueues queues_in_trouble(HostQueueLimits limits) {
  limits.retry_delay = limits.retry_delay_max = seconds(1);
  HostQueues queues(limits);
  for (int i = 0; i < 5; ++i) queues.push(kill("t" + std::to_string(i), "x"), {});
  for (int i = 0; i < 5; ++i) {
    auto batch = queues.take({});
    CHECK_FALSE(batch->is_troubled);
    queues.finish(*batch, Delivery::Retry, {});
  }
  return queues;
}

TEST_CASE("hosts in trouble get so many batches at a time, and those that answer wait for none of them") {
  HostQueues queues = queues_in_trouble({.troubled_max = 2});
  auto first = queues.take(seconds(1));
  auto second = queues.take(seconds(1));
  CHECK(text(first) == "t0: kill-x");
  CHECK(text(second) == "t1: kill-x");
  CHECK(first->is_troubled);
  CHECK_FALSE(queues.take(seconds(1)));
  CHECK_FALSE(queues.next_due());  // nobody needs to look before one of them is finished
  for (int i = 0; i < 9; ++i) queues.push(kill("alive" + std::to_string(i), "x"), seconds(2));
  CHECK(queues.next_due() == seconds(2));
  for (int i = 0; i < 9; ++i) {
    CHECK(text(queues.take(seconds(2))) == "alive" + std::to_string(i) + ": kill-x");
  }
  CHECK_FALSE(queues.take(seconds(2)));
  queues.finish(*first, Delivery::Retry, seconds(2));
  CHECK(text(queues.take(seconds(2))) == "t2: kill-x");
  CHECK_FALSE(queues.take(seconds(9)));
  queues.finish(*second, Delivery::Done, seconds(9));
  CHECK(text(queues.take(seconds(9))) == "t3: kill-x");
}

TEST_CASE("of hosts in trouble and others who has waited longest is next, while there may be more in trouble") {
  HostQueues queues = queues_in_trouble({.troubled_max = 2});
  queues.push(kill("early", "x"), {});
  queues.push(kill("late", "x"), seconds(2));
  std::string order;
  for (auto batch = queues.take(seconds(2)); batch; batch = queues.take(seconds(2))) order += batch->host.value() + " ";
  CHECK(order == "early t0 t1 late ");
}

TEST_CASE("a host that has answered once is out of trouble") {
  HostQueues queues = queues_in_trouble({.troubled_max = 1});
  auto batch = queues.take(seconds(1));
  queues.push(kill("t0", "y"), seconds(1));
  queues.finish(*batch, Delivery::Done, seconds(1));
  CHECK(text(queues.take(seconds(1))) == "t1: kill-x");
  batch = queues.take(seconds(1));
  CHECK(text(batch) == "t0: kill-y");
  CHECK_FALSE(batch->is_troubled);
}

TEST_CASE("a host stays in trouble when nothing waits for it any more") {
  for (const Delivery delivery : {Delivery::Moot, Delivery::Retry}) {
    HostQueues queues = queues_in_trouble({.troubled_max = 1, .age_max = seconds(10)});
    auto batch = queues.take(seconds(1));
    CHECK(batch->host.value() == "t0");
    queues.finish(*batch, delivery, seconds(1));
    CHECK_FALSE(queues.take(seconds(20)));  // all are stale
    CHECK(queues.waiting() == 0);
    CHECK_FALSE(queues.next_due());
    for (const char* host : {"t0", "t1", "new"}) queues.push(kill(host, "y"), seconds(20));
    batch = queues.take(seconds(20));
    CHECK(text(batch) == "t0: kill-y");
    CHECK(batch->is_troubled);
    CHECK(text(queues.take(seconds(20))) == "new: kill-y");
    CHECK_FALSE(queues.take(seconds(20)));
  }
}

TEST_CASE("what is held back waits with hosts in trouble, and is tried from there at once, in its order") {
  HostQueues queues({.troubled_max = 1});
  for (const char* host : {"a", "b"}) queues.push(kill(host, "1"), {});
  for (int i = 0; i < 2; ++i) {
    auto batch = queues.take({});
    CHECK_FALSE(batch->is_troubled);
    queues.push(kill(batch->host.value(), "2"), {});
    queues.finish(*batch, Delivery::HeldBack, {});
  }
  CHECK(queues.waiting() == 4);
  CHECK(queues.next_due() == seconds(0));
  auto batch = queues.take({});
  CHECK(text(batch) == "a: kill-1 kill-2");
  CHECK(batch->is_troubled);
  CHECK_FALSE(queues.take({}));
  queues.finish(*batch, Delivery::Done, {});
  CHECK(text(queues.take({})) == "b: kill-1 kill-2");
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

TEST_CASE("launches of all hosts are bounded, waiting or being delivered, and kills are not") {
  HostQueues queues({.launches_max = 5, .relaunches = 2});
  CHECK(queues.make_room({}) == 3);
  queues.push(launch("a", "1"), {});
  queues.push(launch("b", "2"), {});
  queues.push(kill("a", "x"), {});
  CHECK(queues.make_room({}) == 1);
  auto batch = queues.take({});
  CHECK(text(batch) == "a: launch-1");
  CHECK(queues.make_room({}) == 1);  // not before it has arrived
  queues.finish(*batch, Delivery::Retry, {});
  CHECK(queues.make_room({}) == 1);
  batch = queues.take(seconds(1));
  CHECK(text(batch) == "b: launch-2");
  queues.finish(*batch, Delivery::Done, seconds(1));
  CHECK(queues.make_room(seconds(1)) == 2);

  for (const char* suffix : {"3", "4", "5", "6"}) queues.push(launch("c", suffix), seconds(1));
  CHECK(queues.launches() == 5);  // hosts may ask for more than placement
  CHECK(queues.make_room(seconds(1)) == 0);
  CHECK(queues.dropped() == 0);
  queues.push(launch("c", "7"), seconds(1));
  CHECK(queues.launches() == 5);
  CHECK(queues.dropped() == 1);
  for (int i = 0; i < 10; ++i) queues.push(kill("d", std::to_string(i)), seconds(1));
  CHECK(queues.dropped() == 1);
  CHECK(queues.waiting() == 16);
}

TEST_CASE("room that was taken is free again, however a launch goes") {
  HostQueues queues({.effects_max = 2, .launches_max = 10, .relaunches = 0, .age_max = seconds(10)});
  for (const char* suffix : {"1", "2", "3"}) queues.push(launch("h", suffix), {});
  CHECK(queues.make_room({}) == 8);  // the oldest was too much for its host
  auto batch = queues.take({});
  CHECK(text(batch) == "h: launch-2 launch-3");
  queues.push(launch("h", "4"), seconds(1));
  queues.finish(*batch, Delivery::Retry, seconds(1));
  CHECK(queues.make_room(seconds(1)) == 8);
  CHECK(text(queues.take(seconds(20))) == "nothing");  // all are stale
  CHECK(queues.make_room(seconds(20)) == 10);
  CHECK(queues.waiting() == 0);
}

TEST_CASE("launches that are stale leave their room to others before the turn of their host comes") {
  HostQueues queues({.launches_max = 2, .relaunches = 0, .age_max = seconds(10), .retry_delay = hours(1), .retry_delay_max = hours(1)});
  queues.push(launch("dead", "1"), {});
  queues.push(launch("dead", "2"), {});
  auto batch = queues.take({});
  queues.finish(*batch, Delivery::Retry, {});
  CHECK(queues.make_room(seconds(5)) == 0);
  CHECK(queues.make_room(seconds(11)) == 2);
  queues.push(launch("dead", "3"), seconds(12));
  queues.push(launch("alive", "4"), seconds(12));
  CHECK(text(queues.take(seconds(12))) == "alive: launch-4");
  CHECK(text(queues.take(seconds(12))) == "nothing");
}

TEST_CASE("a launch that waits, or is on its way, is not there a second time") {
  HostQueues queues;
  queues.push(launch("h", "1"), seconds(1));
  queues.push(launch("h", "1"), seconds(2));
  auto batch = queues.take(seconds(3));
  CHECK(text(batch) == "h: launch-1");
  queues.push(launch("h", "1"), seconds(4));
  CHECK(queues.waiting() == 0);
  queues.finish(*batch, Delivery::Done, seconds(5));
  queues.push(launch("h", "1"), seconds(6));  // it has got lost there
  CHECK(text(queues.take(seconds(6))) == "h: launch-1");
  CHECK(queues.dropped() == 0);
}

TEST_CASE("effects keep their order over batches, retries and drops") {
  HostQueues queues({.effects_max = 40, .batch_max = 3, .age_max = hours(100)});
  Rng rng(1);
  std::deque<std::string> expected;
  int next = 0;
  Duration now;
  while (next < 2'000) {
    for (uint64_t n = rng.below(6); n > 0; --n) {
      expected.push_back(std::to_string(next++));
      queues.push(kill("h", expected.back()), now);
    }
    while (expected.size() > 40) expected.pop_front();
    now = now + seconds(11);
    auto batch = queues.take(now - seconds(1));
    if (!batch) continue;
    std::string wanted = "h:";
    const size_t count = std::min<size_t>(3, expected.size());
    for (size_t i = 0; i < count; ++i) wanted += " kill-" + expected[i];
    CHECK(text(batch) == wanted);
    const bool is_done = rng.below(2) == 0;
    if (is_done) expected.erase(expected.begin(), expected.begin() + static_cast<std::ptrdiff_t>(count));
    queues.finish(*batch, is_done ? Delivery::Done : Delivery::Retry, now - seconds(10));
    CHECK(queues.waiting() == expected.size());
  }
}

}  // namespace
}  // namespace aurora::api
