#include "api/call_counters.h"

#include <algorithm>
#include <memory>
#include <string>
#include <string_view>

#include "aurora/base/clock.h"

namespace aurora::api {
namespace {

struct Call {
  std::string_view method;
  std::string_view pattern;
  std::string_view name;  // of Aurora's method
};
constexpr std::string_view kJob = "/v1/jobs/{role}/{environment}/{name}";
constexpr Call kCalls[] = {
    {"GET", "/v1/roles", "getRoleSummary"},
    {"GET", "/v1/jobs", "getJobSummary"},
    {"POST", "/v1/jobs", "createJob"},
    {"GET", kJob, "getConfigSummary"},
    {"POST", "/v1/jobs/{role}/{environment}/{name}/kill", "killTasks"},
    {"POST", "/v1/jobs/{role}/{environment}/{name}/restart", "restartShards"},
    {"POST", "/v1/jobs/{role}/{environment}/{name}/instances", "addInstances"},
    {"PUT", "/v1/jobs/{role}/{environment}/{name}/cron", "scheduleCronJob"},
    {"DELETE", "/v1/jobs/{role}/{environment}/{name}/cron", "descheduleCronJob"},
    {"POST", "/v1/jobs/{role}/{environment}/{name}/cron/start", "startCronJob"},
    {"GET", "/v1/tasks", "getTasksStatus"},
    {"GET", "/v1/pending", "getPendingReason"},
    {"GET", "/v1/roles/{role}", "getQuota"},
    {"PUT", "/v1/roles/{role}/quota", "setQuota"},
    {"POST", "/v1/updates", "startJobUpdate"},
    {"POST", "/v1/updates/diff", "getJobUpdateDiff"},
    {"GET", "/v1/updates", "getJobUpdateSummaries"},
    {"GET", "/v1/updates/{role}/{environment}/{name}/{id}", "getJobUpdateDetails"},
    {"POST", "/v1/updates/{role}/{environment}/{name}/{id}/pulse", "pulseJobUpdate"},
    {"POST", "/v1/updates/{role}/{environment}/{name}/{id}/pause", "pauseJobUpdate"},
    {"POST", "/v1/updates/{role}/{environment}/{name}/{id}/resume", "resumeJobUpdate"},
    {"POST", "/v1/updates/{role}/{environment}/{name}/{id}/abort", "abortJobUpdate"},
    {"POST", "/v1/updates/{role}/{environment}/{name}/{id}/rollback", "rollbackJobUpdate"},
    {"POST", "/v1/maintenance/start", "startMaintenance"},
    {"POST", "/v1/maintenance/drain", "drainHosts"},
    {"POST", "/v1/maintenance/end", "endMaintenance"},
    {"GET", "/v1/maintenance", "maintenanceStatus"},
    {"GET", "/v1/tiers", "getTierConfigs"}};

// As a client of the original would have been told.
std::string_view response_code(int status) {
  if (status < 400) return "OK";
  if (status == 401 || status == 403) return "AUTH_FAILED";
  if (status == 503) return "ERROR_TRANSIENT";
  return status < 500 ? "INVALID_REQUEST" : "ERROR";
}

class CallCounter {
 public:
  CallCounter(std::string_view name, Counters& counters)
      : events_("scheduler_thrift_" + std::string(name) + "_events"),
        nanos_("scheduler_thrift_" + std::string(name) + "_nanos_total"),
        counters_(counters) {
    counters_.add(events_, 0);  // monitoring reads them before anything has happened, too
    counters_.add(nanos_, 0);
  }
  void count(int status, int64_t begin) const {
    counters_.add(events_);
    counters_.add(nanos_, steady_nanos() - begin);
    counters_.add("scheduler_thrift_response_" + std::string(response_code(status)));
  }

 private:
  const std::string events_;
  const std::string nanos_;
  Counters& counters_;
};

// Answers may come after the route has gone.
net::Response call(const std::shared_ptr<CallCounter>& counter, const net::Handler& handler, const net::Request& request) {
  const int64_t begin = steady_nanos();
  net::Response response = handler(request);
  if (!response.later) {
    counter->count(response.status, begin);
    return response;
  }
  net::Response counted;
  counted.later = [counter, begin, later = std::move(response.later)](std::function<void(net::Response)> answer) {
    later([counter, begin, answer = std::move(answer)](net::Response said) {
      counter->count(said.status, begin);
      answer(std::move(said));
    });
  };
  return counted;
}

}  // namespace

void count_calls(std::vector<net::Route>& routes, Counters& counters) {
  for (net::Route& route : routes) {
    const auto known = std::ranges::find_if(
        kCalls, [&](const Call& one) { return one.method == route.method && one.pattern == route.pattern; });
    if (known == std::end(kCalls)) continue;
    route.handler = [counter = std::make_shared<CallCounter>(known->name, counters),
                     handler = std::move(route.handler)](const net::Request& request) {
      return call(counter, handler, request);
    };
  }
}

}  // namespace aurora::api
