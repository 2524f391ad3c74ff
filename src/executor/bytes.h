// Bytes of the executor's own files: little-endian numbers, strings with their length, and frames
// (length, checksum, payload). The checksum finds every change of a single byte and all but one in 4 billion others.
#pragma once

#include <cstdint>
#include <cstring>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <type_traits>
#include <vector>

#include "aurora/base/time.h"

namespace aurora::executor {

class ByteWriter {
 public:
  template <typename T>
    requires std::is_arithmetic_v<T> || std::is_enum_v<T>
  void add(T value) {
    bytes_.append(reinterpret_cast<const char*>(&value), sizeof value);
  }
  void add(Instant at) { add(at.ms); }
  void add(std::string_view text) {
    add(static_cast<uint32_t>(text.size()));
    bytes_.append(text);
  }
  std::string take() { return std::move(bytes_); }

 private:
  std::string bytes_;
};

// After the end of the bytes every read gives a zero and is_good() is false.
class ByteReader {
 public:
  explicit ByteReader(std::string_view bytes) : left_(bytes) {}

  template <typename T>
  T get() {
    if constexpr (std::is_same_v<T, bool>) {
      const auto byte = get<uint8_t>();
      return byte <= 1 ? byte == 1 : fail<bool>();  // other bytes are no bool
    } else {
      T value{};
      if (left_.size() < sizeof value) return fail<T>();
      std::memcpy(&value, left_.data(), sizeof value);
      left_.remove_prefix(sizeof value);
      return value;
    }
  }
  std::string get_string() {
    const auto size = get<uint32_t>();
    if (left_.size() < size) return fail<std::string>();
    std::string text(left_.substr(0, size));
    left_.remove_prefix(size);
    return text;
  }
  Instant get_instant() { return Instant{get<int64_t>()}; }
  // The length of a list whose items take at least one byte each.
  uint32_t get_count() {
    const auto count = get<uint32_t>();
    return count <= left_.size() ? count : fail<uint32_t>();
  }
  bool is_good() const { return good_; }
  bool is_at_end() const { return left_.empty(); }  // also after a failure
  void fail() {
    good_ = false;
    left_ = {};
  }

 private:
  template <typename T>
  T fail() {
    fail();
    return T{};
  }
  std::string_view left_;
  bool good_ = true;
};

std::string frame(std::string_view payload);
struct Gap {
  size_t offset = 0;
  size_t bytes = 0;
};
struct Frames {
  std::vector<std::string_view> payloads;  // views into what was split
  std::vector<Gap> gaps;                   // damaged: frames follow
  size_t good_bytes = 0;                   // nothing that follows is a frame: a torn tail, or empty
};
// After damage, the next frame is the first place where length and checksum agree and `is_payload` knows the payload;
// absent: nothing behind damage is looked for.
Frames split_frames(std::string_view bytes, const std::function<bool(std::string_view)>& is_payload = nullptr);

}  // namespace aurora::executor
