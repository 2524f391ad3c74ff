#include <CLI/CLI.hpp>
#include <iostream>

#include "aurora/base/build_info.h"
#include "modes/help_format.h"
#include "modes/mode.h"

namespace aurora {

int version_main(int argc, char** argv) {
  CLI::App app("Print version, commit and build date.", "aurora version");
  set_help_format(app);
  app.footer("Example: aurora version");
  try {
    app.parse(argc, argv);
  } catch (const CLI::ParseError& error) {
    return end_parsing(app, error);
  }
  const BuildInfo info = build_info();
  std::cout << "Aurora client build info:\n\tversion: " << info.version << "\n\tsha: " << info.commit
            << "\n\tdate: " << info.date << "\nAurora API version: 3\n";
  return 0;
}

}  // namespace aurora
