// Cron jobs: schedule, look at, start, deschedule.
#include <algorithm>

#include "api/access.h"
#include "api/admission.h"
#include "api/handler.h"
#include "api/paged_list.h"
#include "api/read.h"
#include "api/routes.h"
#include "api/submit.h"
#include "api/tone.h"
#include "aurora/core/summary/cron_summary.h"

namespace aurora::api {
namespace {

using codec::json::ObjectWriter;
using core::CronSummary;
using core::JobKey;

constexpr size_t kNextRunsListed = 1;
constexpr size_t kNextRunsShown = 5;

struct Run {
  Instant due;
  Instant started_at;
  core::CronOutcome outcome = core::CronOutcome::Started;
  std::string tone;
  std::string user;
  std::string message;
};
void fields(Is<Run> auto& r, auto&& visit) {
  visit("dueMs", r.due);
  visit("startedAtMs", r.started_at);
  visit("outcome", r.outcome);
  visit("tone", r.tone);
  visit("user", r.user);
  visit("message", r.message);
}

Run show(const core::CronRun& run) {
  return {run.due, run.started_at, run.outcome, std::string(tone_of(run.outcome)), run.user, run.message};
}

void add_summary(ObjectWriter& json, const CronSummary& summary) {
  json.add_fields(summary);
  if (summary.last_run) json.add("lastRun", show(*summary.last_run));
}

// --- Commands.

// A zone is read here, if it never was, and not by the engine.
void read_zone(const SchedulerServices& services, const core::JobConfiguration& job) {
  const core::CronSettings& settings = services.engine.settings().cron;
  settings.zones->find(time_zone_of(job, settings));
}

Result<net::Response> put_cron_job(const SchedulerServices& services, const net::Request& request) {
  TRY(check_query(request, {"replaceOnly"}));
  const bool replaces_only = TRY(find_bool(request, "replaceOnly")).value_or(false);
  auto job = TRY(codec::decode_json<core::JobConfiguration>(request.body));
  const JobKey key = job_param(request);
  if (job.key == JobKey{}) job.key = key;
  if (job.key != key) {
    return Error{ErrorCode::InvalidArgument, "The job's key is " + to_string(job.key) + "; the address is that of " +
                                                 to_string(key) + ". Use one of them in both places"};
  }
  TRY(check_admission(job.key, job.task_config));
  read_zone(services, job);
  auto mark = TRY(mark_of(request));
  if (replaces_only) {
    return submit(services.engine, core::ReplaceCronTemplate{std::move(job), user_of(request)}, 200, std::move(mark));
  }
  return submit(services.engine, core::ScheduleCronJob{std::move(job), user_of(request)}, 200, std::move(mark));
}

Result<net::Response> delete_cron_job(const SchedulerServices& services, const net::Request& request) {
  TRY(check_query(request, {}));
  auto mark = TRY(mark_of(request));
  return submit(services.engine, core::DescheduleCronJob{job_param(request)}, 200, std::move(mark));
}

Result<net::Response> start_cron_job(const SchedulerServices& services, const net::Request& request) {
  TRY(check_query(request, {}));
  auto mark = TRY(mark_of(request));
  return submit(services.engine, core::StartCronJob{job_param(request), user_of(request)}, 200, std::move(mark));
}

// --- Queries.

Result<net::Response> list_cron_jobs(const SchedulerServices& services, const net::Request& request) {
  TRY(check_query(request, {"role", "offset", "limit"}));
  const std::string role = request.find_query("role").value_or("");
  const Page page = TRY(page_of(request));
  const auto look = [&](const core::Cluster& cluster) {
    const core::CronPage found = cluster.list_cron_page(role, {page.offset, page.limit});
    std::vector<CronSummary> jobs;
    for (const core::CronJob* job : found.jobs)
      jobs.push_back(summary_of(cluster, *job, kNextRunsListed, services.engine.settings().cron, services.clock.now()));
    return std::pair(std::move(jobs), found.total);
  };
  return read(services, look, [&](const auto& found) -> Result<net::Response> {
    PagedList list("cronJobs");
    list.add_all(request, found.first, [](std::string& out, const CronSummary& job) {
      ObjectWriter json(out);
      add_summary(json, job);
      json.end();
    });
    list.end(page, found.second);
    return list.answer();
  });
}

struct CronDetails {
  CronSummary summary;
  std::vector<Run> runs;  // the latest first
  core::TaskConfig config;
};

Result<net::Response> get_cron_job(const SchedulerServices& services, const net::Request& request) {
  TRY(check_query(request, {}));
  const JobKey key = job_param(request);
  const auto look = [&](const core::Cluster& cluster) -> std::optional<CronDetails> {
    const core::CronJob* job = cluster.find_cron_job(key);
    if (job == nullptr) return std::nullopt;
    CronDetails details{
        summary_of(cluster, *job, kNextRunsShown, services.engine.settings().cron, services.clock.now()), {},
        job->job.task_config};
    if (const core::CronProgress* progress = cluster.find_cron_progress(key))
      std::ranges::transform(progress->runs, std::back_inserter(details.runs), show);
    std::ranges::reverse(details.runs);
    return details;
  };
  return read_job(services, key, look, [&](const auto& found) -> Result<net::Response> {
    if (!found) {
      return Error{ErrorCode::NotFound, "No cron job found for " + to_string(key) +
                                            ". `aurora cron schedule` makes one of a job file with a cron_schedule"};
    }
    std::string text;
    ObjectWriter json(text);
    add_summary(json, found->summary);
    json.add("runs", found->runs);
    json.add("taskConfig", found->config);
    json.end();
    return json_answer(std::move(text));
  });
}

// {"scheduled": {"<job>": "<canonical schedule>", ...}}: all of them, as monitoring reads it (spec/api.md §8). The engine
// is kept from its work for a part at a time.
Result<net::Response> list_schedules(const SchedulerServices& services, const net::Request&) {
  constexpr size_t kPart = 1'000;
  codec::JsonObject schedules;
  scheduler::RoundNumber seen = 0;
  for (size_t offset = 0;; offset += kPart) {
    const auto part = services.engine.look([&](const core::Cluster& cluster) {
      std::vector<std::pair<JobKey, std::string>> jobs;
      for (const core::CronJob* job : cluster.list_cron_page("", {offset, kPart}).jobs)
        jobs.emplace_back(job->job.key, *job->job.cron_schedule);
      return jobs;
    });
    seen = part.round;
    for (const auto& [key, text] : part.value) {
      const auto schedule = core::parse_cron_schedule(text);
      schedules.add(to_string(key), schedule.ok() ? to_canonical(*schedule) : text);
    }
    if (part.value.size() < kPart) break;
  }
  return hold(services, seen, json_answer(codec::JsonObject().add_raw("scheduled", schedules.text()).text()));
}

}  // namespace

std::vector<net::Route> cron_routes(const SchedulerServices& services) {
  const auto bind = [&](auto handler) {
    return [services, handler](const net::Request& request) { return handler(services, request); };
  };
  const std::string one = "/v1/jobs/{role}/{environment}/{name}/cron";
  return {
      make_route("GET", "/cron", bind(list_schedules)),
      make_route("GET", "/v1/cron", bind(list_cron_jobs)),
      make_route("GET", one, bind(get_cron_job)),
      with_body(make_route("PUT", one, bind(put_cron_job)), kConfigBytesMax),
      make_route("DELETE", one, bind(delete_cron_job)),
      make_route("POST", one + "/start", bind(start_cron_job)),
  };
}

}  // namespace aurora::api
