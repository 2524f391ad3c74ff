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
  bool is_backup_due() const;  // under the lock
  void back_up(const Made& tell);

  DurableStore& store;
  const BackupConfig config;
  const Duration listen_for;
  Counters& counters;
  const SystemClock clock;

  std::mutex mutex;
  std::condition_variable changed;
  bool stopping = false;
  bool is_copying = false;
  Made wanted = nullptr;
  Duration next_backup;
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

void Upkeep::make_backup(Made done) {
  std::unique_lock lock(state_->mutex);
  if (!state_->is_copying) {
    state_->is_copying = true;
    state_->wanted = std::move(done);
    return state_->changed.notify_all();
  }
  lock.unlock();
  done(Error{ErrorCode::FailedPrecondition,
             "A copy of the database is being made already; it is among the others when it is done"});
}

bool Upkeep::State::is_backup_due() const { return wanted || clock.monotonic() >= next_backup; }

void Upkeep::State::run() {
  const Duration started = clock.monotonic();
  next_backup = started + first_backup();
  for (const char* name : {"scheduler_backup_success", "scheduler_backup_failed"}) counters.add(name, 0);
  std::unique_lock lock(mutex);
  while (!stopping) {
    changed.wait_for(lock, std::chrono::milliseconds(kSyncEvery.ms), [&] { return stopping || wanted; });
    is_copying = is_backup_due();
    const bool is_due = is_copying;
    const Made tell = std::exchange(wanted, nullptr);
    lock.unlock();
    static_cast<void>(store.sync_position());  // a disk that fails is told by the next commit
    if (store.may_be_old() && clock.monotonic() - started >= listen_for) store.forget_that_it_may_be_old();
    if (is_due) back_up(tell);
    lock.lock();
  }
  if (wanted) wanted(Error{ErrorCode::Unavailable, "the scheduler is stopping; try again when it is back"});
}

// One interval after the last one, also when the scheduler was started again in between.
Duration Upkeep::State::first_backup() const {
  const Duration soon = std::min(config.interval, kFirstBackupAfter);
  const auto backups = list_backups(config.folder);
  if (!backups.ok() || backups->empty()) return soon;
  return std::clamp(backups->back().at + config.interval - clock.now(), soon, config.interval);
}

void Upkeep::State::back_up(const Made& tell) {
  const Duration start = clock.monotonic();
  Result<Backup> made = store.make_backup(config);
  counters.add(made.ok() ? "scheduler_backup_success" : "scheduler_backup_failed");
  if (made.ok()) {
    log_debug("store", "copied the database to " + config.folder + " in " +
                           std::to_string((clock.monotonic() - start).ms) + " ms");
  } else {
    log_error("store", "no copy of the database was made, the next attempt is in " +
                           std::to_string(config.interval.ms / 1000) + " s: " + made.error().message);
  }
  {
    const std::lock_guard lock(mutex);
    next_backup = clock.monotonic() + config.interval;
    is_copying = false;
  }
  if (tell) tell(std::move(made));
}

}  // namespace aurora::store
