// A RoundLog without a thread. Each round is durable, and told, when append() returns; or, while `is_held`,
// when somebody says so: as of the local log, what waits when a sync begins is made durable by it as one
// batch.
#pragma once

#include <utility>

#include "aurora/scheduler/round_log.h"
#include "aurora/store/store.h"

namespace aurora::test {

class MemoryRoundLog final : public scheduler::RoundLog {
 public:
  explicit MemoryRoundLog(store::Store& store) : store_(store) {}

  void append(scheduler::RoundNumber, std::vector<core::Change> changes, Done done) override {
    waiting_.push_back({std::move(changes), std::move(done)});
    if (is_held) return;
    begin_sync();
    end_sync();
  }
  // REQUIRES: no sync is on its way. False if nothing waits, or the log has failed.
  bool begin_sync() {
    if (failed_) return false;
    batch_ = std::exchange(waiting_, {});
    return !batch_.empty();
  }
  // After a failure nothing is told any more.
  void end_sync() {
    if (failed_ || batch_.empty()) return;
    const Status made = store_.commit(batch());
    failed_ = !made.ok();
    if (failed_) return batch_.front().done(made);
    for (const Appended& appended : std::exchange(batch_, {})) appended.done(made);
  }
  // Of the sync that is on its way, or has failed.
  std::vector<core::Change> batch() const {
    std::vector<core::Change> changes;
    for (const Appended& appended : batch_) {
      changes.insert(changes.end(), appended.changes.begin(), appended.changes.end());
    }
    return changes;
  }
  size_t waiting() const { return waiting_.size(); }

  bool is_held = false;

 private:
  struct Appended {
    std::vector<core::Change> changes;
    Done done;
  };

  store::Store& store_;
  std::vector<Appended> waiting_;
  std::vector<Appended> batch_;
  bool failed_ = false;
};

}  // namespace aurora::test
