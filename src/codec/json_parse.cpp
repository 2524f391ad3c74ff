// The only place that includes nlohmann/json. Its event parser does not recurse, so depth is bounded here by
// counting.
#include <algorithm>
#include <limits>
#include <nlohmann/json.hpp>
#include <set>

#include "aurora/codec/json_value.h"

namespace aurora::codec {
namespace {

constexpr size_t kDepthMax = 64;

// Builds the tree from events. Stops with a message in `error_`.
class Builder {
 public:
  using number_integer_t = nlohmann::json::number_integer_t;
  using number_unsigned_t = nlohmann::json::number_unsigned_t;
  using number_float_t = nlohmann::json::number_float_t;

  bool null() { return put(JsonValue()); }
  bool boolean(bool value) { return put(JsonValue(value)); }
  bool number_integer(number_integer_t value) { return put(JsonValue(int64_t{value})); }
  bool number_unsigned(number_unsigned_t value) {
    if (value > static_cast<number_unsigned_t>(std::numeric_limits<int64_t>::max())) {
      return put(JsonValue(static_cast<double>(value)));
    }
    return put(JsonValue(static_cast<int64_t>(value)));
  }
  bool number_float(number_float_t value, const std::string&) { return put(JsonValue(double{value})); }
  bool string(std::string& value) { return put(JsonValue(std::move(value))); }
  bool binary(nlohmann::json::binary_t&) { return fail("binary values are not JSON"); }

  bool start_object(size_t) { return open(false); }
  bool start_array(size_t) { return open(true); }
  bool key(std::string& name) {
    Open& top = open_.back();
    if (top.has(name)) return fail("the name " + quote_json(name) + " appears twice in one object");
    top.members.push_back({std::move(name), JsonValue()});
    return true;
  }
  bool end_object() {
    JsonValue value(std::move(open_.back().members));
    open_.pop_back();
    return put(std::move(value));
  }
  bool end_array() {
    JsonValue value(std::move(open_.back().items));
    open_.pop_back();
    return put(std::move(value));
  }
  bool parse_error(size_t, const std::string&, const nlohmann::json::exception& error) {
    const std::string text = error.what();
    const size_t prefix = text.find("] ");  // "[json.exception.parse_error.101] parse error at line 1, ..."
    return fail(prefix == std::string::npos ? text : text.substr(prefix + 2));
  }

  JsonValue& root() { return root_; }
  const std::string& error() const { return error_; }

 private:
  struct Open {
    bool is_array = false;
    JsonValue::Items items;
    JsonValue::Members members;
    std::set<std::string> names;  // of an object that has more than a few

    // Whether there is a member of that name; it becomes one.
    bool has(const std::string& name) {
      constexpr size_t kFew = 16;
      if (members.size() < kFew)
        return std::ranges::any_of(members, [&](const JsonMember& known) { return known.name == name; });
      if (names.empty())
        for (const JsonMember& known : members) names.insert(known.name);
      return !names.insert(name).second;
    }
  };

  bool open(bool is_array) {
    if (open_.size() == kDepthMax) return fail("nested deeper than " + std::to_string(kDepthMax) + " levels");
    open_.push_back({is_array, {}, {}, {}});
    return true;
  }
  bool put(JsonValue value) {
    if (open_.empty()) {
      root_ = std::move(value);
    } else if (open_.back().is_array) {
      open_.back().items.push_back(std::move(value));
    } else {
      open_.back().members.back().value = std::move(value);
    }
    return true;
  }
  bool fail(std::string message) {
    error_ = std::move(message);
    return false;
  }

  std::vector<Open> open_;
  JsonValue root_;
  std::string error_;
};

}  // namespace

Result<JsonValue> JsonValue::parse(std::string_view text) {
  Builder builder;
  bool read = false;
  try {
    read = nlohmann::json::sax_parse(text, &builder);
  } catch (const std::exception& error) {  // out of memory or a change of the parser's habits
    return Error{ErrorCode::InvalidArgument, std::string("not valid JSON: ") + error.what()};
  }
  if (!read) return Error{ErrorCode::InvalidArgument, "not valid JSON: " + builder.error()};
  return std::move(builder.root());
}

}  // namespace aurora::codec
