// JSON as a value, for documents that have no core type (an executor's task data, answers with extra keys),
// and builders for such documents. Requests and whole core values go through codec/json.h. Values are
// immutable and thread-safe to read.
#pragma once

#include <concepts>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <variant>
#include <vector>

#include "aurora/base/result.h"
#include "aurora/base/time.h"

namespace aurora::codec {

struct JsonMember;

class JsonValue {
 public:
  enum class Kind { Null, Bool, Integer, Double, String, Array, Object };
  using Items = std::vector<JsonValue>;
  using Members = std::vector<JsonMember>;

  // Refuses (InvalidArgument, naming line and column): anything after the value, nesting deeper than 64, a
  // name twice in one object, text that is not UTF-8, numbers out of a double's range. A leading byte order
  // mark is skipped.
  static Result<JsonValue> parse(std::string_view text);

  JsonValue();  // null
  explicit JsonValue(bool value);
  explicit JsonValue(int64_t value);
  explicit JsonValue(double value);
  explicit JsonValue(std::string value);
  explicit JsonValue(Items items);
  explicit JsonValue(Members members);

  Kind kind() const { return static_cast<Kind>(held_.index()); }
  bool is_null() const { return kind() == Kind::Null; }
  bool is_string() const { return kind() == Kind::String; }
  bool is_array() const { return kind() == Kind::Array; }
  bool is_object() const { return kind() == Kind::Object; }
  bool is_number() const { return kind() == Kind::Integer || kind() == Kind::Double; }

  // Expected kinds; the error says what was found: `expected a string, found 3`.
  Result<bool> as_bool() const;
  Result<int64_t> as_int() const;  // also a double without a fraction, e.g. 2.0
  Result<double> as_double() const;
  Result<std::string> as_string() const;

  const Items& items() const;      // of an array; empty for anything else
  const Members& members() const;  // of an object, in the order of the text; empty for anything else

  // A member of an object; nullptr when absent, null or when this is no object.
  const JsonValue* find(std::string_view name) const;
  // Members that must be there; errors name the member.
  Result<bool> get_bool(std::string_view name) const;
  Result<int64_t> get_int(std::string_view name) const;
  Result<double> get_double(std::string_view name) const;
  Result<std::string> get_string(std::string_view name) const;
  // Members that may be absent; also the fallback for a value of another kind.
  bool bool_or(std::string_view name, bool fallback) const;
  int64_t int_or(std::string_view name, int64_t fallback) const;
  double double_or(std::string_view name, double fallback) const;
  std::string string_or(std::string_view name, std::string_view fallback) const;

  std::string to_json() const;  // compact
  // For error messages: the value itself when it is short, else its kind.
  std::string describe() const;

 private:
  std::variant<std::monostate, bool, int64_t, double, std::string, Items, Members> held_;
};

struct JsonMember {
  std::string name;
  JsonValue value;
};

inline JsonValue::JsonValue() = default;
inline JsonValue::JsonValue(bool value) : held_(value) {}
inline JsonValue::JsonValue(int64_t value) : held_(value) {}
inline JsonValue::JsonValue(double value) : held_(value) {}
inline JsonValue::JsonValue(std::string value) : held_(std::move(value)) {}
inline JsonValue::JsonValue(Items items) : held_(std::move(items)) {}
inline JsonValue::JsonValue(Members members) : held_(std::move(members)) {}

// `"text"` with escapes; bytes that are not UTF-8 become U+FFFD.
std::string quote_json(std::string_view text);

// {"name":value,...} in the order of the calls. add() with an empty optional adds nothing.
class JsonObject {
 public:
  JsonObject& add(std::string_view name, std::string_view value);
  JsonObject& add(std::string_view name, const char* value) { return add(name, std::string_view(value)); }
  JsonObject& add(std::string_view name, const std::string& value) {
    return add(name, std::string_view(value));
  }
  JsonObject& add(std::string_view name, bool value);
  JsonObject& add(std::string_view name, double value);  // null when not finite
  JsonObject& add(std::string_view name, std::integral auto value) {
    return add_integer(name, static_cast<int64_t>(value));
  }
  JsonObject& add(std::string_view name, Instant value) { return add_integer(name, value.ms); }
  JsonObject& add(std::string_view name, Duration value) { return add_integer(name, value.ms); }
  template <typename T>
  JsonObject& add(std::string_view name, const std::optional<T>& value) {
    return value ? add(name, *value) : *this;
  }
  JsonObject& add_raw(std::string_view name, std::string_view json);  // REQUIRES: json is one JSON value
  // All members of an encoded object, e.g. of a core value that gets further keys. REQUIRES: json is a JSON
  // object
  JsonObject& add_members(std::string_view json);
  std::string text() const& { return body_ + "}"; }
  std::string text() && {
    body_ += '}';
    return std::move(body_);
  }

 private:
  std::string& begin(std::string_view name);  // to which the value is to be added
  JsonObject& add_integer(std::string_view name, int64_t value);
  std::string body_ = "{";
};

// [value,...]
class JsonArray {
 public:
  JsonArray& add(std::string_view value) { return add_raw(quote_json(value)); }
  JsonArray& add(std::integral auto value) { return add_raw(std::to_string(value)); }
  JsonArray& add_raw(std::string_view json);  // REQUIRES: json is one JSON value
  std::string text() const& { return body_ + "]"; }
  std::string text() && {
    body_ += ']';
    return std::move(body_);
  }

 private:
  std::string body_ = "[";
};

}  // namespace aurora::codec
