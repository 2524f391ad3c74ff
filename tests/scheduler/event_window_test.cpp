#include "aurora/scheduler/event_window.h"

#include <catch2/catch.hpp>

namespace aurora::scheduler {
namespace {

constexpr Instant kStart{1'700'000'000'000};

std::vector<Event> some_events(size_t count) {
  return std::vector<Event>(count, Event{.at = kStart, .type = EventType::Host, .to = "UP"});
}

size_t count_after(const EventWindow& window, uint64_t position) {
  size_t count = 0;
  for (const auto& block : window.read_after(position, 1'000'000).blocks) {
    for (uint64_t at = block.first; at <= block.last(); ++at) count += at > position ? 1 : 0;
  }
  return count;
}

TEST_CASE("a token is one text, and its text one token") {
  const EventToken token{kStart, 0x0a3f, 42};
  CHECK(to_string(token) == "1700000000000-0a3f-42");
  CHECK(parse_event_token("1700000000000-0a3f-42") == token);
  for (const char* nonsense :
       {"", "-", "--", "1-2-3", "1700000000000-0a3f-", "-0a3f-1", "1700000000000-0a3f-042", "1700000000000-0A3F-42",
        "1700000000000-0a3f-42 ", " 1700000000000-0a3f-42", "1700000000000-0a3f--42", "+1700000000000-0a3f-42",
        "1700000000000-0a3f-99999999999999999999999", "1700000000000-0a3f-4.2", "1700000000000-0a3fff-42",
        "1700000000000-0a3f-42-1", "01700000000000-0a3f-42", "null", "0"}) {
    CAPTURE(nonsense);
    CHECK_FALSE(parse_event_token(nonsense));
  }
}

TEST_CASE("events have positions from 1, one behind the other") {
  EventWindow window(100, kStart, 7);
  CHECK(window.newest() == 0);
  CHECK(window.read_after(0, 10).blocks.empty());
  window.add(some_events(3));
  window.add({});
  window.add(some_events(2));
  const auto all = window.read_after(0, 100);
  REQUIRE(all.blocks.size() == 2);
  CHECK(all.oldest == 1);
  CHECK(all.newest == 5);
  CHECK(all.blocks[0].first == 1);
  CHECK(all.blocks[1].first == 4);
  CHECK(window.read_after(3, 100).blocks.size() == 1);
  CHECK(window.read_after(2, 100).blocks.size() == 2);
  CHECK(window.read_after(2, 1).blocks.size() == 1);
  CHECK(window.read_after(5, 100).blocks.empty());
  CHECK(window.read_after(99, 100).blocks.empty());
  CHECK(window.read_last(1).blocks.size() == 1);
  CHECK(window.read_last(3).blocks.size() == 2);
  CHECK(window.read_last(1'000).blocks.size() == 2);
}

TEST_CASE("the window keeps its number of events, by rounds, and always the last round") {
  EventWindow window(10, kStart, 7);
  for (int round = 0; round < 100; ++round) {
    window.add(some_events(3));
    CHECK(count_after(window, 0) <= 12);
  }
  CHECK(window.newest() == 300);
  CHECK(count_after(window, 0) == 12);
  CHECK(window.read_after(0, 100).oldest == 289);
  window.add(some_events(50));
  CHECK(count_after(window, 0) == 50);
  window.add(some_events(1));
  CHECK(count_after(window, 0) == 51);
  window.add(some_events(9));
  CHECK(count_after(window, 0) == 10);
}

TEST_CASE("a token is good while nothing behind it has been dropped") {
  EventWindow window(10, kStart, 7);
  CHECK(window.state_of(window.token_at(0)) == TokenState::Good);
  CHECK(window.state_of(window.token_at(1)) == TokenState::Future);
  for (int round = 0; round < 30; ++round) window.add(some_events(1));
  CHECK(window.state_of(window.token_at(30)) == TokenState::Good);
  CHECK(window.state_of(window.token_at(20)) == TokenState::Good);
  CHECK(window.state_of(window.token_at(19)) == TokenState::TooOld);
  CHECK(window.state_of(window.token_at(31)) == TokenState::Future);
  CHECK(window.state_of({kStart - seconds(1), 7, 25}) == TokenState::EarlierStart);
  CHECK(window.state_of({kStart + seconds(1), 7, 25}) == TokenState::LaterStart);
  CHECK(window.state_of({kStart, 8, 25}) == TokenState::EarlierStart);
}

TEST_CASE("who waits for more is told after each add") {
  EventWindow window(10, kStart, 7);
  int calls = 0;
  window.on_more([&] {
    ++calls;
    CHECK(window.newest() == static_cast<uint64_t>(calls));
  });
  window.add(some_events(1));
  window.add({});
  window.add(some_events(1));
  window.on_more(nullptr);
  window.add(some_events(1));
  CHECK(calls == 2);
}

}  // namespace
}  // namespace aurora::scheduler
