// SHA-256 (FIPS 180-4), for names that stand for contents.
#pragma once

#include <array>
#include <cstdint>
#include <string_view>

namespace aurora {

std::array<uint8_t, 32> sha256(std::string_view bytes);

}  // namespace aurora
