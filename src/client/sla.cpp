#include "aurora/client/sla.h"

#include <algorithm>
#include <charconv>
#include <cmath>
#include <cstdio>
#include <functional>

#include "aurora/base/split.h"
#include "aurora/client/job_path.h"
#include "client/amounts.h"
#include "client/missing_job.h"
#include "client/scheduler_client.h"

namespace aurora::client {
namespace {

struct ShownDuration {
  Duration duration;
  std::string text;  // in the unit of its last part: "1h30m" is "90 mins"
};

Result<ShownDuration> parse_shown(const std::string& text) {
  const Duration duration = TRY(parse_duration(text));
  const auto in = [&](int64_t unit_ms, const char* name) {
    return ShownDuration{duration, std::to_string(duration.ms / unit_ms) + " " + name};
  };
  switch (std::tolower(static_cast<unsigned char>(text.back()))) {
    case 'd':
      return in(86'400'000, "days");
    case 'h':
      return in(3'600'000, "hrs");
    case 'm':
      return in(60'000, "mins");
    default:
      return in(1'000, "secs");
  }
}

Result<std::vector<ShownDuration>> parse_durations(const std::string& text) {
  std::vector<ShownDuration> durations;
  for (const std::string& part : split(text, ',')) durations.push_back(TRY(parse_shown(part)));
  std::ranges::sort(durations, {}, &ShownDuration::duration);
  return durations;
}

Result<std::vector<double>> parse_percentiles(const std::string& text) {
  std::vector<double> percentiles;
  for (const std::string& part : split(text, ',')) {
    double percent = 0;
    const auto parsed = std::from_chars(part.data(), part.data() + part.size(), percent);
    const bool is_number = parsed.ec == std::errc() && parsed.ptr == part.data() + part.size();
    if (!is_number || !(percent > 0 && percent < 100)) {
      return Error{ErrorCode::InvalidArgument,
                   "Invalid percentile value:" + part + ". Must be between 0.0 and 100.0 exclusive."};
    }
    percentiles.push_back(percent);
  }
  std::ranges::sort(percentiles, std::greater<>());
  return percentiles;
}

// Of the instances that ran and are not over, in whole seconds, shortest first.
Result<std::vector<int64_t>> find_uptimes(SchedulerClient& scheduler, const core::JobKey& job) {
  const codec::JsonValue answer = TRY(scheduler.get("getTasksWithoutConfigs", job_route(job) + "/sla"));
  const codec::JsonValue* uptimes = answer.find("uptimesSecs");
  if (uptimes == nullptr || !uptimes->is_array())
    return Error{ErrorCode::DataLoss, "the scheduler's answer for " + to_string(job) + " has no uptimes"};
  std::vector<int64_t> secs;
  for (const codec::JsonValue& uptime : uptimes->items()) secs.push_back(TRY(uptime.as_int()));
  return secs;
}

template <typename Print>
int report(Session& session, const std::string& key, const Print& print) {
  const auto path = parse_job_path(key);
  if (!path.ok()) return session.fail(ExitCode::Usage, path.error().message);
  auto scheduler = SchedulerClient::find(session, path->cluster);
  if (!scheduler.ok()) return session.fail(ExitCode::InvalidConfiguration, scheduler.error().message);
  const auto uptimes = find_uptimes(*scheduler, path->job);
  if (!uptimes.ok())
    return session.fail(uptimes.error(), "Error retrieving the uptimes of " + key, ExitCode::ApiError);
  print(*uptimes);
  if (uptimes->empty()) tell_missing_job(session, *scheduler, *path);
  return 0;
}

double percent_up(const std::vector<int64_t>& uptimes, Duration duration) {
  if (uptimes.empty()) return 0;
  const auto first = std::ranges::lower_bound(uptimes, (duration.ms + 999) / 1000);
  return 100 * static_cast<double>(uptimes.end() - first) / static_cast<double>(uptimes.size());
}

int64_t uptime_of(const std::vector<int64_t>& uptimes, double percent) {
  const auto count = static_cast<int64_t>(uptimes.size());
  const int64_t index = count - static_cast<int64_t>(std::floor(percent / 100 * static_cast<double>(count))) - 1;
  return index < 0 || index >= count ? 0 : uptimes[static_cast<size_t>(index)];
}

}  // namespace

int task_up_count(Session& session, const TaskUpCountOptions& options) {
  const auto durations = parse_durations(options.durations);
  if (!durations.ok()) return session.fail(ExitCode::Usage, durations.error().message);
  return report(session, options.key, [&](const std::vector<int64_t>& uptimes) {
    report_response(session, "OK", "");
    for (const ShownDuration& shown : *durations) {
      char percent[40];
      std::snprintf(percent, sizeof percent, "%.2f", percent_up(uptimes, shown.duration));
      session.console().print(shown.text + "\t- " + percent + " %");
    }
  });
}

int job_uptime(Session& session, const JobUptimeOptions& options) {
  const auto percentiles = parse_percentiles(options.percentiles);
  if (!percentiles.ok()) return session.fail(ExitCode::Usage, percentiles.error().message);
  return report(session, options.key, [&](const std::vector<int64_t>& uptimes) {
    for (const double percent : *percentiles)
      session.console().print(format_cores(percent) + " percentile\t- " + std::to_string(uptime_of(uptimes, percent)) + " seconds");
  });
}

}  // namespace aurora::client
