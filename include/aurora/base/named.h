// Named<T, Tag>: a value of T that will not pass for another kind of T.
#pragma once

#include <compare>
#include <functional>
#include <string>
#include <utility>

namespace aurora {

template <typename T, typename Tag>
class Named {
 public:
  using value_type = T;
  Named() = default;
  explicit Named(T value) : value_(std::move(value)) {}
  const T& value() const { return value_; }
  bool empty() const { return value_ == T{}; }
  friend auto operator<=>(const Named&, const Named&) = default;
  friend bool operator==(const Named&, const Named&) = default;

 private:
  T value_{};
};

}  // namespace aurora

template <typename T, typename Tag>
struct std::hash<aurora::Named<T, Tag>> {
  size_t operator()(const aurora::Named<T, Tag>& named) const { return std::hash<T>{}(named.value()); }
};
