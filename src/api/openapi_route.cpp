#include "api/openapi_route.h"

#include <set>

#include "api/handler.h"
#include "aurora/base/assets.h"
#include "aurora/codec/json_value.h"

namespace aurora::api {
namespace {

using codec::JsonObject;
using codec::JsonValue;

std::string_view text_of(const char* asset_name) {
  const std::optional<Asset> document = find_asset(asset_name);
  AURORA_CHECK(document.has_value());
  return document->bytes;
}

JsonValue parse_asset(const char* asset_name) {
  Result<JsonValue> document = JsonValue::parse(text_of(asset_name));
  AURORA_CHECK(document.ok());
  return std::move(*document);
}

// What follows the last slash of every "$ref".
void add_references(const JsonValue& value, std::set<std::string>& names) {
  for (const JsonValue& item : value.items()) add_references(item, names);
  for (const codec::JsonMember& member : value.members()) {
    if (member.name == "$ref" && member.value.is_string()) {
      const std::string target = *member.value.as_string();
      names.insert(target.substr(target.rfind('/') + 1));
    } else {
      add_references(member.value, names);
    }
  }
}

// Components of one kind ("schemas") of both documents, as far as the first needs those of the second.
std::string join_components(const char* kind, const JsonValue& document, const JsonValue& other) {
  JsonValue::Members members;
  const auto part_of = [&](const JsonValue& from) {
    const JsonValue* components = from.find("components");
    const JsonValue* part = components == nullptr ? nullptr : components->find(kind);
    return part == nullptr ? JsonValue::Members{} : part->members();
  };
  std::set<std::string> wanted;
  std::set<std::string> defined;
  add_references(document, wanted);
  for (codec::JsonMember& own : part_of(document)) {
    defined.insert(own.name);
    members.push_back(std::move(own));
  }
  const JsonValue::Members offered = part_of(other);
  for (bool grew = true; grew;) {  // what is taken may refer to more
    grew = false;
    for (const codec::JsonMember& member : offered) {
      if (!wanted.contains(member.name) || !defined.insert(member.name).second) continue;
      add_references(member.value, wanted);
      members.push_back(member);
      grew = true;
    }
  }
  return JsonValue(std::move(members)).to_json();
}

std::string executor_document() {
  const JsonValue document = parse_asset("executor_openapi.json");
  const JsonValue& scheduler = scheduler_openapi();
  JsonObject components;
  for (const char* kind : {"schemas", "parameters", "responses"})
    components.add_raw(kind, join_components(kind, document, scheduler));
  components.add_raw("securitySchemes", scheduler.find("components")->find("securitySchemes")->to_json());
  JsonObject joined;
  for (const codec::JsonMember& member : document.members()) {
    if (member.name != "components") joined.add_raw(member.name, member.value.to_json());
  }
  return codec::indent_json(joined.add_raw("components", components.text()).text(), 2);
}

net::Route make_openapi_route(std::string document) {
  return make_route("GET", "/v1/openapi.json",
                    [document = std::move(document)](const net::Request&) { return json_answer(document); });
}

}  // namespace

const JsonValue& scheduler_openapi() {
  static const JsonValue document = parse_asset("openapi.json");
  return document;
}

net::Route scheduler_openapi_route() { return make_openapi_route(std::string(text_of("openapi.json"))); }
net::Route executor_openapi_route() { return make_openapi_route(executor_document()); }

}  // namespace aurora::api
