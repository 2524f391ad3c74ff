// What the database must hold, in few bytes: the sum of a hash over every record. Kept up to date by every write and
// stored with it, so that a start can tell whether each record is there as it was written last, whichever file of the
// database was cut, lost or replaced by an older one.
#pragma once

#include <cstdint>
#include <string_view>
#include <vector>

namespace aurora::store {

// The same for all time: it is on disk.
uint64_t hash_of(std::string_view bytes, uint64_t seed);

struct RecordHash {
  uint64_t key = 0;       // of table and key
  uint64_t hash = 0;      // with those of its parts
  int32_t parts_end = 0;  // behind the position of its last part; 0 without parts
};

// Those of records that are read one after the other, by any thread.
class RecordHashes {
 public:
  void add(int table, std::string_view key, std::string_view value);
  void add_part(int table, std::string_view key, std::string_view value);  // perhaps of a record that is lost
  const std::vector<RecordHash>& all() const { return hashes_; }

 private:
  std::vector<RecordHash> hashes_;
};

class Fingerprint {
 public:
  // Room for so many records: none of them is moved when more come.
  void reserve(uint64_t count);
  // What was read. A record's hashes may come in pieces, each once.
  void add(const RecordHashes& read);
  // Returns whether the record had parts: they are part of it no more.
  bool put(int table, std::string_view key, std::string_view value);
  // A record of its own that belongs to the record `name` and goes with it. Parts come in the order of their
  // positions: false, and nothing changes, if it is there.
  bool add_part(int table, std::string_view name, int32_t index, std::string_view value);
  bool erase(int table, std::string_view key);  // with its parts; false: there was no such record
  uint64_t sum() const { return sum_; }
  uint64_t count() const { return count_; }  // without parts

 private:
  static constexpr int32_t kFree = -1;  // parts_end of a place without a record

  size_t home(uint64_t key) const;
  size_t next(size_t at) const { return at + 1 == places_.size() ? 0 : at + 1; }
  size_t find(uint64_t key) const;  // its place, or the free one where it would be
  RecordHash& find_or_insert(uint64_t key);
  void resize(size_t places);

  // Open addressing: a record is at the place that its key names, or the next free one after it. A million
  // nodes of a map would be as many pieces of memory, and most of what a start waits for.
  std::vector<RecordHash> places_;
  uint64_t count_ = 0;
  uint64_t sum_ = 0;
};

}  // namespace aurora::store
