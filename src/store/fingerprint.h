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
  // Returns whether the record had parts: they are part of it no more.
  bool put(int table, std::string_view key, std::string_view value);
  // A record of its own that belongs to the record `name` and goes with it. Parts come in the order of their
  // positions: false, and nothing changes, if it is there.
  bool add_part(int table, std::string_view name, int32_t index, std::string_view value);
  bool erase(int table, std::string_view key);  // with its parts; false: there was no such record
  uint64_t sum() const { return sum_; }
  uint64_t count() const { return records_.size(); }  // without parts

 private:
  struct Record {
    uint64_t hash = 0;      // with those of its parts
    int32_t parts_end = 0;  // behind the position of its last part; 0 without parts
  };
  std::unordered_map<uint64_t, Record> records_;  // by the hash of table and key
  uint64_t sum_ = 0;
};

}  // namespace aurora::store
