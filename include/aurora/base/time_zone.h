// The rules of a place: how far its clocks are from UTC, and when that changes. Known by names such as "Europe/Berlin".
#pragma once

#include <memory>
#include <string>

#include "aurora/base/time.h"

namespace aurora {

class TimeZone {
 public:
  // Clocks show UTC plus `offset` from `since` on, until `until`, which is not included.
  struct Stretch {
    Duration offset;
    Instant since;
    Instant until;
  };
  virtual ~TimeZone() = default;
  // The stretch that holds the moment. Pure, thread-safe.
  virtual Stretch stretch_at(Instant moment) const = 0;
};

class TimeZones {
 public:
  virtual ~TimeZones() = default;
  // Nothing if there is no such zone. Thread-safe; the same name gives the same rules as long as the program runs, and what
  // it gives stays valid for as long.
  virtual const TimeZone* find(const std::string& name) const = 0;
};

// Knows UTC, by the names GMT and UTC, and nothing else.
std::shared_ptr<const TimeZones> utc_alone();

}  // namespace aurora
