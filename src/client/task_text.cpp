#include "client/task_text.h"

#include <algorithm>

namespace aurora::client {
namespace {

codec::JsonValue::Members sorted(codec::JsonValue::Members members) {
  std::sort(members.begin(), members.end(), [](const auto& a, const auto& b) { return a.name < b.name; });
  return members;
}

// A text of several lines stays one: the rest is indented below it.
std::string scalar(const codec::JsonValue& value, const std::string& indent) {
  if (!value.is_string()) return value.to_json();
  std::string text = *value.as_string();
  if (text.find('\n') == std::string::npos) return codec::quote_json(text);
  for (size_t at = 0; (at = text.find('\n', at)) != std::string::npos; at += indent.size() + 1) text.insert(at + 1, indent);
  return "\"" + text + "\"";
}

void write(const codec::JsonValue& value, const std::string& indent, const std::string& prefix, std::string& out) {
  if (value.is_object() && !value.members().empty()) {
    out += prefix + "{\n";
    for (const auto& [name, member] : sorted(value.members())) {
      write(member, indent + "  ", indent + "  " + codec::quote_json(name) + ": ", out);
    }
    out += indent + "}\n";
  } else if (value.is_array() && !value.items().empty()) {
    out += prefix + "[\n";
    for (const auto& item : value.items()) write(item, indent + "  ", indent + "  ", out);
    out += indent + "]\n";
  } else {
    out += prefix + scalar(value, indent + "  ") + "\n";
  }
}

}  // namespace

std::string to_comparable_text(const codec::JsonValue& task_config) {
  std::string text;
  for (const auto& [name, value] : sorted(task_config.members())) {
    if (name == "executorConfig") {
      text += "executorConfig.name: " + value.string_or("name", "") + "\n";
      const std::string data = value.string_or("data", "");
      const auto parsed = codec::JsonValue::parse(data);
      if (parsed.ok()) {
        write(*parsed, "", "executorConfig.data: ", text);
      } else {
        text += "executorConfig.data: " + data + "\n";
      }
    } else {
      write(value, "", name + ": ", text);
    }
  }
  return text;
}

}  // namespace aurora::client
