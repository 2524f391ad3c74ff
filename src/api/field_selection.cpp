#include "api/field_selection.h"

#include <algorithm>
#include <utility>
#include <vector>

#include "aurora/base/printable.h"
#include "aurora/base/split.h"

namespace aurora::api {
namespace {

using codec::JsonValue;
using codec::Selection;

constexpr size_t kNamesMax = 100;
constexpr size_t kBytesMax = 4096;
constexpr size_t kDepthMax = 8;  // of dots, and of references

Error refuse(const std::string& why) { return {ErrorCode::InvalidArgument, "Query parameter 'fields': " + why}; }

// What the document says of an object, or of the items of a list.
struct Shape {
  std::vector<std::pair<std::string, const JsonValue*>> members;  // in its order
  const JsonValue* others = nullptr;  // what any further member is, where names are data
};

class Document {
 public:
  explicit Document(const JsonValue& root) : root_(root) {}

  const JsonValue* find_answer(const std::string& path) const {
    const JsonValue* at = &root_;
    for (const char* name : {"paths", path.c_str(), "get", "responses", "200", "content", "application/json", "schema"}) {
      at = at->find(name);
      if (at == nullptr) return nullptr;
    }
    return at;
  }
  Shape shape_of(const JsonValue& schema) const {
    Shape shape;
    add(schema, kDepthMax, shape);
    return shape;
  }
  bool is_list(const JsonValue& schema) const {
    const JsonValue* resolved = resolve(&schema);
    return resolved != nullptr && resolved->string_or("type", "") == "array";
  }

 private:
  const JsonValue* resolve(const JsonValue* schema) const {
    for (size_t depth = 0; schema != nullptr && schema->find("$ref") != nullptr && depth < kDepthMax; ++depth) {
      const std::string name = schema->string_or("$ref", "");
      const JsonValue* components = root_.find("components");
      const JsonValue* schemas = components == nullptr ? nullptr : components->find("schemas");
      schema = schemas == nullptr ? nullptr : schemas->find(name.substr(name.rfind('/') + 1));
    }
    return schema;
  }
  void add(const JsonValue& described, size_t depth, Shape& shape) const {
    const JsonValue* schema = resolve(&described);
    if (schema == nullptr || depth == 0) return;
    if (const JsonValue* items = schema->find("items")) add(*items, depth - 1, shape);
    for (const char* parts : {"allOf", "oneOf"}) {
      const JsonValue* all = schema->find(parts);
      if (all == nullptr) continue;
      for (const JsonValue& part : all->items()) add(part, depth - 1, shape);
    }
    if (const JsonValue* members = schema->find("properties")) {
      for (const codec::JsonMember& member : members->members()) shape.members.emplace_back(member.name, &member.value);
    }
    if (const JsonValue* others = schema->find("additionalProperties")) shape.others = others;
  }

  const JsonValue& root_;
};

const JsonValue* find_member(const Shape& shape, const std::string& name) {
  const auto found = std::ranges::find(shape.members, name, &std::pair<std::string, const JsonValue*>::first);
  return found == shape.members.end() ? shape.others : found->second;
}

Error unknown(const std::string& name, const std::string& within, const Shape& shape) {
  const std::string where = within.empty() ? "" : " in '" + within + "'";
  std::string names;
  for (const auto& [member, schema] : shape.members) names += (names.empty() ? "" : ", ") + member;
  return refuse("there is no '" + printable_line(name) + "'" + where + "; " +
                (names.empty() ? "there are no fields to choose from" : "there are " + names));
}

// One dotted name, into the selection.
Status add(const Document& document, const Shape& outer, const std::string& dotted, Selection& all) {
  const std::vector<std::string> names = split(dotted, '.');
  if (names.size() > kDepthMax) return refuse("a name has " + std::to_string(kDepthMax) + " parts at most");
  Shape shape = outer;
  Selection* at = &all;
  std::string within;
  for (const std::string& name : names) {
    const JsonValue* schema = find_member(shape, name);
    if (schema == nullptr) return unknown(name, within, shape);
    const auto [found, is_new] = at->members.try_emplace(name);
    if (!is_new && found->second.members.empty()) return Unit{};  // all of it is wanted already
    at = &found->second;
    within += (within.empty() ? "" : ".") + name;
    shape = document.shape_of(*schema);
  }
  at->members.clear();
  return Unit{};
}

Result<std::vector<std::string>> names_in(const net::Request& request) {
  std::vector<std::string> names;
  size_t bytes = 0;
  const auto [first, last] = request.query.equal_range("fields");
  for (auto it = first; it != last; ++it) {
    bytes += it->second.size();
    if (bytes > kBytesMax) return refuse("they have " + std::to_string(kBytesMax) + " bytes at most");
    for (std::string& name : split(it->second, ',')) {
      if (!name.empty()) names.push_back(std::move(name));
    }
  }
  if (names.size() > kNamesMax) return refuse("there are " + std::to_string(kNamesMax) + " names at most");
  return names;
}

}  // namespace

Result<std::optional<WantedFields>> find_wanted_fields(const JsonValue& root, const std::string& path,
                                                       const net::Request& request) {
  const std::vector<std::string> names = TRY(names_in(request));
  if (names.empty()) return std::optional<WantedFields>();
  const Document document(root);
  const JsonValue* schema = document.find_answer(path);
  if (schema == nullptr) return refuse(path + " has none");
  Shape shape = document.shape_of(*schema);
  WantedFields wanted;
  if (find_member(shape, "total") != nullptr && shape.others == nullptr) {  // a page of a list
    const auto list = std::ranges::find_if(shape.members, [&](const auto& one) { return document.is_list(*one.second); });
    if (list != shape.members.end()) {
      wanted.list = list->first;
      shape = document.shape_of(*list->second);
    }
  }
  for (const std::string& name : names) TRY(add(document, shape, name, wanted.selection));
  return std::optional<WantedFields>(std::move(wanted));
}

Result<std::string> keep_fields(const WantedFields& wanted, const std::string& body) {
  return wanted.list.empty() ? codec::select(body, wanted.selection)
                             : codec::select_in_list(body, wanted.list, wanted.selection);
}

}  // namespace aurora::api
