// A text that never changes and that its copies share: as large as a pointer, so that a million tasks can
// name one scheduler. Like an optional it may hold none, which is not the same as an empty one. Thread-safe
// like a shared_ptr.
#pragma once

#include <atomic>
#include <compare>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

namespace aurora {

class SharedText {
 public:
  SharedText() = default;
  SharedText(std::nullopt_t) {}
  SharedText(std::string text);
  SharedText(const char* text) : SharedText(std::string(text)) {}
  SharedText(const std::optional<std::string>& text) {
    if (text) *this = SharedText(*text);
  }
  SharedText(const SharedText& other) : held_(other.held_) {
    if (held_ != nullptr) held_->users.fetch_add(1, std::memory_order_relaxed);
  }
  SharedText(SharedText&& other) noexcept : held_(std::exchange(other.held_, nullptr)) {}
  SharedText& operator=(SharedText other) noexcept {
    std::swap(held_, other.held_);
    return *this;
  }
  ~SharedText() {
    if (held_ != nullptr) drop();
  }

  bool has_value() const { return held_ != nullptr; }
  explicit operator bool() const { return has_value(); }
  const std::string& operator*() const { return held_->text; }  // REQUIRES: has_value()
  const std::string* operator->() const { return &held_->text; }
  const std::string& text() const {
    return held_ != nullptr ? held_->text : none();
  }  // empty if there is none
  operator std::optional<std::string>() const {
    return held_ != nullptr ? std::optional(held_->text) : std::nullopt;
  }
  std::string value_or(std::string_view fallback) const {
    return held_ != nullptr ? held_->text : std::string(fallback);
  }

  size_t hash() const { return held_ != nullptr ? held_->hash : 0; }
  bool is_unshared() const { return held_ != nullptr && held_->users.load(std::memory_order_acquire) == 1; }

  friend bool operator==(const SharedText& a, const SharedText& b) {
    if (a.held_ == b.held_) return true;
    return a.has_value() && b.has_value() && a.held_->hash == b.held_->hash && *a == *b;
  }
  friend std::strong_ordering operator<=>(const SharedText& a, const SharedText& b) {
    if (a.held_ == b.held_) return std::strong_ordering::equal;
    if (!a.has_value() || !b.has_value()) return a.has_value() <=> b.has_value();
    return *a <=> *b;
  }
  friend bool operator==(const SharedText& a, std::string_view b) { return a.has_value() && *a == b; }
  friend bool operator==(const SharedText& a, const char* b) { return a == std::string_view(b); }
  friend bool operator==(const SharedText& a, const std::string& b) { return a == std::string_view(b); }
  friend bool operator==(const SharedText& a, std::nullopt_t) { return !a.has_value(); }

 private:
  struct Held {
    std::atomic<uint32_t> users;
    uint32_t hash;
    std::string text;
  };
  void drop();
  static const std::string& none();
  Held* held_ = nullptr;
};

}  // namespace aurora
