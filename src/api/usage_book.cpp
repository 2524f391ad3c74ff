#include "api/usage_book.h"

#include <algorithm>

namespace aurora::api {
namespace {

constexpr int64_t kStepsMax = kUsageKept.ms / kUsageStep.ms;
constexpr Duration kSilenceMax = minutes(5);  // of a host; then its tasks are no part of the sums any more
constexpr Duration kPauseMax = seconds(100);
constexpr int64_t kHostsPerSecond = 150;  // that say something; more of them say it less often

int64_t step_of(Instant at) { return at.ms / kUsageStep.ms; }

}  // namespace

UsageSums& UsageSums::operator+=(const UsageSums& more) {
  tasks += more.tasks;
  cpu_milli += more.cpu_milli;
  ram_bytes += more.ram_bytes;
  return *this;
}

UsageSums& UsageSums::operator-=(const UsageSums& less) {
  tasks -= less.tasks;
  cpu_milli -= less.cpu_milli;
  ram_bytes -= less.ram_bytes;
  return *this;
}

Duration UsageBook::take(const core::HostId& id, std::vector<JobUse> jobs, Instant now) {
  const std::lock_guard lock(mutex_);
  forget(now);
  const auto known = hosts_.find(id);
  if (known != hosts_.end()) {
    change(known->second.jobs, -1, step_of(now));
    hosts_.erase(known);
  }
  const int64_t secs = std::max(kUsageStep.ms / 1000, static_cast<int64_t>(hosts_.size()) / kHostsPerSecond);
  const Duration pause = std::min(seconds(secs), kPauseMax);
  if (hosts_.size() >= limits_.hosts) return pause;
  if (jobs.size() > kJobsOfHostMax) jobs.resize(kJobsOfHostMax);
  Host host{.jobs = std::move(jobs), .sums = {}, .said_at = now};
  // Of a job that has no room nothing is added, and so nothing may be taken away later.
  std::erase_if(host.jobs, [&](const JobUse& use) {
    host.sums += {use.tasks, use.cpu_milli, use.ram_bytes};
    return jobs_.size() >= limits_.jobs && !jobs_.contains(use.job);
  });
  change(host.jobs, 1, step_of(now));
  hosts_.emplace(id, std::move(host));
  return pause;
}

std::vector<UsageBook::Sample> UsageBook::list(const core::JobKey& key, Instant now) {
  const std::lock_guard lock(mutex_);
  forget(now);
  const auto found = jobs_.find(key);
  if (found == jobs_.end()) return {};
  Job& job = found->second;
  fill(job, step_of(now));
  std::vector<Sample> samples(job.samples.begin(), job.samples.end());
  samples.push_back({step_of(now), job.now});
  return samples;
}

std::optional<UsageBook::HostUse> UsageBook::find_host(const core::HostId& id, Instant now) {
  const std::lock_guard lock(mutex_);
  forget(now);
  const auto found = hosts_.find(id);
  if (found == hosts_.end()) return std::nullopt;
  return HostUse{found->second.sums, found->second.said_at};
}

void UsageBook::change(const std::vector<JobUse>& jobs, int sign, int64_t step) {
  for (const JobUse& use : jobs) {
    const auto [place, is_new] = jobs_.try_emplace(use.job);
    Job& job = place->second;
    if (is_new) job.known_until = step;
    fill(job, step);
    const UsageSums sums{use.tasks, use.cpu_milli, use.ram_bytes};
    sign > 0 ? job.now += sums : job.now -= sums;
    sign > 0 ? ++job.hosts : --job.hosts;
  }
}

// Steps that are over have what was known at their end.
void UsageBook::fill(Job& job, int64_t step) {
  for (int64_t at = std::max(job.known_until, step - kStepsMax); at < step; ++at) job.samples.push_back({at, job.now});
  job.known_until = std::max(job.known_until, step);
  while (!job.samples.empty() && job.samples.front().step < step - kStepsMax) job.samples.pop_front();
}

// Once a step: hosts that are silent, and jobs of which nobody has said anything for an hour.
void UsageBook::forget(Instant now) {
  const int64_t step = step_of(now);
  if (step <= forgotten_step_) return;
  forgotten_step_ = step;
  for (auto host = hosts_.begin(); host != hosts_.end();) {
    if (now - host->second.said_at <= kSilenceMax) {
      ++host;
      continue;
    }
    change(host->second.jobs, -1, step);
    host = hosts_.erase(host);
  }
  for (auto place = jobs_.begin(); place != jobs_.end();) {
    Job& job = place->second;
    if (job.hosts == 0) fill(job, step);
    const bool is_over = job.hosts == 0 && std::ranges::all_of(job.samples, [](const Sample& sample) { return sample.sums == UsageSums{}; });
    place = is_over ? jobs_.erase(place) : std::next(place);
  }
}

}  // namespace aurora::api
