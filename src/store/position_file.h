// How far the store had got, outside of RocksDB's files: the number of the last commit that was acknowledged. A
// database that has come less far has lost something, and is not to be served.
//
// Two slots are written in turn, each with a checksum, so that a torn write leaves the one before. A commit is on disk
// before its number is written here, never the other way round: the file may be behind, and is never ahead.
#pragma once

#include <rocksdb/env.h>

#include <memory>
#include <optional>
#include <string>

#include "aurora/base/result.h"

namespace aurora::store {

struct Position {
  uint64_t commit = 0;  // counts the commits of this database
  uint64_t sum = 0;     // of the Fingerprint after it
  friend bool operator==(const Position&, const Position&) = default;
};

class PositionFile {
 public:
  static std::string path_in(const std::string& folder);
  // Nothing: there is no file, or neither slot is whole.
  static std::optional<Position> read(const std::string& folder);

  // Opens or makes the file and writes `position`, synced.
  static Result<std::unique_ptr<PositionFile>> open(const std::string& folder, const Position& position);
  ~PositionFile();

  Status write(const Position& position);  // safe from a kill of the process when it returns, not from a power cut
  Status sync();                           // from that, too; may be called by another thread

 private:
  PositionFile(std::string path, std::unique_ptr<rocksdb::RandomRWFile> file)
      : path_(std::move(path)), file_(std::move(file)) {}
  Status check(const rocksdb::Status& status) const;

  std::string path_;
  std::unique_ptr<rocksdb::RandomRWFile> file_;
};

}  // namespace aurora::store
