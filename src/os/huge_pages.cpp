#include "aurora/os/huge_pages.h"

#include <unistd.h>

#include <cstdlib>
#include <fstream>
#include <iterator>
#include <string_view>
#include <vector>

namespace aurora::os {
namespace {

constexpr const char* kVariable = "GLIBC_TUNABLES";
constexpr const char* kTunable = "glibc.malloc.hugetlb";

std::string text_of(const char* path) {
  std::ifstream file(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(file), {}};
}

}  // namespace

std::string tunables_for_huge_pages(const std::string& tunables) {
  if (tunables.find(kTunable) != std::string::npos) return "";
  return (tunables.empty() ? "" : tunables + ":") + kTunable + "=1";
}

bool offers_huge_pages(const std::string& enabled) {
  return enabled.find("[madvise]") != std::string::npos || enabled.find("[always]") != std::string::npos;
}

void use_huge_pages() {
  const char* known = std::getenv(kVariable);
  const std::string tunables = tunables_for_huge_pages(known != nullptr ? known : "");
  if (tunables.empty() || !offers_huge_pages(text_of("/sys/kernel/mm/transparent_hugepage/enabled"))) return;
  std::string command_line = text_of("/proc/self/cmdline");  // each argument ends with a NUL
  if (!command_line.ends_with('\0')) return;
  std::vector<char*> arguments;
  for (size_t at = 0; at < command_line.size(); at = command_line.find('\0', at) + 1) {
    arguments.push_back(&command_line[at]);
  }
  arguments.push_back(nullptr);
  std::vector<char> program(4096);
  const ssize_t size = readlink("/proc/self/exe", program.data(), program.size() - 1);
  if (size <= 0) return;
  setenv(kVariable, tunables.c_str(), 1);
  execv(program.data(), arguments.data());
  // The program is not there any more, or may not be executed: it goes on as it is.
}

}  // namespace aurora::os
