#include "aurora/store/upkeep.h"

#include <chrono>
#include <condition_variable>
#include <mutex>
#include <thread>

#include "aurora/base/clock.h"
#include "aurora/base/log.h"
#include "aurora/store/maintenance.h"

namespace aurora::store {
namespace {

constexpr Duration kSyncEvery = seconds(1);
constexpr Duration kFirstBackupAfter = minutes(1);  // of the start, where there is none yet or it is overdue

}  // namespace

struct Upkeep::State {
  State(DurableStore& the_store, BackupConfig the_config, Duration the_listen_for, Counters& the_counters)
      : store(the_store), config(std::move(the_config)), listen_for(the_listen_for), counters(the_counters) {}

  void run();
  Duration first_backup() const;
  void back_up();

  DurableStore& store;
  const BackupConfig config;
  const Duration listen_for;
  Counters& counters;
  const SystemClock clock;

  std::mutex mutex;
  std::condition_variable changed;
  bool stopping = false;
  std::thread thread;
};

Upkeep::Upkeep(DurableStore& store, BackupConfig config, Duration listen_for, Counters& counters)
    : state_(std::make_unique<State>(store, std::move(config), listen_for, counters)) {
  state_->thread = std::thread([this] { state_->run(); });
}

Upkeep::~Upkeep() {
  {
    const std::lock_guard lock(state_->mutex);
    state_->stopping = true;
  }
  state_->changed.notify_all();
  state_->thread.join();
}

void Upkeep::State::run() {
  const Duration started = clock.monotonic();
  Duration next_backup = started + first_backup();
  std::unique_lock lock(mutex);
  while (!stopping) {
    changed.wait_for(lock, std::chrono::milliseconds(kSyncEvery.ms));
    lock.unlock();
    static_cast<void>(store.sync_position());  // a disk that fails is told by the next commit
    if (store.may_be_old() && clock.monotonic() - started >= listen_for) store.forget_that_it_may_be_old();
    if (clock.monotonic() >= next_backup) {
      back_up();
      next_backup = clock.monotonic() + config.interval;
    }
    lock.lock();
  }
}

// One interval after the last one, also when the scheduler was started again in between.
Duration Upkeep::State::first_backup() const {
  const Duration soon = std::min(config.interval, kFirstBackupAfter);
  const auto backups = list_backups(config.folder);
  if (!backups.ok() || backups->empty()) return soon;
  return std::clamp(backups->back().at + config.interval - clock.now(), soon, config.interval);
}

void Upkeep::State::back_up() {
  const Duration start = clock.monotonic();
  const Status made = store.make_backup(config);
  counters.add(made.ok() ? "store_backups_made" : "store_backups_failed");
  if (made.ok()) {
    log_debug("store", "copied the database to " + config.folder + " in " +
                           std::to_string((clock.monotonic() - start).ms) + " ms");
  } else {
    log_error("store", "no copy of the database was made, the next attempt is in " +
                           std::to_string(config.interval.ms / 1000) + " s: " + made.error().message);
  }
}

}  // namespace aurora::store
