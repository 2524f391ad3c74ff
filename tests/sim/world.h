// Simulated time and what happens in it: one queue of events, one source of randomness, one thread. The same
// seed makes the same history. The first broken promise ends it.
#pragma once

#include <functional>
#include <optional>
#include <queue>
#include <string>
#include <vector>

#include "aurora/base/clock.h"
#include "aurora/base/rng.h"

namespace aurora::sim {

constexpr char kClusterId[] = "c1";  // of the scheduler whose hosts these are

class World final : public Clock {
 public:
  explicit World(uint64_t seed) : rng(seed) {}

  Instant now() const override { return now_; }
  Duration monotonic() const override { return {now_.ms}; }

  void after(Duration delay, std::function<void()> event);
  // Runs events up to `end`, calling `after_each` when something has happened. Stops at a violation.
  void run_until(Instant end, const std::function<void()>& after_each);

  void fail(const std::string& promise);
  const std::optional<std::string>& violation() const { return violation_; }
  void note(const std::string& line);  // shown with --verbose

  Duration between(Duration low, Duration high);  // uniform
  bool chance(double probability) { return rng.unit() < probability; }

  Rng rng;
  bool verbose = false;
  bool store_was_rolled_back = false;

 private:
  struct Event {
    Instant at;
    uint64_t order = 0;
    std::function<void()> run;
    friend bool operator<(const Event& a, const Event& b) {  // the queue's top is its greatest
      return a.at != b.at ? a.at > b.at : a.order > b.order;
    }
  };
  std::priority_queue<Event> events_;
  uint64_t next_ = 0;
  Instant now_{1'700'000'000'000};
  std::optional<std::string> violation_;
};

// The system clock of one machine. Somebody may set it.
class MachineClock final : public Clock {
 public:
  explicit MachineClock(const World& world) : world_(world) {}
  Instant now() const override { return world_.now() + set_by_; }
  Duration monotonic() const override { return world_.monotonic(); }
  void set_by(Duration jump) { set_by_ = set_by_ + jump; }

 private:
  const World& world_;
  Duration set_by_;
};

}  // namespace aurora::sim
