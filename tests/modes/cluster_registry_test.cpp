#include "modes/cluster_registry.h"

#include <catch2/catch.hpp>

#include "aurora/codec/json_value.h"

using namespace aurora;

namespace {

const RegistryEntry kEntry{"devcluster", "http://127.0.0.1:8081", "/d"};

bool none_runs(const std::string&) { return false; }

std::string field(const std::string& text, size_t index, const char* name) {
  const auto document = codec::JsonValue::parse(text);
  return document->items().at(index).string_or(name, "");
}

}  // namespace

TEST_CASE("an entry is added to an empty file and taken out again") {
  std::string displaced;
  const auto with = with_entry("", kEntry, displaced, none_runs);
  REQUIRE(with.ok());
  CHECK(field(*with, 0, "scheduler_uri") == "http://127.0.0.1:8081");
  CHECK(displaced.empty());
  CHECK(*without_entry(*with, kEntry, "") == "[]\n");
}

TEST_CASE("other entries are kept, with keys that nobody knows") {
  std::string displaced;
  const auto with =
      with_entry(R"([{"name": "prod", "zk": "h", "site": {"x": [1, 2]}}])", kEntry, displaced, none_runs);
  REQUIRE(with.ok());
  CHECK(field(*with, 0, "name") == "prod");
  CHECK(field(*with, 1, "name") == "devcluster");
  CHECK(with->find("\"site\"") != std::string::npos);
}

TEST_CASE("an entry of the same name that the user wrote comes back") {
  std::string displaced;
  const auto with =
      with_entry(R"([{"name": "devcluster", "zk": "192.168.33.7"}])", kEntry, displaced, none_runs);
  REQUIRE(with.ok());
  CHECK(displaced == R"({"name":"devcluster","zk":"192.168.33.7"})");
  CHECK(field(*without_entry(*with, kEntry, displaced), 0, "zk") == "192.168.33.7");
}

TEST_CASE("an entry left by a killed devcluster is replaced, not displaced") {
  std::string displaced;
  const auto first =
      with_entry("[]", {"devcluster", "http://127.0.0.1:9000", "/other"}, displaced, none_runs);
  const auto second = with_entry(*first, kEntry, displaced, none_runs);
  CHECK(displaced.empty());
  CHECK(field(*second, 0, "scheduler_uri") == "http://127.0.0.1:8081");
  // And the first one's end leaves the second's entry alone.
  CHECK(*without_entry(*second, {"devcluster", "http://127.0.0.1:9000", "/other"}, "") == *second);
}

TEST_CASE("the entry of another devcluster that runs comes back") {
  std::string displaced;
  const auto first =
      with_entry("[]", {"devcluster", "http://127.0.0.1:9000", "/other"}, displaced, none_runs);
  const auto second =
      with_entry(*first, kEntry, displaced, [](const std::string& folder) { return folder == "/other"; });
  CHECK(owner_of(displaced) == "/other");
  CHECK(*without_entry(*second, kEntry, displaced) == *first);
  CHECK(owner_of(R"({"name": "devcluster", "zk": "h"})").empty());
}

TEST_CASE("an object of entries stays one; anything else is left alone") {
  std::string displaced;
  CHECK(with_entry(R"({"prod": {"name": "prod"}})", kEntry, displaced, none_runs)->starts_with("{"));
  CHECK_FALSE(with_entry("not json", kEntry, displaced, none_runs).ok());
  CHECK_FALSE(with_entry("3", kEntry, displaced, none_runs).ok());
}
