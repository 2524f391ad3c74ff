// Seeded damage to request bodies: flipped, cut, doubled and moved bytes, and values that break parsers.
#pragma once

#include <string>

#include "aurora/base/rng.h"

namespace aurora::test {

class RequestMutator {
 public:
  explicit RequestMutator(uint64_t seed) : rng_(seed) {}
  // One to four changes. The same seed makes the same sequence.
  std::string mutate(std::string body);

 private:
  void change(std::string& body);
  Rng rng_;
};

}  // namespace aurora::test
