#include "farm/farm.h"

#include <arpa/inet.h>

#include <algorithm>
#include <cstdio>

#include "aurora/base/clock.h"
#include "aurora/net/http.h"

namespace aurora::farm {
namespace {

constexpr uint32_t kFirstAddress = (127u << 24) | (16u << 16);

in_addr address_of(size_t member) { return {htonl(kFirstAddress + static_cast<uint32_t>(member))}; }
size_t member_of(in_addr address) { return ntohl(address.s_addr) - kFirstAddress; }

core::Host make_host(const FarmConfig& config, size_t number, int port) {
  char name[32];
  std::snprintf(name, sizeof name, "farm-%05zu", number);
  core::Host host;
  host.id = core::HostId(name);
  host.agent_id = std::string(name) + "-agent";
  host.executor_url = "http://" + to_text(address_of(number)) + ":" + std::to_string(port);
  host.attributes = {{"host", {name}}, {"rack", {"rack-" + std::to_string(number % config.racks)}}};
  host.capacity = config.capacity;
  host.port_ranges = {{31000, 32000}};
  return host;
}

}  // namespace

Farm::Member::Member(EventLoop& loop, const FarmConfig& config, CallerCounts& counts, core::Host host,
                     std::string session, in_addr address)
    : executor(std::move(host), std::move(session)), caller(loop, config.scheduler, counts, address) {}

Farm::Farm(EventLoop& loop, FarmConfig config)
    : loop_(loop),
      config_(std::move(config)),
      listener_(loop, config_.port, net::ServerConfig{}.idle_timeout,
                [this](in_addr address, const HttpMessage& request) { return answer(address, request); }),
      rng_(config_.seed) {
  reset();
}

Status Farm::start() {
  if (!listener_.is_open())
    return Error{ErrorCode::Unavailable, "Port " + std::to_string(config_.port) + " is taken; try another --port"};
  const std::string session = Rng::from_entropy().uuid();
  const Instant now = loop_.now();
  for (size_t i = 0; i < config_.hosts; ++i) {
    Member& member = members_.emplace_back(loop_, config_, calls_, make_host(config_, i, listener_.port()), session,
                                           address_of(i));
    const auto share = static_cast<int64_t>(i) * config_.spread.ms / static_cast<int64_t>(config_.hosts);
    loop_.at(now + milliseconds(share), [this, &member] { step(member, core::TimerFired{}); });
  }
  loop_.every(milliseconds(100), [this] {
    const Instant time = loop_.now();
    for (Member& member : members_) member.caller.expire(time);
  });
  return Unit{};
}

// --- One executor.

void Farm::step(Member& member, const core::HostEvent& event) {
  perform(member, member.executor.take(event, loop_.now()));
}

void Farm::perform(Member& member, PlayedExecutor::Step step) {
  for (core::ReportTasks& report : step.reports) member.waiting.push_back(std::move(report));
  post_next(member);
  starting_ += static_cast<int64_t>(step.starts.size());
  counts_.launches += static_cast<int64_t>(step.starts.size());
  for (core::TaskId& task_id : step.starts) {
    loop_.at(loop_.now() + config_.start_delay, [this, &member, id = std::move(task_id)] { start_task(member, id); });
  }
  for (core::TaskId& task_id : step.kills) {
    loop_.at(loop_.now(), [this, &member, id = std::move(task_id)] { end_task(member, id, core::RunState::Killed); });
  }
  wake_when_due(member);
}

void Farm::wake_when_due(Member& member) {
  const Instant due = std::max(member.executor.tasks().next_timer(), loop_.now() + milliseconds(1));
  if (member.wakes_at && *member.wakes_at <= due) return;
  member.wakes_at = due;
  loop_.at(due, [this, &member, due] {
    if (member.wakes_at != due) return;  // an earlier one has been set
    member.wakes_at.reset();
    step(member, core::TimerFired{});
  });
}

void Farm::post_next(Member& member) {
  if (member.waiting.empty() || member.caller.is_busy()) return;
  auto report = std::make_shared<core::ReportTasks>(std::move(member.waiting.front()));
  member.waiting.pop_front();
  const std::string body = encode_report(*report);
  counts_.report_bytes += static_cast<int64_t>(body.size());
  counts_.tasks_reported += static_cast<int64_t>(report->tasks.size());
  report->tasks.clear();
  const int64_t posted = steady_nanos();
  member.caller.call("POST", report_target(report->host_id), body,
                     [this, &member, report, posted](std::optional<HttpMessage> message) {
                       on_answer(member, *report, posted, std::move(message));
                     });
}

void Farm::on_answer(Member& member, const core::ReportTasks& report, int64_t posted,
                     std::optional<HttpMessage> message) {
  core::ReportAnswered answered{report.sequence, std::nullopt};
  if (message) {
    answered.answer = read_answer(message->status(), message->body);
    const bool is_taken = answered.answer && answered.answer->accepted;
    ++counts_.report_answers[!answered.answer                      ? std::to_string(message->status())
                             : is_taken                            ? "accepted"
                             : answered.answer->needs_registration ? "wants_registration"
                                                                   : "not_accepted"];
    if (answered.answer) {
      ++counts_.reports;
      report_latencies_.add(steady_nanos() - posted);
    }
    if (is_taken && report.host && !std::exchange(member.is_registered, true)) ++registered_;
    if (answered.answer && answered.answer->needs_registration && std::exchange(member.is_registered, false))
      --registered_;
  }
  step(member, answered);
}

void Farm::start_task(Member& member, const core::TaskId& task_id) {
  const core::HostTask* task = member.executor.tasks().find(task_id);
  if (task == nullptr || task->status != core::TaskStatus::Starting) return;
  --starting_;
  ++running_;
  ++counts_.started;
  counts_.last_running = loop_.now();
  step(member, core::RunnerStarted{task_id});
  if (config_.task_time.ms == 0) return;
  const core::RunState end = rng_.unit() < config_.fail_share ? core::RunState::Failed : core::RunState::Success;
  loop_.at(loop_.now() + config_.task_time, [this, &member, task_id, end] { end_task(member, task_id, end); });
}

void Farm::end_task(Member& member, const core::TaskId& task_id, core::RunState state) {
  const core::HostTask* task = member.executor.tasks().find(task_id);
  if (task == nullptr || is_terminal(task->status)) return;
  --(task->status == core::TaskStatus::Starting ? starting_ : running_);
  ++counts_.ended;
  step(member, make_end(task_id, state));
}

void Farm::fail_tasks(size_t count, Duration within) {
  const Instant now = loop_.now();
  for (size_t i = 0; i < count; ++i) {
    loop_.at(now + Duration{static_cast<int64_t>(i) * within.ms / static_cast<int64_t>(count)}, [this] {
      for (int attempt = 0; attempt < 100 && !fail_one(); ++attempt) {
      }
    });
  }
}

// False if the host that was drawn runs none.
bool Farm::fail_one() {
  Member& member = members_[rng_.below(members_.size())];
  std::vector<core::TaskId> running;
  for (const auto& [task_id, task] : member.executor.tasks().tasks()) {
    if (task.status == core::TaskStatus::Running) running.push_back(task_id);
  }
  if (running.empty()) return false;
  ++counts_.failed_on_request;
  end_task(member, running[rng_.below(running.size())], core::RunState::Failed);
  return true;
}

// --- What the scheduler asks.

HttpAnswer Farm::answer(in_addr address, const HttpMessage& request) {
  const size_t number = member_of(address);
  if (number >= members_.size()) return {404, R"({"code":"NOT_FOUND","message":"no executor has this address"})"};
  Member& member = members_[number];
  if (request.target() == "/v1/launch") return take_launch(member, request);
  if (request.target() == "/v1/kill") return take_kill(member, request);
  if (request.target() == "/v1/host")
    return {200, describe_host(member.executor.host(), member.executor.tasks().cluster_id())};
  return {404, R"({"code":"NOT_FOUND","message":"the farm knows launches, kills and /v1/host"})"};
}

HttpAnswer Farm::take_launch(Member& member, const HttpMessage& request) {
  auto launch = orders_.read_launch(request.body);
  if (!launch.ok()) {
    ++counts_.orders_not_understood;
    return {400, codec::JsonObject().add("message", launch.error().message).text()};
  }
  const Instant now = loop_.now();
  if (!counts_.first_launch) counts_.first_launch = now;
  counts_.last_launch = now;
  ++counts_.launch_requests;
  counts_.launch_bytes += static_cast<int64_t>(request.body.size());
  const int64_t before = counts_.launches;
  const auto asked = static_cast<int64_t>(launch->tasks.size());
  step(member, std::move(launch).value());
  counts_.launches_repeated += asked - (counts_.launches - before);
  return {200, codec::JsonObject().add("accepted", asked).text()};
}

HttpAnswer Farm::take_kill(Member& member, const HttpMessage& request) {
  auto kill = orders_.read_kill(request.body);
  if (!kill.ok()) {
    ++counts_.orders_not_understood;
    return {400, codec::JsonObject().add("message", kill.error().message).text()};
  }
  counts_.kills += static_cast<int64_t>(kill->task_ids.size());
  step(member, std::move(kill).value());
  return {};
}

// --- Figures.

void Farm::reset() {
  counts_ = {.since = loop_.now(),
             .cpu_seconds_before = own_cpu_seconds(),
             .listen_drops_before = listener_.drops(),
             .accepted_before = listener_.accepted()};
  calls_ = {};
  report_latencies_ = {};
  loop_.take_longest_turn();
}

std::string Farm::figures() {
  const double seconds = std::max(0.001, static_cast<double>((loop_.now() - counts_.since).ms) / 1000);
  const auto per_second = [&](int64_t count) { return static_cast<double>(count) / seconds; };
  const auto since_first = [&](const std::optional<Instant>& moment) {
    return moment && counts_.first_launch ? static_cast<double>((*moment - *counts_.first_launch).ms) / 1000 : 0.0;
  };
  codec::JsonObject reports;
  reports.add("count", counts_.reports).add("per_second", per_second(counts_.reports));
  report_latencies_.write(reports);
  reports.add("bytes", counts_.report_bytes)
      .add("tasks", counts_.tasks_reported)
      .add_raw("answers", encode_counts(counts_.report_answers));
  codec::JsonObject launches;
  launches.add("requests", counts_.launch_requests)
      .add("tasks", counts_.launches)
      .add("per_second", per_second(counts_.launches))
      .add("repeated", counts_.launches_repeated)
      .add("bytes", counts_.launch_bytes)
      .add("last_after_first_seconds", since_first(counts_.last_launch))
      .add("running_after_first_seconds", since_first(counts_.last_running));
  codec::JsonObject tasks;
  tasks.add("starting", starting_)
      .add("running", running_)
      .add("started", counts_.started)
      .add("started_per_second", per_second(counts_.started))
      .add("ended", counts_.ended)
      .add("failed_on_request", counts_.failed_on_request)
      .add("kills", counts_.kills);
  codec::JsonObject connections;
  connections.add("opened", calls_.connections)
      .add("stale", calls_.stale)
      .add("accepted", listener_.accepted() - counts_.accepted_before)
      .add("listen_drops", listener_.drops() - counts_.listen_drops_before)
      .add_raw("errors", encode_counts(calls_.errors))
      .add("orders_not_understood", counts_.orders_not_understood);
  return codec::JsonObject()
      .add("seconds", seconds)
      .add("hosts", members_.size())
      .add("registered", registered_)
      .add_raw("reports", reports.text())
      .add_raw("launches", launches.text())
      .add_raw("tasks", tasks.text())
      .add_raw("connections", connections.text())
      .add("cpu_seconds", own_cpu_seconds() - counts_.cpu_seconds_before)
      .add("longest_turn_ms", loop_.take_longest_turn())
      .add("rss_bytes", own_rss_bytes())
      .text();
}

}  // namespace aurora::farm
