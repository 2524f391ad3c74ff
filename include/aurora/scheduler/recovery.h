// Copies of the store, and the way back to one of them while the scheduler runs (spec/scheduler.md §16): a copy is loaded
// beside the live state, looked at, rid of tasks, and made what the next start loads.
//
// Thread-safe. What takes long is done by a thread of its own, one thing after the other; the engine, its readers and
// whoever asks wait for none of it. A `Done` is called by that thread, or at once by the caller: it must not wait.
#pragma once

#include <array>
#include <functional>
#include <map>
#include <memory>
#include <shared_mutex>
#include <string>
#include <utility>
#include <vector>

#include "aurora/base/fields.h"
#include "aurora/core/cluster/cluster.h"
#include "aurora/scheduler/engine.h"
#include "aurora/store/maintenance.h"

namespace aurora::scheduler {

enum class RecoveryState { None, Loading, Staged, Failed, Deleting, Discarding, Committing, Committed };

struct RecoveryReport {
  RecoveryState state = RecoveryState::None;
  std::string backup;                     // which, by name; empty in state None
  std::string message;                    // why it failed
  std::map<std::string, int64_t> counts;  // what was loaded so far, and is left: "tasks", "hosts", ...
};

struct RecoveryConfig {
  std::string folder;  // the database's
  store::BackupConfig backups;
  std::function<void(std::function<void(Result<store::Backup>)> done)> make_backup;
  // The next start will find another database: this process is to end in good order. Called once, must not wait.
  std::function<void()> on_committed;
};

class Recovery {
 public:
  using Done = std::function<void(Result<core::Message>)>;

  // `engine` and `clock` outlive it.
  Recovery(RecoveryConfig config, Engine& engine, const Clock& clock);
  ~Recovery();  // waits for what is being done; what is staged is gone then
  Recovery(const Recovery&) = delete;
  Recovery& operator=(const Recovery&) = delete;

  const std::string& backup_folder() const;
  Result<std::vector<store::Backup>> list_backups() const;  // oldest first. Reads the disk
  void make_backup(std::function<void(Result<store::Backup>)> done) const;

  // Begins to load a copy, named as by backup_name() or by its number. Reads the disk for its name.
  Result<core::Message> stage(const std::string& backup);
  RecoveryReport report() const;
  // `function` sees the staged state and returns values, never references into it.
  template <typename F>
  auto look(F function) const -> Result<decltype(function(std::declval<const core::Cluster&>()))> {
    const auto staged = TRY(find_staged());
    const std::shared_lock lock(staged->mutex);
    return function(std::as_const(staged->cluster));
  }
  // Of the staged state, all tasks that match. What hosts run of them goes on, unknown to the next scheduler.
  void delete_tasks(core::TaskQuery query, Done done);
  // From here on the engine is suspended, unless this fails.
  void commit(Done done);
  void discard(Done done);  // nothing staged is no error

  bool is_committed() const;

 private:
  struct Staged {
    Staged(core::ExecutorOverhead overhead, core::OfferOrder order) : cluster(overhead, order) {}
    mutable std::shared_mutex mutex;
    core::Cluster cluster;
  };
  struct State;
  Result<std::shared_ptr<const Staged>> find_staged() const;
  void begin(RecoveryState next, std::function<void()> job, const Done& done);

  std::unique_ptr<State> state_;
};

// "scheduler-backup-2025-12-31-23-59-59-7" (UTC, and its number): sorted by name, the newest is the last.
std::string backup_name(const store::Backup& backup);

}  // namespace aurora::scheduler

template <>
struct aurora::EnumNames<aurora::scheduler::RecoveryState> {
  using enum aurora::scheduler::RecoveryState;
  static constexpr std::array<EnumName<aurora::scheduler::RecoveryState>, 8> values = {{{None, "NONE"},
                                                                                          {Loading, "LOADING"},
                                                                                          {Staged, "STAGED"},
                                                                                          {Failed, "FAILED"},
                                                                                          {Deleting, "DELETING"},
                                                                                          {Discarding, "DISCARDING"},
                                                                                          {Committing, "COMMITTING"},
                                                                                          {Committed, "COMMITTED"}}};
};
