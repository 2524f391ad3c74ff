// Copies of a database that is open.
#pragma once

#include <string>

#include "store/rocks_database.h"

namespace aurora::store {

// A verified copy, then the oldest beyond the number that is kept go. May be called beside commits.
Result<Backup> make_backup(RocksDatabase& database, const BackupConfig& config, const std::string& note);

// The copy, whose files are whole, as a database in `folder`, instead of what is there. Its records were not looked at.
Result<Position> unpack(const std::string& backup_folder, uint32_t id, const std::string& folder);

// ResourceExhausted unless so much fits in the folder and some is left: RocksDB ends the process when a disk fills up while
// it opens a database.
Status check_room(const std::string& folder, uint64_t bytes);

// The first problem that `aurora admin store check` would tell.
Status check_whole(const std::string& folder);

}  // namespace aurora::store
