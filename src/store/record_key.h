// Keys of records that belong to an update: they sort by update, then by position.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "aurora/core/update/job_update.h"

namespace aurora::store {

// No part of an update's name holds a zero byte, so all its events lie between name + '\0' and name + '\1'.
inline std::string first_event_key(const core::UpdateKey& update) { return to_string(update) + '\0'; }
inline std::string after_event_keys(const core::UpdateKey& update) { return to_string(update) + '\1'; }

// Four bytes, most significant first: bytes sort as numbers do.
inline std::string event_key(const core::UpdateKey& update, int32_t index) {
  std::string key = first_event_key(update);
  for (int shift = 24; shift >= 0; shift -= 8)
    key += static_cast<char>(static_cast<uint32_t>(index) >> shift & 0xFF);
  return key;
}

// REQUIRES: key is an event_key()
inline int32_t event_index(std::string_view key) {
  uint32_t index = 0;
  for (const char c : key.substr(key.size() - 4)) index = index << 8 | static_cast<uint8_t>(c);
  return static_cast<int32_t>(index);
}

}  // namespace aurora::store
