// The templates behind json.h, for a .cpp that has request or answer structs of its own layer with a fields()
// list:
//
//   template Result<KillRequest> codec::decode_json(std::string_view);   // or simply call it
//
// Core types are instantiated once, in src/codec/json_types.cpp: include json.h for them, not this.
#pragma once

#include <map>
#include <set>
#include <utility>

#include "aurora/base/fields.h"
#include "aurora/base/named.h"
#include "aurora/base/optional_box.h"
#include "aurora/base/small_map.h"
#include "aurora/codec/json.h"
#include "aurora/core/job/task_config.h"

namespace aurora::codec::json {

template <typename T>
struct IsOptional : std::false_type {};
template <typename T>
struct IsOptional<std::optional<T>> : std::true_type {};
template <typename T>
struct IsOptional<OptionalBox<T>> : std::true_type {};
template <>
struct IsOptional<SharedText> : std::true_type {};

void append_string(std::string& out, std::string_view text);
// "name": behind a comma, unless it is the first. REQUIRES: it needs no escapes, as names of fields do not.
void append_name(std::string& out, std::string_view name, bool is_first);
void append_integer(std::string& out, int64_t value);
void append_double(std::string& out, double value);

// --- Writing. One overload a shape; nested shapes find each other through Write.

struct Write {
  std::string& out;

  void operator()(bool value) const { out += value ? "true" : "false"; }
  void operator()(int32_t value) const { append_integer(out, value); }
  void operator()(int64_t value) const { append_integer(out, value); }
  void operator()(double value) const { append_double(out, value); }
  void operator()(const std::string& value) const { append_string(out, value); }
  void operator()(Instant value) const { append_integer(out, value.ms); }
  void operator()(Duration value) const { append_integer(out, value.ms); }
  void operator()(const core::TaskConfigRef& config) const { (*this)(*config); }

  template <typename T, typename Tag>
  void operator()(const Named<T, Tag>& named) const {
    (*this)(named.value());
  }
  template <NamedEnum E>
  void operator()(E value) const {
    append_string(out, enum_name(value));
  }
  template <typename T>
  void operator()(const std::optional<T>& value) const {
    optional(value);
  }
  template <typename T>
  void operator()(const OptionalBox<T>& value) const {
    optional(value);
  }
  void operator()(const SharedText& value) const { optional(value); }
  template <typename T>
  void operator()(const std::vector<T>& items) const {
    list(items);
  }
  template <typename T>
  void operator()(const std::set<T>& items) const {
    list(items);
  }
  template <typename K, typename V>
  void operator()(const std::map<K, V>& entries) const {
    map(entries);
  }
  template <typename K, typename V>
  void operator()(const SmallMap<K, V>& entries) const {
    map(entries);
  }
  template <typename... Cases>
  requires NamedUnion<std::variant<Cases...>>
  void operator()(const std::variant<Cases...>& value) const {
    out += '{';
    append_string(out, UnionNames<std::variant<Cases...>>::values[value.index()]);
    out += ':';
    std::visit(*this, value);
    out += '}';
  }
  template <HasFields T>
  void operator()(const T& value) const {
    out += '{';
    bool first = true;
    fields(value, [&]<typename F>(std::string_view name, const F& field) {
      if constexpr (IsOptional<F>::value) {
        if (!field) return;
      }
      if constexpr (std::same_as<F, core::TaskConfigRef>) {
        if (field.empty()) return;
      }
      append_name(out, name, std::exchange(first, false));
      (*this)(field);
    });
    out += '}';
  }

 private:
  template <typename O>
  void optional(const O& value) const {
    if (value) {
      (*this)(*value);
    } else {
      out += "null";
    }
  }
  template <typename C>
  void map(const C& entries) const {
    out += '{';
    bool first = true;
    for (const auto& [key, value] : entries) {
      if (!std::exchange(first, false)) out += ',';
      (*this)(key);
      out += ':';
      (*this)(value);
    }
    out += '}';
  }
  template <typename C>
  void list(const C& items) const {
    out += '[';
    bool first = true;
    for (const auto& item : items) {
      if (!std::exchange(first, false)) out += ',';
      (*this)(item);
    }
    out += ']';
  }
};

// An object, written member by member to the end of a text: what is long is written once, where it belongs.
class ObjectWriter {
 public:
  explicit ObjectWriter(std::string& out) : out_(out) { out_ += '{'; }
  // The text to which the member's value is to be added.
  std::string& begin(std::string_view name) {
    append_name(out_, name, std::exchange(is_first_, false));
    return out_;
  }
  template <typename T>
  void add(std::string_view name, const T& value) {
    if constexpr (std::same_as<T, size_t>) {
      append_integer(begin(name), static_cast<int64_t>(value));
    } else {
      Write{begin(name)}(value);
    }
  }
  void add_text(std::string_view name, std::string_view text) { append_string(begin(name), text); }
  // All fields of a record; optional ones that are absent are left out.
  template <typename T>
  void add_fields(const T& record) {
    fields(record, [this]<typename F>(std::string_view name, const F& field) {
      if constexpr (IsOptional<F>::value) {
        if (!field) return;
      }
      add(name, field);
    });
  }
  void end() { out_ += '}'; }

 private:
  std::string& out_;
  bool is_first_ = true;
};

// [write(out, item),...]
template <typename Items, typename WriteItem>
void append_list(std::string& out, const Items& items, const WriteItem& write) {
  out += '[';
  bool is_first = true;
  for (const auto& item : items) {
    if (!std::exchange(is_first, false)) out += ',';
    write(out, item);
  }
  out += ']';
}

// --- Reading. Each overload returns false after fail(); callers put their name in front of the path.

class Read {
 public:
  explicit Read(UnknownFields unknown) : unknown_(unknown) {}
  Error error() const;

  bool operator()(const JsonValue& json, bool& out) { return take(json.as_bool(), out); }
  bool operator()(const JsonValue& json, int32_t& out);
  bool operator()(const JsonValue& json, int64_t& out) { return take(json.as_int(), out); }
  bool operator()(const JsonValue& json, double& out) { return take(json.as_double(), out); }
  bool operator()(const JsonValue& json, std::string& out) {
    return take(json.as_string(), out) && check_text(out);
  }
  bool operator()(const JsonValue& json, Instant& out) { return take(json.as_int(), out.ms); }
  bool operator()(const JsonValue& json, Duration& out) { return take(json.as_int(), out.ms); }
  bool operator()(const JsonValue& json, core::TaskConfigRef& out) {
    core::TaskConfig config;
    if (!(*this)(json, config)) return false;
    out = core::TaskConfigRef(std::move(config));
    return true;
  }

  template <typename T, typename Tag>
  bool operator()(const JsonValue& json, Named<T, Tag>& out) {
    typename Named<T, Tag>::value_type value{};
    if (!(*this)(json, value)) return false;
    out = Named<T, Tag>(std::move(value));
    return true;
  }
  template <NamedEnum E>
  bool operator()(const JsonValue& json, E& out) {
    std::string name;
    if (json.is_string()) name = *json.as_string();
    if (const auto value = find_enum<E>(name)) {
      out = *value;
      return true;
    }
    std::string known;
    for (const auto& entry : EnumNames<E>::values) add_name(known, entry.name);
    return fail("expected one of " + known + ", found " + json.describe());
  }
  template <typename T>
  bool operator()(const JsonValue& json, std::optional<T>& out) {
    return (*this)(json, out.emplace());
  }
  template <typename T>
  bool operator()(const JsonValue& json, OptionalBox<T>& out) {
    return (*this)(json, out.emplace());
  }
  bool operator()(const JsonValue& json, SharedText& out) {
    std::string text;
    if (!(*this)(json, text)) return false;
    out = SharedText(std::move(text));
    return true;
  }
  template <typename T>
  bool operator()(const JsonValue& json, std::vector<T>& out) {
    return list<T>(json, [&](T item) { out.push_back(std::move(item)); });
  }
  template <typename T>
  bool operator()(const JsonValue& json, std::set<T>& out) {
    return list<T>(json, [&](T item) { out.insert(std::move(item)); });
  }
  template <typename V>
  bool operator()(const JsonValue& json, std::map<std::string, V>& out) {
    return map(json, out);
  }
  template <typename V>
  bool operator()(const JsonValue& json, SmallMap<std::string, V>& out) {
    return map(json, out);
  }
  template <typename... Cases>
  requires NamedUnion<std::variant<Cases...>>
  bool operator()(const JsonValue& json, std::variant<Cases...>& out) {
    using Names = UnionNames<std::variant<Cases...>>;
    std::string known;
    for (const std::string_view name : Names::values) add_name(known, name);
    if (json.members().size() != 1)
      return fail("expected an object with one of " + known + ", found " + json.describe());
    const JsonMember& member = json.members().front();
    return read_case<0>(member, known, out);
  }
  template <HasFields T>
  bool operator()(const JsonValue& json, T& out) {
    if (!json.is_object()) return fail("expected an object, found " + json.describe());
    bool good = true;
    size_t matched = 0;
    fields(out, [&]<typename F>(std::string_view name, F& field) {
      if (!good) return;
      const JsonMember* member = find_member(json, name, matched);
      if (member != nullptr) ++matched;
      if (member == nullptr || member->value.is_null()) {
        if constexpr (std::same_as<F, core::TaskConfigRef>) good = fail("missing") || inside(name);
        return;
      }
      good = (*this)(member->value, field) || inside(name);
    });
    if (!good || matched == json.members().size() || unknown_ == UnknownFields::Ignore) return good;
    std::vector<std::string_view> known;
    fields(out, [&](std::string_view name, auto&) { known.push_back(name); });
    return fail_unknown(json, known);
  }

 private:
  static void add_name(std::string& list, std::string_view name);
  // Members mostly come in fields() order: `hint` is where to look first.
  static const JsonMember* find_member(const JsonValue& json, std::string_view name, size_t hint);
  bool fail(std::string message);  // returns false
  bool fail_unknown(const JsonValue& json, const std::vector<std::string_view>& known);
  bool check_text(const std::string& text);  // of a request: no NUL character in it
  bool inside(std::string_view name);        // returns false
  bool inside_item(size_t index);            // returns false

  template <typename T>
  bool take(Result<T> value, T& out) {
    if (!value.ok()) return fail(value.error().message);
    out = std::move(value).value();
    return true;
  }
  template <typename M>
  bool map(const JsonValue& json, M& out) {
    if (!json.is_object()) return fail("expected an object, found " + json.describe());
    for (const JsonMember& member : json.members()) {
      if (!check_text(member.name) || !(*this)(member.value, out[member.name])) return inside(member.name);
    }
    return true;
  }
  template <typename T, typename Add>
  bool list(const JsonValue& json, const Add& add) {
    if (!json.is_array()) return fail("expected an array, found " + json.describe());
    for (size_t i = 0; i < json.items().size(); ++i) {
      T item{};
      if (!(*this)(json.items()[i], item)) return inside_item(i);
      add(std::move(item));
    }
    return true;
  }
  template <size_t I, typename... Cases>
  bool read_case(const JsonMember& member, const std::string& known, std::variant<Cases...>& out) {
    if constexpr (I == sizeof...(Cases)) {
      return fail("expected one of " + known + ", found \"" + member.name + "\"");
    } else {
      if (member.name != UnionNames<std::variant<Cases...>>::values[I])
        return read_case<I + 1>(member, known, out);
      return (*this)(member.value, out.template emplace<I>()) || inside(member.name);
    }
  }

  UnknownFields unknown_;
  std::string message_;
  std::string path_;
};

}  // namespace aurora::codec::json

namespace aurora::codec {

template <typename T>
std::string encode_json(const T& value) {
  std::string out;
  json::Write{out}(value);
  return out;
}

template <typename T>
Result<T> decode_json(const JsonValue& value, UnknownFields unknown) {
  json::Read read(unknown);
  T out{};
  if (!read(value, out)) return read.error();
  return out;
}

template <typename T>
Result<T> decode_json(std::string_view text) {
  const JsonValue value = TRY(JsonValue::parse(text));
  return decode_json<T>(value, UnknownFields::Refuse);
}

}  // namespace aurora::codec
