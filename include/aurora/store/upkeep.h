// What a store needs beside commits, in a thread of its own, so that no commit waits for it: copies of the database,
// and a disk sync of its position.
#pragma once

#include <functional>
#include <memory>

#include "aurora/base/counters.h"
#include "aurora/store/store.h"

namespace aurora::store {

class Upkeep {
 public:
  // All outlive it. `listen_for`: after so long a store that may have been old is one like any other.
  Upkeep(DurableStore& store, BackupConfig config, Duration listen_for, Counters& counters);
  ~Upkeep();  // waits for the copy in progress

  // A copy now. `done` is called by the upkeep's thread once it is made and verified, or has failed; at once, by the
  // caller, if one is being made already: there is one at a time.
  using Made = std::function<void(Result<Backup>)>;
  void make_backup(Made done);

 private:
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace aurora::store
