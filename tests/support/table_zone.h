// A time zone from a table of its changes, for tests.
#pragma once

#include <limits>
#include <utility>
#include <vector>

#include "aurora/base/time_zone.h"

namespace aurora::test {

class TableZone final : public TimeZone {
 public:
  // From each moment on, in order, that offset.
  explicit TableZone(Duration first, std::vector<std::pair<Instant, Duration>> changes = {})
      : first_(first), changes_(std::move(changes)) {}

  Stretch stretch_at(Instant moment) const override {
    Stretch stretch{first_, {std::numeric_limits<int64_t>::min()}, {std::numeric_limits<int64_t>::max()}};
    for (const auto& [at, offset] : changes_) {
      if (at > moment) {
        stretch.until = at;
        break;
      }
      stretch.since = at;
      stretch.offset = offset;
    }
    return stretch;
  }

 private:
  Duration first_;
  std::vector<std::pair<Instant, Duration>> changes_;
};

// One zone by one name, and GMT.
class OneZone final : public TimeZones {
 public:
  OneZone(std::string name, TableZone zone) : name_(std::move(name)), zone_(std::move(zone)) {}
  const TimeZone* find(const std::string& name) const override {
    return name == name_ ? &zone_ : utc_alone()->find(name);
  }

 private:
  std::string name_;
  TableZone zone_;
};

// Of 2026: to summer at 2026-03-29T01:00:00Z, back at 2026-10-25T01:00:00Z.
inline TableZone berlin() {
  return TableZone(hours(1), {{Instant{1'774'746'000'000}, hours(2)}, {Instant{1'792'890'000'000}, hours(1)}});
}

}  // namespace aurora::test
