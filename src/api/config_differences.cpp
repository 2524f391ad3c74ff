#include "api/config_differences.h"

#include <algorithm>
#include <utility>

#include "aurora/codec/json.h"

namespace aurora::api {
namespace {

using codec::JsonValue;

std::string shown(const JsonValue* value) {
  constexpr size_t kBytesMax = 1'000;
  if (value == nullptr) return "";
  std::string text = value->to_json();
  if (text.size() <= kBytesMax) return text;
  size_t end = kBytesMax;
  while (end > 0 && (static_cast<unsigned char>(text[end]) & 0xC0) == 0x80) --end;  // not within a character
  return text.substr(0, end) + "...";
}

class Comparison {
 public:
  std::vector<ConfigDifference> found;

  void compare(const std::string& path, const JsonValue* before, const JsonValue* after) {
    if (found.size() >= kDifferencesMax) return;
    if (before != nullptr && after != nullptr) {
      if (before->is_object() && after->is_object()) return compare_members(path, *before, *after);
      if (before->is_array() && after->is_array()) return compare_items(path, *before, *after);
      if (before->is_string() && after->is_string() && compare_documents(path, *before, *after)) return;
      if (before->to_json() == after->to_json()) return;
    }
    if (before == nullptr && after == nullptr) return;
    found.push_back({path, shown(before), shown(after)});
  }

 private:
  void compare_members(const std::string& path, const JsonValue& before, const JsonValue& after) {
    const std::string start = path.empty() ? "" : path + ".";
    for (const codec::JsonMember& member : before.members())
      compare(start + member.name, &member.value, after.find(member.name));
    for (const codec::JsonMember& member : after.members()) {
      if (before.find(member.name) == nullptr) compare(start + member.name, nullptr, &member.value);
    }
  }

  // Those that have names, such as processes and constraints, are compared with the one of their name.
  void compare_items(const std::string& path, const JsonValue& before, const JsonValue& after) {
    if (has_names(before) && has_names(after)) return compare_named(path, before, after);
    const size_t size = std::max(before.items().size(), after.items().size());
    for (size_t i = 0; i < size; ++i) {
      compare(path + "[" + std::to_string(i) + "]", i < before.items().size() ? &before.items()[i] : nullptr,
              i < after.items().size() ? &after.items()[i] : nullptr);
    }
  }

  static bool has_names(const JsonValue& list) {
    std::vector<std::string> names;
    for (const JsonValue& item : list.items()) {
      const JsonValue* name = item.find("name");
      if (name == nullptr || !name->is_string()) return false;
      names.push_back(*name->as_string());
    }
    std::ranges::sort(names);
    return std::ranges::adjacent_find(names) == names.end();
  }

  static const JsonValue* find_named(const JsonValue& list, const std::string& name) {
    for (const JsonValue& item : list.items()) {
      if (item.string_or("name", "") == name) return &item;
    }
    return nullptr;
  }

  void compare_named(const std::string& path, const JsonValue& before, const JsonValue& after) {
    for (const JsonValue& item : before.items()) {
      const std::string name = item.string_or("name", "");
      compare(path + "[" + name + "]", &item, find_named(after, name));
    }
    for (const JsonValue& item : after.items()) {
      const std::string name = item.string_or("name", "");
      if (find_named(before, name) == nullptr) compare(path + "[" + name + "]", nullptr, &item);
    }
  }

  // What the executor is given is a document in a text.
  bool compare_documents(const std::string& path, const JsonValue& before, const JsonValue& after) {
    const std::string was = *before.as_string();
    const std::string is = *after.as_string();
    if (was == is) return true;
    if (!was.starts_with('{') || !is.starts_with('{')) return false;
    const auto old_document = JsonValue::parse(was);
    const auto new_document = JsonValue::parse(is);
    if (!old_document.ok() || !new_document.ok() || !old_document->is_object() || !new_document->is_object()) return false;
    compare_members(path, *old_document, *new_document);
    return true;
  }
};

}  // namespace

std::vector<ConfigDifference> list_differences(const core::TaskConfig& before, const core::TaskConfig& after) {
  const auto was = JsonValue::parse(codec::encode_json(before));
  const auto is = JsonValue::parse(codec::encode_json(after));
  if (!was.ok() || !is.ok()) return {};
  Comparison comparison;
  comparison.compare("", &*was, &*is);
  return std::move(comparison.found);
}

}  // namespace aurora::api
