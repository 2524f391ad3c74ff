// The time zones of this machine (/usr/share/zoneinfo), and where it has none those that are inside the executable.
#pragma once

#include <memory>

#include "aurora/base/time_zone.h"

namespace aurora::os {

// A name is read when it is first asked for, and then kept: some thousand bytes. `folder`: where the machine's own are.
std::shared_ptr<const TimeZones> time_zones(const std::string& folder = "/usr/share/zoneinfo");

}  // namespace aurora::os
