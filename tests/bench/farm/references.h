// What the machine can do without us: the figures beside which ours are read.
#pragma once

#include <string>

#include "aurora/base/time.h"

namespace aurora::farm {

// As JSON: 1,000 bytes appended and synced (fdatasync) one after the other in `folder`, and /bin/true forked, executed
// and waited for one after the other; each for this long.
std::string measure_references(const std::string& folder, Duration time);

}  // namespace aurora::farm
