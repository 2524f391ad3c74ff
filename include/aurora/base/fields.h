// The one list per struct that drives JSON, proto, comparison and hashing.
//
//   struct Resources { double cpus = 0; int64_t ram_mb = 0; };
//   void fields(Is<Resources> auto& r, auto&& visit) { visit("cpus", r.cpus); visit("ramMb", r.ram_mb); }
//
// Enums list their names once (enum_names), unions (std::variant) their case names (union_names), in order.
#pragma once

#include <array>
#include <concepts>
#include <optional>
#include <string_view>
#include <type_traits>
#include <variant>

namespace aurora {

// T or const T: one template serves reading and writing.
template <typename X, typename T>
concept Is = std::same_as<std::remove_cv_t<X>, T>;

struct IgnoreField {
  template <typename T>
  void operator()(std::string_view, T&) const {}
};

template <typename T>
concept HasFields = requires(T& t) { fields(t, IgnoreField{}); };

// Value and text of an enumerator. The number is the proto and Thrift number.
template <typename E>
struct EnumName {
  E value;
  std::string_view name;
};

// Specialise: static constexpr std::array<EnumName<E>, N> values.
template <typename E>
struct EnumNames;

template <typename E>
concept NamedEnum = std::is_enum_v<E> && requires { EnumNames<E>::values; };

template <NamedEnum E>
constexpr std::string_view enum_name(E value) {
  for (const auto& entry : EnumNames<E>::values) {
    if (entry.value == value) return entry.name;
  }
  return "?";
}

template <NamedEnum E>
constexpr std::optional<E> find_enum(std::string_view name) {
  for (const auto& entry : EnumNames<E>::values) {
    if (entry.name == name) return entry.value;
  }
  return std::nullopt;
}

// Specialise for each std::variant: static constexpr std::array<std::string_view, N> values, in the variant's order.
template <typename V>
struct UnionNames;

template <typename V>
concept NamedUnion = requires { UnionNames<V>::values; };

}  // namespace aurora
