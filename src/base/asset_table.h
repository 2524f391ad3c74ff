// The table that tools/embed_assets writes, sorted by path.
#pragma once

#include <cstddef>

namespace aurora {

struct AssetRow {
  const char* path;
  std::size_t offset;  // in the blob
  std::size_t size;
  const char* content_type;
  const char* etag;
  std::size_t gzip_offset;
  std::size_t gzip_size;  // 0: there is no compressed copy
};

extern const AssetRow kAssetRows[];
extern const std::size_t kAssetCount;

}  // namespace aurora
