#include "store/fingerprint.h"

#include <cstring>
#include <utility>

#include "store/record_key.h"

namespace aurora::store {
namespace {

constexpr uint64_t kPrime = 0x9E3779B97F4A7C15;  // odd, half of its bits set

uint64_t mix(uint64_t a, uint64_t b) {
  __extension__ using Wide = unsigned __int128;
  const Wide product = static_cast<Wide>(a ^ kPrime) * (b | 1);
  return static_cast<uint64_t>(product) ^ static_cast<uint64_t>(product >> 64);
}

uint64_t key_of(int table, std::string_view key) { return hash_of(key, static_cast<uint64_t>(table) + 1); }

}  // namespace

// Eight bytes at a time, little end first, as every machine we run on has them.
uint64_t hash_of(std::string_view bytes, uint64_t seed) {
  uint64_t hash = mix(seed, bytes.size() * 2 + 1);
  while (!bytes.empty()) {
    uint64_t word = 0;
    const size_t size = bytes.size() < sizeof word ? bytes.size() : sizeof word;
    std::memcpy(&word, bytes.data(), size);
    hash = mix(hash + word, kPrime + hash);
    bytes.remove_prefix(size);
  }
  return mix(hash, kPrime);
}

bool Fingerprint::put(int table, std::string_view key, std::string_view value) {
  const uint64_t key_hash = key_of(table, key);
  const Record record{hash_of(value, key_hash)};
  const Record known = std::exchange(records_[key_hash], record);
  sum_ += record.hash - known.hash;
  return known.parts_end > 0;
}

bool Fingerprint::add_part(int table, std::string_view name, int32_t index, std::string_view value) {
  Record& record = records_[key_of(table, name)];
  if (index < record.parts_end) return false;
  const uint64_t hash = hash_of(value, key_of(table, part_key(name, index)));
  record.hash += hash;
  record.parts_end = index + 1;
  sum_ += hash;
  return true;
}

bool Fingerprint::erase(int table, std::string_view key) {
  const auto known = records_.find(key_of(table, key));
  if (known == records_.end()) return false;
  sum_ -= known->second.hash;
  records_.erase(known);
  return true;
}

}  // namespace aurora::store
