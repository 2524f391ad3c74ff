// The RocksDB database under RocksStore: its column families by noun, its options, what it must hold, and its
// errors in our words.
#pragma once

#include <rocksdb/db.h>

#include <array>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "aurora/base/result.h"
#include "aurora/store/store.h"
#include "store/fingerprint.h"
#include "store/position_file.h"

namespace aurora::store {

// In the order of kTableNames. A family is never renamed or given another meaning.
enum class Table { Tasks, Configs, Hosts, Updates, UpdateEvents, InstanceEvents, Meta, Tombstones, Quotas, CronJobs, CronProgress, AnsweredRequests };
inline constexpr std::array<const char*, 12> kTableNames = {
    "tasks", "configs",    "hosts",  "updates",   "update_events", "instance_events",
    "meta",  "tombstones", "quotas", "cron_jobs", "cron_progress", "answered_requests"};

// The folder is the caller's alone until this is destroyed: as a running scheduler holds it.
class FolderClaim {
 public:
  static Result<FolderClaim> take(const std::string& folder);
  ~FolderClaim();
  FolderClaim(FolderClaim&& other) noexcept : lock_(std::exchange(other.lock_, nullptr)) {}

 private:
  explicit FolderClaim(rocksdb::FileLock* lock) : lock_(lock) {}
  rocksdb::FileLock* lock_ = nullptr;
};

class RocksDatabase {
 public:
  // To be read, and to be written after begin_writing(). Holds the folder's lock until destroyed. In a folder
  // that has a database nothing is changed before begin_writing().
  static Result<std::unique_ptr<RocksDatabase>> open(const std::string& folder, IfMissing if_missing,
                                                     const std::string& new_cluster_id = "");
  // As it is, read only; nothing in the folder is changed.
  static Result<std::unique_ptr<RocksDatabase>> open_to_read(const std::string& folder);
  // What can be read counts as complete from now on, unless a newer program wrote it. Returns how many
  // records there are.
  static Result<uint64_t> accept(const std::string& folder);
  ~RocksDatabase();
  RocksDatabase(const RocksDatabase&) = delete;
  RocksDatabase& operator=(const RocksDatabase&) = delete;

  // Reads all records and compares them with what was acknowledged last: DataLoss if anything is missing.
  Status verify();
  // The same in one pass with another use of the records: between these two calls every table is read once,
  // by read_hashed(), or by each() with hash_row() and add_hashes().
  Status begin_reading();
  Status check_what_was_read();
  // As each(), but goes on to the table's end: what comes after a row for which `function` fails is only
  // hashed. `failed` is the first error of `function`, perhaps of an earlier call; what is returned, of reading.
  template <typename F>
  Status read_hashed(Table from, Status& failed, F function) {
    RecordHashes hashes;
    TRY(each(from, [&](std::string_view key, std::string_view value) -> Status {
      hash_row(hashes, from, key, value);
      if (failed.ok()) failed = function(key, value);
      return Unit{};
    }));
    add_hashes(hashes);
    return Unit{};
  }
  static void hash_row(RecordHashes& hashes, Table from, std::string_view key, std::string_view value);
  void add_hashes(const RecordHashes& hashes) { fingerprint_.add(hashes); }

  // Of one that is open() to be read. REQUIRES: all records were read and compared.
  Status begin_writing();

  const std::string& folder() const { return folder_; }
  const std::string& cluster_id() const { return cluster_id_; }
  Result<Position> read_position() const;  // as the database itself has it
  rocksdb::DB& rocksdb() const { return *database_; }
  rocksdb::ColumnFamilyHandle* table(Table table) const { return tables_[static_cast<size_t>(table)]; }
  Status sync_position() { return position_file_->sync(); }

  // Into a batch that will be written, once begin_writing() was called. Parts of a record lie behind it and go when it is put again.
  void put(rocksdb::WriteBatch& batch, Table to, const std::string& key, const std::string& value);
  void add_part(rocksdb::WriteBatch& batch, Table to, const std::string& name, int32_t index,
                const std::string& value);
  void erase(rocksdb::WriteBatch& batch, Table from, const std::string& key);  // one that has no parts
  void erase_with_parts(rocksdb::WriteBatch& batch, Table from, const std::string& name);
  void erase_events(rocksdb::WriteBatch& batch, Table from, const std::string& update);
  Status write(rocksdb::WriteBatch& batch);                            // on disk when it returns
  Result<std::string> get(Table table, const std::string& key) const;  // empty if there is none
  // In order of the keys, until `function` fails.
  template <typename F>
  Status each(Table from, F function) const {
    if (table(from) == nullptr) return Unit{};  // of a version that had no such table
    const auto rows = iterate(from);
    for (rows->SeekToFirst(); rows->Valid(); rows->Next()) {
      TRY(function(rows->key().ToStringView(), rows->value().ToStringView()));
    }
    return translate(rows->status());
  }
  std::unique_ptr<rocksdb::Iterator> iterate(Table from) const;  // REQUIRES: the database has this table
  Status translate(const rocksdb::Status& status) const;

 private:
  enum class Access { Read, Write, Create };
  explicit RocksDatabase(std::string folder) : folder_(std::move(folder)) {}
  Status open_files(Access access);
  void close_files();
  Status take_fingerprint();
  Status check_format();
  Error lost(const std::string& what) const;
  Status write_head();

  std::string folder_;
  std::string cluster_id_;
  std::optional<FolderClaim> claim_;  // while open to be read; RocksDB's own is held while it writes
  std::unique_ptr<rocksdb::DB> database_;
  std::vector<rocksdb::ColumnFamilyHandle*> tables_;  // as in Table; null if the database has no such one
  Fingerprint fingerprint_;                           // of all records but the commit's own
  Position position_;                                 // of the last commit
  std::unique_ptr<PositionFile> position_file_;       // only when it may be written
};

bool has_database(const std::string& folder);  // whole or not
Error in_words(const rocksdb::Status& status, const std::string& folder);
std::shared_ptr<rocksdb::Logger> silent_logger();

}  // namespace aurora::store
