// How long the instances of a job have been up (spec/scheduler.md §13, spec/client.md §6.8).
#include "api/handler.h"
#include "api/paged_list.h"
#include "api/read.h"
#include "api/routes.h"
#include "aurora/core/sla/sla_figures.h"
#include "aurora/scheduler/job_history.h"

namespace aurora::api {
namespace {

constexpr Duration kWindow = hours(1);  // of what the platform has done for the job
constexpr double kPercents[] = {50, 75, 90, 95, 99};

struct JobUptime {
  double percent = 0;
  double secs = 0;
};
void fields(Is<JobUptime> auto& u, auto&& visit) {
  visit("percent", u.percent);
  visit("secs", u.secs);
}

Result<net::Response> get_sla(const SchedulerServices& services, const net::Request& request) {
  TRY(check_query(request, {}));
  const core::JobKey job = job_param(request);
  const Instant now = services.clock.now();
  const scheduler::JobHistory history =
      scheduler::read_job_history(services.engine, job, [&] { return request.is_abandoned(); });
  std::vector<JobUptime> uptimes;
  for (const double percent : kPercents)
    uptimes.push_back({percent, core::job_uptime_secs(history.tasks, percent, now)});
  const core::PlatformUptime platform = core::platform_uptime(history.tasks, {now - kWindow, now});
  std::string text;
  codec::json::ObjectWriter json(text);
  json.add("job", job);
  json.add("jobUptimes", uptimes);
  json.add("platformUptimePercent", platform.percent());
  json.add("windowSecs", kWindow.ms / 1000);
  json.add("uptimesSecs", core::list_uptimes_secs(history.tasks, now));
  json.end();
  if (text.size() > kAnswerBytesMax)
    return Error{ErrorCode::ResourceExhausted, to_string(job) + " has more instances than an answer has room for"};
  return hold(services, history.seen, json_answer(std::move(text)));
}

}  // namespace

std::vector<net::Route> sla_routes(const SchedulerServices& services) {
  return {make_route("GET", "/v1/jobs/{role}/{environment}/{name}/sla",
                     [services](const net::Request& request) { return get_sla(services, request); })};
}

}  // namespace aurora::api
