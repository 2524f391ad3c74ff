#include "sim/round_log.h"

#include <algorithm>

namespace aurora::sim {

RoundLog::RoundLog(World& world, store::Store& store, Process process)
    : world_(world), process_(std::move(process)), log_(store) {
  log_.is_held = true;
}

void RoundLog::append(scheduler::RoundNumber round, std::vector<core::Change> changes, Done done) {
  ++in_flight_;
  held_ = std::make_shared<Held>();
  const auto made = [this, changes, held = held_, done = tells_early ? nullptr : done](const Status& status) {
    if (!status.ok()) return done ? done(status) : process_.on_failed();
    --in_flight_;
    process_.on_durable(changes);
    if (done) done(status);
    for (const auto& tell : *held) tell();
  };
  log_.append(round, changes, made);
  if (!is_syncing_) begin_sync();
  if (tells_early) done(Unit{});
}

void RoundLog::after_durable(std::function<void()> tell) {
  if (in_flight_ == 0) return tell();
  held_->push_back(std::move(tell));
}

void RoundLog::stall(Duration time) {
  if (is_syncing_) {
    stalls_until_ = std::max(stalls_until_, world_.now() + time);
  } else {
    next_stalls_for_ = time;
  }
}

void RoundLog::wake() { end_sync_at(world_.now()); }

void RoundLog::begin_sync() {
  is_syncing_ = log_.begin_sync();
  if (!is_syncing_) return;
  const Duration most = world_.chance(0.7) ? milliseconds(3) : milliseconds(60);
  const Duration time =
      std::max(std::exchange(next_stalls_for_, Duration{}), world_.between(Duration{}, most));
  stalls_until_ = world_.now() + time;
  end_sync_at(stalls_until_);
}

void RoundLog::end_sync_at(Instant when) {
  world_.after(when - world_.now(), [this, alive = std::weak_ptr(is_alive_)] {
    if (!alive.expired()) end_sync();
  });
}

void RoundLog::end_sync() {
  if (!is_syncing_ || process_.is_paused()) return;
  if (world_.now() < stalls_until_) return end_sync_at(stalls_until_);
  log_.end_sync();
  begin_sync();
  process_.on_synced();
}

}  // namespace aurora::sim
