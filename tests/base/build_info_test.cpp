#include "aurora/base/build_info.h"

#include <catch2/catch.hpp>

TEST_CASE("build info names version, commit and day") {
  const aurora::BuildInfo info = aurora::build_info();
  CHECK(info.version.find('.') != std::string_view::npos);
  CHECK_FALSE(info.commit.empty());
  CHECK(info.date.size() == std::string_view("2026-01-31").size());
}
