// Durable changes. RocksStore for the world, MemoryStore in tests/support; one contract test holds both.
// Used by one thread at a time.
#pragma once

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
  // After an error the outcome is unknown: the caller must end the process.
  virtual Status commit(const std::vector<core::Change>& changes) = 0;
  // The whole state as changes, in an order in which apply() accepts them.
  virtual Result<std::vector<core::Change>> load() = 0;
};

// The store of a real scheduler.
class DurableStore : public Store {
 public:
  // Made once, with the database. It names the cluster whose state this is to the executors.
  virtual const std::string& cluster_id() const = 0;
};

// Opens or creates the database in `folder`. One process at a time holds it; a second gets FailedPrecondition
// naming the folder. A format newer than this program is refused with the version that wrote it.
Result<std::unique_ptr<DurableStore>> open_rocks_store(const std::string& folder);

}  // namespace aurora::store
