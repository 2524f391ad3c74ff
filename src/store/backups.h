// Copies of a database that is open.
#pragma once

#include <string>

#include "store/rocks_database.h"

namespace aurora::store {

// A verified copy, then the oldest beyond the number that is kept go. May be called beside commits.
Status make_backup(RocksDatabase& database, const BackupConfig& config, const std::string& note);

// The file that says of a database that hosts may run what it has not heard of.
inline constexpr const char* kBeingMade = "restoring";  // a folder in the database's, not in place yet
// The next start listens to its hosts before it acts on what it finds.
Status mark_as_old(const std::string& folder);
// Puts the files of a whole database from one folder into another that has none.
Status move_in(const std::string& from, const std::string& to);
// The first problem that `aurora admin store check` would tell.
Status check_whole(const std::string& folder);

std::string old_mark_in(const std::string& folder);

}  // namespace aurora::store
