// A byte string that stands for a value: equal exactly when the values are equal, the same in every release.
// Driven by fields(). Members that have their default are left out, so a new member leaves old values' bytes
// alone.
#pragma once

#include <bit>
#include <cstdint>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <type_traits>
#include <variant>
#include <vector>

#include "aurora/base/fields.h"
#include "aurora/base/named.h"

namespace aurora::core {

class CanonicalBytes {
 public:
  const std::string& bytes() const { return bytes_; }

  void add(bool value) { bytes_ += value ? '\1' : '\0'; }
  void add(int32_t value) { add_number(static_cast<uint64_t>(static_cast<int64_t>(value))); }
  void add(int64_t value) { add_number(static_cast<uint64_t>(value)); }
  void add(double value) { add_number(std::bit_cast<uint64_t>(value == 0 ? 0.0 : value)); }  // -0 equals 0
  void add(std::string_view text) {
    add_number(text.size());
    bytes_ += text;
  }
  void add(const std::string& text) { add(std::string_view(text)); }

  template <typename T, typename Tag>
  void add(const Named<T, Tag>& named) {
    add(named.value());
  }

  template <typename E>
  requires std::is_enum_v<E>
  void add(E value) { add(static_cast<int64_t>(value)); }

  template <typename T>
  void add(const std::optional<T>& value) {
    add(value.has_value());
    if (value) add(*value);
  }

  template <typename T>
  void add(const std::vector<T>& list) {
    add_all(list);
  }
  template <typename T>
  void add(const std::set<T>& set) {
    add_all(set);
  }

  template <typename K, typename V>
  void add(const std::map<K, V>& map) {
    add_number(map.size());
    for (const auto& [key, value] : map) {
      add(key);
      add(value);
    }
  }

  template <typename... Cases>
  void add(const std::variant<Cases...>& value) {
    add_number(value.index());
    std::visit([this](const auto& held) { this->add(held); }, value);
  }

  template <HasFields T>
  void add(const T& record) {
    fields(record, [this](std::string_view name, const auto& member) {
      if (member == std::remove_cvref_t<decltype(member)>{}) return;
      add(name);
      add(member);
    });
    add(std::string_view());  // no member has an empty name
  }

 private:
  void add_number(uint64_t value) {
    for (int shift = 0; shift < 64; shift += 8) bytes_ += static_cast<char>(value >> shift);
  }

  template <typename Collection>
  void add_all(const Collection& values) {
    add_number(values.size());
    for (const auto& value : values) add(value);
  }

  std::string bytes_;
};

}  // namespace aurora::core
