#include "aurora/api/usage_link.h"

#include <algorithm>

#include "api/task_usage.h"
#include "aurora/base/repeater.h"
#include "aurora/codec/json_fields.h"
#include "aurora/net/secret.h"

namespace aurora::api {
namespace {

constexpr Duration kTimeout = seconds(2);  // whoever stops an executor waits for it
constexpr Duration kFirst = seconds(12);   // once tasks have been measured
constexpr Duration kPauseMax = minutes(5);
constexpr int kNotFound = 404;

struct UsageReport {
  std::vector<JobUse> jobs;
};
void fields(Is<UsageReport> auto& r, auto&& visit) { visit("jobs", r.jobs); }

}  // namespace

struct UsageLink::State {
  State(const ExecutorServices& the_services, net::HttpClient& the_http)
      : services(the_services), http(the_http), repeater([this](const std::atomic<bool>&) { return say(); }) {}

  // Gives how long to wait until the next.
  Duration say() {
    if (!std::exchange(has_begun, true)) return kFirst;
    UsageReport report{sums_by_job(gather(services))};
    // Of nothing it is said once that it is nothing.
    const bool is_news = !report.jobs.empty() || had_any;
    if (!is_news) return kUsageStep;
    net::ClientRequest request{.method = "POST",
                               .url = services.scheduler_url + "/v1/hosts/" + net::url_encode(services.hostname) + "/usage",
                               .body = codec::encode_json(report),
                               .timeout = kTimeout};
    net::add_secret(request, services.secret);
    const Result<net::Response> response = http.send(request);
    if (!response.ok()) return kUsageStep;
    if (response->status == kNotFound) return kPauseMax;  // it is older than this
    if (response->status != 200) return minutes(1);
    had_any = !report.jobs.empty();
    const auto answer = codec::JsonValue::parse(response->body);
    const int64_t next_ms = answer.ok() ? answer->int_or("nextMs", kUsageStep.ms) : kUsageStep.ms;
    return std::clamp(Duration{next_ms}, kUsageStep, kPauseMax);
  }

  const ExecutorServices services;
  net::HttpClient& http;
  bool has_begun = false;
  bool had_any = false;  // in what was said last
  Repeater repeater;     // last: it uses all of the above
};

UsageLink::UsageLink(const ExecutorServices& services, net::HttpClient& http) : state_(std::make_unique<State>(services, http)) {}
UsageLink::~UsageLink() = default;

}  // namespace aurora::api
