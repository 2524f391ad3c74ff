#include "aurora/base/assets.h"

#include <catch2/catch.hpp>
#include <string>

#include "base/asset_table.h"

TEST_CASE("every embedded file is found by its path, with its type and an etag") {
  for (std::size_t i = 0; i < aurora::kAssetCount; ++i) {
    const std::string path = aurora::kAssetRows[i].path;
    INFO(path);
    const auto asset = aurora::find_asset(path);
    REQUIRE(asset.has_value());
    CHECK(asset->bytes.size() == aurora::kAssetRows[i].size);
    CHECK(asset->content_type.find('/') != std::string_view::npos);
    CHECK(asset->etag.size() == 18);  // 16 digits in quotes
  }
}

TEST_CASE("a path that is not embedded has no asset") {
  for (const char* path : {"", "/", "web", "web/../index.html", "zzz"}) CHECK_FALSE(aurora::find_asset(path).has_value());
}
