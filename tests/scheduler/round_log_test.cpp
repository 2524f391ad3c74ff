// One contract for every log: what is told is in the store, in order, once; and after a failure nobody is
// told anything.
#include <algorithm>
#include <catch2/catch.hpp>
#include <functional>
#include <future>
#include <mutex>

#include "aurora/scheduler/local_round_log.h"
#include "support/builders.h"
#include "support/load_all.h"
#include "support/memory_round_log.h"
#include "support/memory_store.h"

namespace aurora::scheduler {
namespace {

using core::Change;

// A log on a simulated disk, and what it has told.
class Subject {
 public:
  virtual ~Subject() = default;
  virtual RoundLog& log() = 0;
  // Until everything is durable that was appended.
  virtual void finish() = 0;

  void append(RoundNumber round) {
    std::vector<Change> changes;
    for (RoundNumber i = 0; i < round % 3 + 1; ++i) {
      changes.push_back(core::TaskSaved{test::a_task({.instance = static_cast<int32_t>(10 * round + i)})});
    }
    log().append(round, std::move(changes), [this, round](const Status& made) {
      const std::lock_guard lock(mutex_);
      told_.push_back((made.ok() ? "" : "failed ") + std::to_string(round));
      tasks_when_told_.push_back(tasks_in_store());
    });
  }
  std::vector<std::string> told() const {
    const std::lock_guard lock(mutex_);
    return told_;
  }
  // By the thread that tells.
  std::vector<size_t> tasks_when_told() const {
    const std::lock_guard lock(mutex_);
    return tasks_when_told_;
  }
  size_t tasks_in_store() const {
    test::SimDisk disk = disk_;
    disk.before_sync = nullptr;
    test::MemoryStore store(disk);
    const auto changes = test::load_all(store);
    return changes.ok() ? changes->size() : 0;
  }
  test::SimDisk& disk() { return disk_; }

 protected:
  test::SimDisk disk_;
  test::MemoryStore store_{disk_};
  Counters counters_;

 private:
  mutable std::mutex mutex_;
  std::vector<std::string> told_;
  std::vector<size_t> tasks_when_told_;
};

class LocalSubject final : public Subject {
 public:
  ~LocalSubject() override { finish(); }
  RoundLog& log() override { return *log_; }
  void finish() override { log_.reset(); }

 private:
  std::unique_ptr<RoundLog> log_ = std::make_unique<LocalRoundLog>(store_, counters_);
};

class MemorySubject final : public Subject {
 public:
  RoundLog& log() override { return log_; }
  void finish() override {}

 private:
  test::MemoryRoundLog log_{store_};
};

class HeldSubject final : public Subject {
 public:
  HeldSubject() { log_.is_held = true; }
  RoundLog& log() override { return log_; }
  void finish() override {
    while (log_.begin_sync()) log_.end_sync();
  }

 private:
  test::MemoryRoundLog log_{store_};
};

void check_all(const std::function<void(Subject&)>& contract) {
  const std::pair<const char*, std::function<std::unique_ptr<Subject>()>> makers[] = {
      {"local", [] { return std::make_unique<LocalSubject>(); }},
      {"in memory", [] { return std::make_unique<MemorySubject>(); }},
      {"in memory, held", [] { return std::make_unique<HeldSubject>(); }}};
  for (const auto& [name, make] : makers) {
    INFO(name);
    contract(*make());
  }
}

TEST_CASE("every log tells each round once, in order, when it and all before it are in the store") {
  check_all([](Subject& subject) {
    size_t appended = 0;
    std::vector<std::string> rounds;
    std::vector<size_t> appended_by_then;
    for (RoundNumber round = 1; round <= 50; ++round) {
      subject.append(round);
      rounds.push_back(std::to_string(round));
      appended_by_then.push_back(appended += round % 3 + 1);
    }
    subject.finish();
    CHECK(subject.told() == rounds);
    CHECK(subject.tasks_in_store() == appended);
    const std::vector<size_t> found = subject.tasks_when_told();
    REQUIRE(found.size() == rounds.size());
    for (size_t i = 0; i < found.size(); ++i) CHECK(found[i] >= appended_by_then[i]);
  });
}

TEST_CASE("a log that fails tells one round, and none after it") {
  check_all([](Subject& subject) {
    int syncs = 0;
    subject.disk().before_sync = [&]() -> Status {
      if (++syncs == 1) return Unit{};
      return Error{ErrorCode::Internal, "the disk is gone"};
    };
    for (RoundNumber round = 1; round <= 20; ++round) subject.append(round);
    subject.finish();
    const std::vector<std::string> told = subject.told();
    CHECK(told.size() >= 2);
    const auto failed =
        std::ranges::find_if(told, [](const auto& text) { return text.starts_with("failed "); });
    for (auto before = told.begin(); before != failed; ++before) {
      CHECK(*before == std::to_string(before - told.begin() + 1));
    }
    CHECK((failed == told.end() ? told.size() == 20 : failed == told.end() - 1));
  });
}

TEST_CASE("the local log never makes the engine wait, and what waits shares a sync") {
  test::SimDisk disk;
  test::MemoryStore store(disk);
  Counters counters;
  std::promise<void> in_sync;
  std::promise<void> go_on;
  int syncs = 0;
  disk.before_sync = [&]() -> Status {
    if (++syncs > 1) return Unit{};
    in_sync.set_value();
    go_on.get_future().get();
    return Unit{};
  };
  {
    LocalRoundLog log(store, counters);
    int told = 0;
    const auto append = [&](RoundNumber round) {
      log.append(round, {core::TaskSaved{test::a_task({.instance = static_cast<int32_t>(round)})}},
                 [&](const Status&) { ++told; });
    };
    append(1);
    in_sync.get_future().get();
    for (RoundNumber round = 2; round <= 100; ++round) append(round);
    CHECK(told == 0);
    go_on.set_value();
  }
  CHECK(syncs == 2);
  CHECK(counters.values()["scheduler_log_native_append_events"] == 2);
}

}  // namespace
}  // namespace aurora::scheduler
