// What jobs and hosts use, for plots: executors say it (usage_link.cpp), and pages ask for it. How many instances were up and how
// often one began again is derived when somebody asks, from what tasks remember.
#include "api/usage_routes.h"

#include <set>

#include "api/access.h"
#include "api/handler.h"
#include "api/read.h"
#include "api/usage_book.h"
#include "aurora/core/sla/job_timeline.h"
#include "aurora/scheduler/job_history.h"

namespace aurora::api {
namespace {

constexpr size_t kReportBytesMax = 512u << 10;  // of a thousand jobs
constexpr size_t kHostsMax = 200;               // in one question
constexpr int64_t kTasksMax = 1'000'000;        // of a job on a host, as the next two
constexpr int64_t kCpuMilliMax = 1'000'000'000;
constexpr int64_t kRamBytesMax = int64_t{1} << 44;

struct UsageReport {
  std::vector<JobUse> jobs;
};
void fields(Is<UsageReport> auto& r, auto&& visit) { visit("jobs", r.jobs); }

Status check(const UsageReport& report) {
  if (report.jobs.size() > UsageBook::kJobsOfHostMax)
    return Error{ErrorCode::InvalidArgument, "'jobs' has " + std::to_string(report.jobs.size()) + " jobs; a host names at most " +
                                                 std::to_string(UsageBook::kJobsOfHostMax)};
  std::set<core::JobKey> known;
  for (const JobUse& use : report.jobs) {
    const auto is_wrong = [](int64_t value, int64_t most) { return value < 0 || value > most; };
    if (is_wrong(use.tasks, kTasksMax) || is_wrong(use.cpu_milli, kCpuMilliMax) || is_wrong(use.ram_bytes, kRamBytesMax))
      return Error{ErrorCode::InvalidArgument, to_string(use.job) + " cannot use that much on one host"};
    if (!known.insert(use.job).second) return Error{ErrorCode::InvalidArgument, to_string(use.job) + " is named twice"};
  }
  return Unit{};
}

// A newer executor may say more than this scheduler knows.
Result<net::Response> take_report(const SchedulerServices& services, UsageBook& book, const net::Request& request) {
  const codec::JsonValue body = TRY(codec::JsonValue::parse(request.body));
  auto report = TRY(codec::decode_json<UsageReport>(body, codec::UnknownFields::Ignore));
  TRY(check(report));
  const Duration pause = book.take(core::HostId(param(request, "host")), std::move(report.jobs), services.clock.now());
  return json_answer(codec::JsonObject().add("nextMs", pause).text());
}

Result<net::Response> list_host_usage(const SchedulerServices& services, UsageBook& book, const net::Request& request) {
  TRY(check_query(request, {"host"}));
  const std::set<std::string> hosts = list_texts(request, "host");
  if (hosts.empty() || hosts.size() > kHostsMax)
    return Error{ErrorCode::InvalidArgument, "Query parameter 'host': name 1 to " + std::to_string(kHostsMax) + " hosts"};
  codec::JsonArray list;
  for (const std::string& host : hosts) {
    const auto use = book.find_host(core::HostId(host), services.clock.now());
    if (!use) continue;
    list.add_raw(codec::JsonObject().add("host", host).add("tasks", use->sums.tasks).add("cpu", static_cast<double>(use->sums.cpu_milli) / 1000)
                     .add("ramBytes", use->sums.ram_bytes).add("atMs", use->said_at).text());
  }
  return json_answer(codec::JsonObject().add_raw("hosts", list.text()).text());
}

void append_step(codec::JsonArray& list, const core::TimelineStep& step, const UsageBook::Sample* sample) {
  codec::JsonObject object;
  object.add("atMs", step.end).add("up", step.up).add("leastUp", step.least_up).add("restarts", step.restarts);
  if (sample != nullptr) object.add("cpu", static_cast<double>(sample->sums.cpu_milli) / 1000).add("ramBytes", sample->sums.ram_bytes);
  list.add_raw(std::move(object).text());
}

Result<net::Response> get_job_usage(const SchedulerServices& services, UsageBook& book, const net::Request& request) {
  TRY(check_query(request, {}));
  const core::JobKey job = job_param(request);
  const Instant now = services.clock.now();
  const scheduler::JobHistory history = scheduler::read_job_history(
      services.engine, job, [&] { return request.is_abandoned(); }, scheduler::JobTasks::All);
  const std::vector<UsageBook::Sample> samples = book.list(job, now);
  codec::JsonArray points;
  auto sample = samples.begin();
  for (const core::TimelineStep& step : core::job_timeline(history.tasks, {now - kUsageKept, now}, kUsageStep)) {
    const int64_t number = (step.end == now ? now.ms : step.end.ms - 1) / kUsageStep.ms;
    while (sample != samples.end() && sample->step < number) ++sample;
    append_step(points, step, sample != samples.end() && sample->step == number ? &*sample : nullptr);
  }
  return hold(services, history.seen, json_answer(codec::JsonObject().add("stepMs", kUsageStep).add_raw("points", points.text()).text()));
}

}  // namespace

std::vector<net::Route> usage_routes(const SchedulerServices& services) {
  const auto book = std::make_shared<UsageBook>();
  const auto bind = [&](auto handler) {
    return [services, book, handler](const net::Request& request) { return handler(services, *book, request); };
  };
  return {
      brief(with_body(make_route("POST", "/v1/hosts/{host}/usage", bind(take_report)), kReportBytesMax)),
      make_route("GET", "/v1/hostUsage", bind(list_host_usage)),
      make_route("GET", "/v1/jobs/{role}/{environment}/{name}/usage", bind(get_job_usage)),
  };
}

}  // namespace aurora::api
