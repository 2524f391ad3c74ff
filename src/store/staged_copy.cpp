#include "aurora/store/staged_copy.h"

#include <filesystem>

#include "store/backups.h"
#include "store/replacement.h"

namespace aurora::store {

std::string StagedCopy::place() const { return source_.backup_folder + "/" + std::to_string(source_.backup.id); }

Error StagedCopy::failed(const char* what, const Error& error) const {
  return {error.code, std::string(what) + " " + place() + ": " + error.message, error.details};
}

Result<std::unique_ptr<StagedCopy>> StagedCopy::unpack(const Source& source) {
  std::unique_ptr<StagedCopy> staged(new StagedCopy(source));
  const std::string fresh = source.folder + "/" + kBeingMade;
  if (const Status room = check_room(source.folder, source.backup.bytes); !room.ok())
    return staged->failed("Failed to read backup", room.error());
  const auto unpacked = store::unpack(source.backup_folder, source.backup.id, fresh);
  if (!unpacked.ok()) return staged->failed("Failed to read backup", unpacked.error());
  auto opened = open_rocks_store(fresh);
  if (!opened.ok()) return staged->failed("Failed to decode backup", opened.error());
  staged->store_ = std::move(opened).value();
  if (staged->store_->cluster_id() == source.cluster_id) return staged;
  return Error{ErrorCode::FailedPrecondition, "Backup " + staged->place() + " is of the cluster with the id " +
                                                  staged->store_->cluster_id() + ", and this cluster's is " +
                                                  source.cluster_id};
}

StagedCopy::~StagedCopy() {
  store_.reset();
  remove_staged_copy(source_.folder);
}

Status StagedCopy::load(const Store::Take& take) {
  const Status loaded = store_->load(take);
  return loaded.ok() ? loaded : Status(failed("Failed to decode backup", loaded.error()));
}

Status StagedCopy::commit(const std::vector<core::Change>& changes) { return store_->commit(changes); }

Result<std::string> StagedCopy::replace(Instant now) {
  AURORA_CHECK(store_ != nullptr);
  store_.reset();
  TRY(check_whole(source_.folder + "/" + kBeingMade));
  return decide_on_what_was_made(source_.folder, source_.backup_folder, now);
}

void remove_staged_copy(const std::string& folder) {
  std::error_code ignored;
  std::filesystem::remove_all(folder + "/" + kBeingMade, ignored);
}

}  // namespace aurora::store
