#include "aurora/scheduler/reconciliation_clock.h"

#include <catch2/catch.hpp>

#include <condition_variable>
#include <mutex>
#include <vector>

namespace aurora::scheduler {
namespace {

using Kind = core::Reconcile::Kind;

class Asked {
 public:
  void add(Kind kind) {
    const std::lock_guard lock(mutex_);
    kinds_.push_back(kind);
    changed_.notify_all();
  }
  std::vector<Kind> wait_for(size_t count) {
    std::unique_lock lock(mutex_);
    changed_.wait(lock, [&] { return kinds_.size() >= count; });
    return kinds_;
  }
  size_t size() {
    const std::lock_guard lock(mutex_);
    return kinds_.size();
  }

 private:
  std::mutex mutex_;
  std::condition_variable changed_;
  std::vector<Kind> kinds_;
};

TEST_CASE("hosts with tasks are asked again and again, all hosts by a schedule of their own") {
  Asked asked;
  SECTION("explicit rounds") {
    const ReconciliationClock clock({milliseconds(1), milliseconds(1), hours(1), hours(1)}, [&](Kind kind) { asked.add(kind); });
    const std::vector<Kind> kinds = asked.wait_for(3);
    CHECK(std::ranges::count(kinds, Kind::Implicit) == 0);
  }
  SECTION("implicit rounds begin after the spread") {
    const ReconciliationClock clock({milliseconds(1), hours(1), milliseconds(1), milliseconds(5)}, [&](Kind kind) { asked.add(kind); });
    const std::vector<Kind> kinds = asked.wait_for(4);
    CHECK(kinds.front() == Kind::Explicit);
    CHECK(std::ranges::count(kinds, Kind::Explicit) == 1);
  }
}

TEST_CASE("nobody is asked before the initial delay, and its end waits for nothing") {
  Asked asked;
  { const ReconciliationClock clock({hours(1), milliseconds(1), milliseconds(1), Duration{}}, [&](Kind kind) { asked.add(kind); }); }
  CHECK(asked.size() == 0);
}

}  // namespace
}  // namespace aurora::scheduler
