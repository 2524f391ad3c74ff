#include "store/rocks_database.h"

#include <rocksdb/cache.h>
#include <rocksdb/table.h>

#include <algorithm>
#include <charconv>
#include <filesystem>
#include <span>
#include <sstream>

#include "aurora/base/build_info.h"
#include "aurora/base/rng.h"
#include "store/record_key.h"
#include "store/replacement.h"

namespace aurora::store {
namespace {

// Grows when older programs would misread what this one writes.
constexpr int kFormat = 4;  // 1: no moves of tasks; 2: no quotas and cron jobs; 3: no answered requests
constexpr const char* kFormatKey = "format";    // number, as text
constexpr const char* kProgramKey = "program";  // version that wrote last
constexpr const char* kClusterKey = "cluster_id";
constexpr const char* kCommitKey =
    "commit";  // number, sum and count of the last commit: itself no part of the sum

constexpr uint64_t kRecordsExpectedMax = 16u << 20;  // room for more is made when they are there

// The state lives in memory; RocksDB is read once, at start. So: little cache, small buffers, one thread that
// compacts.
rocksdb::Options database_options() {
  rocksdb::Options options;
  options.max_background_jobs = 2;
  options.max_open_files = 256;
  options.db_write_buffer_size = 32u << 20;
  options.max_total_wal_size = 16u << 20;  // a start reads all of it, twice: to verify, and to write
  options.keep_log_file_num = 2;
  options.max_log_file_size = 1u << 20;
  options.info_log_level = rocksdb::WARN_LEVEL;
  options.stats_dump_period_sec = 0;
  options.stats_persist_period_sec = 0;
  options.skip_stats_update_on_db_open = true;
  // The log may end with a batch that a killed process wrote and never synced. It is read, so it will be
  // acted upon, so it must not be lost any more: opening writes what it recovers to a synced table.
  options.avoid_flush_during_recovery = false;
  // A batch cut short at the end was never acknowledged; damage anywhere else must be told, not skipped.
  // (What RocksDB takes for such an end and was none is found by verify().)
  options.wal_recovery_mode = rocksdb::WALRecoveryMode::kTolerateCorruptedTailRecords;
  return options;
}

rocksdb::ColumnFamilyOptions table_options() {
  rocksdb::BlockBasedTableOptions blocks;
  blocks.block_cache = rocksdb::NewLRUCache(1u << 20);
  blocks.block_size = 32u << 10;  // one after the other at a start, and hardly ever one alone
  rocksdb::ColumnFamilyOptions options;
  options.table_factory.reset(rocksdb::NewBlockBasedTableFactory(blocks));
  options.write_buffer_size = 8u << 20;
  options.compression = rocksdb::kLZ4Compression;
  return options;
}

class SilentLogger final : public rocksdb::Logger {
 public:
  using rocksdb::Logger::Logv;
  void Logv(const char*, va_list) override {}
};

bool has(const rocksdb::Status& status, std::string_view words) {
  return status.ToString().find(words) != std::string::npos;
}

std::string next_steps(const std::string& folder) {
  return "`aurora admin store check " + folder + "` says what is left, `aurora admin store restore " +
         folder + "` goes back to a copy";
}

Status make_folder(const std::string& folder) {
  std::error_code error;
  std::filesystem::create_directories(folder, error);
  if (!error && std::filesystem::is_directory(folder, error)) return Unit{};
  return Error{ErrorCode::PermissionDenied,
               "cannot create the folder " + folder + ": " + error.message() + "; choose another folder"};
}

// What is of no use without CURRENT, the file that names the others, and shows that there was a database: its
// own files, its copies, a restore that was cut short.
bool has_remains(const std::string& folder) {
  std::error_code error;
  for (const auto& entry : std::filesystem::directory_iterator(folder, error)) {
    const std::string name = entry.path().filename().string();
    if (name.ends_with(".sst") || name.starts_with("MANIFEST-") || name == "position" || name == "backups" ||
        name == kBeingMade || name.starts_with("replaced-") || name.starts_with("damaged-"))  // of before
      return true;
  }
  return false;
}

Error no_database(const std::string& folder) {
  return {
      ErrorCode::NotFound,
      "there is no database in " + folder +
          ". If its disk is not mounted, mount it; if the path is wrong, correct --data_dir. Only if a new "
          "cluster is to begin here, start once with --initialize"};
}

// The tables that the database has, or why one that it must have is not there.
Result<std::vector<std::string>> list_tables(const std::string& folder) {
  std::vector<std::string> names;
  rocksdb::Options options = database_options();
  options.info_log = silent_logger();
  const auto status = rocksdb::DB::ListColumnFamilies(options, folder, &names);
  if (!status.ok()) return in_words(status, folder);
  // Younger ones are made when they are needed; what they held is in the sum of all records.
  constexpr size_t kFirst = static_cast<size_t>(Table::Tombstones);
  for (const char* name : std::span(kTableNames).first<kFirst>()) {
    if (std::ranges::find(names, name) != names.end()) continue;
    if (PositionFile::read(folder)) {
      return Error{ErrorCode::DataLoss, "the database in " + folder + " is damaged: its table '" + name +
                                            "' is gone; " + next_steps(folder)};
    }
    return no_database(folder);  // its making was cut short, before anything was acknowledged
  }
  return names;
}

std::string encode(const Position& position, uint64_t count) {
  return std::to_string(position.commit) + " " + std::to_string(position.sum) + " " + std::to_string(count);
}

struct CommitRecord {
  Position position;
  uint64_t count = 0;
};
std::optional<CommitRecord> decode(const std::string& text) {
  std::istringstream in(text);
  CommitRecord record;
  if (in >> record.position.commit >> record.position.sum >> record.count) return record;
  return std::nullopt;
}

}  // namespace

std::shared_ptr<rocksdb::Logger> silent_logger() { return std::make_shared<SilentLogger>(); }

bool has_database(const std::string& folder) {
  return rocksdb::Env::Default()->FileExists(folder + "/CURRENT").ok();
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
  if (status.IsCorruption() || status.IsPathNotFound() || has(status, "No such file")) {
    return {ErrorCode::DataLoss, where + " is damaged; " + next_steps(folder), {status.ToString()}};
  }
  return {ErrorCode::Internal, where + ": " + status.ToString()};
}

Result<FolderClaim> FolderClaim::take(const std::string& folder) {
  rocksdb::FileLock* lock = nullptr;
  const auto status = rocksdb::Env::Default()->LockFile(folder + "/LOCK", &lock);
  if (!status.ok()) return in_words(status, folder);
  return FolderClaim(lock);
}

FolderClaim::~FolderClaim() {
  if (lock_ != nullptr) rocksdb::Env::Default()->UnlockFile(lock_);
}

Status RocksDatabase::open_files(Access access) {
  std::vector<std::string> names(kTableNames.begin(), kTableNames.end());
  if (access != Access::Create) names = TRY(list_tables(folder_));
  std::erase(names, rocksdb::kDefaultColumnFamilyName);
  std::vector<rocksdb::ColumnFamilyDescriptor> families = {
      {rocksdb::kDefaultColumnFamilyName, table_options()}};
  for (const std::string& name : names) {
    // A newer format may have families of its own, and only it knows what they mean.
    if (std::ranges::find(kTableNames, name) == kTableNames.end()) {
      return Error{ErrorCode::FailedPrecondition,
                   "the database in " + folder_ + " was written by a newer version of aurora than " +
                       std::string(build_info().version) + "; start that version"};
    }
    families.emplace_back(name, table_options());
  }
  rocksdb::Options options = database_options();
  options.create_if_missing = options.create_missing_column_families = access == Access::Create;
  if (access == Access::Read) options.info_log = silent_logger();
  std::vector<rocksdb::ColumnFamilyHandle*> handles;
  rocksdb::DB* database = nullptr;
  TRY(translate(access == Access::Read
                    ? rocksdb::DB::OpenForReadOnly(options, folder_, families, &handles, &database)
                    : rocksdb::DB::Open(options, folder_, families, &handles, &database)));
  database_.reset(database);
  tables_.resize(kTableNames.size());
  for (size_t i = 0; i < names.size(); ++i) {
    const auto at = std::ranges::find(kTableNames, names[i]) - kTableNames.begin();
    tables_[static_cast<size_t>(at)] = handles[i + 1];
  }
  database->DestroyColumnFamilyHandle(handles.front());
  return Unit{};
}

void RocksDatabase::close_files() {
  for (auto* handle : tables_) {
    if (handle != nullptr) database_->DestroyColumnFamilyHandle(handle);
  }
  tables_.clear();
  database_.reset();
}

Result<std::unique_ptr<RocksDatabase>> RocksDatabase::open_to_read(const std::string& folder) {
  if (!has_database(folder)) {
    if (!has_remains(folder)) return no_database(folder);
    return in_words(rocksdb::Status::Corruption("CURRENT is missing"), folder);
  }
  std::unique_ptr<RocksDatabase> opened(new RocksDatabase(folder));
  TRY(opened->open_files(Access::Read));
  opened->cluster_id_ = TRY(opened->get(Table::Meta, kClusterKey));
  return opened;
}

Result<std::unique_ptr<RocksDatabase>> RocksDatabase::open(const std::string& folder, IfMissing if_missing,
                                                           const std::string& new_cluster_id) {
  if (if_missing == IfMissing::Initialize) TRY(make_folder(folder));
  if (if_missing == IfMissing::Refuse && !has_database(folder) && !is_replacement_decided(folder))
    return std::move(open_to_read(folder)).error();
  std::optional<FolderClaim> claim(TRY(FolderClaim::take(folder)));
  TRY(put_in_place(folder));
  auto read = open_to_read(folder);
  const bool begins =
      !read.ok() && read.error().code == ErrorCode::NotFound && if_missing == IfMissing::Initialize;
  if (!read.ok() && !begins) return std::move(read).error();
  std::unique_ptr<RocksDatabase> opened;
  if (begins) {
    claim.reset();
    opened.reset(new RocksDatabase(folder));
    TRY(opened->open_files(Access::Create));
  } else {
    opened = std::move(read).value();
    opened->claim_.emplace(std::move(*claim));
    TRY(opened->check_format());
  }
  if (begins) opened->cluster_id_ = new_cluster_id;
  // New, or of a version that knew no ids.
  if (opened->cluster_id_.empty()) opened->cluster_id_ = Rng::from_entropy().uuid();
  if (begins) TRY(opened->write_head());
  return opened;
}

// Reading is over; the same files are opened to be written.
Status RocksDatabase::begin_writing() {
  if (position_file_ != nullptr) return Unit{};  // it may be written already
  const std::string commit = TRY(get(Table::Meta, kCommitKey));
  close_files();
  claim_.reset();
  TRY(open_files(Access::Write));
  if (TRY(get(Table::Meta, kCommitKey)) != commit)  // another was faster
    return in_words(rocksdb::Status::IOError("lock hold by current process"), folder_);
  return write_head();
}

Result<uint64_t> RocksDatabase::accept(const std::string& folder) {
  if (!has_database(folder)) return std::move(open_to_read(folder)).error();
  const std::unique_ptr<RocksDatabase> database(new RocksDatabase(folder));
  TRY(database->open_files(Access::Write));
  database->cluster_id_ = TRY(database->get(Table::Meta, kClusterKey));
  if (database->cluster_id_.empty()) database->cluster_id_ = Rng::from_entropy().uuid();
  TRY(database->check_format());
  TRY(database->take_fingerprint());
  const auto record = decode(TRY(database->get(Table::Meta, kCommitKey)));
  if (record) database->position_ = record->position;
  if (const auto position = PositionFile::read(folder)) {
    database->position_.commit = std::max(database->position_.commit, position->commit);
  }
  rocksdb::Env::Default()->DeleteFile(PositionFile::path_in(folder));
  TRY(database->write_head());
  return database->fingerprint_.count();
}

RocksDatabase::~RocksDatabase() { close_files(); }

// Before anything is written: what the program of this format would misread.
Status RocksDatabase::check_format() {
  const std::string written = TRY(get(Table::Meta, kFormatKey));
  int format = 0;
  std::from_chars(written.data(), written.data() + written.size(), format);
  if (format <= kFormat) return Unit{};
  return Error{ErrorCode::FailedPrecondition,
               "the database in " + folder_ + " was written by aurora " + TRY(get(Table::Meta, kProgramKey)) +
                   " in format " + written + "; this is aurora " + std::string(build_info().version) +
                   ", which reads formats up to " + std::to_string(kFormat) + "; start the newer version"};
}

Status RocksDatabase::begin_reading() {
  fingerprint_ = {};
  const auto record = decode(TRY(get(Table::Meta, kCommitKey)));
  if (record) fingerprint_.reserve(std::min(record->count, kRecordsExpectedMax));
  return Unit{};
}

Status RocksDatabase::take_fingerprint() {
  TRY(begin_reading());
  Status failed = Unit{};
  for (size_t i = 0; i < kTableNames.size(); ++i) {
    TRY(read_hashed(static_cast<Table>(i), failed,
                    [](std::string_view, std::string_view) -> Status { return Unit{}; }));
  }
  return Unit{};
}

void RocksDatabase::hash_row(RecordHashes& hashes, Table from, std::string_view key, std::string_view value) {
  if (from == Table::Meta && key == kCommitKey) return;
  if (from == Table::Tasks && is_part(key)) {
    hashes.add_part(static_cast<int>(from), key, value);
  } else {
    hashes.add(static_cast<int>(from), key, value);
  }
}

Error RocksDatabase::lost(const std::string& what) const {
  return {ErrorCode::DataLoss, "the database in " + folder_ + " has lost what was acknowledged: " + what +
                                   "; " + next_steps(folder_) + ", and `aurora admin store accept " +
                                   folder_ + "` goes on with what is there"};
}

Result<Position> RocksDatabase::read_position() const {
  const auto record = decode(TRY(get(Table::Meta, kCommitKey)));
  return record ? record->position : Position{};
}

Status RocksDatabase::verify() {
  TRY(take_fingerprint());
  return check_what_was_read();
}

Status RocksDatabase::check_what_was_read() {
  const std::string text = TRY(get(Table::Meta, kCommitKey));
  const auto record = decode(text);
  const auto position = PositionFile::read(folder_);
  const bool has_file = rocksdb::Env::Default()->FileExists(PositionFile::path_in(folder_)).ok();
  if (text.empty() && !has_file) return Unit{};  // of a version that did not count, or just made
  if (!position) return lost(PositionFile::path_in(folder_) + " is missing or damaged, so nobody can tell");
  if (!record && position->commit == 0) return Unit{};  // its making was cut short
  if (!record) return lost("the record of its last commit is gone");
  if (record->position.commit < position->commit) {
    return lost("it ends with commit " + std::to_string(record->position.commit) + ", and commit " +
                std::to_string(position->commit) + " was acknowledged");
  }
  const bool is_same = record->position.commit != position->commit || record->position == *position;
  if (!is_same || fingerprint_.sum() != record->position.sum || fingerprint_.count() != record->count) {
    return lost("it should have " + std::to_string(record->count) + " records and has " +
                std::to_string(fingerprint_.count()) + ", some of them older than they should be or changed");
  }
  position_ = record->position;
  return Unit{};
}

// The position comes first: without it the first commit would look as if the file had been lost.
Status RocksDatabase::write_head() {
  for (size_t i = 0; i < kTableNames.size(); ++i) {  // what earlier formats had not
    if (tables_[i] == nullptr)
      TRY(translate(database_->CreateColumnFamily(table_options(), kTableNames[i], &tables_[i])));
  }
  position_file_ = TRY(PositionFile::open(folder_, position_));
  const std::string version(build_info().version);
  const bool is_told = TRY(get(Table::Meta, kFormatKey)) == std::to_string(kFormat) &&
                       TRY(get(Table::Meta, kProgramKey)) == version;
  const auto record = decode(TRY(get(Table::Meta, kCommitKey)));
  const bool is_counted =
      record && record->position == position_ && record->position.sum == fingerprint_.sum();
  const bool is_named = !TRY(get(Table::Meta, kClusterKey)).empty();
  if (is_told && is_counted && is_named) return Unit{};
  rocksdb::WriteBatch batch;
  if (!is_named) put(batch, Table::Meta, kClusterKey, cluster_id_);
  put(batch, Table::Meta, kFormatKey, std::to_string(kFormat));
  put(batch, Table::Meta, kProgramKey, version);
  return write(batch);
}

// A walk over a table sees each block once: none is kept, and they are read ahead.
std::unique_ptr<rocksdb::Iterator> RocksDatabase::iterate(Table from) const {
  rocksdb::ReadOptions options;
  options.fill_cache = false;
  options.readahead_size = 1u << 20;
  return std::unique_ptr<rocksdb::Iterator>(database_->NewIterator(options, table(from)));
}

Result<std::string> RocksDatabase::get(Table from, const std::string& key) const {
  std::string value;
  const auto status = database_->Get(rocksdb::ReadOptions(), table(from), key, &value);
  if (status.IsNotFound()) return std::string();
  TRY(translate(status));
  return value;
}

void RocksDatabase::put(rocksdb::WriteBatch& batch, Table to, const std::string& key,
                        const std::string& value) {
  const bool had_parts = fingerprint_.put(static_cast<int>(to), key, value);
  if (had_parts) batch.DeleteRange(table(to), first_part_key(key), after_part_keys(key));
  batch.Put(table(to), key, value);
}

// One that is there stays as it is.
void RocksDatabase::add_part(rocksdb::WriteBatch& batch, Table to, const std::string& name, int32_t index,
                             const std::string& value) {
  if (fingerprint_.add_part(static_cast<int>(to), name, index, value))
    batch.Put(table(to), part_key(name, index), value);
}

void RocksDatabase::erase(rocksdb::WriteBatch& batch, Table from, const std::string& key) {
  batch.Delete(table(from), key);
  fingerprint_.erase(static_cast<int>(from), key);
}

void RocksDatabase::erase_with_parts(rocksdb::WriteBatch& batch, Table from, const std::string& name) {
  batch.DeleteRange(table(from), name, after_part_keys(name));
  fingerprint_.erase(static_cast<int>(from), name);
}

// Events are numbered without gaps, and no record stands before them.
void RocksDatabase::erase_events(rocksdb::WriteBatch& batch, Table from, const std::string& update) {
  batch.DeleteRange(table(from), first_part_key(update), after_part_keys(update));
  for (int32_t i = 0; fingerprint_.erase(static_cast<int>(from), part_key(update, i)); ++i) {
  }
}

Status RocksDatabase::write(rocksdb::WriteBatch& batch) {
  AURORA_CHECK(position_file_ != nullptr);
  const Position next{position_.commit + 1, fingerprint_.sum()};
  batch.Put(table(Table::Meta), kCommitKey, encode(next, fingerprint_.count()));
  rocksdb::WriteOptions options;
  options.sync = true;
  TRY(translate(database_->Write(options, &batch)));
  position_ = next;
  return position_file_->write(next);
}

Status RocksDatabase::translate(const rocksdb::Status& status) const {
  if (status.ok()) return Unit{};
  return in_words(status, folder_);
}

}  // namespace aurora::store
