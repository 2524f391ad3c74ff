#include "aurora/base/assets.h"

#include <algorithm>

#include "base/asset_table.h"

extern "C" const char aurora_asset_blob[];

namespace aurora {

std::optional<Asset> find_asset(std::string_view path) {
  const AssetRow* end = kAssetRows + kAssetCount;
  const AssetRow* row =
      std::lower_bound(kAssetRows, end, path, [](const AssetRow& a, std::string_view b) { return a.path < b; });
  if (row == end || row->path != path) return std::nullopt;
  return Asset{{aurora_asset_blob + row->offset, row->size}, row->content_type, row->etag, {aurora_asset_blob + row->gzip_offset, row->gzip_size}};
}

}  // namespace aurora
