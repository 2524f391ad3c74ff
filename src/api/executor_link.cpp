#include "aurora/api/executor_link.h"

#include <chrono>
#include <condition_variable>
#include <mutex>
#include <thread>

#include "api/host_queues.h"
#include "api/launch_request.h"
#include "aurora/base/log.h"
#include "aurora/codec/json.h"
#include "aurora/net/secret.h"

namespace aurora::api {
namespace {

// How long a host is taken for one that reads no groups: then it may have been upgraded.
constexpr Duration kOldFormTime = minutes(1);

bool is_launch(const HostQueues::Batch& batch) {
  return std::holds_alternative<core::LaunchTask>(batch.effects.front());
}

const char* path_of(const HostQueues::Batch& batch) { return is_launch(batch) ? "/v1/launch" : "/v1/kill"; }

std::string encode_kills(const HostQueues::Batch& batch, const std::string& cluster_id) {
  codec::JsonArray ids;
  for (const core::Effect& effect : batch.effects) ids.add(std::get<core::KillTask>(effect).task_id.value());
  return codec::JsonObject().add("clusterId", cluster_id).add_raw("taskIds", ids.text()).text();
}

// Of one request in the older form, in which each task has its configuration.
constexpr size_t kOldFormBytesMax = 4u << 20;

std::vector<std::vector<core::Task>> in_pieces(const std::vector<core::Task>& tasks) {
  std::vector<std::vector<core::Task>> pieces;
  size_t bytes = 0;
  for (const core::Task& task : tasks) {
    const auto& program = task.config->executor_config;
    const size_t more = program ? program->data.size() : 0;
    if (pieces.empty() || bytes + more > kOldFormBytesMax) {
      pieces.emplace_back();
      bytes = 0;
    }
    pieces.back().push_back(task);
    bytes += more;
  }
  return pieces;
}

HostQueueLimits queue_limits(int threads) {
  return {.troubled_max = std::max<size_t>(1, static_cast<size_t>(threads) / 2)};
}

// One that reads no groups answers the same to a request that has nothing else: it has seen no task.
bool has_read_groups(const net::Response& response) {
  const auto body = codec::JsonValue::parse(response.body);
  return body.ok() && body->find("accepted") != nullptr;
}

}  // namespace

struct ExecutorLink::State {
  State(ExecutorLinkConfig the_config, net::HttpClient& the_http, const Clock& the_clock,
        Counters& the_counters)
      : config(std::move(the_config)),
        http(the_http),
        clock(the_clock),
        counters(the_counters),
        queues(queue_limits(config.threads)) {
    counters.add("executor_link_dropped", 0);  // monitoring reads it before anything has happened, too
  }

  void run();
  Delivery deliver(const HostQueues::Batch& batch);
  Delivery send(const HostQueues::Batch& batch, const Target& target);
  Result<net::Response> send(const HostQueues::Batch& batch, const Target& target, LaunchForm form);
  Result<net::Response> post(const HostQueues::Batch& batch, const Target& target, std::string body);
  LaunchForm form_for(const core::HostId& host);
  void note_old_form(const core::HostId& host);
  Delivery refused(const Target& target, size_t effects, const std::string& why);
  Delivery failed(const HostQueues::Batch& batch, const std::string& why);
  void count_dropped();

  const ExecutorLinkConfig config;
  net::HttpClient& http;
  const Clock& clock;
  Counters& counters;
  Callbacks callbacks;
  std::vector<std::thread> threads;

  std::mutex mutex;
  std::condition_variable changed;
  HostQueues queues;
  size_t dropped = 0;                                // of the queues' count, those that are in `counters`
  std::set<core::HostId> silent;                     // their trouble has been logged
  std::map<core::HostId, Duration> reads_no_groups;  // until then
  bool stopping = false;
};

ExecutorLink::ExecutorLink(ExecutorLinkConfig config, net::HttpClient& http, const Clock& clock,
                           Counters& counters)
    : state_(std::make_unique<State>(std::move(config), http, clock, counters)) {}

ExecutorLink::~ExecutorLink() { stop(); }

void ExecutorLink::post(std::vector<core::Effect> effects) {
  if (effects.empty()) return;
  {
    std::lock_guard lock(state_->mutex);
    const Duration now = state_->clock.monotonic();
    for (core::Effect& effect : effects) state_->queues.push(std::move(effect), now);
    state_->count_dropped();
  }
  state_->changed.notify_one();  // who takes a host wakes the next thread
}

size_t ExecutorLink::room() const {
  std::lock_guard lock(state_->mutex);
  const size_t room = state_->queues.make_room(state_->clock.monotonic());
  state_->count_dropped();
  return room;
}

Result<std::string> ExecutorLink::fetch_launched(const std::string& executor_url,
                                                 const core::TaskId& task_id) {
  net::ClientRequest request{
      .method = "GET",
      .url = executor_url + "/v1/tasks/" + net::url_encode(task_id.value()) + "/launched",
      .timeout = state_->config.timeout};
  add_secret(request, state_->config.secret);
  net::Response response = TRY(state_->http.send(request));
  if (response.status == 200) return std::move(response.body);
  return Error{ErrorCode::Unavailable, request.url + " answered " + std::to_string(response.status) + ": " +
                                           response.body.substr(0, 300)};
}

void ExecutorLink::start(Callbacks callbacks) {
  state_->callbacks = std::move(callbacks);
  for (int i = 0; i < state_->config.threads; ++i) state_->threads.emplace_back([this] { state_->run(); });
}

void ExecutorLink::stop() {
  {
    std::lock_guard lock(state_->mutex);
    state_->stopping = true;
    state_->changed.notify_all();
  }
  for (std::thread& thread : state_->threads) thread.join();
  state_->threads.clear();
}

void ExecutorLink::State::run() {
  std::unique_lock lock(mutex);
  while (!stopping) {
    std::optional<HostQueues::Batch> batch = queues.take(clock.monotonic());
    count_dropped();
    if (!batch) {
      const std::optional<Duration> due = queues.next_due();
      const auto wait = [&](Duration most) { changed.wait_for(lock, std::chrono::milliseconds(most.ms)); };
      if (due) {
        wait(std::max(*due - clock.monotonic(), milliseconds(1)));
      } else {
        changed.wait(lock);
      }
      continue;
    }
    if (queues.next_due()) changed.notify_one();  // another thread may take the next host
    lock.unlock();
    const Delivery delivery = deliver(*batch);
    lock.lock();
    queues.finish(std::move(*batch), delivery, clock.monotonic());
  }
}

Delivery ExecutorLink::State::deliver(const HostQueues::Batch& batch) {
  const std::optional<Target> target = callbacks.find_target(batch.host, batch.effects);
  if (!target || target->url.empty()) return Delivery::Done;  // never registered: nothing can be there
  const size_t effects = is_launch(batch) ? target->tasks.size() : batch.effects.size();
  if (effects > 0 && target->is_silent && !batch.is_troubled) return Delivery::HeldBack;
  counters.add("executor_link_outdated", static_cast<int64_t>(batch.effects.size() - effects));
  return effects == 0 ? Delivery::Moot : send(batch, *target);
}

Delivery ExecutorLink::State::send(const HostQueues::Batch& batch, const Target& target) {
  const size_t effects = is_launch(batch) ? target.tasks.size() : batch.effects.size();
  const LaunchForm form = form_for(batch.host);
  Result<net::Response> response = send(batch, target, form);
  if (response.ok() && response->status == 200 && is_launch(batch) && form == LaunchForm::Groups &&
      !has_read_groups(*response)) {
    note_old_form(batch.host);
    response = send(batch, target, LaunchForm::Tasks);
  }
  if (!response.ok()) return failed(batch, response.error().message);
  const std::string url = target.url + path_of(batch);
  if (response->status >= 500 || response->status == 429) {
    return failed(batch, url + " answered " + std::to_string(response->status));
  }
  if (response->status != 200) {
    return refused(target, effects,
                   url + " refused " + std::to_string(effects) + " effects with status " +
                       std::to_string(response->status) + ": " + response->body.substr(0, 300));
  }
  counters.add("executor_link_delivered", static_cast<int64_t>(effects));
  std::lock_guard lock(mutex);
  if (silent.erase(batch.host) > 0)
    log_info("scheduler", "host " + batch.host.value() + " takes orders again");
  return Delivery::Done;
}

Result<net::Response> ExecutorLink::State::send(const HostQueues::Batch& batch, const Target& target,
                                                LaunchForm form) {
  if (!is_launch(batch)) return post(batch, target, encode_kills(batch, config.cluster_id));
  if (form == LaunchForm::Groups) {
    return post(batch, target, encode_launches(target.tasks, config.cluster_id, form));
  }
  Result<net::Response> response = net::Response{};
  for (const std::vector<core::Task>& piece : in_pieces(target.tasks)) {
    response = post(batch, target, encode_launches(piece, config.cluster_id, form));
    if (!response.ok() || response->status != 200) break;
  }
  return response;
}

Result<net::Response> ExecutorLink::State::post(const HostQueues::Batch& batch, const Target& target,
                                                std::string body) {
  net::ClientRequest request{.method = "POST", .url = target.url + path_of(batch), .body = std::move(body)};
  request.timeout = batch.is_troubled && !target.is_silent ? config.timeout : config.first_timeout;
  net::add_secret(request, config.secret);
  return http.send(request);
}

LaunchForm ExecutorLink::State::form_for(const core::HostId& host) {
  const std::lock_guard lock(mutex);
  const auto found = reads_no_groups.find(host);
  if (found == reads_no_groups.end()) return LaunchForm::Groups;
  if (clock.monotonic() < found->second) return LaunchForm::Tasks;
  reads_no_groups.erase(found);
  return LaunchForm::Groups;
}

void ExecutorLink::State::note_old_form(const core::HostId& host) {
  const std::lock_guard lock(mutex);
  reads_no_groups[host] = clock.monotonic() + kOldFormTime;
}

Delivery ExecutorLink::State::refused(const Target& target, size_t effects, const std::string& why) {
  log_error("scheduler", why);
  counters.add("executor_link_refused", static_cast<int64_t>(effects));
  for (const core::Task& task : target.tasks) callbacks.on_refused_launch(task.id);
  return Delivery::Done;
}

// Logged once per silence: the retries would fill the log.
Delivery ExecutorLink::State::failed(const HostQueues::Batch& batch, const std::string& why) {
  counters.add("executor_link_failures");
  std::lock_guard lock(mutex);
  if (silent.insert(batch.host).second) {
    log_warning("scheduler", "host " + batch.host.value() + ": " + std::to_string(batch.effects.size()) +
                                 " effects not delivered, trying again: " + why);
  }
  return Delivery::Retry;
}

void ExecutorLink::State::count_dropped() {
  const size_t known = std::exchange(dropped, queues.dropped());
  if (dropped > known) counters.add("executor_link_dropped", static_cast<int64_t>(dropped - known));
}

}  // namespace aurora::api
