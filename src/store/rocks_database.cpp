#include "store/rocks_database.h"

#include <rocksdb/cache.h>
#include <rocksdb/table.h>

#include <charconv>
#include <filesystem>

#include "aurora/base/build_info.h"
#include "aurora/base/rng.h"

namespace aurora::store {
namespace {

// Grows when older programs would misread what this one writes.
constexpr int kFormat = 1;
constexpr const char* kFormatKey = "format";    // number, as text
constexpr const char* kProgramKey = "program";  // version that wrote last
constexpr const char* kClusterKey = "cluster_id";

// The state lives in memory; RocksDB is read once, at start. So: little cache, small buffers, one thread that
// compacts.
rocksdb::Options database_options() {
  rocksdb::Options options;
  options.create_if_missing = true;
  options.create_missing_column_families = true;
  options.max_background_jobs = 2;
  options.max_open_files = 256;
  options.db_write_buffer_size = 32u << 20;
  options.max_total_wal_size = 64u << 20;
  options.keep_log_file_num = 2;
  options.max_log_file_size = 1u << 20;
  options.info_log_level = rocksdb::WARN_LEVEL;
  options.stats_dump_period_sec = 0;
  options.stats_persist_period_sec = 0;
  options.skip_stats_update_on_db_open = true;
  // The log may end with a batch that a killed process wrote and never synced. It is read, so it will be acted upon, so
  // it must not be lost any more: opening writes what it recovers to a synced table.
  options.avoid_flush_during_recovery = false;
  // A batch cut short at the end was never acknowledged; damage anywhere else must be told, not skipped.
  options.wal_recovery_mode = rocksdb::WALRecoveryMode::kTolerateCorruptedTailRecords;
  return options;
}

rocksdb::ColumnFamilyOptions table_options() {
  rocksdb::BlockBasedTableOptions blocks;
  blocks.block_cache = rocksdb::NewLRUCache(1u << 20);
  rocksdb::ColumnFamilyOptions options;
  options.table_factory.reset(rocksdb::NewBlockBasedTableFactory(blocks));
  options.write_buffer_size = 8u << 20;
  options.compression = rocksdb::kLZ4Compression;
  return options;
}

bool has(const rocksdb::Status& status, std::string_view words) {
  return status.ToString().find(words) != std::string::npos;
}

Error in_words(const rocksdb::Status& status, const std::string& folder) {
  const std::string where = "the database in " + folder;
  if (has(status, "While lock file") || has(status, "lock hold by current process")) {
    return {ErrorCode::FailedPrecondition,
            where + " is in use by another process; stop that scheduler, or choose another folder"};
  }
  if (status.IsNoSpace() || has(status, "No space left")) {
    return {ErrorCode::ResourceExhausted, where + ": the disk is full; free some space, then start again"};
  }
  if (has(status, "Permission denied") || has(status, "Read-only file system")) {
    return {ErrorCode::PermissionDenied,
            where + " cannot be written by this user; change the folder's owner, or choose another folder",
            {status.ToString()}};
  }
  if (status.IsCorruption()) {
    return {
        ErrorCode::DataLoss, where + " is damaged; restore the folder from a backup", {status.ToString()}};
  }
  return {ErrorCode::Internal, where + ": " + status.ToString()};
}

Status make_folder(const std::string& folder) {
  std::error_code error;
  std::filesystem::create_directories(folder, error);
  if (!error && std::filesystem::is_directory(folder, error)) return Unit{};
  return Error{ErrorCode::PermissionDenied,
               "cannot create the folder " + folder + ": " + error.message() + "; choose another folder"};
}

}  // namespace

Result<std::unique_ptr<RocksDatabase>> RocksDatabase::open(const std::string& folder) {
  TRY(make_folder(folder));
  std::unique_ptr<RocksDatabase> opened(new RocksDatabase(folder));
  std::vector<rocksdb::ColumnFamilyDescriptor> families = {
      {rocksdb::kDefaultColumnFamilyName, table_options()}};
  for (const char* name : kTableNames) families.emplace_back(name, table_options());
  std::vector<rocksdb::ColumnFamilyHandle*> handles;
  rocksdb::DB* database = nullptr;
  const rocksdb::Options options = database_options();
  const auto status = rocksdb::DB::Open(options, folder, families, &handles, &database);
  if (!status.ok()) {
    // A newer format may have families of its own: then RocksDB refuses before we can read which version
    // wrote them.
    if (has(status, "Column families not opened")) {
      return Error{ErrorCode::FailedPrecondition,
                   "the database in " + folder + " was written by a newer version of aurora than " +
                       std::string(build_info().version) + "; start that version"};
    }
    return in_words(status, folder);
  }
  opened->database_.reset(database);
  opened->tables_.assign(handles.begin() + 1, handles.end());
  database->DestroyColumnFamilyHandle(handles.front());
  TRY(opened->check_format());
  return opened;
}

RocksDatabase::~RocksDatabase() {
  for (auto* handle : tables_) database_->DestroyColumnFamilyHandle(handle);
}

Status RocksDatabase::check_format() {
  const std::string version(build_info().version);
  const std::string written = TRY(get(Table::Meta, kFormatKey));
  const std::string program = TRY(get(Table::Meta, kProgramKey));
  int format = 0;
  std::from_chars(written.data(), written.data() + written.size(), format);
  if (format > kFormat) {
    return Error{ErrorCode::FailedPrecondition, "the database in " + folder_ + " was written by aurora " +
                                                    program + " in format " + written + "; this is aurora " +
                                                    version + ", which reads formats up to " +
                                                    std::to_string(kFormat) + "; start the newer version"};
  }
  cluster_id_ = TRY(get(Table::Meta, kClusterKey));
  if (format == kFormat && program == version && !cluster_id_.empty()) return Unit{};
  rocksdb::WriteBatch batch;
  if (cluster_id_.empty()) {  // new, or of a version that knew no ids
    cluster_id_ = Rng::from_entropy().uuid();
    batch.Put(table(Table::Meta), kClusterKey, cluster_id_);
  }
  batch.Put(table(Table::Meta), kFormatKey, std::to_string(kFormat));
  batch.Put(table(Table::Meta), kProgramKey, version);
  return write(batch);
}

Result<std::string> RocksDatabase::get(Table from, const std::string& key) const {
  std::string value;
  const auto status = database_->Get(rocksdb::ReadOptions(), table(from), key, &value);
  if (status.IsNotFound()) return std::string();
  TRY(translate(status));
  return value;
}

Status RocksDatabase::write(rocksdb::WriteBatch& batch) {
  rocksdb::WriteOptions options;
  options.sync = true;
  return translate(database_->Write(options, &batch));
}

Status RocksDatabase::translate(const rocksdb::Status& status) const {
  if (status.ok()) return Unit{};
  return in_words(status, folder_);
}

}  // namespace aurora::store
