// A small seeded generator (splitmix64). Same seed, same sequence, on every platform.
// Not thread-safe: each owner has its own.
#pragma once

#include <cstdint>
#include <string>

namespace aurora {

class Rng {
 public:
  explicit Rng(uint64_t seed) : state_(seed) {}
  static Rng from_entropy();  // seeded by the kernel

  uint64_t next();
  uint64_t below(uint64_t bound);  // uniform in [0, bound); REQUIRES: bound > 0
  double unit();                   // uniform in [0, 1)
  std::string uuid();              // a version 4 UUID in the usual text form

 private:
  uint64_t state_;
};

}  // namespace aurora
