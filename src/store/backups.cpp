// Copies of the database through RocksDB's own engine: tables are shared by the copies that hold them, each
// has a checksum.
#include <rocksdb/utilities/backup_engine.h>

#include <algorithm>
#include <filesystem>

#include "aurora/codec/proto.h"
#include "aurora/store/maintenance.h"
#include "store/backups.h"
#include "store/record_key.h"
#include "store/replacement.h"
#include "store/rocks_database.h"

namespace aurora::store {
namespace {

namespace fs = std::filesystem;

constexpr uint64_t kRoomKept = 64u << 20;
constexpr uint64_t kBytesPerSecond = 64u << 20;  // a copy must not keep commits waiting for the disk

Error failed(const rocksdb::Status& status, const std::string& what) {
  return {ErrorCode::Internal, what + ": " + status.ToString()};
}

rocksdb::BackupEngineOptions engine_options(const std::string& folder) {
  rocksdb::BackupEngineOptions options(folder);
  options.backup_rate_limit = kBytesPerSecond;
  return options;
}

Backup to_backup(const rocksdb::BackupInfo& info) {
  return {info.backup_id, Instant{info.timestamp * 1000}, info.size, info.app_metadata};
}

Result<std::unique_ptr<rocksdb::BackupEngineReadOnly>> open_to_read(const std::string& folder) {
  if (!fs::is_directory(folder)) {
    return Error{ErrorCode::NotFound, "there are no copies: the folder " + folder + " does not exist"};
  }
  rocksdb::BackupEngineReadOnly* engine = nullptr;
  const rocksdb::Status status =
      rocksdb::BackupEngineReadOnly::Open(engine_options(folder), rocksdb::Env::Default(), &engine);
  if (!status.ok()) return failed(status, "the copies in " + folder + " cannot be read");
  return std::unique_ptr<rocksdb::BackupEngineReadOnly>(engine);
}

template <auto Decode>
Status check_record(std::string_view bytes) {
  TRY(Decode(bytes));
  return Unit{};
}

Status decode(Table table, std::string_view key, std::string_view bytes) {
  switch (table) {
    case Table::Tasks:
      return is_part(key) ? check_record<codec::decode_task_move>(bytes) : check_record<codec::decode_task>(bytes);
    case Table::Configs:
      return check_record<codec::decode_config>(bytes);
    case Table::Hosts:
      return check_record<codec::decode_host>(bytes);
    case Table::Updates:
      return check_record<codec::decode_update>(bytes);
    case Table::UpdateEvents:
      return check_record<codec::decode_update_event>(bytes);
    case Table::InstanceEvents:
      return check_record<codec::decode_instance_event>(bytes);
    case Table::Tombstones:
      return check_record<codec::decode_tombstone>(bytes);
    case Table::Quotas:
      return check_record<codec::decode_quota>(bytes);
    case Table::CronJobs:
      return check_record<codec::decode_cron_job>(bytes);
    case Table::CronProgress:
      return check_record<codec::decode_cron_progress>(bytes);
    case Table::AnsweredRequests:
      return check_record<codec::decode_answered_request>(bytes);
    case Table::Meta:
      return Unit{};
  }
  return Unit{};
}

}  // namespace

Result<Position> unpack(const std::string& backup_folder, uint32_t id, const std::string& folder) {
  const auto engine = TRY(open_to_read(backup_folder));
  const std::string copy = "copy " + std::to_string(id) + " in " + backup_folder;
  if (const auto status = engine->VerifyBackup(id, /*verify_with_checksum=*/true); !status.ok()) {
    return failed(status, copy + " is damaged, or there is none; `aurora admin store list` shows all");
  }
  std::error_code error;
  fs::remove_all(folder, error);
  if (const auto status = engine->RestoreDBFromBackup(id, folder, folder); !status.ok())
    return failed(status, copy + " cannot be restored");
  const auto database = TRY(RocksDatabase::open_to_read(folder));
  const Position position = TRY(database->read_position());
  TRY(PositionFile::open(folder, position));
  return position;
}

Status check_room(const std::string& folder, uint64_t bytes) {
  std::error_code error;
  const fs::space_info space = fs::space(folder, error);
  if (error || space.available >= bytes + kRoomKept) return Unit{};
  return Error{ErrorCode::ResourceExhausted, "there are " + std::to_string(space.available >> 20) + " MB free in " + folder +
                                                 ", and " + std::to_string((bytes + kRoomKept) >> 20) +
                                                 " MB are needed; free some space, then try again"};
}

Status check_whole(const std::string& folder) {
  const StoreReport report = TRY(check_store(folder));
  if (report.problems.empty()) return Unit{};
  return Error{ErrorCode::DataLoss, report.problems.front()};
}

Result<Backup> make_backup(RocksDatabase& database, const BackupConfig& config, const std::string& note) {
  rocksdb::BackupEngineOptions options = engine_options(config.folder);
  const auto logger = silent_logger();
  options.info_log = logger.get();
  rocksdb::BackupEngine* opened = nullptr;
  rocksdb::Status status = rocksdb::BackupEngine::Open(options, rocksdb::Env::Default(), &opened);
  if (!status.ok()) return failed(status, "the folder of copies " + config.folder + " cannot be used");
  const std::unique_ptr<rocksdb::BackupEngine> engine(opened);
  rocksdb::BackupID id = 0;
  status =
      engine->CreateNewBackupWithMetadata(rocksdb::CreateBackupOptions(), &database.rocksdb(), note, &id);
  if (!status.ok()) return failed(status, "the database could not be copied to " + config.folder);
  status = engine->VerifyBackup(id, /*verify_with_checksum=*/true);
  if (!status.ok()) {
    engine->DeleteBackup(id);
    return failed(status, "the copy in " + config.folder + " is not what was to be written");
  }
  rocksdb::BackupInfo made;
  status = engine->GetBackupInfo(id, &made);
  if (!status.ok()) return failed(status, "the copy in " + config.folder + " is not there");
  status = engine->PurgeOldBackups(static_cast<uint32_t>(std::max(1, config.kept_max)));
  if (!status.ok()) return failed(status, "old copies in " + config.folder + " stay");
  return to_backup(made);
}

std::string default_backup_folder(const std::string& folder) { return folder + "/backups"; }

Result<std::vector<Backup>> list_backups(const std::string& backup_folder) {
  const auto engine = TRY(open_to_read(backup_folder));
  std::vector<rocksdb::BackupInfo> infos;
  engine->GetBackupInfo(&infos);
  std::vector<Backup> backups;
  for (const rocksdb::BackupInfo& info : infos) backups.push_back(to_backup(info));
  return backups;
}

Result<StoreReport> check_store(const std::string& folder) {
  if (!fs::is_directory(folder)) return Error{ErrorCode::NotFound, "there is no folder " + folder};
  if (is_replacement_decided(folder)) {
    return Error{ErrorCode::FailedPrecondition, "a copy was chosen to be the database in " + folder +
                                                    ", and the next start of a scheduler puts it in place"};
  }
  std::optional<FolderClaim> claim;
  if (has_database(folder)) claim.emplace(TRY(FolderClaim::take(folder)));
  StoreReport report;
  auto database = RocksDatabase::open_to_read(folder);
  if (!database.ok() && database.error().code != ErrorCode::DataLoss) return std::move(database).error();
  const auto note = [&](const Error& error) {
    report.problems.push_back(error.message);
    for (const std::string& detail : error.details) report.problems.push_back(detail);
  };
  if (!database.ok()) {
    note(database.error());
    return report;
  }
  report.cluster_id = (*database)->cluster_id();
  if (const auto position = (*database)->read_position(); position.ok()) report.commit = position->commit;
  for (size_t i = 0; i < kTableNames.size(); ++i) {
    const auto table = static_cast<Table>(i);
    uint64_t& count = report.records[kTableNames[i]];
    const Status read = (*database)->each(table, [&](std::string_view key, std::string_view bytes) -> Status {
      if (table != Table::Tasks || !is_part(key)) ++count;
      if (const Status decoded = decode(table, key, bytes); !decoded.ok()) {
        note({ErrorCode::DataLoss, std::string(kTableNames[i]) + " " + std::string(name_of(key)) + ": " +
                                       decoded.error().message});
      }
      return Unit{};
    });
    if (!read.ok()) note(read.error());
  }
  if (const Status verified = (*database)->verify(); !verified.ok()) note(verified.error());
  return report;
}

Result<std::string> restore_store(const std::string& folder, const std::string& backup_folder, uint32_t id,
                                  Instant now) {
  const std::vector<Backup> backups = TRY(list_backups(backup_folder));
  if (backups.empty()) return Error{ErrorCode::NotFound, "there are no copies in " + backup_folder};
  if (id == 0) id = backups.back().id;
  std::error_code error;
  fs::create_directories(folder, error);
  const FolderClaim claim = TRY(FolderClaim::take(folder));
  TRY(put_in_place(folder));  // what an earlier one was kept from
  const std::string fresh = folder + "/" + kBeingMade;
  const Position position = TRY(unpack(backup_folder, id, fresh));
  const auto unpacked = TRY(RocksDatabase::open_to_read(fresh));
  TRY(unpacked->verify());
  const std::string aside = TRY(decide_on_what_was_made(folder, backup_folder, now));
  TRY(put_in_place(folder));
  return "copy " + std::to_string(id) + " with commit " + std::to_string(position.commit) +
         " is in place in " + folder + "; what was there is in " + folder + "/" + aside;
}

Result<std::string> accept_store(const std::string& folder) {
  if (!fs::is_directory(folder)) return Error{ErrorCode::NotFound, "there is no folder " + folder};
  if (has_database(folder) || is_replacement_decided(folder)) {
    const FolderClaim claim = TRY(FolderClaim::take(folder));
    TRY(put_in_place(folder));
    // First: nothing may be served as complete and not known to be old, whenever we are killed.
    TRY(mark_as_old(folder));
  }
  const uint64_t count = TRY(RocksDatabase::accept(folder));
  return std::to_string(count) + " records in " + folder + " count as complete from now on";
}

}  // namespace aurora::store
