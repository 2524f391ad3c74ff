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
  jump.run(seconds(1), 3'000);  // the last ten minutes more slowly
  CHECK(jump.run(seconds(1), 64) == seconds(72));
  jump.run(seconds(1), 4'800);
  CHECK(jump.clock.now() == jump.system.now());
}

TEST_CASE("after a jump back time runs slowly, and goes on, until the system's has caught up") {
  AfterJump jump(Duration{} - minutes(30));
  CHECK(jump.run(milliseconds(1), 60'000) == seconds(30));
  CHECK(jump.clock.now() > jump.system.now());
  jump.run(seconds(1), 3'600);
  CHECK(jump.clock.now() == jump.system.now());
}

TEST_CASE("only as much time passes between two looks of the attendant as somebody who attends needs") {
  AfterJump undisturbed{Duration{}};
  SlewedClock& clock = undisturbed.clock;
  test::FakeClock& system = undisturbed.system;
  system.advance(minutes(5));  // loading, before anything is decided
  CHECK(clock.attendant().now() == system.now());
  for (int i = 0; i < 10; ++i) {
    system.advance(seconds(1));
    CHECK(clock.attendant().now() == system.now());
  }

  const Instant before = clock.now();
  const auto attend = [&](int looks) {
    const Instant begin = clock.now();
    for (int i = 0; i < looks; ++i) {
      system.advance(seconds(1));
      (void)clock.attendant().now();
    }
    return clock.now() - begin;
  };
  system.advance(seconds(5));  // a long round
  CHECK(clock.attendant().now() - before <= SlewedClock::kUnattendedMax + milliseconds(250));
  CHECK(attend(60) == milliseconds(62'750));  // what was missing is made up for
  CHECK(clock.now() == system.now());

  const Instant last = clock.now();
  system.advance(minutes(2));  // stopped, suspended, a disk that hung
  CHECK(clock.attendant().now() == last);
  CHECK(attend(20) == milliseconds(2'500));  // whoever was not heard tells again
  CHECK(attend(64) == seconds(72));          // and an eighth faster from then on
  attend(1'100);
  CHECK(clock.now() == system.now());
}

TEST_CASE("whoever reads the time of an attended clock does not make it pass") {
  AfterJump undisturbed{Duration{}};
  SlewedClock& clock = undisturbed.clock;
  const Instant attended = clock.attendant().now();
  Instant last = attended;
  for (int i = 0; i < 120; ++i) {  // a server's threads go on while the engine waits for a disk
    undisturbed.system.advance(seconds(1));
    CHECK(clock.now() >= last);
    last = clock.now();
  }
  CHECK(last == attended);
  CHECK(clock.attendant().now() == last);
}
