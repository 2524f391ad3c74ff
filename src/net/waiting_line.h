// Connections that wait, by age and by deadline: whose time is up, and who goes when there are too many, is
// found without looking at all of them. One whose requests arrive whole costs nothing to keep in line: for
// what is idle, and for a deadline that was put off, the place of before stays until somebody asks. Used by
// one thread at a time.
#pragma once

#include <cstdint>
#include <functional>
#include <limits>
#include <map>
#include <optional>
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
  struct Wait {
    Kind kind = Kind::Away;
    uint64_t order = 0;  // grows with the moment at which it began to wait
    bool holds_bytes = false;
    int64_t deadline_ms = kNever;
    friend bool operator==(const Wait&, const Wait&) = default;
  };
  // Where a connection is: it keeps that itself, at the same address as long as it is in line.
  class Place {
   public:
    const Wait& wait() const { return wait_; }

   private:
    friend class WaitingLine;
    Wait wait_;
    std::optional<uint64_t> idle_order_;  // under which it is in idle_; as old as its own, or older
    int64_t deadline_ms_ = kNever;        // under which it is in deadlines_; as early as its own, or earlier
  };
  // `socket` names the connection; `address` is always the same for it.
  void move(int socket, const std::string& address, Place& place, const Wait& to);
  void leave(int socket, const std::string& address, Place& place);

  // Those who have waited for longest. Unfinished are the silent ones, too.
  std::optional<int> oldest_unfinished() const { return oldest(unfinished_); }
  std::optional<int> oldest_idle();
  std::optional<int> oldest_with_bytes() const { return oldest(with_bytes_); }  // of the unfinished
  // Of the unfinished of this address, the oldest that have to go if another one is to be among `most`.
  // `is_new`: of a silent one, whether it does not count yet; a younger one then does not either.
  std::vector<int> surplus(const std::string& address, size_t most,
                           const std::function<bool(int)>& is_new) const;

  int64_t next_deadline() const {
    return deadlines_.empty() ? kNever : deadlines_.begin()->first.first;
  }                                       // or earlier
  std::vector<int> late(int64_t now_ms);  // deadline reached, the longest ago first

 private:
  using ByAge = std::map<std::pair<uint64_t, int>, Place*>;
  struct OfAddress {
    ByAge silent;
    ByAge begun;
  };
  static std::optional<int> oldest(const ByAge& line);
  void leave_unfinished(int socket, const std::string& address, const Wait& wait);
  void enter(int socket, const std::string& address, Place& place);
  void set_deadline(int socket, Place& place, int64_t deadline_ms);

  ByAge unfinished_;
  ByAge idle_;
  ByAge with_bytes_;
  std::unordered_map<std::string, OfAddress> by_address_;
  std::map<std::pair<int64_t, int>, Place*> deadlines_;
};

}  // namespace aurora::net
