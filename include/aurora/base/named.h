// Named<T, Tag>: a value of T that will not pass for another kind of T. Named<SharedText, Tag> is a name
// whose copies share the text, for names that very many records hold.
#pragma once

#include <compare>
#include <functional>
#include <string>
#include <utility>

#include "aurora/base/shared_text.h"

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

template <typename Tag>
class Named<SharedText, Tag> {
 public:
  using value_type = std::string;
  Named() = default;
  explicit Named(std::string value) {
    if (!value.empty()) text_ = SharedText(std::move(value));
  }
  const std::string& value() const { return text_.text(); }
  const SharedText& text() const { return text_; }
  bool empty() const { return !text_.has_value(); }
  size_t hash() const { return text_.hash(); }
  friend auto operator<=>(const Named&, const Named&) = default;
  friend bool operator==(const Named&, const Named&) = default;

 private:
  SharedText text_;
};

}  // namespace aurora

template <typename Tag>
struct std::hash<aurora::Named<aurora::SharedText, Tag>> {
  size_t operator()(const aurora::Named<aurora::SharedText, Tag>& named) const { return named.hash(); }
};
template <typename T, typename Tag>
struct std::hash<aurora::Named<T, Tag>> {
  size_t operator()(const aurora::Named<T, Tag>& named) const { return std::hash<T>{}(named.value()); }
};
