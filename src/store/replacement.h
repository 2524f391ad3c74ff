// A database that takes the place of another within its folder. It is made whole in a folder of its own; then one rename
// decides that it is the one, and what is left to do is done by whoever opens the folder next. So a kill or a power cut at
// any moment leaves the old one or the new one, and neither a mixture nor none.
//
//   restoring/  being made: worth nothing
//   restored/   whole and decided on: what is in the folder goes aside, then this becomes moving_in/
//   moving_in/  nothing is in the folder but what has come from here
#pragma once

#include <string>

#include "aurora/base/result.h"
#include "aurora/base/time.h"

namespace aurora::store {

inline constexpr const char* kBeingMade = "restoring";

// REQUIRES of all: the folder is the caller's alone (FolderClaim).

// What is in restoring/, whole and closed, is the database from now on, and counts as old. Copies stay where they are.
// Returns the folder in which the one before it will be, within `folder`; an error: nothing has changed.
Result<std::string> decide_on_what_was_made(const std::string& folder, const std::string& backup_folder, Instant now);
bool is_replacement_decided(const std::string& folder);  // and not yet in place
// Nothing if none was decided on. May be called again after an error or a kill.
Status put_in_place(const std::string& folder);

// Puts the files of a whole database from one folder into another that has none.
Status move_in(const std::string& from, const std::string& to);

// Of a database: the next start listens to its hosts before it acts on what it finds.
Status mark_as_old(const std::string& folder);
std::string old_mark_in(const std::string& folder);

}  // namespace aurora::store
