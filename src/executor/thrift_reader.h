// Reads structs in Thrift's TBinaryProtocol from memory: what Thermos' checkpoints need of it, and of
// everything else enough to skip it. Bounded by what it is given; a value of an unexpected type is skipped,
// as Thrift does. Every read gives false once the bytes make no sense.
#pragma once

#include <bit>
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>

namespace aurora::executor {

class ThriftReader {
 public:
  enum class Type : uint8_t {
    Stop = 0,
    Bool = 2,
    Byte = 3,
    Double = 4,
    I16 = 6,
    I32 = 8,
    I64 = 10,
    String = 11,
    Struct = 12,
    Map = 13,
    Set = 14,
    List = 15
  };

  explicit ThriftReader(std::string_view bytes) : left_(bytes) {}

  // Calls `field(id, type)` for each; false from it ends the struct with false.
  template <typename Field>
  bool read_struct(const Field& field) {
    for (;;) {
      const auto type = static_cast<Type>(number(1));
      if (!is_good_) return false;
      if (type == Type::Stop) return true;
      const auto id = static_cast<int>(number(2));
      if (!is_good_ || !field(id, type)) return false;
    }
  }

  bool read(Type type, std::string& into) {
    if (type != Type::String) return skip(type);
    const auto size = static_cast<uint64_t>(number(4));
    if (!is_good_ || size > left_.size()) return is_good_ = false;
    into.assign(left_.substr(0, size));
    left_.remove_prefix(size);
    return true;
  }
  bool read(Type type, int64_t& into) {
    const int bytes = type == Type::I16 ? 2 : type == Type::I32 ? 4 : type == Type::I64 ? 8 : 0;
    if (bytes == 0) return skip(type);
    const uint64_t value = number(bytes);
    into = bytes == 2   ? static_cast<int16_t>(value)
           : bytes == 4 ? static_cast<int32_t>(value)
                        : static_cast<int64_t>(value);
    return is_good_;
  }
  bool read(Type type, double& into) {
    if (type != Type::Double) return skip(type);
    into = std::bit_cast<double>(number(8));
    return is_good_;
  }
  template <typename T>
  bool read(Type type, std::optional<T>& into) {
    T value{};
    const bool is_good = read(type, value);
    if (is_good) into = value;
    return is_good;
  }
  bool read(Type type, std::map<std::string, int64_t>& into) {
    if (type != Type::Map) return skip(type);
    const auto key = static_cast<Type>(number(1));
    const auto value = static_cast<Type>(number(1));
    for (uint64_t left = number(4); is_good_ && left > 0; --left) {
      std::string name;
      int64_t port = 0;
      if (!read(key, name) || !read(value, port)) return false;
      into[name] = port;
    }
    return is_good_;
  }

  bool skip(Type type, int depth = 0) {
    constexpr int kDepthMax = 16;
    if (depth > kDepthMax) return is_good_ = false;
    switch (type) {
      case Type::Bool:
      case Type::Byte:
        number(1);
        return is_good_;
      case Type::I16:
        number(2);
        return is_good_;
      case Type::I32:
        number(4);
        return is_good_;
      case Type::I64:
      case Type::Double:
        number(8);
        return is_good_;
      case Type::String: {
        std::string ignored;
        return read(type, ignored);
      }
      case Type::Struct:
        return read_struct([&](int, Type field) { return skip(field, depth + 1); });
      case Type::Map: {
        const auto key = static_cast<Type>(number(1));
        return skip_items(key, static_cast<Type>(number(1)), depth);
      }
      case Type::Set:
      case Type::List:
        return skip_items(static_cast<Type>(number(1)), Type::Stop, depth);
      case Type::Stop:
        break;
    }
    return is_good_ = false;
  }

 private:
  // Each takes at least a byte, so that a large count ends with the bytes. `second` is Stop for a list.
  bool skip_items(Type first, Type second, int depth) {
    for (uint64_t left = number(4); is_good_ && left > 0; --left) {
      if (!skip(first, depth + 1)) return false;
      if (second != Type::Stop && !skip(second, depth + 1)) return false;
    }
    return is_good_;
  }
  uint64_t number(int bytes) {
    if (!is_good_ || left_.size() < static_cast<size_t>(bytes)) {
      is_good_ = false;
      return 0;
    }
    uint64_t value = 0;
    for (int i = 0; i < bytes; ++i) value = value << 8 | static_cast<uint8_t>(left_[static_cast<size_t>(i)]);
    left_.remove_prefix(static_cast<size_t>(bytes));
    return value;
  }

  std::string_view left_;
  bool is_good_ = true;
};

}  // namespace aurora::executor
