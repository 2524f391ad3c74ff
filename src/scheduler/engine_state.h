// What an Engine consists of. Members above `queue` belong to the engine's thread; the rest says what guards
// it.
#pragma once

#include <atomic>
#include <condition_variable>
#include <deque>
#include <mutex>

#include "aurora/scheduler/engine.h"
#include "scheduler/change_counters.h"
#include "scheduler/placement_queue.h"
#include "scheduler/timer_queue.h"

namespace aurora::scheduler {

struct Queued {
  core::Command command;
  Engine::Done done;
};

struct Engine::State {
  State(EngineConfig engine_config, store::Store& its_store, Clock& its_clock, Rng its_rng,
        Outbox& its_outbox, Counters& its_counters)
      : config(std::move(engine_config)),
        store(its_store),
        clock(its_clock),
        rng(its_rng),
        outbox(its_outbox),
        counters(its_counters),
        cluster(config.settings.overhead),
        placement(config.settings.timing, rng),
        change_counters(counters) {}

  EngineConfig config;
  store::Store& store;
  Clock& clock;
  Rng rng;
  Outbox& outbox;
  Counters& counters;
  core::Cluster cluster;  // written under mutex_
  TimerQueue timers;
  PlacementQueue placement;
  ChangeCounters change_counters;
  bool failed = false;  // a commit failed: nothing more is done

  std::atomic<bool> ready = false;
  std::atomic<int64_t> held_until_ms = 0;  // by `placement`, for other threads
  std::mutex queue_mutex;
  std::condition_variable queue_changed;
  std::deque<Queued> queue;  // under queue_mutex
  bool stopping = false;     // under queue_mutex
};

}  // namespace aurora::scheduler
