// Keys of the parts of a record - moves of a task, events of an update -: they sort behind the record's name, by
// position.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

namespace aurora::store {

// No name holds a zero byte, so all parts of a record lie between its name + '\0' and its name + '\1'.
inline std::string first_part_key(std::string_view name) { return std::string(name) + '\0'; }
inline std::string after_part_keys(std::string_view name) { return std::string(name) + '\1'; }

// Four bytes, most significant first: bytes sort as numbers do.
inline std::string part_key(std::string_view name, int32_t index) {
  std::string key = first_part_key(name);
  for (int shift = 24; shift >= 0; shift -= 8)
    key += static_cast<char>(static_cast<uint32_t>(index) >> shift & 0xFF);
  return key;
}

inline std::string_view name_of(std::string_view key) { return key.substr(0, key.find('\0')); }
inline bool is_part(std::string_view key) { return name_of(key).size() < key.size(); }

// REQUIRES: is_part(key)
inline int32_t part_index(std::string_view key) {
  uint32_t index = 0;
  for (const char c : key.substr(name_of(key).size() + 1)) index = index << 8 | static_cast<uint8_t>(c);
  return static_cast<int32_t>(index);
}

}  // namespace aurora::store
