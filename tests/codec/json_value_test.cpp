#include "aurora/codec/json_value.h"

#include <catch2/catch.hpp>
#include <cmath>

#include "aurora/codec/json.h"

namespace aurora::codec {
namespace {

std::string nested(size_t depth, char open, char close) {
  return std::string(depth, open) + std::string(depth, close);
}

std::string error_of(std::string_view text) {
  const auto value = JsonValue::parse(text);
  return value.ok() ? "" : value.error().message;
}

TEST_CASE("JSON text reads back as it was") {
  for (const char* text :
       {"null", "true", "-12", "9223372036854775807", "1.5", "1e+300", R"("a\"b\\c\n\u0001")", "[]",
        R"([1,"x",{"a":[]}])", R"({"b":1,"a":2})", "\"\xC3\xA9\xF0\x9F\x98\x80\""}) {
    const auto value = JsonValue::parse(text);
    INFO(text);
    REQUIRE(value.ok());
    CHECK(value->to_json() == text);
  }
}

TEST_CASE("hostile JSON text is refused with a reason") {
  const std::pair<std::string, std::string> cases[] = {
      {"", "not valid JSON: parse error at line 1, column 1"},
      {"{", "not valid JSON: parse error at line 1, column 2"},
      {"[1,]", "not valid JSON: parse error"},
      {"{'a':1}", "not valid JSON: parse error"},
      {"1 2", "not valid JSON: parse error"},
      {"NaN", "not valid JSON: parse error"},
      {"[Infinity]", "not valid JSON: parse error"},
      {"1e999", "not valid JSON: number overflow"},
      {R"({"a":1,"a":2})", R"(not valid JSON: the name "a" appears twice in one object)"},
      {"\"\xFF\"", "not valid JSON: parse error"},
      {"\"\xC0\x80\"", "not valid JSON: parse error"},
      {"\"\xED\xA0\x80\"", "not valid JSON: parse error"},
      {R"("\ud800")", "not valid JSON: parse error"},
      {nested(65, '[', ']'), "not valid JSON: nested deeper than 64 levels"},
      {nested(100'000, '[', ']'), "not valid JSON: nested deeper than 64 levels"},
      {std::string(1'000'000, '['), "not valid JSON: nested deeper than 64 levels"},
  };
  for (const auto& [text, message] : cases) {
    INFO(text.substr(0, 80));
    CHECK(error_of(text).substr(0, message.size()) == message);
  }
  CHECK(error_of(nested(64, '[', ']')).empty());
  std::string objects;
  for (int i = 0; i < 100'000; ++i) objects += R"({"a":)";
  CHECK(error_of(objects) == "not valid JSON: nested deeper than 64 levels");
}

TEST_CASE("a byte order mark is skipped") {
  CHECK(JsonValue::parse("\xEF\xBB\xBF{\"a\":1}")->int_or("a", 0) == 1);
}

TEST_CASE("members are read by kind, errors name them") {
  const JsonValue value =
      *JsonValue::parse(R"({"s":"x","i":3,"d":2.0,"f":2.5,"b":true,"n":null,"big":18446744073709551615})");
  CHECK(*value.get_string("s") == "x");
  CHECK(*value.get_int("d") == 2);
  CHECK(*value.get_double("i") == 3.0);
  CHECK(*value.get_bool("b"));
  CHECK(value.find("n") == nullptr);
  CHECK(value.get_int("f").error().message == "f: expected an integer, found 2.5");
  CHECK(value.get_string("i").error().message == "i: expected a string, found 3");
  CHECK(value.get_string("missing").error().message == "missing: expected a string, found nothing");
  CHECK_FALSE(value.get_int("big").ok());
  CHECK(value.string_or("i", "fallback") == "fallback");
  CHECK(JsonValue::parse("[1]")->find("a") == nullptr);
}

TEST_CASE("builders compose objects from values and encoded parts") {
  JsonObject object;
  object.add("total", 3)
      .add("name", "a\"b")
      .add("ok", true)
      .add("ratio", 0.5)
      .add("none", std::optional<int>());
  object.add("nan", std::nan("")).add_raw("jobs", JsonArray().add("x").add(1).text());
  object.add_members(R"({"k":1})").add_members("{}").add("at", Instant{5});
  CHECK(object.text() ==
        R"({"total":3,"name":"a\"b","ok":true,"ratio":0.5,"nan":null,"jobs":["x",1],"k":1,"at":5})");
  CHECK(quote_json("a\xFFz") == "\"a\xEF\xBF\xBDz\"");
}

TEST_CASE("a text comes back from its quotes, whatever is where in it") {
  constexpr char kAsciiEnd = 0x7f;
  for (size_t at = 0; at < 18; ++at) {
    for (char c = 0; c < kAsciiEnd; ++c) {
      for (const char before : {'a', '!', '\x1f', '\\'}) {
        std::string text(18, before);
        text[at] = c;
        REQUIRE(JsonValue::parse(quote_json(text))->as_string().value() == text);
      }
    }
    std::string damaged(18, 'a');
    damaged[at] = '\xFF';
    REQUIRE(quote_json(damaged) == "\"" + damaged.replace(at, 1, "\xEF\xBF\xBD") + "\"");
  }
}

TEST_CASE("indentation changes white space only") {
  CHECK(
      indent_json(R"({"a":[1,{"b":"x:,{\"}"}],"c":{},"d":[]})", 2) ==
      "{\n  \"a\": [\n    1,\n    {\n      \"b\": \"x:,{\\\"}\"\n    }\n  ],\n  \"c\": {},\n  \"d\": []\n}");
}

}  // namespace
}  // namespace aurora::codec
