#include "api/host_queues.h"

#include <algorithm>

namespace aurora::api {
namespace {

size_t config_bytes(const core::Effect& effect) {
  const auto* launch = std::get_if<core::LaunchTask>(&effect);
  if (!launch || launch->task.config.empty() || !launch->task.config->executor_config) return 0;
  return launch->task.config->executor_config->data.size();
}

}  // namespace

void HostQueues::push(core::Effect effect, Duration now) {
  const core::HostId id = host_of(effect);
  Host& host = hosts_[id];
  if (host.waiting.size() >= limits_.effects_max) {
    host.waiting.pop_front();
    ++dropped_;
  }
  const bool was_empty = host.waiting.empty();
  host.waiting.push_back({std::move(effect), now});
  if (was_empty && !host.is_busy) make_ready(id, host, std::max(now, host.ready_at));
}

std::optional<HostQueues::Batch> HostQueues::take(Duration now) {
  while (!ready_.empty() && ready_.begin()->first <= now) {
    const core::HostId id = ready_.begin()->second;
    ready_.erase(ready_.begin());
    Host& host = hosts_[id];
    drop_old(host, now);
    if (host.waiting.empty()) {
      hosts_.erase(id);
      continue;
    }
    Batch batch{id, {}, {}};
    const size_t kind = host.waiting.front().effect.index();
    size_t bytes = 0;
    while (!host.waiting.empty() && batch.effects.size() < limits_.batch_max) {
      Waiting& next = host.waiting.front();
      bytes += config_bytes(next.effect);
      if (next.effect.index() != kind || (!batch.effects.empty() && bytes > limits_.batch_bytes_max)) break;
      batch.effects.push_back(std::move(next.effect));
      batch.queued_at.push_back(next.queued_at);
      host.waiting.pop_front();
    }
    host.is_busy = true;
    return batch;
  }
  return std::nullopt;
}

void HostQueues::finish(Batch batch, Delivery delivery, Duration now) {
  Host& host = hosts_[batch.host];
  host.is_busy = false;
  if (delivery == Delivery::Done) {
    host.retry_delay = {};
    host.ready_at = {};
  } else {
    host.retry_delay = std::min(limits_.retry_delay_max, std::max(limits_.retry_delay, host.retry_delay * 2));
    for (size_t i = batch.effects.size(); i-- > 0;) {
      host.waiting.push_front({std::move(batch.effects[i]), batch.queued_at[i]});
    }
    while (host.waiting.size() > limits_.effects_max) {
      host.waiting.pop_front();
      ++dropped_;
    }
  }
  if (host.waiting.empty()) {
    hosts_.erase(batch.host);
  } else {
    make_ready(batch.host, host, now + host.retry_delay);
  }
}

std::optional<Duration> HostQueues::next_due() const {
  if (ready_.empty()) return std::nullopt;
  return ready_.begin()->first;
}

size_t HostQueues::waiting() const {
  size_t count = 0;
  for (const auto& [id, host] : hosts_) count += host.waiting.size();
  return count;
}

void HostQueues::make_ready(const core::HostId& id, Host& host, Duration at) {
  host.ready_at = at;
  ready_.emplace(at, id);
}

void HostQueues::drop_old(Host& host, Duration now) {
  while (!host.waiting.empty() && now - host.waiting.front().queued_at > limits_.age_max) {
    host.waiting.pop_front();
    ++dropped_;
  }
}

}  // namespace aurora::api
