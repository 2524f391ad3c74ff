#include "modes/python_text.h"

#include <algorithm>
#include <charconv>

namespace aurora {
namespace {

using codec::JsonMember;
using codec::JsonValue;

constexpr size_t kColumns = 80;
constexpr size_t kIndent = 4;

std::string quoted(const std::string& text) {
  const bool has_single = text.find('\'') != std::string::npos;
  const char quote = has_single && text.find('"') == std::string::npos ? '"' : '\'';
  std::string out(1, quote);
  for (const char c : text) {
    switch (c) {
      case '\n':
        out += "\\n";
        break;
      case '\t':
        out += "\\t";
        break;
      case '\r':
        out += "\\r";
        break;
      case '\\':
        out += "\\\\";
        break;
      default:
        if (c == quote) out += '\\';
        out += c;
    }
  }
  return out + quote;
}

std::string number(double value) {
  char text[64];
  const auto [end, error] = std::to_chars(text, text + sizeof text, value);
  std::string out(text, error == std::errc() ? end : text);
  return out.find_first_of(".en") == std::string::npos ? out + ".0" : out;
}

std::vector<const JsonMember*> sorted_members(const JsonValue& value) {
  std::vector<const JsonMember*> members;
  for (const JsonMember& member : value.members()) members.push_back(&member);
  std::sort(members.begin(), members.end(), [](const auto* a, const auto* b) { return a->name < b->name; });
  return members;
}

std::string on_one_line(const JsonValue& value) {
  std::string text;
  switch (value.kind()) {
    case JsonValue::Kind::Null:
      return "None";
    case JsonValue::Kind::Bool:
      return *value.as_bool() ? "True" : "False";
    case JsonValue::Kind::Integer:
      return std::to_string(*value.as_int());
    case JsonValue::Kind::Double:
      return number(*value.as_double());
    case JsonValue::Kind::String:
      return quoted(*value.as_string());
    case JsonValue::Kind::Array:
      for (const JsonValue& item : value.items()) text += (text.empty() ? "" : ", ") + on_one_line(item);
      return "(" + text + (value.items().size() == 1 ? ",)" : ")");
    case JsonValue::Kind::Object:
      for (const JsonMember* member : sorted_members(value)) {
        text += (text.empty() ? "" : ", ") + quoted(member->name) + ": " + on_one_line(member->value);
      }
      return "{" + text + "}";
  }
  return text;
}

// `column` is where the value begins; `reserved` characters of its closing line are taken by brackets of
// others.
std::string pretty(const JsonValue& value, size_t column, size_t reserved) {
  std::string line = on_one_line(value);
  const size_t room = kColumns - 1 - std::min(kColumns - 1, column + reserved);
  const bool is_empty = value.items().empty() && value.members().empty();
  if (line.size() <= room || is_empty) return line;
  const size_t inner = column + kIndent;
  const std::string separator = ",\n" + std::string(inner, ' ');
  std::string text;
  for (const JsonMember* member : sorted_members(value)) {
    const std::string name = quoted(member->name) + ": ";
    text += (text.empty() ? "" : separator) + name + pretty(member->value, inner + name.size(), reserved + 1);
  }
  for (const JsonValue& item : value.items()) {
    text += (text.empty() ? "" : separator) + pretty(item, inner, reserved + 1);
  }
  if (value.is_object()) return "{" + std::string(kIndent - 1, ' ') + text + "}";
  return "(" + std::string(kIndent - 1, ' ') + text + (value.items().size() == 1 ? ",)" : ")");
}

}  // namespace

std::string python_list(const std::vector<std::string>& words) {
  std::string text;
  for (const std::string& word : words) text += (text.empty() ? "" : ", ") + quoted(word);
  return "[" + text + "]";
}

std::string pretty_python(const codec::JsonValue& value) { return pretty(value, 0, 0); }

}  // namespace aurora
