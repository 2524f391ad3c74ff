#include "aurora/api/webhook.h"

#include <algorithm>
#include <chrono>

#include "api/webhook_body.h"
#include "aurora/base/log.h"
#include "aurora/codec/json_value.h"

namespace aurora::api {
namespace {

constexpr int64_t kTimeoutMsMax = 60'000;  // a stop waits for a try
constexpr Duration kRestMax = minutes(1);
constexpr size_t kAnswerBytesMax = 1u << 20;

Result<std::set<core::TaskStatus>> parse_statuses(const codec::JsonValue& list, const std::string& file) {
  std::set<core::TaskStatus> statuses;
  for (const codec::JsonValue& item : list.items()) {
    const auto name = item.as_string();
    const auto status = name.ok() ? find_enum<core::TaskStatus>(*name) : std::nullopt;
    if (!status)
      return Error{ErrorCode::InvalidArgument, file + ": 'statuses' has " + item.describe() + ", which is no status of a task"};
    statuses.insert(*status);
  }
  return statuses;
}

bool has_all(const codec::JsonValue& list) {
  return std::ranges::any_of(list.items(), [](const auto& item) { return item.is_string() && *item.as_string() == "*"; });
}

}  // namespace

Result<WebhookConfig> parse_webhook_config(const std::string& text, const std::string& file) {
  const auto refuse = [&](const std::string& what) { return Error{ErrorCode::InvalidArgument, file + ": " + what}; };
  const auto parsed = codec::JsonValue::parse(text);
  if (!parsed.ok()) return refuse(parsed.error().message);
  for (const codec::JsonMember& member : parsed->members()) {
    static const std::set<std::string> kKnown = {"headers", "targetURL", "timeoutMsec", "statuses"};
    if (!kKnown.contains(member.name))
      return refuse("there is no '" + member.name + "'; headers, targetURL, timeoutMsec and statuses are known");
  }
  const codec::JsonValue* headers = parsed->find("headers");
  if (headers == nullptr || !headers->is_object()) return refuse("'headers' is missing: an object of texts, {} for none");
  WebhookConfig config;
  for (const codec::JsonMember& header : headers->members()) {
    if (!header.value.is_string()) return refuse("the header '" + header.name + "' must be a text");
    const std::string value = *header.value.as_string();
    const bool is_fit = header.name.find_first_of(" \t\r\n:") == std::string::npos && value.find_first_of("\r\n") == std::string::npos;
    if (header.name.empty() || !is_fit) return refuse("'" + header.name + "' cannot be a header");
    config.headers.emplace(header.name, value);
  }
  config.target_url = parsed->string_or("targetURL", "");
  if (!config.target_url.starts_with("http://") && !config.target_url.starts_with("https://"))
    return refuse("'targetURL' must begin with http:// or https://");
  config.timeout = milliseconds(parsed->int_or("timeoutMsec", 0));
  if (config.timeout.ms < 1 || config.timeout.ms > kTimeoutMsMax)
    return refuse("'timeoutMsec' must be from 1 to " + std::to_string(kTimeoutMsMax));
  const codec::JsonValue* statuses = parsed->find("statuses");
  if (statuses == nullptr) return config;
  if (!statuses->is_array()) return refuse("'statuses' must be a list of statuses, or of '*'");
  if (!has_all(*statuses)) config.statuses = TRY(parse_statuses(*statuses, file));
  return config;
}

Webhook::Webhook(WebhookConfig config, net::HttpClient& http, const Clock& clock, Counters& counters)
    : config_(std::move(config)), http_(http), clock_(clock), counters_(counters) {
  for (const char* name : {"webhooks_attempts", "webhooks_success", "webhooks_user_errors", "webhooks_errors",
                           "webhooks_retries", "webhooks_dropped", "webhooks_given_up", "webhooks_waiting"})
    counters_.add(name, 0);
  thread_ = std::thread([this] { run(); });
}

Webhook::~Webhook() { stop(); }

bool Webhook::wants(core::TaskStatus to) const { return !config_.statuses || config_.statuses->contains(to); }

void Webhook::post(std::vector<scheduler::TaskTransition> transitions) {
  std::vector<scheduler::TaskTransition> dropped;  // destroyed without the lock
  size_t waiting = 0;
  {
    const std::lock_guard lock(mutex_);
    if (is_stopping_) return;
    for (scheduler::TaskTransition& transition : transitions) waiting_.push_back(std::move(transition));
    while (waiting_.size() > config_.waiting_max) {
      dropped.push_back(std::move(waiting_.front()));
      waiting_.pop_front();
    }
    waiting = waiting_.size();
  }
  changed_.notify_one();
  counters_.set("webhooks_waiting", static_cast<double>(waiting));
  if (!dropped.empty()) counters_.add("webhooks_dropped", static_cast<int64_t>(dropped.size()));
}

void Webhook::stop() {
  {
    const std::lock_guard lock(mutex_);
    is_stopping_ = true;
    waiting_.clear();
  }
  changed_.notify_all();
  if (thread_.joinable()) thread_.join();
}

void Webhook::run() {
  for (;;) {
    std::unique_lock lock(mutex_);
    changed_.wait(lock, [this] { return is_stopping_ || !waiting_.empty(); });
    if (is_stopping_) return;
    const scheduler::TaskTransition next = std::move(waiting_.front());
    waiting_.pop_front();
    counters_.set("webhooks_waiting", static_cast<double>(waiting_.size()));
    lock.unlock();
    deliver(next);
  }
}

void Webhook::deliver(const scheduler::TaskTransition& transition) {
  const std::string body = webhook_body(transition);
  for (int tries = 1;; ++tries) {
    const Outcome outcome = try_once(body);
    if (outcome == Outcome::Taken) is_down_ = false;
    if (outcome != Outcome::TryAgain) return;
    if (tries >= config_.tries_max) return counters_.add("webhooks_given_up");
    if (!rest(std::min(config_.rest_min * (int64_t{1} << (tries - 1)), kRestMax))) return;
    counters_.add("webhooks_retries");
  }
}

Webhook::Outcome Webhook::try_once(const std::string& body) {
  constexpr int kOk = 200;
  constexpr int kTooMany = 429;
  net::ClientRequest request{.method = "POST", .url = config_.target_url, .body = body};
  request.headers = {config_.headers.begin(), config_.headers.end()};
  if (!config_.headers.contains("Timestamp")) request.headers.emplace("Timestamp", std::to_string(clock_.now().ms));
  request.connect_timeout = config_.timeout;
  request.timeout = config_.timeout;
  request.server = net::ServerTrust::Stranger;
  request.body_bytes_max = kAnswerBytesMax;
  counters_.add("webhooks_attempts");
  const Result<net::Response> answer = http_.send(request);
  if (answer.ok() && answer->status == kOk) {
    counters_.add("webhooks_success");
    return Outcome::Taken;
  }
  counters_.add(answer.ok() ? "webhooks_user_errors" : "webhooks_errors");
  if (!std::exchange(is_down_, true)) {
    log_warning("scheduler", "the webhook does not take transitions: " +
                                 (answer.ok() ? config_.target_url + " answers with " + std::to_string(answer->status)
                                              : answer.error().message));
  }
  const bool may_help = !answer.ok() || answer->status >= 500 || answer->status == kTooMany;
  return may_help ? Outcome::TryAgain : Outcome::Refused;
}

bool Webhook::rest(Duration time) {
  std::unique_lock lock(mutex_);
  return !changed_.wait_for(lock, std::chrono::milliseconds(time.ms), [this] { return is_stopping_; });
}

}  // namespace aurora::api
