#include "aurora/api/coordinator_link.h"

#include <condition_variable>
#include <deque>
#include <mutex>
#include <thread>

#include "api/scheduled_task.h"
#include "aurora/base/log.h"
#include "aurora/base/printable.h"
#include "aurora/codec/json.h"

namespace aurora::api {
namespace {

constexpr size_t kAnswerBytesMax = 64u << 10;
constexpr size_t kQuestionsMax = 1'000;  // core asks fewer at a time
constexpr char kDefaultStatusKey[] = "drain";

std::string key_of(const core::Task& task, const std::string& cluster) {
  return cluster + "/" + core::to_string(task.instance());
}

std::string with_task(const std::string& url, const std::string& key) {
  const bool has_query = url.find('?') != std::string::npos;
  const bool has_path = url.find('/', url.find("://") + 3) != std::string::npos;
  return url + (has_query ? "&" : has_path ? "?" : "/?") + "task=" + net::url_encode(key);
}

// Nothing: it says yes. Otherwise why not.
std::optional<std::string> find_refusal(const net::Response& response, const std::string& status_key) {
  const auto body = codec::JsonValue::parse(response.body);
  const codec::JsonValue* said = body.ok() ? body->find(status_key) : nullptr;
  if (said == nullptr) return "gave no JSON object with a member '" + status_key + "' that is true or false";
  const auto allowed = body->get_bool(status_key);
  if (!allowed.ok()) return "gave a '" + status_key + "' that is neither true nor false";
  return *allowed ? std::nullopt : std::optional<std::string>("says no");
}

}  // namespace

struct CoordinatorLink::State {
  State(CoordinatorLinkConfig the_config, net::HttpClient& the_http, Counters& the_counters)
      : config(std::move(the_config)), http(the_http), counters(the_counters) {}

  void run();
  std::optional<std::string> ask(const core::AskCoordinator& question, const Subject& subject);

  const CoordinatorLinkConfig config;
  net::HttpClient& http;
  Counters& counters;
  Callbacks callbacks;
  std::vector<std::thread> threads;

  std::mutex mutex;
  std::condition_variable changed;
  std::deque<core::AskCoordinator> questions;
  bool stopping = false;
};

CoordinatorLink::CoordinatorLink(CoordinatorLinkConfig config, net::HttpClient& http, Counters& counters)
    : state_(std::make_unique<State>(std::move(config), http, counters)) {}

CoordinatorLink::~CoordinatorLink() { stop(); }

// One that finds no place is as good as lost: core asks again after a while.
void CoordinatorLink::ask(core::AskCoordinator question) {
  {
    const std::lock_guard lock(state_->mutex);
    if (state_->questions.size() < kQuestionsMax) state_->questions.push_back(std::move(question));
  }
  state_->changed.notify_one();
}

void CoordinatorLink::start(Callbacks callbacks) {
  state_->callbacks = std::move(callbacks);
  for (int i = 0; i < state_->config.threads; ++i) state_->threads.emplace_back([this] { state_->run(); });
}

void CoordinatorLink::stop() {
  {
    const std::lock_guard lock(state_->mutex);
    state_->stopping = true;
  }
  state_->changed.notify_all();
  for (std::thread& thread : state_->threads) thread.join();
  state_->threads.clear();
}

void CoordinatorLink::State::run() {
  std::unique_lock lock(mutex);
  for (;;) {
    changed.wait(lock, [this] { return stopping || !questions.empty(); });
    if (stopping) return;
    const core::AskCoordinator question = std::move(questions.front());
    questions.pop_front();
    lock.unlock();
    core::CoordinatorAnswer answer{question.url.text(), question.task_id, question.since, false, ""};
    if (const std::optional<Subject> subject = callbacks.find_task(question)) {
      const std::optional<std::string> refusal = ask(question, *subject);
      answer.allowed = !refusal;
      if (refusal) answer.text = "its coordinator " + answer.url + " " + *refusal;
    } else {
      answer.text = "it has moved on";
    }
    callbacks.answer(std::move(answer));
    lock.lock();
  }
}

std::optional<std::string> CoordinatorLink::State::ask(const core::AskCoordinator& question,
                                                       const Subject& subject) {
  const std::string key = key_of(subject.task, config.cluster_name);
  codec::JsonObject body;
  body.add_raw("taskConfig", encode_scheduled_task(subject.task, subject.agent_id)).add("task", key);
  if (question.countdown) body.add("forceMaintenanceCountdownMs", std::to_string(question.countdown->ms));
  net::ClientRequest request{.method = "POST", .url = with_task(question.url.text(), key), .body = body.text()};
  request.timeout = config.timeout;
  request.server = net::ServerTrust::Stranger;
  request.body_bytes_max = kAnswerBytesMax;
  const Result<net::Response> response = http.send(request);
  const auto refuse = [&](const char* counter, std::string why) {
    counters.add(counter);
    log_warning("scheduler", "coordinator of " + key + ": " + why);
    return std::optional(std::move(why));
  };
  if (!response.ok()) return refuse("sla_coordinator_errors", "gave no answer: " + response.error().message);
  if (response->status >= 300 && response->status < 400) {
    const auto location = response->headers.find("Location");
    return refuse("sla_coordinator_user_errors",
                  "redirects" + (location == response->headers.end() ? "" : " to " + printable_line(location->second)) +
                      ", and redirects are not followed: give the final address as coordinatorUrl");
  }
  if (response->status != 200) {
    return refuse("sla_coordinator_user_errors",
                  "answered with status " + std::to_string(response->status) + ", not 200");
  }
  const std::string& wanted = question.status_key.text();
  return find_refusal(*response, wanted.empty() ? kDefaultStatusKey : wanted);
}

void EffectRouter::post(std::vector<core::Effect> effects) {
  const auto is_question = [](const core::Effect& effect) {
    return std::holds_alternative<core::AskCoordinator>(effect);
  };
  for (core::Effect& effect : effects) {
    if (auto* question = std::get_if<core::AskCoordinator>(&effect)) coordinators_.ask(std::move(*question));
  }
  std::erase_if(effects, is_question);
  executors_.post(std::move(effects));
}

}  // namespace aurora::api
