#include "support/request_mutator.h"

#include <array>

namespace aurora::test {
namespace {

constexpr std::array kFragments = {"null",     "-1",          "2147483648",  "9223372036854775808",
                                   "1e400",    "\"\"",        "[]",          "{}",
                                   "true",     "\\u0000",     "\"\\ud800\"", "\xff",
                                   "[[[[[[[[", "\"RUNNING\"", "0.5",         ","};

}  // namespace

std::string RequestMutator::mutate(std::string body) {
  for (uint64_t changes = 1 + rng_.below(4); changes > 0; --changes) change(body);
  return body;
}

void RequestMutator::change(std::string& body) {
  if (body.empty()) body = "{}";
  const size_t at = rng_.below(body.size());
  const size_t length = 1 + rng_.below(16);
  switch (rng_.below(6)) {
    case 0:
      body[at] = static_cast<char>(rng_.below(256));
      return;
    case 1:
      body.erase(at, length);
      return;
    case 2:
      body.insert(at, body.substr(rng_.below(body.size()), length));
      return;
    case 3:
      body.resize(at);
      return;
    case 4:
      body.insert(at, kFragments[rng_.below(kFragments.size())]);
      return;
    default: {  // replaces a value, so that the rest stays well-formed
      const size_t colon = body.find(':', at);
      const size_t end = body.find_first_of(",}", colon);
      if (end != std::string::npos)
        body.replace(colon + 1, end - colon - 1, kFragments[rng_.below(kFragments.size())]);
    }
  }
}

}  // namespace aurora::test
