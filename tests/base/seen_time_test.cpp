#include "aurora/base/seen_time.h"

#include <catch2/catch.hpp>

using namespace aurora;

TEST_CASE("time passes while somebody looks, and hardly while nobody does") {
  struct Look {
    Duration at;
    Duration seen;
  };
  const Look looks[] = {
      {hours(5), {}},                                          // begins with the first look
      {hours(5) + seconds(1), seconds(1)},                     //
      {hours(5) + seconds(3), seconds(3)},                     // a little late is not stopped
      {hours(7), seconds(5)},                                  // stopped
      {hours(7) + milliseconds(10), milliseconds(5'010)},      //
      {hours(6), milliseconds(5'010)},                         // never back
      {hours(6) + seconds(1), milliseconds(6'010)},            //
  };
  SeenTime time;
  for (const Look& look : looks) CHECK(time.look(Instant{} + look.at) == look.seen);
  CHECK(time.seen() == milliseconds(6'010));
}

TEST_CASE("whoever waits in seen time looks every second, or earlier") {
  const Instant now{1'000'000};
  CHECK(SeenTime::next_look(now, minutes(1)) == now + seconds(1));
  CHECK(SeenTime::next_look(now, milliseconds(300)) == now + milliseconds(300));
  CHECK(SeenTime::next_look(now, milliseconds(-5)) == now);
}
