#include "api/host_queues.h"

#include <algorithm>

namespace aurora::api {
namespace {

// Looking for stale effects looks at every host: while there is no room, this often. The rest of the time a
// host's stale effects go when its turn comes, which is late when many hosts keep the deliverers waiting.
constexpr Duration kStaleInterval = seconds(1);

const core::LaunchTask* as_launch(const core::Effect& effect) {
  return std::get_if<core::LaunchTask>(&effect);
}

// Of the configurations that one request holds, each once.
class ConfigBytes {
 public:
  size_t add(const core::Effect& effect) {
    const core::LaunchTask* launch = as_launch(effect);
    if (!launch || launch->config.empty() || !launch->config->executor_config) return bytes_;
    if (seen_.insert(launch->config.hash()).second) bytes_ += launch->config->executor_config->data.size();
    return bytes_;
  }

 private:
  std::unordered_set<core::ConfigHash> seen_;
  size_t bytes_ = 0;
};

}  // namespace

void HostQueues::Line::pop_front() {
  waiting_[first_++] = {};
  if (first_ < waiting_.size() - first_) return;
  waiting_.erase(waiting_.begin(), waiting_.begin() + static_cast<std::ptrdiff_t>(first_));
  first_ = 0;
}

void HostQueues::Line::put_back(Batch batch) {
  const size_t count = batch.effects.size();
  if (first_ < count) {
    waiting_.insert(waiting_.begin(), count - first_, Waiting{});
    first_ = count;
  }
  first_ -= count;
  for (size_t i = 0; i < count; ++i) {
    waiting_[first_ + i] = {std::move(batch.effects[i]), batch.queued_at[i]};
  }
}

void HostQueues::push(core::Effect effect, Duration now) {
  if (const core::LaunchTask* launch = as_launch(effect)) {
    if (launches_.contains(launch->task_id)) return;
    if (launches_.size() >= limits_.launches_max) {
      ++dropped_;
      return;
    }
    launches_.insert(launch->task_id);
  }
  const core::HostId id = host_of(effect);
  Host& host = hosts_[id];
  if (host.line.size() >= limits_.effects_max) drop_first(host.line);
  host.line.push_back({std::move(effect), now});
  ++waiting_;
  if (host.state == State::Idle) make_ready(id, host, std::max(now, host.ready_at));
}

const HostQueues::ReadyQueue* HostQueues::find_next() const {
  const bool may_try = !troubled_ready_.empty() && troubled_busy_ < limits_.troubled_max;
  if (ready_.empty()) return may_try ? &troubled_ready_ : nullptr;
  return may_try && ready_.top() < troubled_ready_.top() ? &troubled_ready_ : &ready_;
}

std::optional<HostQueues::Batch> HostQueues::take(Duration now) {
  for (const ReadyQueue* next; (next = find_next()) != nullptr && next->top().at <= now;) {
    const core::HostId id = next->top().host;
    (next == &ready_ ? ready_ : troubled_ready_).pop();
    Host& host = hosts_.at(id);
    drop_old(host.line, now);
    if (host.line.empty()) {
      rest(id, host);
      continue;
    }
    host.state = State::Busy;
    Batch batch = take_batch(id, host.line);
    batch.is_troubled = host.is_troubled;
    if (batch.is_troubled) ++troubled_busy_;
    return batch;
  }
  return std::nullopt;
}

HostQueues::Batch HostQueues::take_batch(const core::HostId& id, Line& line) {
  Batch batch{id, {}, {}};
  const size_t kind = line.front().effect.index();
  ConfigBytes bytes;
  while (!line.empty() && batch.effects.size() < limits_.batch_max) {
    Waiting& next = line.front();
    if (next.effect.index() != kind) break;
    if (bytes.add(next.effect) > limits_.batch_bytes_max && !batch.effects.empty()) break;
    batch.effects.push_back(std::move(next.effect));
    batch.queued_at.push_back(next.queued_at);
    line.pop_front();
    --waiting_;
  }
  return batch;
}

void HostQueues::finish(Batch batch, Delivery delivery, Duration now) {
  const core::HostId id = batch.host;
  Host& host = hosts_.at(id);
  if (batch.is_troubled) --troubled_busy_;
  switch (delivery) {
    case Delivery::Done:
      host.is_troubled = false;
      host.retry_delay = {};
      forget_launches(batch);
      break;
    case Delivery::Moot:
      forget_launches(batch);
      break;
    case Delivery::Retry:
      host.is_troubled = true;
      host.retry_delay =
          std::min(limits_.retry_delay_max, std::max(limits_.retry_delay, host.retry_delay * 2));
      put_back(std::move(batch), host.line);
      break;
    case Delivery::HeldBack:
      host.is_troubled = true;
      put_back(std::move(batch), host.line);
      break;
  }
  if (host.line.empty()) {
    rest(id, host);
  } else {
    make_ready(id, host, delivery == Delivery::Retry ? now + host.retry_delay : now);
  }
}

std::optional<Duration> HostQueues::next_due() const {
  const ReadyQueue* next = find_next();
  return next == nullptr ? std::nullopt : std::optional(next->top().at);
}

size_t HostQueues::make_room(Duration now) {
  const auto room = [this] {
    const size_t taken = launches_.size() + limits_.relaunches;
    return limits_.launches_max > taken ? limits_.launches_max - taken : 0;
  };
  if (room() == 0 && (!looked_for_stale_at_ || now - *looked_for_stale_at_ >= kStaleInterval)) {
    looked_for_stale_at_ = now;
    for (auto& [id, host] : hosts_) drop_old(host.line, now);
  }
  return room();
}

void HostQueues::make_ready(const core::HostId& id, Host& host, Duration at) {
  host.state = State::Ready;
  host.ready_at = at;
  (host.is_troubled ? troubled_ready_ : ready_).push({at, next_order_++, id});
}

// One in trouble is remembered: its next effect must not take a thread as if nothing had been.
void HostQueues::rest(const core::HostId& id, Host& host) {
  host.state = State::Idle;
  if (!host.is_troubled) hosts_.erase(id);
}

void HostQueues::put_back(Batch batch, Line& line) {
  waiting_ += batch.effects.size();
  line.put_back(std::move(batch));
  while (line.size() > limits_.effects_max) drop_first(line);
}

void HostQueues::forget_launches(const Batch& batch) {
  for (const core::Effect& effect : batch.effects) {
    if (const core::LaunchTask* launch = as_launch(effect)) launches_.erase(launch->task_id);
  }
}

void HostQueues::drop_first(Line& line) {
  if (const core::LaunchTask* launch = as_launch(line.front().effect)) launches_.erase(launch->task_id);
  line.pop_front();
  --waiting_;
  ++dropped_;
}

void HostQueues::drop_old(Line& line, Duration now) {
  while (!line.empty() && now - line.front().queued_at > limits_.age_max) drop_first(line);
}

}  // namespace aurora::api
