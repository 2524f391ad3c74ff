// Connections that wait, by age and by deadline: whose time is up, and who goes when there are too many, is found
// without looking at all of them. Used by one thread at a time.
#pragma once

#include <cstdint>
#include <functional>
#include <limits>
#include <optional>
#include <set>
#include <string>
#include <unordered_map>
#include <utility>
#include <vector>

namespace aurora::net {

constexpr int64_t kNever = std::numeric_limits<int64_t>::max();

class WaitingLine {
 public:
  enum class Kind {
    Away,        // is being served, or not there
    Silent,      // has not sent anything yet
    Unfinished,  // has begun a request, or is taking an answer
    Idle,        // was served; between two requests
  };
  // Where a connection is: it keeps that itself, and only move() changes it.
  struct Place {
    Kind kind = Kind::Away;
    uint64_t order = 0;  // grows with the moment at which it began to wait
    bool holds_bytes = false;
    int64_t deadline_ms = kNever;
    friend bool operator==(const Place&, const Place&) = default;
  };
  // `socket` names the connection; `address` is always the same for it.
  void move(int socket, const std::string& address, Place& from, const Place& to);

  // Those who have waited for longest. Unfinished are the silent ones, too.
  std::optional<int> oldest_unfinished() const { return oldest(unfinished_); }
  std::optional<int> oldest_idle() const { return oldest(idle_); }
  std::optional<int> oldest_with_bytes() const { return oldest(with_bytes_); }  // of the unfinished
  // Of the unfinished of this address, the oldest that have to go if another one is to be among `most`. `is_new`: of
  // a silent one, whether it does not count yet; a younger one then does not either.
  std::vector<int> surplus(const std::string& address, size_t most, const std::function<bool(int)>& is_new) const;

  int64_t next_deadline() const { return deadlines_.empty() ? kNever : deadlines_.begin()->first; }
  std::vector<int> late(int64_t now_ms) const;  // deadline reached, the longest ago first

 private:
  using ByAge = std::set<std::pair<uint64_t, int>>;
  struct OfAddress {
    ByAge silent;
    ByAge begun;
  };
  static std::optional<int> oldest(const ByAge& line);
  void leave(int socket, const std::string& address, const Place& place);
  void enter(int socket, const std::string& address, const Place& place);

  ByAge unfinished_;
  ByAge idle_;
  ByAge with_bytes_;
  std::unordered_map<std::string, OfAddress> by_address_;
  std::set<std::pair<int64_t, int>> deadlines_;
};

}  // namespace aurora::net
