#include "aurora/api/scheduler_link.h"

#include <algorithm>
#include <condition_variable>
#include <deque>
#include <mutex>
#include <thread>

#include "aurora/base/log.h"
#include "aurora/codec/json.h"
#include "aurora/net/secret.h"

namespace aurora::api {
namespace {

// Whoever stops an executor waits for this, and a scheduler that is not told finds out by itself.
constexpr Duration kFarewellTimeout = seconds(2);

Result<core::ReportTasks::Answer> read_answer(const net::Response& response) {
  const bool is_refusal = response.status >= 400 && response.status < 500;
  if (response.status != 200) {
    const auto body = codec::JsonValue::parse(response.body);
    return Error{is_refusal ? ErrorCode::FailedPrecondition : ErrorCode::Unavailable,
                 "it answered " + std::to_string(response.status) + ": " +
                     (body.ok() ? body->string_or("message", "") : response.body.substr(0, 300))};
  }
  const codec::JsonValue json = TRY(codec::JsonValue::parse(response.body));
  return codec::decode_json<core::ReportTasks::Answer>(json, codec::UnknownFields::Ignore);
}

}  // namespace

struct SchedulerLink::State {
  State(SchedulerLinkConfig the_config, net::HttpClient& the_http)
      : config(std::move(the_config)), http(the_http) {}

  void run();
  Result<core::ReportTasks::Answer> send(const core::ReportTasks& report);
  void log_change(const Result<core::ReportTasks::Answer>& answer);

  const SchedulerLinkConfig config;
  net::HttpClient& http;
  std::function<void(core::ReportAnswered)> answered;
  std::thread thread;
  bool is_connected = false;  // what was logged last
  bool was_connected = false;  // at any time
  std::string last_trouble;

  std::mutex mutex;
  std::condition_variable changed;
  std::deque<core::ReportTasks> waiting;  // the host loop posts one at a time, so there are one or two
  bool stopping = false;
  std::string trouble;  // of the last report
};

SchedulerLink::SchedulerLink(SchedulerLinkConfig config, net::HttpClient& http)
    : state_(std::make_unique<State>(std::move(config), http)) {}

SchedulerLink::~SchedulerLink() { stop(); }

void SchedulerLink::post(core::ReportTasks report) {
  std::lock_guard lock(state_->mutex);
  state_->waiting.push_back(std::move(report));
  state_->changed.notify_all();
}

std::string SchedulerLink::trouble() const {
  const std::lock_guard lock(state_->mutex);
  return state_->trouble;
}

void SchedulerLink::start(std::function<void(core::ReportAnswered)> answered) {
  state_->answered = std::move(answered);
  state_->thread = std::thread([this] { state_->run(); });
}

void SchedulerLink::stop() {
  {
    std::lock_guard lock(state_->mutex);
    state_->stopping = true;
    state_->changed.notify_all();
  }
  if (state_->thread.joinable()) state_->thread.join();
}

void SchedulerLink::State::run() {
  std::unique_lock lock(mutex);
  for (;;) {
    changed.wait(lock, [this] { return stopping || !waiting.empty(); });
    if (waiting.empty()) return;
    const core::ReportTasks report = std::move(waiting.front());
    waiting.pop_front();
    if (stopping && !report.leaving) continue;
    lock.unlock();
    const Result<core::ReportTasks::Answer> answer = send(report);
    log_change(answer);
    answered({report.sequence, answer.ok() ? std::optional(answer.value()) : std::nullopt});
    lock.lock();
    trouble = answer.ok() ? "" : answer.error().message;
  }
}

Result<core::ReportTasks::Answer> SchedulerLink::State::send(const core::ReportTasks& report) {
  net::ClientRequest request{
      .method = "POST",
      .url = config.scheduler_url + "/v1/hosts/" + net::url_encode(report.host_id.value()) + "/report",
      .body = codec::encode_json(report),
      .timeout = report.leaving ? std::min(config.timeout, kFarewellTimeout) : config.timeout};
  net::add_secret(request, config.secret);
  return read_answer(TRY(http.send(request)));
}

void SchedulerLink::State::log_change(const Result<core::ReportTasks::Answer>& answer) {
  if (answer.ok()) {
    if (!is_connected) log_info("executor", "connected to the scheduler at " + config.scheduler_url);
    is_connected = was_connected = true;
    last_trouble.clear();
  } else if (is_connected || answer.error().message != last_trouble) {
    const std::string& why = answer.error().message;
    if (answer.error().code != ErrorCode::Unavailable) {
      log_error("executor", "the scheduler at " + config.scheduler_url + " does not take this host: " + why);
    } else if (!was_connected) {
      log_info("executor", "waiting for a scheduler at " + config.scheduler_url + ": " + why);
    } else {
      log_warning("executor", "no scheduler at " + config.scheduler_url + ", tasks go on, trying again: " + why);
    }
    is_connected = false;
    last_trouble = answer.error().message;
  }
}

}  // namespace aurora::api
