// What an Engine consists of. Members above `in_flight` belong to the engine's thread; the rest says what
// guards it.
#pragma once

#include <atomic>
#include <condition_variable>
#include <deque>
#include <mutex>

#include "aurora/scheduler/engine.h"
#include "scheduler/change_counters.h"
#include "scheduler/jobs_in_flight.h"
#include "scheduler/placement_queue.h"
#include "scheduler/rounds_in_flight.h"
#include "scheduler/store_sizes.h"
#include "scheduler/timer_queue.h"

namespace aurora::scheduler {

// While the outbox is full, it is asked again this often: in this time hosts take some hundred launches.
inline constexpr Duration kRoomInterval = milliseconds(50);

struct Queued {
  core::Command command;
  std::optional<core::RequestMark> mark;
  Engine::Done done;
};

struct Engine::State {
  State(EngineConfig engine_config, store::Store& its_store, RoundLog& its_log, Clock& its_clock, Rng its_rng,
        Outbox& its_outbox, Counters& its_counters)
      : config(std::move(engine_config)),
        store(its_store),
        log(its_log),
        clock(its_clock),
        rng(its_rng),
        outbox(its_outbox),
        counters(its_counters),
        cluster(config.settings.overhead, config.settings.offer_order),
        placement(config.settings, rng),
        change_counters(counters, things),
        sizes(counters) {}

  // On the log's thread: nothing is told or done any more.
  void fail(const Error& error) {
    failed = true;
    in_flight.fail();
    config.on_commit_failure(error);
  }

  // How many launches may be decided now; if none, placement waits. Those in flight are counted before the outbox
  // is asked: one that is posted meanwhile is counted twice, not overlooked.
  size_t look_for_room(Instant now) {
    if (placement.empty()) return 0;
    const size_t decided = launches_in_flight;
    const size_t room = outbox.room();
    const size_t left = room > decided ? room - decided : 0;
    placement.wait_for_room_until(left > 0 ? now : now + kRoomInterval);
    if (left == 0) counters.add("schedule_waits_for_outbox");
    return left;
  }

  EngineConfig config;
  store::Store& store;
  RoundLog& log;
  Clock& clock;
  Rng rng;
  Outbox& outbox;
  Counters& counters;
  core::Cluster cluster;  // written under mutex_
  TimerQueue timers;
  PlacementQueue placement;
  ThingCounters things;  // thread-safe
  ChangeCounters change_counters;
  StoreSizes sizes;
  RoundNumber last_round = 0;  // given to the log
  std::deque<Queued> taken;    // of `queue`, for this round; empty between two, kept for its memory

  JobsInFlight jobs_in_flight;       // guarded as the cluster is
  RoundsInFlight in_flight;          // thread-safe
  std::optional<EventWindow> events;  // thread-safe; since start()
  std::atomic<size_t> launches_in_flight = 0;  // decided and not posted
  std::atomic<bool> failed = false;  // the log has: nothing more is done
  std::atomic<bool> ready = false;
  std::atomic<int64_t> held_until_ms = 0;  // by `placement`, for other threads
  std::atomic<size_t> timer_count = 0;     // likewise
  std::mutex queue_mutex;
  std::condition_variable queue_changed;
  std::deque<Queued> queue;  // under queue_mutex
  bool stopping = false;     // under queue_mutex
  std::string suspended;     // under queue_mutex: why; empty: it is not

  bool is_suspended() {
    const std::lock_guard lock(queue_mutex);
    return !suspended.empty();
  }
  // Under queue_mutex: why no command is taken; empty: they are.
  std::string refusal() const {
    if (stopping) return "the scheduler is stopping; try again when it is back";
    if (!ready) return "Storage is not READY";
    if (!suspended.empty() || queue.size() < config.queue_max) return suspended;
    return "the scheduler has " + std::to_string(config.queue_max) +
           " requests waiting already; try again in a few seconds";
  }
};

}  // namespace aurora::scheduler
