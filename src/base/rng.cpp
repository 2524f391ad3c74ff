#include "aurora/base/rng.h"

#include <random>

namespace aurora {

Rng Rng::from_entropy() {
  std::random_device kernel;
  return Rng((static_cast<uint64_t>(kernel()) << 32) | kernel());
}

uint64_t Rng::next() {
  state_ += 0x9e3779b97f4a7c15;
  uint64_t z = state_;
  z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9;
  z = (z ^ (z >> 27)) * 0x94d049bb133111eb;
  return z ^ (z >> 31);
}

uint64_t Rng::below(uint64_t bound) {
  // The lowest (2^64 mod bound) values would make some remainders likelier: draw again.
  const uint64_t unfair = (0 - bound) % bound;
  uint64_t value = next();
  while (value < unfair) value = next();
  return value % bound;
}

double Rng::unit() { return static_cast<double>(next() >> 11) * 0x1.0p-53; }

std::string Rng::uuid() {
  constexpr char kDigits[] = "0123456789abcdef";
  uint64_t high = next();
  uint64_t low = next();
  high = (high & ~uint64_t{0xf000}) | 0x4000;                // version 4
  low = (low & ~(uint64_t{3} << 62)) | (uint64_t{2} << 62);  // variant 1
  std::string text;
  text.reserve(36);
  for (int nibble = 0; nibble < 32; ++nibble) {
    if (nibble == 8 || nibble == 12 || nibble == 16 || nibble == 20) text += '-';
    const uint64_t half = nibble < 16 ? high : low;
    text += kDigits[(half >> (60 - 4 * (nibble % 16))) & 0xf];
  }
  return text;
}

}  // namespace aurora
