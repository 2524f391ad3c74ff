#include "support/golden.h"

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iterator>

namespace aurora::test {

GoldenResult compare_golden(const std::string& path, const std::string& actual) {
  const std::filesystem::path file = std::filesystem::path(AURORA_SOURCE_DIR) / path;
  const char* update = std::getenv("UPDATE");
  if (update != nullptr && std::string(update) == "1") {
    std::filesystem::create_directories(file.parent_path());
    std::ofstream(file, std::ios::binary) << actual;
  }
  std::ifstream stream(file, std::ios::binary);
  const std::string expected{std::istreambuf_iterator<char>(stream), std::istreambuf_iterator<char>()};
  return {stream.good() || !expected.empty() ? expected == actual : false, expected};
}

}  // namespace aurora::test
