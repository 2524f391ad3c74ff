// The log of a scheduler that is alone with its store. A thread of its own encodes and syncs, so that the
// engine's core is free for the next decisions; all rounds that were appended while a sync ran share the next
// one.
#pragma once

#include <chrono>
#include <condition_variable>
#include <mutex>
#include <thread>

#include "aurora/base/counters.h"
#include "aurora/scheduler/round_log.h"
#include "aurora/store/store.h"

namespace aurora::scheduler {

class LocalRoundLog final : public RoundLog {
 public:
  // From now on `store` is written by this log's thread only.
  LocalRoundLog(store::Store& store, Counters& counters);
  ~LocalRoundLog() override;  // what was appended is durable and told by then, unless the log has failed
  LocalRoundLog(const LocalRoundLog&) = delete;
  LocalRoundLog& operator=(const LocalRoundLog&) = delete;

  void append(RoundNumber round, std::vector<core::Change> changes, Done done) override;

 private:
  struct Appended {
    std::vector<core::Change> changes;
    Done done;
  };
  void run();
  bool write(std::vector<Appended> batch);  // false: failed, nothing more is done

  store::Store& store_;
  Counters& counters_;
  std::mutex mutex_;  // guards what waits and stopping_; never held during a write or a `done`
  std::condition_variable changed_;
  std::vector<Appended> waiting_;
  bool stopping_ = false;
  std::chrono::nanoseconds gather_for_{0};  // the thread's own: before the next batch
  std::thread thread_;
};

}  // namespace aurora::scheduler
