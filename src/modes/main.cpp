// Chooses the mode. Each mode parses its own flags, so a short command never pays for the long ones.
#include <cstdio>
#include <string_view>

#include "modes/mode.h"

namespace aurora {
namespace {

constexpr Mode kModes[] = {
    {"version", "Print version, commit and build date.", version_main},
};

void print_modes(std::FILE* out) {
  std::fputs("Usage: aurora <command> [options]\n\nCommands:\n", out);
  for (const Mode& mode : kModes) {
    if (*mode.summary != '\0') std::fprintf(out, "  %-16s %s\n", mode.name, mode.summary);
  }
}

int run(int argc, char** argv) {
  const std::string_view name = argc < 2 ? "help" : argv[1];
  if (name == "help" || name == "-h" || name == "--help") {
    print_modes(stdout);
    return 0;
  }
  for (const Mode& mode : kModes) {
    if (name == mode.name || (name == "--version" && mode.run == version_main)) return mode.run(argc - 1, argv + 1);
  }
  std::fprintf(stderr, "aurora: no command named '%s'; `aurora help` lists them\n", argv[1]);
  return 2;
}

}  // namespace
}  // namespace aurora

int main(int argc, char** argv) { return aurora::run(argc, argv); }
