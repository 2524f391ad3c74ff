// Copies of a database that is open.
#pragma once

#include <string>

#include "store/rocks_database.h"

namespace aurora::store {

// A verified copy, then the oldest beyond the number that is kept go. May be called beside commits.
Status make_backup(RocksDatabase& database, const BackupConfig& config, const std::string& note);

// The file that says of a database that hosts may run what it has not heard of.
std::string old_mark_in(const std::string& folder);

}  // namespace aurora::store
