// What this executable was built from.
#pragma once

#include <string_view>

namespace aurora {

struct BuildInfo {
  std::string_view version;  // "1.0.0"
  std::string_view commit;   // full hash, or "unknown" when built outside a git work tree
  std::string_view date;     // of the build, UTC, "2026-01-31"
};

BuildInfo build_info();

}  // namespace aurora
