#include "client/sla_probe.h"

#include <algorithm>
#include <charconv>
#include <cmath>

#include "aurora/base/printable.h"
#include "client/task_view.h"

namespace aurora::client {
namespace {

bool is_production(const codec::JsonValue* config) { return config != nullptr && config->bool_or("production", false); }

Result<std::set<core::JobKey>> find_jobs(SchedulerClient& scheduler, const std::set<std::string>& hosts) {
  std::set<core::JobKey> jobs;
  for (const std::string& host : hosts) {
    const Query query{{"host", host}, {"active", "true"}};
    TRY(walk_tasks(scheduler, query, [&](const codec::JsonValue& task, const codec::JsonValue* config) {
      if (is_production(config)) jobs.insert(to_task_view(task, config).job);
    }));
  }
  return jobs;
}

Duration uptime_of(const TaskView& task, Instant now) {
  return task.is_running && !task.events.empty() ? now - task.events.back().at : Duration{};
}

// When enough of those that are left have been up for long enough.
int64_t find_safe_moment(std::vector<Duration> uptimes, int64_t total, const SlaTarget& target) {
  std::ranges::sort(uptimes);
  const auto wanted = static_cast<int64_t>(std::ceil(static_cast<double>(total) * target.percentage / 100));
  const int64_t index = static_cast<int64_t>(uptimes.size()) - wanted;
  if (index < 0 || index >= static_cast<int64_t>(uptimes.size())) return -1;
  return (target.duration - uptimes[static_cast<size_t>(index)]).ms / 1000;
}

}  // namespace

Result<double> parse_percentage(const std::string& text) {
  double percentage = 0;
  const char* end = text.data() + text.size();
  const auto parsed = std::from_chars(text.data(), end, percentage);
  if (parsed.ec == std::errc() && parsed.ptr == end && percentage > 0 && percentage <= 100) return percentage;
  return Error{ErrorCode::InvalidArgument, "Invalid percentage " + printable_line(text) + ". Must be within (0, 100]."};
}

std::string format_safe_in(int64_t secs) { return secs < 0 ? "n/a" : std::to_string(secs); }

void SlaView::add(const core::JobKey& job, Instance instance) {
  if (!instance.host.empty()) jobs_on_[instance.host].insert(job);
  jobs_[job].push_back(std::move(instance));
}

Result<SlaView> SlaView::look(SchedulerClient& scheduler, const std::set<std::string>& hosts, int64_t min_instances,
                              Instant now) {
  SlaView view;
  const auto take = [&](const codec::JsonValue& task, const codec::JsonValue* config) {
    if (!is_production(config)) return;
    const TaskView seen = to_task_view(task, config);
    view.add(seen.job, {seen.host, uptime_of(seen, now)});
  };
  if (hosts.empty()) TRY(walk_tasks(scheduler, {{"active", "true"}}, take));
  for (const core::JobKey& job : TRY(find_jobs(scheduler, hosts))) {
    Query query = job_query(job);
    query.emplace("active", "true");
    TRY(walk_tasks(scheduler, query, take));
  }
  std::erase_if(view.jobs_, [&](const auto& job) { return static_cast<int64_t>(job.second.size()) < min_instances; });
  for (auto& [host, jobs] : view.jobs_on_)
    std::erase_if(jobs, [&](const core::JobKey& job) { return !view.jobs_.contains(job); });
  std::erase_if(view.jobs_on_, [](const auto& host) { return host.second.empty(); });
  return view;
}

std::set<std::string> SlaView::hosts() const {
  std::set<std::string> all;
  for (const auto& [host, jobs] : jobs_on_) all.insert(host);
  return all;
}

std::vector<SlaForecast> SlaView::forecast(const std::set<std::string>& hosts,
                                           const std::function<SlaTarget(const core::JobKey&)>& target_of) const {
  std::map<core::JobKey, std::set<std::string>> jobs;
  for (const std::string& host : hosts) {
    const auto found = jobs_on_.find(host);
    if (found == jobs_on_.end()) continue;
    for (const core::JobKey& job : found->second) jobs[job].insert(host);
  }
  std::vector<SlaForecast> forecasts;
  for (auto& [job, on_hosts] : jobs) {
    const SlaTarget target = target_of(job);
    const std::vector<Instance>& instances = jobs_.at(job);
    const auto total = static_cast<int64_t>(instances.size());
    std::vector<Duration> left;  // how long those elsewhere have been up
    for (const Instance& instance : instances) {
      if (!on_hosts.contains(instance.host)) left.push_back(instance.uptime);
    }
    const auto up = std::ranges::count_if(left, [&](Duration uptime) { return uptime >= target.duration; });
    SlaForecast forecast{job, std::move(on_hosts), 100 * static_cast<double>(up) / static_cast<double>(total), target.duration};
    forecast.is_safe = forecast.predicted >= target.percentage;
    if (!forecast.is_safe) forecast.safe_in_secs = find_safe_moment(std::move(left), total, target);
    forecasts.push_back(std::move(forecast));
  }
  return forecasts;
}

Result<std::vector<SlaViolation>> find_violations(SchedulerClient& scheduler, const std::set<std::string>& hosts,
                                                  const SlaTarget& target, Instant now) {
  std::vector<SlaViolation> violations;
  const SlaView view = TRY(SlaView::look(scheduler, hosts, target.min_instances, now));
  for (const SlaForecast& forecast : view.forecast(hosts, [&](const core::JobKey&) { return target; })) {
    if (forecast.is_safe) continue;
    for (const std::string& host : forecast.hosts)
      violations.push_back({host, forecast.job, forecast.predicted, forecast.safe_in_secs});
  }
  return violations;
}

}  // namespace aurora::client
