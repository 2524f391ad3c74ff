// Compares text with a file under tests/, which is rewritten when UPDATE=1 is set: the diff is the review.
#pragma once

#include <string>

namespace aurora::test {

struct GoldenResult {
  bool matches = false;
  std::string expected;  // empty if there is no such file
};
// `path` is relative to the top of the source tree.
GoldenResult compare_golden(const std::string& path, const std::string& actual);

}  // namespace aurora::test
