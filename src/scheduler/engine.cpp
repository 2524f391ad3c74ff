#include "aurora/scheduler/engine.h"

#include <future>

#include "aurora/base/log.h"
#include "aurora/scheduler/recorder.h"
#include "scheduler/engine_state.h"
#include "scheduler/round.h"

namespace aurora::scheduler {
namespace {

// Timers are wall-clock moments: the clock is looked at again at least this often, in case it was set, and
// because time passes only while it is looked at.
constexpr Duration kSleepMax = seconds(1);

void refuse_all(std::deque<Queued>& queued, const std::string& why) {
  for (Queued& one : queued) {
    if (one.done) one.done(Error{ErrorCode::Unavailable, why});
  }
  queued.clear();
}

// What is on disk is unknown now, so nothing that was decided since may be told or done.
void end_process(const Error& error) {
  log_error("scheduler", "cannot write to the database, ending: " + error.message);
  for (const std::string& detail : error.details) log_error("scheduler", detail);
  std::_Exit(1);
}

}  // namespace

Engine::Engine(EngineConfig config, store::Store& store, RoundLog& log, Clock& clock, Rng rng, Outbox& outbox,
               Counters& counters)
    : state_(std::make_unique<State>(std::move(config), store, log, clock, rng, outbox, counters)) {
  if (!state_->config.on_commit_failure) state_->config.on_commit_failure = end_process;
}

Engine::~Engine() = default;

Status Engine::start() {
  const std::unique_lock lock(mutex_);
  const Instant now = state_->clock.now();
  TRY(state_->store.load([&](core::Change change) {
    // The clock may have been set since: no answer is too old to be given again that was not here for so long.
    if (auto* answered = std::get_if<core::RequestAnswered>(&change)) answered->request.at = now;
    if (state_->config.recorder != nullptr) state_->config.recorder->load(change);
    state_->cluster.apply(std::move(change));
  }));
  if (state_->config.recorder != nullptr)
    state_->config.recorder->begin({state_->config.scheduler_host.text(), state_->config.settings, now});
  const core::Context context{now, state_->rng, state_->config.scheduler_host, state_->config.settings};
  state_->timers.apply({.set = timers_after_restart(state_->cluster, context)});
  state_->placement.add_all(state_->cluster, now);
  state_->placement.spare_until(now + state_->config.settings.preemption.initial_delay);
  std::set<core::HostId> hosts;
  for (const core::Host* host : state_->cluster.list_hosts()) hosts.insert(host->id);
  if (state_->config.store_may_be_old) {
    state_->placement.hold_until(now + state_->config.listen_for);
  } else if (!hosts.empty()) {
    state_->placement.listen_to(std::move(hosts), now + state_->config.listen_for);
  }
  state_->held_until_ms = state_->placement.held_until().ms;
  state_->change_counters.begin_at_zero();
  // A copy: what is drawn for commands stays as it is.
  state_->events.emplace(state_->config.events_max, now, static_cast<uint16_t>(Rng(state_->rng).next()));
  state_->sizes.begin(state_->cluster);
  state_->ready = true;
  return Unit{};
}

void Engine::lock_for_writing(std::unique_lock<std::shared_mutex>& lock) {
  writer_waits_ = true;
  lock.lock();
  writer_waits_ = false;
  writer_waits_.notify_all();
}

void Engine::submit_async(core::Command command, Done done, std::optional<core::RequestMark> mark) {
  std::string refusal;
  {
    const std::lock_guard lock(state_->queue_mutex);
    refusal = state_->refusal();
    if (refusal.empty()) state_->queue.push_back({std::move(command), std::move(mark), std::move(done)});
  }
  if (refusal.empty()) {
    state_->queue_changed.notify_one();
  } else {
    state_->counters.add("scheduler_commands_refused");
    if (done) done(Error{ErrorCode::Unavailable, refusal});
  }
}

Result<core::Answer> Engine::submit_and_wait(core::Command command) {
  std::promise<Result<core::Answer>> promise;
  auto answer = promise.get_future();
  submit_async(std::move(command),
               [&](Result<core::Answer> result) { promise.set_value(std::move(result)); });
  return answer.get();
}

void Engine::wait_until_durable(RoundNumber round) const { state_->in_flight.wait_until_durable(round); }

void Engine::when_durable(RoundNumber round, std::function<void()> tell) const {
  state_->in_flight.when_durable(round, std::move(tell));
}

bool Engine::is_round_durable(RoundNumber round) const { return state_->in_flight.is_durable(round); }

bool Engine::run_round() {
  if (state_->failed || state_->in_flight.is_full(state_->clock.monotonic())) return false;
  std::deque<Queued>& queued = state_->taken;
  std::string suspended;
  {
    const std::lock_guard lock(state_->queue_mutex);
    queued.swap(state_->queue);
    suspended = state_->suspended;
  }
  if (!suspended.empty()) {
    refuse_all(queued, suspended);
    return false;
  }
  const Instant now = state_->clock.now();
  Round round(*this, now);
  bool had_work = !queued.empty();
  while (!queued.empty() && !round.is_full()) {
    round.execute(std::move(queued.front()));
    queued.pop_front();
  }
  if (!queued.empty()) {  // back in front of what has come since
    round.unlock();
    const std::lock_guard lock(state_->queue_mutex);
    state_->queue.insert(state_->queue.begin(), std::make_move_iterator(queued.begin()),
                         std::make_move_iterator(queued.end()));
    queued.clear();
  }
  while (!round.is_full()) {
    auto timed = state_->timers.take_due(now);
    if (!timed) break;
    had_work = true;
    std::visit([&](auto& command) { round.execute({std::move(command), std::nullopt, nullptr}); }, *timed);
  }
  round.unlock();  // the outbox has a lock of its own
  const size_t room = state_->look_for_room(now);
  if (const auto groups = state_->placement.take_due(state_->cluster, now); !groups.empty()) {
    had_work = true;
    round.place(groups, room);
  }
  state_->held_until_ms = state_->placement.held_until().ms;
  state_->timer_count = state_->timers.size();
  round.finish();
  return had_work && !state_->failed;
}

std::optional<Instant> Engine::next_timer() const {
  const auto timer = state_->timers.next_due();
  const auto placement = state_->placement.next_due();
  if (!timer || !placement) return timer ? timer : placement;
  return std::min(*timer, *placement);
}

void Engine::run() {
  const auto is_stopping = [&] {
    const std::lock_guard lock(state_->queue_mutex);
    return state_->stopping;
  };
  while (!is_stopping()) {
    if (!state_->in_flight.wait_for_room(state_->clock, kSleepMax)) continue;
    if (run_round()) continue;
    Duration wait = kSleepMax;
    if (const auto next = next_timer(); next && !state_->is_suspended())
      wait = std::clamp(*next - state_->clock.now(), Duration{}, kSleepMax);
    std::unique_lock lock(state_->queue_mutex);
    state_->queue_changed.wait_for(lock, std::chrono::milliseconds(wait.ms),
                                   [&] { return state_->stopping || !state_->queue.empty(); });
  }
  state_->in_flight.wait_until_told();
  std::deque<Queued> rest;
  {
    const std::lock_guard lock(state_->queue_mutex);
    rest.swap(state_->queue);
  }
  refuse_all(rest, "the scheduler is stopping; try again when it is back");
}

void Engine::stop() {
  {
    const std::lock_guard lock(state_->queue_mutex);
    state_->stopping = true;
  }
  state_->queue_changed.notify_all();
}

void Engine::suspend(std::string why) {
  {
    const std::lock_guard lock(state_->queue_mutex);
    state_->suspended = std::move(why);
  }
  state_->queue_changed.notify_all();
}

void Engine::resume() { suspend(""); }

const core::SchedulerSettings& Engine::settings() const { return state_->config.settings; }
Instant Engine::listens_until() const { return {state_->held_until_ms}; }
EventWindow& Engine::events() const { return *state_->events; }
bool Engine::is_ready() const { return state_->ready; }
const core::Cluster& Engine::cluster() const { return state_->cluster; }
Figures Engine::values_of_things() const { return state_->things.values(); }
std::optional<Duration> Engine::penalty_of(const core::ConfigHash& group) const {
  return state_->placement.penalties().find(group);
}
size_t Engine::queue_length() const {
  const std::lock_guard lock(state_->queue_mutex);
  return state_->queue.size();
}
size_t Engine::timer_count() const { return state_->timer_count; }
RoundNumber Engine::newest_round_of(const core::JobKey& job) const { return state_->jobs_in_flight.newest(job); }

}  // namespace aurora::scheduler
