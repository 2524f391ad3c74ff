// The document and the program say the same: which routes there are and what they answer.
#include <catch2/catch.hpp>
#include <set>

#include "aurora/codec/json.h"
#include "scheduler_bench.h"

namespace aurora::api {
namespace {

using codec::JsonValue;

const JsonValue& at(const JsonValue& value, const std::string& name) {
  const JsonValue* member = value.find(name);
  INFO(name);
  REQUIRE(member);
  return *member;
}

std::string upper(std::string text) {
  for (char& c : text) c = static_cast<char>(std::toupper(static_cast<unsigned char>(c)));
  return text;
}

// Checks that `value` has nothing that the schema does not name, and all that it requires.
class Checker {
 public:
  explicit Checker(const JsonValue& document) : document_(document) {}

  void check(const JsonValue& value, const JsonValue& schema, const std::string& path) const {
    INFO(path);
    if (schema.find("$ref")) return check(value, resolve(schema), path);
    if (schema.find("allOf")) return check_object(value, members_of(schema), path);
    if (const JsonValue* cases = schema.find("oneOf")) return check_one_of(value, *cases, path);
    const std::string type = schema.string_or("type", "");
    if (type == "array") {
      REQUIRE(value.is_array());
      for (const JsonValue& item : value.items()) check(item, at(schema, "items"), path + "[]");
    } else if (type == "object") {
      REQUIRE(value.is_object());
      if (const JsonValue* values = schema.find("additionalProperties")) {
        for (const auto& member : value.members()) check(member.value, *values, path + "." + member.name);
      } else if (schema.find("properties")) {
        check_object(value, members_of(schema), path);
      }
    } else if (type == "string") {
      REQUIRE(value.is_string());
      if (const JsonValue* names = schema.find("enum")) {
        std::set<std::string> known;
        for (const JsonValue& name : names->items()) known.insert(*name.as_string());
        CHECK(known.contains(*value.as_string()));
      }
    } else if (type == "boolean") {
      REQUIRE(value.kind() == JsonValue::Kind::Bool);
    } else {
      REQUIRE(value.is_number());
    }
  }

 private:
  struct Members {
    std::map<std::string, const JsonValue*> properties;
    std::set<std::string> required;
  };

  const JsonValue& resolve(const JsonValue& schema) const {
    const std::string name = *schema.get_string("$ref");
    return at(at(at(document_, "components"), "schemas"), name.substr(name.rfind('/') + 1));
  }
  Members members_of(const JsonValue& schema) const {
    if (schema.find("$ref")) return members_of(resolve(schema));
    Members members;
    if (const JsonValue* parts = schema.find("allOf")) {
      for (const JsonValue& part : parts->items()) {
        Members more = members_of(part);
        members.properties.merge(more.properties);
        members.required.merge(more.required);
      }
      return members;
    }
    for (const auto& member : at(schema, "properties").members())
      members.properties[member.name] = &member.value;
    if (const JsonValue* required = schema.find("required")) {
      for (const JsonValue& name : required->items()) members.required.insert(*name.as_string());
    }
    return members;
  }
  void check_object(const JsonValue& value, const Members& members, const std::string& path) const {
    for (const std::string& name : members.required) {
      INFO(path << " lacks " << name);
      CHECK(value.find(name) != nullptr);
    }
    for (const auto& member : value.members()) {
      INFO(path << " has " << member.name);
      const auto property = members.properties.find(member.name);
      REQUIRE(property != members.properties.end());
      check(member.value, *property->second, path + "." + member.name);
    }
  }
  // Our unions are objects with one member: its name decides.
  void check_one_of(const JsonValue& value, const JsonValue& cases, const std::string& path) const {
    REQUIRE(value.members().size() == 1);
    for (const JsonValue& one : cases.items()) {
      if (at(one, "properties").find(value.members()[0].name)) return check(value, one, path);
    }
    FAIL("no case for " << value.members()[0].name);
  }

  const JsonValue& document_;
};

TEST_CASE("every route is in the document, and nothing else is") {
  SchedulerBench bench;
  const JsonValue document = bench.get("/v1/openapi.json");
  std::set<std::string> documented;
  for (const auto& path : at(document, "paths").members()) {
    for (const auto& operation : path.value.members())
      documented.insert(upper(operation.name) + " " + path.name);
  }
  std::set<std::string> served;
  const std::set<std::string> pages = {"/",        "/scheduler", "/scheduler/{path...}",
                                       "/updates", "/hosts",     "/favicon.ico", "/assets/{path...}"};
  for (const net::Route& route : bench.routes()) {
    if (!pages.contains(route.pattern)) served.insert(route.method + " " + route.pattern);
  }
  CHECK(served == documented);
}

TEST_CASE("answers have the documented shape") {
  SchedulerBench bench;
  core::TaskConfig config = test::a_service("www/prod/web");
  config.constraints = {{"rack", core::ValueConstraint{false, {"r1"}}}, {"host", core::LimitConstraint{1}}};
  config.contact_email = "a@b";
  config.metadata = {{"k", "v"}};
  config.task_links = {{"http", "http://%host%:%port:http%"}};
  config.partition_policy = core::PartitionPolicy{};
  bench.create(test::a_job_of(config, 2));
  bench.report("h1");
  bench.settle(seconds(2));
  core::JobUpdateRequest request;
  request.task_config = config;
  request.task_config.priority = 4;
  request.instance_count = 3;
  const std::string body = codec::JsonObject().add_raw("request", codec::encode_json(request)).text();
  const std::string update = bench.post("/v1/updates", body, 201).find("key")->string_or("id", "");
  bench.settle(seconds(2));

  const JsonValue document = bench.get("/v1/openapi.json");
  const std::pair<std::string, std::string> reads[] = {
      {"/v1/roles", "/v1/roles"},
      {"/v1/roles/{role}", "/v1/roles/www"},
      {"/v1/jobs", "/v1/jobs"},
      {"/v1/jobs/{role}/{environment}/{name}", "/v1/jobs/www/prod/web"},
      {"/v1/tasks", "/v1/tasks"},
      {"/v1/pending", "/v1/pending"},
      {"/v1/updates", "/v1/updates"},
      {"/v1/updates/{role}/{environment}/{name}/{id}", "/v1/updates/www/prod/web/" + update},
      {"/v1/hosts", "/v1/hosts"},
      {"/v1/cluster", "/v1/cluster"},
      {"/v1/tiers", "/v1/tiers"},
      {"/vars.json", "/vars.json"},
  };
  for (const auto& [path, target] : reads) {
    const JsonValue& operation = at(at(at(document, "paths"), path), "get");
    const JsonValue& content = at(at(at(operation, "responses"), "200"), "content");
    Checker(document).check(bench.get(target), at(at(content, "application/json"), "schema"), path);
  }
  const JsonValue& diff = at(at(at(document, "components"), "schemas"), "JobDiff");
  Checker(document).check(bench.post("/v1/updates/diff", codec::encode_json(request)), diff, "diff");
  const JsonValue& error = at(at(at(document, "components"), "schemas"), "Error");
  Checker(document).check(*JsonValue::parse(bench.call("GET", "/v1/tasks/none").body), error, "error");
}

}  // namespace
}  // namespace aurora::api
