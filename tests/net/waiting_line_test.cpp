#include "net/waiting_line.h"

#include <algorithm>
#include <catch2/catch.hpp>
#include <map>
#include <random>

namespace aurora::net {
namespace {

using Kind = WaitingLine::Kind;

// The same, by looking at all of them.
struct Walk {
  struct Guest {
    std::string address;
    WaitingLine::Place in_line = {};
    WaitingLine::Wait place = {};
  };
  std::map<int, Guest> guests;

  template <typename Counts>
  std::vector<int> by_age(const Counts& counts) const {
    std::vector<std::pair<uint64_t, int>> found;
    for (const auto& [socket, guest] : guests) {
      if (counts(guest)) found.emplace_back(guest.place.order, socket);
    }
    std::sort(found.begin(), found.end());
    std::vector<int> sockets;
    for (const auto& [order, socket] : found) sockets.push_back(socket);
    return sockets;
  }
  template <typename Counts>
  std::optional<int> oldest(const Counts& counts) const {
    const std::vector<int> found = by_age(counts);
    return found.empty() ? std::nullopt : std::optional(found.front());
  }
  static bool is_unfinished(const Guest& guest) {
    return guest.place.kind == Kind::Silent || guest.place.kind == Kind::Unfinished;
  }
  std::vector<int> surplus(const std::string& address, size_t most, uint64_t new_from) const {
    std::vector<int> found = by_age([&](const Guest& guest) {
      const bool is_new = guest.place.kind == Kind::Silent && guest.place.order >= new_from;
      return is_unfinished(guest) && !is_new && guest.address == address;
    });
    found.resize(found.size() < most ? 0 : std::min(found.size() + 1 - most, found.size()));
    return found;
  }
  std::vector<int> late(int64_t now) const {
    std::vector<std::pair<int64_t, int>> found;
    for (const auto& [socket, guest] : guests) {
      if (guest.place.deadline_ms <= now) found.emplace_back(guest.place.deadline_ms, socket);
    }
    std::sort(found.begin(), found.end());
    std::vector<int> sockets;
    for (const auto& [deadline, socket] : found) sockets.push_back(socket);
    return sockets;
  }
};

TEST_CASE("who has waited for longest, who is too many and who is late is what a walk over all finds") {
  std::mt19937 random(1);
  const auto below = [&](uint32_t bound) { return static_cast<int>(random() % bound); };
  WaitingLine line;
  Walk walk;
  for (uint64_t step = 1; step <= 5'000; ++step) {
    const int socket = below(40);
    Walk::Guest& guest = walk.guests[socket];
    guest.address = "host" + std::to_string(socket % 3);
    WaitingLine::Wait next = guest.place;
    if (below(4) > 0) next.kind = static_cast<Kind>(below(4));
    if (below(2) == 0) next.order = step;
    if (below(3) == 0) next.holds_bytes = !next.holds_bytes;
    if (below(2) == 0) next.deadline_ms = below(5) == 0 ? kNever : below(1'000);
    if (below(10) == 0) {
      next = {};
      line.leave(socket, guest.address, guest.in_line);
    } else {
      line.move(socket, guest.address, guest.in_line, next);
    }
    guest.place = next;
    REQUIRE(guest.in_line.wait() == next);

    REQUIRE(line.oldest_unfinished() == walk.oldest(Walk::is_unfinished));
    REQUIRE(line.oldest_idle() ==
            walk.oldest([](const auto& other) { return other.place.kind == Kind::Idle; }));
    REQUIRE(line.oldest_with_bytes() == walk.oldest([](const auto& other) {
      return Walk::is_unfinished(other) && other.place.holds_bytes;
    }));
    const int64_t now = below(1'000);
    REQUIRE(line.late(now) == walk.late(now));
    if (!walk.late(now).empty()) REQUIRE(line.next_deadline() <= now);
    const uint64_t new_from = step - static_cast<uint64_t>(below(20));
    const size_t most = static_cast<size_t>(below(6));
    const auto is_new = [&](int other) { return walk.guests.at(other).place.order >= new_from; };
    REQUIRE(line.surplus("host1", most, is_new) == walk.surplus("host1", most, new_from));
  }
}

}  // namespace
}  // namespace aurora::net
