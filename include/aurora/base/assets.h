// Files that are inside the executable: the web pages ("web/index.html"), the OpenAPI document ("openapi.json"), ...
// Layers add theirs with aurora_asset(name file) in CMake, and link PACKAGES assets where they look them up.
#pragma once

#include <optional>
#include <string_view>

namespace aurora {

struct Asset {
  std::string_view bytes;  // valid as long as the program runs
  std::string_view content_type;
  std::string_view etag;     // of the content, quoted as in HTTP
  std::string_view gzipped;  // the content, compressed with gzip; empty: there is no such copy
};

// `path` without a leading slash, exactly as embedded. Thread-safe.
std::optional<Asset> find_asset(std::string_view path);

}  // namespace aurora
