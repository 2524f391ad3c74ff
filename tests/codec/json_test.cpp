#include "aurora/codec/json.h"

#include <catch2/catch.hpp>

#include "aurora/codec/json_fields.h"
#include "aurora/core/host/host.h"
#include "aurora/core/task/task_status.h"

namespace aurora::codec {
namespace {

// One of every shape, so that these tests need nothing of core but the values.
struct Inner {
  int32_t count = 0;
  friend bool operator==(const Inner&, const Inner&) = default;
};
void fields(Is<Inner> auto& i, auto&& visit) { visit("count", i.count); }

struct Outer {
  bool flag = false;
  int64_t wide = 0;
  double ratio = 0;
  std::string text;
  core::HostId host;
  Instant at;
  Duration delay;
  core::TaskStatus status = core::TaskStatus::Init;
  std::optional<Inner> maybe;
  std::vector<Inner> list;
  std::set<int32_t> numbers;
  std::map<std::string, std::set<std::string>> attributes;
  core::TaskConstraint constraint;
  friend bool operator==(const Outer&, const Outer&) = default;
};
void fields(Is<Outer> auto& o, auto&& visit) {
  visit("flag", o.flag);
  visit("wide", o.wide);
  visit("ratio", o.ratio);
  visit("text", o.text);
  visit("host", o.host);
  visit("at", o.at);
  visit("delay", o.delay);
  visit("status", o.status);
  visit("maybe", o.maybe);
  visit("list", o.list);
  visit("numbers", o.numbers);
  visit("attributes", o.attributes);
  visit("constraint", o.constraint);
}

Outer sample() {
  Outer o;
  o.flag = true;
  o.wide = int64_t{1} << 60;
  o.ratio = 0.1;
  o.text = "a\"b\n";
  o.host = core::HostId("h1");
  o.at = Instant{1'700'000'000'123};
  o.delay = seconds(2);
  o.status = core::TaskStatus::Running;
  o.maybe = Inner{3};
  o.list = {{1}, {2}};
  o.numbers = {3, 1};
  o.attributes = {{"rack", {"a", "b"}}};
  o.constraint = core::LimitConstraint{4};
  return o;
}

std::string error_of(std::string_view json) {
  const auto outer = decode_json<Outer>(json);
  return outer.ok() ? "" : outer.error().message;
}

TEST_CASE("every shape is written as documented and reads back equal") {
  const std::string json = encode_json(sample());
  CHECK(
      json ==
      R"({"flag":true,"wide":1152921504606846976,"ratio":0.1,"text":"a\"b\n","host":"h1","at":1700000000123,)"
      R"("delay":2000,"status":"RUNNING","maybe":{"count":3},"list":[{"count":1},{"count":2}],"numbers":[1,3],)"
      R"("attributes":{"rack":["a","b"]},"constraint":{"limit":{"limit":4}}})");
  CHECK(*decode_json<Outer>(json) == sample());
}

TEST_CASE("an empty optional is left out, null is the same as absent") {
  Outer o;
  CHECK(encode_json(o).find("maybe") == std::string::npos);
  CHECK(*decode_json<Outer>(R"({"maybe":null,"text":null})") == Outer{});
  CHECK(*decode_json<Outer>("{}") == Outer{});
}

TEST_CASE("fields are found in any order") {
  CHECK(decode_json<Outer>(R"({"text":"x","flag":true})")->text == "x");
  CHECK(decode_json<Outer>(R"({"text":"x","flag":true})")->flag);
}

TEST_CASE("errors name the path, what was expected and what was found") {
  const std::pair<std::string, std::string> cases[] = {
      {"3", "expected an object, found 3"},
      {R"({"flag":1})", "flag: expected true or false, found 1"},
      {R"({"ratio":"x"})", R"(ratio: expected a number, found "x")"},
      {R"({"wide":1.5})", "wide: expected an integer, found 1.5"},
      {R"({"wide":9223372036854775808})", "wide: expected an integer, found 9223372036854775808.0"},
      {R"({"maybe":{"count":3000000000}})",
       "maybe.count: expected an integer from -2147483648 to 2147483647, found 3000000000"},
      {R"({"list":[{"count":1},{"count":[]}]})", "list[1].count: expected an integer, found an array"},
      {R"({"list":{}})", "list: expected an array, found an object"},
      {R"({"attributes":{"rack":["a",2]}})", "attributes.rack[1]: expected a string, found 2"},
      {R"({"constraint":{"limit":{"limit":"x"}}})",
       R"(constraint.limit.limit: expected an integer, found "x")"},
      {R"({"constraint":{}})", "constraint: expected an object with one of value, limit, found an object"},
      {R"({"constraint":{"other":{}}})", R"(constraint: expected one of value, limit, found "other")"},
      {R"({"maybe":{"cuont":3}})", R"(maybe: unknown field "cuont"; known are count)"},
  };
  for (const auto& [json, message] : cases) {
    INFO(json);
    const std::string found = error_of(json);
    CHECK(found == message);
  }
  CHECK(error_of(R"({"status":"RUNING"})").starts_with("status: expected one of PENDING, STARTING, "));
  CHECK(error_of(R"({"status":"RUNING"})").ends_with(R"(, found "RUNING")"));
}

TEST_CASE("unknown fields are refused in requests and may be ignored in answers") {
  const JsonValue value = *JsonValue::parse(R"({"count":2,"tone":"ok"})");
  CHECK_FALSE(decode_json<Inner>(value).ok());
  CHECK(decode_json<Inner>(value, UnknownFields::Ignore)->count == 2);
}

}  // namespace

TEST_CASE("a request holds no NUL character, wherever it is; what others answer may") {
  const auto text_of = [](const std::string& json, UnknownFields unknown) {
    const auto job = decode_json<core::TaskConfig>(*JsonValue::parse(json), unknown);
    return job.ok() ? "" : job.error().message;
  };
  const std::string why = "the text holds a NUL character, with which nothing can be named or executed";
  CHECK(text_of(R"({"contactEmail": "a\u0000b"})", UnknownFields::Refuse) == "contactEmail: " + why);
  CHECK(text_of(R"({"resources": {"ports": ["\u0000"]}})", UnknownFields::Refuse) == "resources.ports[0]: " + why);
  CHECK(text_of(R"({"taskLinks": {"a\u0000": "b"}})", UnknownFields::Refuse).ends_with(why));
  CHECK(text_of(R"({"contactEmail": "a\u0000b"})", UnknownFields::Ignore) == "");
}

}  // namespace aurora::codec
