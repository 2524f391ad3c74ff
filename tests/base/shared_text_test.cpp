#include "aurora/base/shared_text.h"

#include <catch2/catch.hpp>

#include <thread>
#include <unordered_set>
#include <vector>

#include "aurora/base/named.h"
#include "aurora/base/optional_box.h"
#include "aurora/base/small_map.h"

namespace aurora {
namespace {

using HostName = Named<SharedText, struct HostNameTag>;

TEST_CASE("copies of a shared text are the same text") {
  const SharedText text("a text that is longer than a short string");
  SharedText copy = text;
  CHECK(&*copy == &*text);
  CHECK_FALSE(text.is_unshared());
  copy = SharedText("other");
  CHECK(text.is_unshared());
  CHECK(text == "a text that is longer than a short string");
  CHECK(copy.value_or("") == "other");
  SharedText moved = std::move(copy);
  CHECK(moved == SharedText("other"));
  moved = *&moved;
  CHECK(moved == "other");
}

TEST_CASE("no text is not an empty text") {
  const SharedText none;
  const SharedText empty("");
  CHECK_FALSE(none.has_value());
  CHECK(empty.has_value());
  CHECK_FALSE(none == empty);
  CHECK(none < empty);
  CHECK(none.value_or("fallback") == "fallback");
  CHECK(none.text().empty());
  CHECK(none == std::nullopt);
  CHECK(SharedText(std::optional<std::string>()) == none);
  CHECK(SharedText(std::optional<std::string>("")) == empty);
  CHECK(std::optional<std::string>(none) == std::nullopt);
  CHECK(std::optional<std::string>(empty) == "");
}

TEST_CASE("names with shared texts compare and hash as their texts do") {
  CHECK(HostName("") == HostName());
  CHECK(HostName().empty());
  CHECK(HostName().value().empty());
  CHECK(HostName("a") < HostName("b"));
  CHECK(HostName() < HostName("a"));
  CHECK(HostName("same text") == HostName("same text"));
  const std::unordered_set<HostName> names{HostName("a"), HostName("b"), HostName("a")};
  CHECK(names.size() == 2);
}

TEST_CASE("threads may copy and drop one text at once") {
  const SharedText text("shared by all of the threads");
  std::vector<std::thread> threads;
  for (int i = 0; i < 4; ++i) {
    threads.emplace_back([text] {
      for (int step = 0; step < 10'000; ++step) {
        const SharedText copy = text;
        if (copy->empty()) std::abort();
      }
    });
  }
  for (std::thread& thread : threads) thread.join();
  CHECK(text.is_unshared());
}

TEST_CASE("an optional in a box is like an optional") {
  OptionalBox<std::string> box;
  CHECK_FALSE(box);
  box = std::string("value");
  REQUIRE(box.has_value());
  CHECK(*box == "value");
  CHECK(box->size() == 5);
  const OptionalBox<std::string> copy = box;
  CHECK(copy == box);
  *box = "another";
  CHECK(*copy == "value");
  CHECK_FALSE(copy == box);
  CHECK(std::optional<std::string>(copy) == "value");
  box = std::optional<std::string>();
  CHECK_FALSE(box.has_value());
  box.emplace() = "again";
  box.reset();
  CHECK(box == OptionalBox<std::string>());
}

TEST_CASE("a small map is like a map") {
  SmallMap<std::string, int> map = {{"b", 2}, {"a", 1}};
  map["c"] = 3;
  map["a"] = 10;
  CHECK(std::map<std::string, int>(map) == std::map<std::string, int>{{"a", 10}, {"b", 2}, {"c", 3}});
  CHECK(map == SmallMap<std::string, int>(std::map<std::string, int>{{"c", 3}, {"b", 2}, {"a", 10}}));
  CHECK(map.at("b") == 2);
  CHECK(map.contains("c"));
  CHECK(map.find("d") == map.end());
  CHECK(map.count("d") == 0);
  map.clear();
  CHECK(map.empty());
}

}  // namespace
}  // namespace aurora
