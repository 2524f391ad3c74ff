// Moments as people write them in a query: "10m" ago, "2026-01-31T23:59:59Z", or milliseconds since 1970.
// Pure.
#pragma once

#include <string>

#include "aurora/base/result.h"
#include "aurora/base/time.h"

namespace aurora::api {

Result<Instant> parse_since(const std::string& text, Instant now);

}  // namespace aurora::api
