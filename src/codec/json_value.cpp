#include "aurora/codec/json_value.h"

#include <cmath>

#include "codec/json_text.h"

namespace aurora::codec {
namespace {

constexpr double kExactIntegers = 9007199254740992.0;  // 2^53: doubles above skip integers

Error expected(std::string_view what, const JsonValue& found) {
  return {ErrorCode::InvalidArgument, "expected " + std::string(what) + ", found " + found.describe()};
}

template <typename T>
Result<T> of_member(std::string_view name, Result<T> value) {
  if (value.ok()) return value;
  return Error{ErrorCode::InvalidArgument, std::string(name) + ": " + value.error().message};
}

const JsonValue& or_null(const JsonValue* value) {
  static const JsonValue null;
  return value == nullptr ? null : *value;
}

void append_value(std::string& out, const JsonValue& value);

void append_list(std::string& out, const JsonValue::Items& items) {
  out += '[';
  for (size_t i = 0; i < items.size(); ++i) {
    if (i > 0) out += ',';
    append_value(out, items[i]);
  }
  out += ']';
}

void append_object(std::string& out, const JsonValue::Members& members) {
  out += '{';
  for (size_t i = 0; i < members.size(); ++i) {
    if (i > 0) out += ',';
    append_quoted(out, members[i].name);
    out += ':';
    append_value(out, members[i].value);
  }
  out += '}';
}

void append_value(std::string& out, const JsonValue& value) {
  switch (value.kind()) {
    case JsonValue::Kind::Null:
      out += "null";
      return;
    case JsonValue::Kind::Bool:
      out += *value.as_bool() ? "true" : "false";
      return;
    case JsonValue::Kind::Integer:
      out += std::to_string(*value.as_int());
      return;
    case JsonValue::Kind::Double:
      append_number(out, *value.as_double());
      return;
    case JsonValue::Kind::String:
      append_quoted(out, *value.as_string());
      return;
    case JsonValue::Kind::Array:
      append_list(out, value.items());
      return;
    case JsonValue::Kind::Object:
      append_object(out, value.members());
      return;
  }
}

}  // namespace

Result<bool> JsonValue::as_bool() const {
  if (const bool* value = std::get_if<bool>(&held_)) return *value;
  return expected("true or false", *this);
}

Result<int64_t> JsonValue::as_int() const {
  if (const int64_t* value = std::get_if<int64_t>(&held_)) return *value;
  if (const double* value = std::get_if<double>(&held_)) {
    if (std::trunc(*value) == *value && std::fabs(*value) <= kExactIntegers)
      return static_cast<int64_t>(*value);
  }
  return expected("an integer", *this);
}

Result<double> JsonValue::as_double() const {
  if (const double* value = std::get_if<double>(&held_)) return *value;
  if (const int64_t* value = std::get_if<int64_t>(&held_)) return static_cast<double>(*value);
  return expected("a number", *this);
}

Result<std::string> JsonValue::as_string() const {
  if (const std::string* value = std::get_if<std::string>(&held_)) return *value;
  return expected("a string", *this);
}

const JsonValue::Items& JsonValue::items() const {
  static const Items none;
  const Items* items = std::get_if<Items>(&held_);
  return items == nullptr ? none : *items;
}

const JsonValue::Members& JsonValue::members() const {
  static const Members none;
  const Members* members = std::get_if<Members>(&held_);
  return members == nullptr ? none : *members;
}

const JsonValue* JsonValue::find(std::string_view name) const {
  for (const JsonMember& member : members()) {
    if (member.name == name) return member.value.is_null() ? nullptr : &member.value;
  }
  return nullptr;
}

Result<bool> JsonValue::get_bool(std::string_view name) const {
  return of_member(name, or_null(find(name)).as_bool());
}
Result<int64_t> JsonValue::get_int(std::string_view name) const {
  return of_member(name, or_null(find(name)).as_int());
}
Result<double> JsonValue::get_double(std::string_view name) const {
  return of_member(name, or_null(find(name)).as_double());
}
Result<std::string> JsonValue::get_string(std::string_view name) const {
  return of_member(name, or_null(find(name)).as_string());
}

bool JsonValue::bool_or(std::string_view name, bool fallback) const {
  const auto value = or_null(find(name)).as_bool();
  return value.ok() ? *value : fallback;
}
int64_t JsonValue::int_or(std::string_view name, int64_t fallback) const {
  const auto value = or_null(find(name)).as_int();
  return value.ok() ? *value : fallback;
}
double JsonValue::double_or(std::string_view name, double fallback) const {
  const auto value = or_null(find(name)).as_double();
  return value.ok() ? *value : fallback;
}
std::string JsonValue::string_or(std::string_view name, std::string_view fallback) const {
  const auto value = or_null(find(name)).as_string();
  return value.ok() ? *value : std::string(fallback);
}

std::string JsonValue::to_json() const {
  std::string out;
  append_value(out, *this);
  return out;
}

std::string JsonValue::describe() const {
  static constexpr size_t kShort = 40;
  switch (kind()) {
    case Kind::Null:
      return "nothing";
    case Kind::Array:
      return "an array";
    case Kind::Object:
      return "an object";
    case Kind::String:
      return std::get<std::string>(held_).size() > kShort ? std::string("a long string") : to_json();
    case Kind::Bool:
    case Kind::Integer:
    case Kind::Double:
      return to_json();
  }
  return "nothing";
}

}  // namespace aurora::codec
