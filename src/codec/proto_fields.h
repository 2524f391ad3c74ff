// The templates behind proto.h: a core value and a protobuf message of the same shape, matched by JSON names.
// The descriptors of a type are looked up once. A field without a match in the message is a bug and ends the
// process.
#pragma once

#include <google/protobuf/descriptor.h>
#include <google/protobuf/message.h>

#include <map>
#include <set>

#include "aurora/base/fields.h"
#include "aurora/base/named.h"
#include "aurora/base/optional_box.h"
#include "aurora/base/result.h"
#include "aurora/base/small_map.h"
#include "aurora/base/time.h"
#include "aurora/core/job/task_config.h"

namespace aurora::codec::proto {

using google::protobuf::Descriptor;
using google::protobuf::FieldDescriptor;
using google::protobuf::Message;

enum class Configs { InFull, LeftOut };

// The message's field of that JSON name. REQUIRES: it exists.
const FieldDescriptor* get_field(const Descriptor& message, std::string_view json_name);

// The message's fields in the order of T's fields() list or of the variant's cases.
template <typename T>
const std::vector<const FieldDescriptor*>& field_table(const Descriptor& message) {
  static const std::vector<const FieldDescriptor*> table = [&] {
    std::vector<const FieldDescriptor*> found;
    if constexpr (NamedUnion<T>) {
      for (const std::string_view name : UnionNames<T>::values) found.push_back(get_field(message, name));
    } else {
      T value{};
      fields(value, [&](std::string_view name, auto&) { found.push_back(get_field(message, name)); });
    }
    return found;
  }();
  AURORA_CHECK(table.empty() || table.front()->containing_type() == &message);  // one message a type
  return table;
}

// Writes a value into one field: sets it, or appends when it is repeated.
class Write {
 public:
  Write(Message& message, Configs configs)
      : message_(message), reflection_(*message.GetReflection()), configs_(configs) {}

  template <HasFields T>
  void members(const T& value) const {
    const auto& table = field_table<T>(*message_.GetDescriptor());
    size_t next = 0;
    fields(value, [&](std::string_view, const auto& field) { put(table[next++], field); });
  }

  void put(const FieldDescriptor* f, bool value) const;
  void put(const FieldDescriptor* f, int32_t value) const;
  void put(const FieldDescriptor* f, int64_t value) const;
  void put(const FieldDescriptor* f, double value) const;
  void put(const FieldDescriptor* f, const std::string& value) const;
  void put(const FieldDescriptor* f, Instant value) const { put(f, value.ms); }
  void put(const FieldDescriptor* f, Duration value) const { put(f, value.ms); }
  void put(const FieldDescriptor* f, const core::TaskConfigRef& config) const {
    if (configs_ == Configs::InFull && !config.empty()) put(f, *config);
  }

  template <typename T, typename Tag>
  void put(const FieldDescriptor* f, const Named<T, Tag>& named) const {
    put(f, named.value());
  }
  template <NamedEnum E>
  void put(const FieldDescriptor* f, E value) const {
    put_enum(f, static_cast<int>(value));
  }
  template <typename T>
  void put(const FieldDescriptor* f, const std::optional<T>& value) const {
    if (value) put(f, *value);
  }
  template <typename T>
  void put(const FieldDescriptor* f, const OptionalBox<T>& value) const {
    if (value) put(f, *value);
  }
  void put(const FieldDescriptor* f, const SharedText& text) const {
    if (text) put(f, *text);
  }
  template <typename T>
  void put(const FieldDescriptor* f, const std::vector<T>& items) const {
    for (const T& item : items) put(f, item);
  }
  template <typename T>
  void put(const FieldDescriptor* f, const std::set<T>& items) const {
    for (const T& item : items) put(f, item);
  }
  template <typename K, typename V>
  void put(const FieldDescriptor* f, const std::map<K, V>& entries) const {
    put_map(f, entries);
  }
  template <typename K, typename V>
  void put(const FieldDescriptor* f, const SmallMap<K, V>& entries) const {
    put_map(f, entries);
  }
  template <typename... Cases>
  requires NamedUnion<std::variant<Cases...>>
  void put(const FieldDescriptor* f, const std::variant<Cases...>& value) const {
    const Write inner = nested(f);
    const auto& table = field_table<std::variant<Cases...>>(*f->message_type());
    std::visit([&](const auto& chosen) { inner.put(table[value.index()], chosen); }, value);
  }
  template <HasFields T>
  void put(const FieldDescriptor* f, const T& value) const {
    nested(f).members(value);
  }

 private:
  Write nested(const FieldDescriptor* f) const;
  void put_enum(const FieldDescriptor* f, int number) const;
  template <typename M>
  void put_map(const FieldDescriptor* f, const M& entries) const {
    for (const auto& [key, value] : entries) {
      const Write entry = nested(f);
      entry.put(f->message_type()->map_key(), key);
      entry.put_map_value(f->message_type()->map_value(), value);
    }
  }
  // A map's value cannot be repeated in protobuf: a set is a message with one repeated field.
  template <typename V>
  void put_map_value(const FieldDescriptor* f, const V& value) const {
    put(f, value);
  }
  template <typename T>
  void put_map_value(const FieldDescriptor* f, const std::set<T>& items) const {
    nested(f).put(f->message_type()->field(0), items);
  }

  Message& message_;
  const google::protobuf::Reflection& reflection_;
  Configs configs_;
};

// Reads one field, or one element of a repeated one. What was not written keeps the value it has: core's
// default.
class Read {
 public:
  explicit Read(const Message& message) : message_(message), reflection_(*message.GetReflection()) {}

  template <HasFields T>
  void members(T& out) const {
    const auto& table = field_table<T>(*message_.GetDescriptor());
    size_t next = 0;
    fields(out, [&](std::string_view, auto& field) { take(table[next++], field); });
  }

  template <typename T>
  void take(const FieldDescriptor* f, T& out) const {
    if (reflection_.HasField(message_, f)) get(f, kSingle, out);
  }
  template <typename T>
  void take(const FieldDescriptor* f, std::vector<T>& out) const {
    out.reserve(static_cast<size_t>(reflection_.FieldSize(message_, f)));
    each<T>(f, [&](T item) { out.push_back(std::move(item)); });
  }
  template <typename T>
  void take(const FieldDescriptor* f, std::set<T>& out) const {
    each<T>(f, [&](T item) { out.insert(std::move(item)); });
  }
  template <typename K, typename V>
  void take(const FieldDescriptor* f, std::map<K, V>& out) const {
    take_map<K>(f, out);
  }
  template <typename K, typename V>
  void take(const FieldDescriptor* f, SmallMap<K, V>& out) const {
    take_map<K>(f, out);
  }

 private:
  static constexpr int kSingle = -1;  // index of a field that is not repeated

  template <typename T, typename Add>
  void each(const FieldDescriptor* f, const Add& add) const {
    const int count = reflection_.FieldSize(message_, f);
    for (int i = 0; i < count; ++i) {
      T item{};
      get(f, i, item);
      add(std::move(item));
    }
  }
  template <typename K, typename M>
  void take_map(const FieldDescriptor* f, M& out) const {
    const int count = reflection_.FieldSize(message_, f);
    for (int i = 0; i < count; ++i) {
      const Read entry = nested(f, i);
      K key{};
      entry.take(f->message_type()->map_key(), key);
      entry.take_map_value(f->message_type()->map_value(), out[std::move(key)]);
    }
  }
  template <typename V>
  void take_map_value(const FieldDescriptor* f, V& out) const {
    take(f, out);
  }
  template <typename T>
  void take_map_value(const FieldDescriptor* f, std::set<T>& out) const {
    nested(f, kSingle).take(f->message_type()->field(0), out);
  }

  void get(const FieldDescriptor* f, int index, bool& out) const;
  void get(const FieldDescriptor* f, int index, int32_t& out) const;
  void get(const FieldDescriptor* f, int index, int64_t& out) const;
  void get(const FieldDescriptor* f, int index, double& out) const;
  void get(const FieldDescriptor* f, int index, std::string& out) const;
  void get(const FieldDescriptor* f, int index, Instant& out) const { get(f, index, out.ms); }
  void get(const FieldDescriptor* f, int index, Duration& out) const { get(f, index, out.ms); }
  void get(const FieldDescriptor* f, int index, core::TaskConfigRef& out) const {
    core::TaskConfig config;
    get(f, index, config);
    out = core::TaskConfigRef(std::move(config));
  }
  template <typename T, typename Tag>
  void get(const FieldDescriptor* f, int index, Named<T, Tag>& out) const {
    typename Named<T, Tag>::value_type value{};
    get(f, index, value);
    out = Named<T, Tag>(std::move(value));
  }
  template <NamedEnum E>
  void get(const FieldDescriptor* f, int index, E& out) const {
    const int number = get_enum(f, index);
    for (const auto& entry : EnumNames<E>::values) {
      if (static_cast<int>(entry.value) == number) out = entry.value;
    }
  }
  template <typename T>
  void get(const FieldDescriptor* f, int index, std::optional<T>& out) const {
    get(f, index, out.emplace());
  }
  template <typename T>
  void get(const FieldDescriptor* f, int index, OptionalBox<T>& out) const {
    get(f, index, out.emplace());
  }
  void get(const FieldDescriptor* f, int index, SharedText& out) const;
  template <typename... Cases>
  requires NamedUnion<std::variant<Cases...>>
  void get(const FieldDescriptor* f, int index, std::variant<Cases...>& out) const {
    nested(f, index).template cases<0>(field_table<std::variant<Cases...>>(*f->message_type()), out);
  }
  template <HasFields T>
  void get(const FieldDescriptor* f, int index, T& out) const {
    nested(f, index).members(out);
  }
  template <size_t I, typename... Cases>
  void cases(const std::vector<const FieldDescriptor*>& table, std::variant<Cases...>& out) const {
    if constexpr (I < sizeof...(Cases)) {
      if (reflection_.HasField(message_, table[I])) return take(table[I], out.template emplace<I>());
      cases<I + 1>(table, out);
    }
  }

  Read nested(const FieldDescriptor* f, int index) const;
  int get_enum(const FieldDescriptor* f, int index) const;

  const Message& message_;
  const google::protobuf::Reflection& reflection_;
};

}  // namespace aurora::codec::proto
