#include "aurora/base/slewed_clock.h"

#include <catch2/catch.hpp>

#include "aurora/base/log.h"
#include "support/fake_clock.h"

using namespace aurora;

namespace {

// The system's clock jumps by `jump` and then runs on; `looks` at the slewed one, `apart` from each other.
struct AfterJump {
  test::FakeClock system;
  SlewedClock clock{system};
  explicit AfterJump(Duration jump) {
    configure_log(LogFormat::Text, LogLevel::Error);
    system.set_wall_clock(system.now() + jump);
  }
  Duration run(Duration apart, int looks) {
    const Instant before = clock.now();
    for (int i = 0; i < looks; ++i) {
      system.advance(apart);
      (void)clock.now();
    }
    return clock.now() - before;
  }
};

}  // namespace

TEST_CASE("while nobody sets the system's clock, its time is ours") {
  AfterJump undisturbed{Duration{}};
  CHECK(undisturbed.clock.now() == undisturbed.system.now());
  CHECK(undisturbed.run(milliseconds(1), 1'000) == seconds(1));
  CHECK(undisturbed.run(hours(1), 3) == hours(3));
  CHECK(undisturbed.clock.now() == undisturbed.system.now());
}

TEST_CASE("after a jump ahead time runs fast, and not faster than that, until it has caught up") {
  AfterJump jump(hours(1));
  const Instant before = jump.clock.now();
  CHECK(jump.clock.now() == before);
  CHECK(jump.run(milliseconds(1), 60'000) == minutes(2));
  CHECK(jump.clock.now() < jump.system.now());
  jump.run(seconds(1), 3'600);
  CHECK(jump.clock.now() == jump.system.now());
}

TEST_CASE("after a jump back time runs slowly, and goes on, until the system's has caught up") {
  AfterJump jump(Duration{} - minutes(30));
  CHECK(jump.run(milliseconds(1), 60'000) == seconds(30));
  CHECK(jump.clock.now() > jump.system.now());
  jump.run(seconds(1), 3'600);
  CHECK(jump.clock.now() == jump.system.now());
}
