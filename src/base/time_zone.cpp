#include "aurora/base/time_zone.h"

#include <limits>

namespace aurora {
namespace {

class Utc final : public TimeZone {
 public:
  Stretch stretch_at(Instant) const override {
    return {{}, {std::numeric_limits<int64_t>::min()}, {std::numeric_limits<int64_t>::max()}};
  }
};

class UtcAlone final : public TimeZones {
 public:
  const TimeZone* find(const std::string& name) const override {
    return name == "GMT" || name == "UTC" ? &utc_ : nullptr;
  }

 private:
  Utc utc_;
};

}  // namespace

std::shared_ptr<const TimeZones> utc_alone() {
  static const auto kZones = std::make_shared<const UtcAlone>();
  return kZones;
}

}  // namespace aurora
