// An optional whose value lies elsewhere: for a large member that most records do not have.
#pragma once

#include <memory>
#include <optional>
#include <utility>

namespace aurora {

template <typename T>
class OptionalBox {
 public:
  OptionalBox() = default;
  OptionalBox(std::nullopt_t) {}
  OptionalBox(T value) : value_(std::make_unique<T>(std::move(value))) {}
  OptionalBox(std::optional<T> value) {
    if (value) value_ = std::make_unique<T>(std::move(*value));
  }
  OptionalBox(const OptionalBox& other)
      : value_(other.value_ ? std::make_unique<T>(*other.value_) : nullptr) {}
  OptionalBox(OptionalBox&&) noexcept = default;
  OptionalBox& operator=(OptionalBox other) noexcept {
    value_ = std::move(other.value_);
    return *this;
  }
  ~OptionalBox() = default;
  operator std::optional<T>() const { return value_ ? std::optional<T>(*value_) : std::nullopt; }

  bool has_value() const { return value_ != nullptr; }
  explicit operator bool() const { return has_value(); }
  const T& operator*() const { return *value_; }
  T& operator*() { return *value_; }
  const T* operator->() const { return value_.get(); }
  T* operator->() { return value_.get(); }
  T& emplace() { return *(value_ = std::make_unique<T>()); }
  void reset() { value_.reset(); }

  friend bool operator==(const OptionalBox& a, const OptionalBox& b) {
    return a.has_value() == b.has_value() && (!a.has_value() || *a == *b);
  }

 private:
  std::unique_ptr<T> value_;
};

}  // namespace aurora
