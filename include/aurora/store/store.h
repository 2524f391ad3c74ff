// Durable changes. RocksStore for the world, MemoryStore in tests/support; one contract test holds both.
// Used by one thread at a time, but for what says otherwise.
#pragma once

#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "aurora/base/result.h"
#include "aurora/core/cluster/change.h"

namespace aurora::store {

class Store {
 public:
  virtual ~Store() = default;
  // All or nothing, on disk (synced) when it returns. Volatile changes are skipped; nothing durable, no sync.
  // After an error the outcome is unknown: the caller must end the process. REQUIRES: it was loaded.
  virtual Status commit(const std::vector<core::Change>& changes) = 0;
  // The whole state as changes, in an order in which apply() accepts them: one after the other, so that only
  // a few exist at once. What was taken is no state, and not to be acted upon, before this returns; after an
  // error it never is.
  using Take = std::function<void(core::Change)>;
  virtual Status load(const Take& take) = 0;
};

struct BackupConfig {
  std::string folder;            // of all copies; another disk is better than the database's
  Duration interval = hours(1);  // between two
  int kept_max = 48;             // the oldest beyond that are deleted
};

struct Backup {
  uint32_t id = 0;
  Instant at;
  uint64_t bytes = 0;
  std::string note;  // the cluster's id
};

// The store of a real scheduler.
class DurableStore : public Store {
 public:
  // Made once, with the database. It names the cluster whose state this is to the executors.
  virtual const std::string& cluster_id() const = 0;
  // Somebody has gone back to a copy or accepted a loss: hosts may run what this store has not heard of.
  virtual bool may_be_old() const = 0;
  virtual void forget_that_it_may_be_old() = 0;

  // These two may be called by another thread at any time.
  virtual Status sync_position() = 0;  // what is known of the last commit survives a power cut
  virtual Result<Backup> make_backup(const BackupConfig& config) = 0;  // a copy, verified; then the oldest go
};

enum class IfMissing { Refuse, Initialize };  // a folder without a database

// Opens the database in `folder` to be read. One process at a time holds it; a second gets FailedPrecondition
// naming the folder. A format newer than this program is refused with the version that wrote it.
// load() compares every record with what was acknowledged last: DataLoss if anything is missing, and nothing
// in the folder was changed then. Only when all is there the database is opened to be written.
// `new_cluster_id`: of one that is initialized; empty: a random one.
Result<std::unique_ptr<DurableStore>> open_rocks_store(const std::string& folder,
                                                       IfMissing if_missing = IfMissing::Refuse,
                                                       const std::string& new_cluster_id = "");

}  // namespace aurora::store
