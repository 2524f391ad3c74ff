#include <CLI/CLI.hpp>
#include <cstdio>

#include "aurora/base/build_info.h"
#include "modes/help_format.h"
#include "modes/mode.h"

namespace aurora {

int version_main(int argc, char** argv) {
  CLI::App app("Print version, commit and build date.", "aurora version");
  set_help_format(app);
  try {
    app.parse(argc, argv);
  } catch (const CLI::ParseError& error) {
    return end_parsing(app, error);
  }
  const BuildInfo info = build_info();
  std::printf("Aurora client build info:\n\tversion: %.*s\n\tsha: %.*s\n\tdate: %.*s\nAurora API version: 3\n",
              static_cast<int>(info.version.size()), info.version.data(), static_cast<int>(info.commit.size()),
              info.commit.data(), static_cast<int>(info.date.size()), info.date.data());
  return 0;
}

}  // namespace aurora
