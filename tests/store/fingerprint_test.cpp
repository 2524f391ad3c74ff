// The sum over all records, against one that is taken anew of every record there is.
#include "store/fingerprint.h"

#include <catch2/catch.hpp>
#include <map>
#include <string>

#include "aurora/base/rng.h"
#include "store/record_key.h"

namespace aurora::store {
namespace {

// Rows by table and key, parts of records among them (in table 0 only).
using Rows = std::map<std::pair<int, std::string>, std::string>;

RecordHashes hashes_of(const Rows& rows) {
  RecordHashes hashes;
  for (const auto& [place, value] : rows) {
    const auto& [table, key] = place;
    if (is_part(key)) {
      hashes.add_part(table, key, value);
    } else {
      hashes.add(table, key, value);
    }
  }
  return hashes;
}

uint64_t record_count(const Rows& rows) {
  uint64_t count = 0;
  for (const auto& [place, value] : rows) count += is_part(place.second) ? 0 : 1;
  return count;
}

void erase_parts(Rows& rows, const std::string& name) {
  rows.erase(rows.lower_bound({0, first_part_key(name)}), rows.lower_bound({0, after_part_keys(name)}));
}

// What is changed in one is changed in the other.
void change(Rng& rng, Rows& rows, Fingerprint& fingerprint) {
  const int table = static_cast<int>(rng.below(2));
  const std::string name = "record" + std::to_string(rng.below(400));
  const std::string value = rng.uuid();
  const bool is_there = rows.contains({table, name});
  const uint64_t kind = rng.below(8);
  if (kind < 3) {
    const bool had_parts = fingerprint.put(table, name, value);
    const size_t before = rows.size();
    if (table == 0) erase_parts(rows, name);
    CHECK(had_parts == (rows.size() < before));
    rows[{table, name}] = value;
  } else if (kind < 6) {
    if (!rows.contains({0, name})) return;
    const auto index = static_cast<int32_t>(rng.below(6));
    const auto last = std::prev(rows.lower_bound({0, after_part_keys(name)}))->first.second;
    const bool is_new = !is_part(last) || part_index(last) < index;
    CHECK(fingerprint.add_part(0, name, index, value) == is_new);
    if (is_new) rows[{0, part_key(name, index)}] = value;
  } else {
    CHECK(fingerprint.erase(table, name) == is_there);
    rows.erase({table, name});
    if (table == 0) erase_parts(rows, name);
  }
}

TEST_CASE("a fingerprint that is kept is the one that is taken anew, whatever was written in between") {
  for (uint64_t seed = 1; seed <= 5; ++seed) {
    CAPTURE(seed);
    Rng rng(seed);
    Rows rows;
    Fingerprint kept;
    for (int step = 0; step < 4'000; ++step) {
      change(rng, rows, kept);
      if (step % 100 != 0) continue;
      Fingerprint anew;
      if (step % 200 == 0) anew.reserve(rows.size());
      anew.add(hashes_of(rows));
      REQUIRE(kept.sum() == anew.sum());
      REQUIRE(kept.count() == anew.count());
      REQUIRE(kept.count() == record_count(rows));
      if (step % 1'000 == 0) kept = anew;  // a start: it goes on with what it has read
    }
  }
}

TEST_CASE("records may be read in any pieces and any order") {
  Rng rng(7);
  Rows rows;
  Fingerprint kept;
  for (int step = 0; step < 1'000; ++step) change(rng, rows, kept);
  std::vector<Rows> pieces(7);
  for (const auto& row : rows) pieces[rng.below(pieces.size())].insert(row);
  Fingerprint read;
  for (const Rows& piece : pieces) read.add(hashes_of(piece));
  CHECK(read.sum() == kept.sum());
  CHECK(read.count() == kept.count());
}

TEST_CASE("every change of a row changes the sum") {
  const Rows rows = {{{0, "a"}, "1"}, {{0, part_key("a", 0)}, "2"}, {{0, "b"}, "1"}, {{1, "a"}, "1"}};
  const auto sum_of = [](const Rows& read) {
    Fingerprint fingerprint;
    fingerprint.add(hashes_of(read));
    return fingerprint.sum();
  };
  for (const auto& [place, value] : rows) {
    Rows other = rows;
    other[place] = value + "x";
    CHECK(sum_of(other) != sum_of(rows));
    other.erase(place);
    CHECK(sum_of(other) != sum_of(rows));
    other[{place.first, place.second + "x"}] = value;
    CHECK(sum_of(other) != sum_of(rows));
  }
}

// On disk since the first fingerprint.
TEST_CASE("hashes are the same for all time") {
  Fingerprint fingerprint;
  fingerprint.put(0, "task", "bytes of a task");
  fingerprint.add_part(0, "task", 1, "bytes of a move");
  fingerprint.put(3, "update", "");
  CHECK(fingerprint.sum() == 16440793461536684067u);
}

}  // namespace
}  // namespace aurora::store
