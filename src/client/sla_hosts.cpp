// `admin sla_list_safe_domain` and `admin sla_probe_hosts` (spec/client.md §11.3): which hosts may go down without a job
// falling below what it is promised.
#include <algorithm>
#include <cstdio>
#include <fstream>
#include <sstream>

#include "aurora/base/printable.h"
#include "aurora/client/admin.h"
#include "aurora/client/job_path.h"
#include "aurora/codec/json.h"
#include "client/host_groups.h"
#include "client/host_names.h"
#include "client/sla_probe.h"

namespace aurora::client {
namespace {

using Overrides = std::map<core::JobKey, SlaTarget>;

Result<SlaTarget> read_target(const std::string& percentage, const std::string& duration) {
  SlaTarget target;
  target.percentage = TRY(parse_percentage(percentage));
  target.duration = TRY(parse_duration(duration));
  return target;
}

Result<SlaTarget> read_limits(const SlaLimits& limits) {
  SlaTarget target = TRY(read_target(limits.percentage, limits.duration));
  if (limits.min_instances < 1) {
    return Error{ErrorCode::InvalidArgument,
                 "--min_job_instance_count is " + std::to_string(limits.min_instances) + "; must be above 0"};
  }
  target.min_instances = limits.min_instances;
  TRY(check_grouping(limits.grouping));
  return target;
}

// Empty: neither hosts nor a file is given.
Result<std::set<std::string>> read_filter(const HostsOptions& options) {
  if (options.hosts.empty() && options.filename.empty()) return std::set<std::string>();
  if (!options.hosts.empty() && !options.filename.empty()) {
    return Error{ErrorCode::InvalidArgument, "Cannot specify both filename and list for the same option."};
  }
  return read_hosts(options);
}

// Lines of `cluster/role/env/job percentage duration`; those of other clusters have no effect.
Result<Overrides> read_overrides(const std::string& path, const std::string& cluster) {
  Overrides overrides;
  if (path.empty()) return overrides;
  std::ifstream file(path);
  if (!file) return Error{ErrorCode::InvalidArgument, "Cannot read " + path};
  for (std::string line; std::getline(file, line);) {
    std::istringstream text(line);
    std::vector<std::string> words;
    for (std::string word; text >> word;) words.push_back(word);
    if (words.empty()) continue;
    const Error invalid{ErrorCode::InvalidArgument, "Invalid line in " + path + ":" + printable_line(line)};
    if (words.size() != 3) return invalid;
    const auto job = parse_job_path(words[0]);
    const auto target = read_target(words[1], words[2]);
    if (!job.ok()) return Error{invalid.code, invalid.message + ": " + job.error().message};
    if (!target.ok()) return Error{invalid.code, invalid.message + ": " + target.error().message};
    if (job->cluster == cluster) overrides[job->job] = *target;
  }
  return overrides;
}

std::string two_digits(double value) {
  char text[48];
  std::snprintf(text, sizeof text, "%.2f", value);
  return text;
}

std::string row(const std::vector<std::string>& cells) {
  std::string text;
  for (const std::string& cell : cells) text += (text.empty() ? "" : "\t") + cell;
  return text;
}

// What a verb prints: lines, or one JSON list.
class Rows {
 public:
  Rows(Console& console, bool is_json) : console_(console), is_json_(is_json) {}
  void add(const std::string& line, const codec::JsonObject& object) {
    if (is_json_) {
      objects_.add_raw(object.text());
    } else {
      console_.print(line);
    }
  }
  void end() {
    if (is_json_) console_.print(codec::indent_json(objects_.text(), 2));
  }

 private:
  Console& console_;
  const bool is_json_;
  codec::JsonArray objects_;
};

void add_safe_group(Rows& rows, const SafeDomainOptions& options, const std::set<std::string>& hosts,
                    const std::vector<SlaForecast>& forecasts) {
  for (const std::string& host : hosts) {
    if (!options.lists_jobs) rows.add(host, codec::JsonObject().add("host", host));
    for (const SlaForecast& forecast : forecasts) {
      if (!options.lists_jobs || !forecast.hosts.contains(host)) continue;
      const std::string job = options.cluster + "/" + core::to_string(forecast.job);
      const int64_t secs = forecast.duration.ms / 1000;
      codec::JsonObject object;
      object.add("host", host).add("job", job).add("predicted", forecast.predicted).add("durationSecs", secs);
      rows.add(row({host, job, two_digits(forecast.predicted), std::to_string(secs)}), object);
    }
  }
}

void add_probed(Rows& rows, const std::string& cluster, const std::string& host, const SlaForecast& forecast) {
  const std::string job = cluster + "/" + core::to_string(forecast.job);
  codec::JsonObject object;
  object.add("host", host).add("job", job).add("predicted", forecast.predicted).add("safe", forecast.is_safe);
  if (forecast.safe_in_secs >= 0) object.add("safeInSecs", forecast.safe_in_secs);
  rows.add(row({host, job, two_digits(forecast.predicted), forecast.is_safe ? "True" : "False",
                format_safe_in(forecast.safe_in_secs)}),
           object);
}

}  // namespace

int sla_list_safe_domain(Session& session, const SafeDomainOptions& options) {
  const auto refuse = [&](const Error& error) { return session.fail(ExitCode::Usage, error.message); };
  const auto target = read_limits(options.limits);
  if (!target.ok()) return refuse(target.error());
  const auto excluded = read_filter(options.excluded);
  if (!excluded.ok()) return refuse(excluded.error());
  const auto included = read_filter(options.included);
  if (!included.ok()) return refuse(included.error());
  const auto overrides = read_overrides(options.override_file, options.cluster);
  if (!overrides.ok()) return refuse(overrides.error());
  auto scheduler = SchedulerClient::find(session, options.cluster);
  if (!scheduler.ok()) return session.fail(ExitCode::InvalidConfiguration, scheduler.error().message);
  const auto view = SlaView::look(*scheduler, *included, target->min_instances, session.world().clock.now());
  if (!view.ok()) return fail_call(session, view.error());
  std::set<std::string> hosts = view->hosts();
  if (!included->empty()) std::erase_if(hosts, [&](const std::string& host) { return !included->contains(host); });
  const auto groups = make_host_groups(*scheduler, hosts, options.limits.grouping);
  if (!groups.ok()) return fail_call(session, groups.error());
  Rows rows(session.console(), options.is_json);
  for (const auto& [name, group] : *groups) {
    const std::vector<SlaForecast> forecasts = view->forecast(group, [&](const core::JobKey& job) {
      const auto own = overrides->find(job);
      return own == overrides->end() ? *target : own->second;
    });
    if (!std::ranges::all_of(forecasts, &SlaForecast::is_safe)) continue;
    std::set<std::string> shown = group;
    std::erase_if(shown, [&](const std::string& host) { return excluded->contains(host); });
    add_safe_group(rows, options, shown, forecasts);
  }
  rows.end();
  return 0;
}

int sla_probe_hosts(Session& session, const ProbeHostsOptions& options) {
  const auto refuse = [&](const Error& error) { return session.fail(ExitCode::Usage, error.message); };
  const auto target = read_limits(options.limits);
  if (!target.ok()) return refuse(target.error());
  const auto hosts = read_hosts(options);
  if (!hosts.ok()) return refuse(hosts.error());
  auto scheduler = SchedulerClient::find(session, options.cluster);
  if (!scheduler.ok()) return session.fail(ExitCode::InvalidConfiguration, scheduler.error().message);
  const auto view = SlaView::look(*scheduler, *hosts, target->min_instances, session.world().clock.now());
  if (!view.ok()) return fail_call(session, view.error());
  const auto groups = make_host_groups(*scheduler, *hosts, options.limits.grouping);
  if (!groups.ok()) return fail_call(session, groups.error());
  Rows rows(session.console(), options.is_json);
  for (const auto& [name, group] : *groups) {
    const std::vector<SlaForecast> forecasts = view->forecast(group, [&](const core::JobKey&) { return *target; });
    for (const std::string& host : group) {
      for (const SlaForecast& forecast : forecasts) {
        if (forecast.hosts.contains(host)) add_probed(rows, options.cluster, host, forecast);
      }
    }
  }
  rows.end();
  return 0;
}

}  // namespace aurora::client
