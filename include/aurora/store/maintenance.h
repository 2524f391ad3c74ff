// What an operator does to the folder of a scheduler that is not running: `aurora admin store`.
#pragma once

#include <functional>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "aurora/base/result.h"
#include "aurora/base/time.h"
#include "aurora/store/store.h"

namespace aurora::store {

struct StoreReport {
  std::string cluster_id;
  uint64_t commit = 0;                      // the last one in the database
  std::map<std::string, uint64_t> records;  // by table
  std::vector<std::string> problems;        // none: everything that was acknowledged is there and readable
};
// Reads every record and changes nothing. An error if there is no database to read, or it is in use.
Result<StoreReport> check_store(const std::string& folder);

Result<std::vector<Backup>> list_backups(const std::string& backup_folder);  // oldest first
std::string default_backup_folder(const std::string& folder);

// Puts a verified copy in place of what is in `folder`, which is moved aside within it: nothing is
// overwritten, and a kill leaves the one or the other. `id` 0: the newest. Returns what was done, in sentences.
Result<std::string> restore_store(const std::string& folder, const std::string& backup_folder, uint32_t id,
                                  Instant now);

// From now on what is there counts as complete, although something that was acknowledged is not.
Result<std::string> accept_store(const std::string& folder);

// The whole state as text, for other programs and other versions: lines of JSON without their ends. The first names the
// cluster; each of the others is a record (codec/change_json.h); the last counts them, so that a text that was cut off is
// no state.
using WriteLine = std::function<Status(const std::string& line)>;
Result<uint64_t> export_store(const std::string& folder, const WriteLine& write);
// The next line, or nothing at the end.
using ReadLine = std::function<Result<std::optional<std::string>>()>;
// Makes the database of a folder that has none. Nothing is in place before all was read and is on disk. Returns what was
// done, in sentences; an error names the line.
Result<std::string> import_store(const std::string& folder, const ReadLine& read);

}  // namespace aurora::store
