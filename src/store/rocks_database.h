// The RocksDB database under RocksStore: its column families by noun, its options, and its errors in our
// words.
#pragma once

#include <rocksdb/db.h>

#include <array>
#include <memory>
#include <string>
#include <vector>

#include "aurora/base/result.h"

namespace aurora::store {

// In the order of kTableNames. A family is never renamed or given another meaning.
enum class Table { Tasks, Configs, Hosts, Updates, UpdateEvents, InstanceEvents, Meta, Tombstones };
inline constexpr std::array<const char*, 8> kTableNames = {
    "tasks", "configs", "hosts", "updates", "update_events", "instance_events", "meta", "tombstones"};

class RocksDatabase {
 public:
  // Creates the folder and the database if they are not there. Holds the folder's lock until destroyed.
  static Result<std::unique_ptr<RocksDatabase>> open(const std::string& folder);
  ~RocksDatabase();
  RocksDatabase(const RocksDatabase&) = delete;
  RocksDatabase& operator=(const RocksDatabase&) = delete;

  const std::string& cluster_id() const { return cluster_id_; }
  rocksdb::ColumnFamilyHandle* table(Table table) const { return tables_[static_cast<size_t>(table)]; }
  Result<std::string> get(Table table, const std::string& key) const;  // empty if there is none
  Status write(rocksdb::WriteBatch& batch);                            // on disk when it returns
  // In order of the keys, until `function` fails.
  template <typename F>
  Status each(Table from, F function) const {
    const std::unique_ptr<rocksdb::Iterator> rows(
        database_->NewIterator(rocksdb::ReadOptions(), table(from)));
    for (rows->SeekToFirst(); rows->Valid(); rows->Next()) {
      TRY(function(rows->key().ToStringView(), rows->value().ToStringView()));
    }
    return translate(rows->status());
  }

 private:
  explicit RocksDatabase(std::string folder) : folder_(std::move(folder)) {}
  Status translate(const rocksdb::Status& status) const;
  Status check_format();

  std::string folder_;
  std::string cluster_id_;
  std::unique_ptr<rocksdb::DB> database_;
  std::vector<rocksdb::ColumnFamilyHandle*> tables_;
};

}  // namespace aurora::store
