// Numbers as people read them in messages: 131,071.
#pragma once

#include <cstdint>
#include <string>

namespace aurora {

inline std::string grouped_digits(int64_t number) {
  std::string text = std::to_string(number);
  const size_t first = number < 0 ? 1 : 0;
  for (size_t at = text.size(); at > first + 3;) text.insert(at -= 3, 1, ',');
  return text;
}

}  // namespace aurora
