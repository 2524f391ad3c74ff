#include "scenario/stage.h"

#include <algorithm>

namespace aurora::scenario {

using namespace core;

namespace {

constexpr Duration kHeartbeat = seconds(15);
constexpr int kFollowUpsMax = 1000;

std::string offset(Duration span) {
  const std::string ms = std::to_string(1000 + span.ms % 1000).substr(1);
  return "+" + std::to_string(span.ms / 1000) + (span.ms % 1000 == 0 ? "" : "." + ms) + "s ";
}

}  // namespace

Stage::Stage()
    : cluster_(std::make_unique<Cluster>(settings_.overhead)), next_heartbeat_(clock_.now() + kHeartbeat) {}

Result<Answer> Stage::submit(const Command& command) {
  Result<Answer> answer = execute(command);
  settle();
  return answer;
}

Result<Answer> Stage::execute(const Command& command) {
  Result<Decided> decision =
      std::visit([&](const auto& c) { return decide(*cluster_, c, context()); }, command);
  if (!decision.ok()) return std::move(decision).error();
  Answer answer = decision->answer;
  absorb(std::move(decision).value());
  return answer;
}

void Stage::absorb(Decision decision) {
  for (int round = 0; !decision.changes.empty() || !decision.effects.empty(); ++round) {
    AURORA_CHECK(round < kFollowUpsMax);
    for (const Change& change : decision.changes) {
      transcript_.note(*cluster_, change);
      cluster_->apply(change);
      if (is_durable(change)) durable_.push_back(change);
      timers_.apply(timers_for(*cluster_, change, context()));
    }
    for (const Effect& effect : decision.effects) deliver(effect);
    decision = follow_up(*cluster_, decision.changes, context());
  }
}

void Stage::deliver(const Effect& effect) {
  transcript_.note(effect);
  StageHost* host = find_host(host_of(effect).value());
  if (host == nullptr || !host->is_up) return;
  if (const auto* launch = std::get_if<LaunchTask>(&effect))
    host->tasks.try_emplace(launch->task_id, TaskStatus::Assigned);
}

void Stage::place_all() {
  PlaceTasks command;
  for (const auto& [hash, tasks] : cluster_->pending_groups()) command.groups.insert(hash);
  if (!command.groups.empty()) static_cast<void>(execute(command));
}

void Stage::settle(const std::string& at) {
  place_all();
  while (const auto due = timers_.take_due(clock_.now())) {
    std::visit([this](const auto& command) { static_cast<void>(execute(command)); }, *due);
    place_all();
  }
  transcript_.close(*cluster_, at);
}

void Stage::advance(Duration span) {
  const Instant start = clock_.now();
  const Instant end = start + span;
  while (clock_.now() < end) {
    Instant next = std::min(end, next_heartbeat_);
    if (const auto due = timers_.next_due()) next = std::min(next, std::max(clock_.now(), *due));
    clock_.advance(next - clock_.now());
    if (next == next_heartbeat_) send_heartbeats();
    settle(offset(clock_.now() - start));
  }
}

void Stage::send_heartbeats() {
  next_heartbeat_ = clock_.now() + kHeartbeat;
  for (auto& [name, host] : hosts_) {
    if (host.is_up) send(host, {});
  }
}

void Stage::send(StageHost& host, ReportTasks report) {
  report.host_id = host.record.id;
  report.session = host.session;
  report.sequence = ++host.sequence;
  const Result<Answer> answer = execute(report);
  const auto* told = answer.ok() ? std::get_if<ReportTasks::Answer>(&*answer) : nullptr;
  if (told != nullptr && told->needs_registration) reconnect(host);
}

void Stage::reconnect(StageHost& host) {
  host.session = "session-" + std::to_string(++sessions_);
  ReportTasks report;
  report.host = host.record;
  report.complete = true;
  for (const auto& [id, status] : host.tasks)
    report.tasks.push_back({id, status, std::nullopt, clock_.now()});
  send(host, std::move(report));
}

Result<Answer> Stage::report(StageHost& host, const TaskReport& task) {
  if (is_terminal(task.status)) {
    host.tasks.erase(task.task_id);
  } else {
    host.tasks[task.task_id] = task.status;
  }
  ReportTasks report;
  report.host_id = host.record.id;
  report.session = host.session;
  report.sequence = ++host.sequence;
  report.tasks = {task};
  return submit(report);
}

void Stage::add_host(Host record) {
  StageHost& host = hosts_[record.id.value()];
  host.record = std::move(record);
  reconnect(host);
  settle();
}

StageHost* Stage::find_host(const std::string& name) {
  const auto found = hosts_.find(name);
  return found == hosts_.end() ? nullptr : &found->second;
}

void Stage::restart_scheduler(Duration away) {
  clock_.advance(away);
  cluster_ = std::make_unique<Cluster>(settings_.overhead);
  for (const Change& change : durable_) cluster_->apply(change);
  timers_ = {};
  timers_.apply({.set = timers_after_restart(*cluster_, context())});
  for (auto& [name, host] : hosts_) {
    if (host.is_up) send(host, {});
  }
  settle();
}

}  // namespace aurora::scenario
