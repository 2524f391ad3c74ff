#include "store/fingerprint.h"

#include <algorithm>
#include <cstring>
#include <utility>

#include "store/record_key.h"

namespace aurora::store {
namespace {

constexpr uint64_t kPrime = 0x9E3779B97F4A7C15;  // odd, half of its bits set
constexpr size_t kPlacesMin = 16;
__extension__ using Wide = unsigned __int128;

uint64_t mix(uint64_t a, uint64_t b) {
  const Wide product = static_cast<Wide>(a ^ kPrime) * (b | 1);
  return static_cast<uint64_t>(product) ^ static_cast<uint64_t>(product >> 64);
}

uint64_t key_of(int table, std::string_view key) { return hash_of(key, static_cast<uint64_t>(table) + 1); }

// Four of five places are taken at most.
size_t places_for(uint64_t records) { return std::max(kPlacesMin, records + records / 4 + 1); }

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

void RecordHashes::add(int table, std::string_view key, std::string_view value) {
  const uint64_t key_hash = key_of(table, key);
  hashes_.push_back({key_hash, hash_of(value, key_hash), 0});
}

void RecordHashes::add_part(int table, std::string_view key, std::string_view value) {
  const uint64_t record = key_of(table, name_of(key));
  if (hashes_.empty() || hashes_.back().key != record) hashes_.push_back({record, 0, 0});
  hashes_.back().hash += hash_of(value, key_of(table, key));
  hashes_.back().parts_end = std::max(hashes_.back().parts_end, part_index(key) + 1);
}

void Fingerprint::reserve(uint64_t count) {
  if (places_for(count) > places_.size()) resize(places_for(count));
}

void Fingerprint::add(const RecordHashes& read) {
  for (const RecordHash& piece : read.all()) {
    RecordHash& record = find_or_insert(piece.key);
    record.hash += piece.hash;
    record.parts_end = std::max(record.parts_end, piece.parts_end);
    sum_ += piece.hash;
  }
}

bool Fingerprint::put(int table, std::string_view key, std::string_view value) {
  const uint64_t key_hash = key_of(table, key);
  RecordHash& record = find_or_insert(key_hash);
  const RecordHash known = std::exchange(record, {key_hash, hash_of(value, key_hash), 0});
  sum_ += record.hash - known.hash;
  return known.parts_end > 0;
}

bool Fingerprint::add_part(int table, std::string_view name, int32_t index, std::string_view value) {
  RecordHash& record = find_or_insert(key_of(table, name));
  if (index < record.parts_end) return false;
  const uint64_t hash = hash_of(value, key_of(table, part_key(name, index)));
  record.hash += hash;
  record.parts_end = index + 1;
  sum_ += hash;
  return true;
}

bool Fingerprint::erase(int table, std::string_view key) {
  if (places_.empty()) return false;
  size_t hole = find(key_of(table, key));
  if (places_[hole].parts_end == kFree) return false;
  sum_ -= places_[hole].hash;
  --count_;
  // Records behind the hole that could not be where their keys name come closer to it.
  for (size_t at = next(hole); places_[at].parts_end != kFree; at = next(at)) {
    const size_t wanted = home(places_[at].key);
    const bool stays = hole <= at ? hole < wanted && wanted <= at : hole < wanted || wanted <= at;
    if (stays) continue;
    places_[hole] = places_[at];
    hole = at;
  }
  places_[hole].parts_end = kFree;
  return true;
}

// Keys are spread evenly over all numbers, so places are, too.
size_t Fingerprint::home(uint64_t key) const {
  return static_cast<size_t>(static_cast<Wide>(key) * places_.size() >> 64);
}

size_t Fingerprint::find(uint64_t key) const {
  size_t at = home(key);
  while (places_[at].parts_end != kFree && places_[at].key != key) at = next(at);
  return at;
}

RecordHash& Fingerprint::find_or_insert(uint64_t key) {
  if (places_for(count_ + 1) > places_.size()) resize(places_for(count_ + count_ / 2));
  RecordHash& place = places_[find(key)];
  if (place.parts_end != kFree) return place;
  ++count_;
  return place = {key, 0, 0};
}

void Fingerprint::resize(size_t places) {
  const std::vector<RecordHash> before =
      std::exchange(places_, std::vector<RecordHash>(places, RecordHash{0, 0, kFree}));
  for (const RecordHash& record : before) {
    if (record.parts_end != kFree) places_[find(record.key)] = record;
  }
}

}  // namespace aurora::store
