#include "aurora/base/repeater.h"

#include <catch2/catch.hpp>

namespace aurora {
namespace {

TEST_CASE("work is repeated until nobody wants it any more") {
  std::atomic<int> calls = 0;
  {
    const Repeater repeater([&](const std::atomic<bool>&) {
      ++calls;
      calls.notify_all();
      return milliseconds(1);
    });
    for (int seen = calls; seen < 3; seen = calls) calls.wait(seen);
  }
  CHECK(calls >= 3);
}

TEST_CASE("a long wait and long work end when the repeater does") {
  std::atomic<bool> begun = false;
  std::atomic<bool> was_told = false;
  const auto start = [&](std::atomic<bool>& signal) {
    signal = true;
    signal.notify_all();
  };
  {
    const Repeater works([&](const std::atomic<bool>& stopping) {
      start(begun);
      while (!stopping) std::this_thread::yield();
      was_told = true;
      return hours(1);
    });
    begun.wait(false);
  }
  CHECK(was_told);
  begun = false;
  {
    const Repeater waits([&](const std::atomic<bool>&) {
      start(begun);
      return hours(1);
    });
    begun.wait(false);
  }
}

}  // namespace
}  // namespace aurora
