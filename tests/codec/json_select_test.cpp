#include <catch2/catch.hpp>

#include "aurora/codec/json_select.h"
#include "aurora/codec/json_value.h"

namespace aurora::codec {
namespace {

Selection of(std::initializer_list<std::string> dotted) {
  Selection all;
  for (const std::string& one : dotted) {
    Selection* at = &all;
    for (size_t begin = 0; begin <= one.size();) {
      const size_t end = std::min(one.find('.', begin), one.size());
      at = &at->members[one.substr(begin, end - begin)];
      begin = end + 1;
    }
  }
  return all;
}

TEST_CASE("what was chosen stays, in the order of the text") {
  const std::string json = R"( {"a":1, "b" : {"c":[1,2,{"d":"}]\"\\"}],"e":null},"f":[{"g":1,"h":2},{"g":[]},7,null] } )";
  const std::pair<Selection, std::string> cases[] = {
      {of({}), json.substr(1, json.size() - 2)},
      {of({"a"}), R"({"a":1})"},
      {of({"b.e", "a"}), R"({"a":1,"b":{"e":null}})"},
      {of({"b.c"}), R"({"b":{"c":[1,2,{"d":"}]\"\\"}]}})"},
      {of({"b.c.d"}), R"({"b":{"c":[1,2,{"d":"}]\"\\"}]}})"},
      {of({"b.e.x"}), R"({"b":{"e":null}})"},
      {of({"f.g"}), R"({"f":[{"g":1},{"g":[]},7,null]})"},
      {of({"none"}), "{}"},
  };
  for (const auto& [selection, expected] : cases) {
    const auto selected = select(json, selection);
    REQUIRE(selected.ok());
    CHECK(*selected == expected);
    CHECK(JsonValue::parse(*selected).ok());
  }
}

TEST_CASE("of a list the items are chosen from, and the rest of its page stays") {
  const auto selected = select_in_list(R"({"tasks":[{"a":1,"b":2},{"b":3}],"total":9,"more":{"b":[1]}})", "tasks", of({"b"}));
  REQUIRE(selected.ok());
  CHECK(*selected == R"({"tasks":[{"b":2},{"b":3}],"total":9,"more":{"b":[1]}})");
  CHECK(*select_in_list(R"({"tasks":[],"total":0})", "tasks", of({"b"})) == R"({"tasks":[],"total":0})");
}

TEST_CASE("text that is cut off is no answer") {
  const std::string json = R"({"a":[{"b":"c\""},2],"d":{"e":true}})";
  for (size_t size = 0; size < json.size(); ++size) {
    INFO(json.substr(0, size));
    CHECK_FALSE(select(std::string_view(json).substr(0, size), of({"d.e"})).ok());
    CHECK_FALSE(select(std::string_view(json).substr(0, size), of({"a.b"})).ok());
  }
}

}  // namespace
}  // namespace aurora::codec
