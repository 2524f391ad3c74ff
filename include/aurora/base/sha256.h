// SHA-256 (FIPS 180-4), for names that stand for contents.
#pragma once

#include <array>
#include <cstdint>
#include <string>
#include <string_view>

namespace aurora {

using Digest = std::array<uint8_t, 32>;

// Of what comes in pieces.
class Sha256 {
 public:
  Sha256();
  void add(std::string_view bytes);
  Digest digest() const;  // of all that was added so far

 private:
  std::array<uint32_t, 8> state_;
  std::string tail_;  // less than a block
  uint64_t bytes_ = 0;
};

Digest sha256(std::string_view bytes);
std::string to_hex(const Digest& digest);  // in small letters

}  // namespace aurora
