// A file on a disk that forgets: what is not synced may be lost, from any byte on. Outlives the program that
// writes it.
#pragma once

#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include "aurora/base/result.h"
#include "aurora/base/rng.h"

namespace aurora::test {

class SimDisk {
 public:
  // Called before bytes become durable; an error leaves them in the cache and is returned to the writer.
  std::function<Status()> before_sync;
  bool ignores_syncs = false;  // a disk that lies: nothing is ever durable

  void append(std::string_view bytes) { bytes_ += bytes; }
  Status sync();
  const std::string& bytes() const { return bytes_; }  // as a reader sees it, cached bytes included
  void truncate(size_t size);
  void flip(size_t offset) { bytes_[offset] = static_cast<char>(bytes_[offset] ^ 0x20); }  // damage
  // The machine loses power: each unsynced byte is there or not, but none without all before it.
  void lose_power(Rng& rng);

 private:
  std::string bytes_;
  size_t durable_ = 0;
};

// Batches of records with lengths and checksums, so that a torn one at the end is told from a whole one.
class BatchLog {
 public:
  explicit BatchLog(SimDisk& disk) : disk_(disk) {}
  Status append(const std::vector<std::string>& records);  // one batch, synced
  // All whole batches; what follows them is cut off, so that the next batch is readable. Synced, as the last
  // batch may be one that a killed writer left in the cache: whoever has read it will act on it.
  Result<std::vector<std::vector<std::string>>> load();

 private:
  SimDisk& disk_;
};

}  // namespace aurora::test
