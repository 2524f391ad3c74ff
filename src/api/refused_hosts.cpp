#include "api/refused_hosts.h"

#include "aurora/base/log.h"
#include "aurora/codec/json.h"

namespace aurora::api {
namespace {

constexpr size_t kHostsMax = 1'000;  // more are refused all the same, and not listed

}  // namespace

void RefusedHosts::note(const core::HostId& host, const std::string& why, Instant now) {
  const std::lock_guard lock(mutex_);
  if (refusals_.size() >= kHostsMax && !refusals_.contains(host)) return;
  const auto [entry, is_new] = refusals_.try_emplace(host);
  if (is_new || entry->second.why != why) log_error("scheduler", why);
  entry->second = {why, now};
}

void RefusedHosts::forget(const core::HostId& host) {
  const std::lock_guard lock(mutex_);
  refusals_.erase(host);
}

std::string RefusedHosts::encode() const {
  const std::lock_guard lock(mutex_);
  codec::JsonArray hosts;
  for (const auto& [host, refusal] : refusals_) {
    hosts.add_raw(codec::JsonObject()
                      .add("host", host.value())
                      .add("why", refusal.why)
                      .add("lastSeenMs", refusal.last_seen)
                      .text());
  }
  return hosts.text();
}

}  // namespace aurora::api
