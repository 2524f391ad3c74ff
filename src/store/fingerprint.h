// What the database must hold, in few bytes: the sum of a hash over every record. Kept up to date by every write and
// stored with it, so that a start can tell whether each record is there as it was written last, whichever file of the
// database was cut, lost or replaced by an older one.
#pragma once

#include <cstdint>
#include <string_view>
#include <unordered_map>

namespace aurora::store {

// The same for all time: it is on disk.
uint64_t hash_of(std::string_view bytes, uint64_t seed);

class Fingerprint {
 public:
  void put(int table, std::string_view key, std::string_view value);
  bool erase(int table, std::string_view key);  // false: there was no such record
  uint64_t sum() const { return sum_; }
  uint64_t count() const { return records_.size(); }

 private:
  std::unordered_map<uint64_t, uint64_t> records_;  // hash of table and key -> hash of the record
  uint64_t sum_ = 0;
};

}  // namespace aurora::store
