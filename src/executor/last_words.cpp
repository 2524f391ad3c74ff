#include "executor/last_words.h"

#include <algorithm>

#include "aurora/base/printable.h"
#include "aurora/os/files.h"

namespace aurora::executor {
namespace {

constexpr size_t kMessageBytesMax = 1000;

}  // namespace

std::string last_words(const std::string& path) {
  const Result<std::string> text = os::read_file(path);
  std::string words = text.ok() ? *text : "";
  while (!words.empty() && words.back() == '\n') words.pop_back();
  if (words.size() > kMessageBytesMax) words = "..." + words.substr(words.size() - kMessageBytesMax);
  std::ranges::replace(words, '\n', ' ');
  return printable_line(words);
}

}  // namespace aurora::executor
