// Amounts as users write and read them (spec/client.md §3.5, §5.4). Pure.
#pragma once

#include <cstdint>
#include <string>

#include "aurora/base/result.h"

namespace aurora::client {

// "512mb", "16g", "1TB": a whole number and a unit, powers of 1024. In MB, rounded down; less than one is refused.
Result<int64_t> parse_size(const std::string& text);

// A number of cores as the original's float: 1.0, 0.5, 0.25.
std::string format_cores(double cpus);

}  // namespace aurora::client
