#include "aurora/base/sorted_pieces.h"

#include <catch2/catch.hpp>

#include <set>

#include "aurora/base/rng.h"

namespace aurora {
namespace {

bool before(int a, int b) { return a < b; }

TEST_CASE("a list in pieces holds what a set holds, in the same order") {
  for (const uint64_t range : {20, 2'000, 100'000}) {
    Rng dice(range);
    SortedPieces<int> pieces;
    std::set<int> model;
    for (int step = 0; step < 20'000; ++step) {
      const int item = static_cast<int>(dice.below(range));
      const bool is_growing = step % 4'000 < 3'000;
      if (dice.below(4) != 0 ? is_growing : !is_growing) {
        if (model.insert(item).second) pieces.insert(item, before);
      } else {
        REQUIRE(pieces.erase(item, before) == (model.erase(item) > 0));
      }
      REQUIRE(pieces.size() == model.size());
    }
    CHECK(std::equal(pieces.begin(), pieces.end(), model.begin(), model.end()));
    REQUIRE_FALSE(model.empty());
    CHECK(pieces.front() == *model.begin());
    CHECK(pieces.back() == *model.rbegin());
    for (size_t position = 0; position < model.size(); position += 97) {
      CHECK(*pieces.at(position) == *std::next(model.begin(), static_cast<std::ptrdiff_t>(position)));
    }
    CHECK(pieces.at(model.size()) == pieces.end());
    for (int key = 0; key < static_cast<int>(range); key += static_cast<int>(range / 20)) {
      const auto found = pieces.lower_bound([&](int item) { return item < key; });
      const auto wanted = model.lower_bound(key);
      REQUIRE((found == pieces.end()) == (wanted == model.end()));
      if (wanted != model.end()) CHECK(*found == *wanted);
    }
  }
}

TEST_CASE("an empty list in pieces") {
  SortedPieces<int> pieces;
  CHECK(pieces.empty());
  CHECK(pieces.begin() == pieces.end());
  CHECK(pieces.at(0) == pieces.end());
  CHECK_FALSE(pieces.erase(1, before));
  pieces.insert(1, before);
  CHECK(pieces.erase(1, before));
  CHECK(pieces.empty());
}

}  // namespace
}  // namespace aurora
