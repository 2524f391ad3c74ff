// The scheduler's log in simulated time. A sync takes a while, now and then very long, and rounds pile up
// meanwhile.
#pragma once

#include <memory>

#include "sim/world.h"
#include "support/memory_round_log.h"

namespace aurora::sim {

class RoundLog final : public scheduler::RoundLog {
 public:
  struct Process {  // that has this log
    std::function<bool()> is_paused;
    std::function<void(const std::vector<core::Change>&)>
        on_durable;  // a round, before anybody is told of it
    std::function<void()> on_failed;
    std::function<void()> on_synced;
  };
  RoundLog(World& world, store::Store& store, Process process);

  void append(scheduler::RoundNumber round, std::vector<core::Change> changes, Done done) override;
  void stall(Duration time);  // the sync that is on its way, or the next one, takes so long
  void wake();                // the process stands still no more

  // Appended and not durable. Of these, what a crash may leave behind or not, as a whole.
  size_t in_flight() const { return in_flight_; }
  std::vector<core::Change> unsure() const { return log_.batch(); }

  // The planted bug: every round is said to be durable at once. Whoever does not share it waits by himself.
  bool tells_early = false;
  void after_durable(std::function<void()> tell);

 private:
  using Held = std::vector<std::function<void()>>;
  void begin_sync();
  void end_sync();
  void end_sync_at(Instant when);

  World& world_;
  Process process_;
  test::MemoryRoundLog log_;
  size_t in_flight_ = 0;
  bool is_syncing_ = false;
  Instant stalls_until_;
  Duration next_stalls_for_;
  std::shared_ptr<Held> held_;  // behind the last round; events of a log that is gone find this expired
  std::shared_ptr<bool> is_alive_ = std::make_shared<bool>(true);
};

}  // namespace aurora::sim
