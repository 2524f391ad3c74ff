#include "client/log_hosts.h"

#include <algorithm>
#include <chrono>

#include "aurora/codec/json_value.h"
#include "client/scheduler_client.h"

namespace aurora::client {
namespace {

using std::chrono::milliseconds;

constexpr size_t kBuffersBytes = 64u << 20;  // of all tasks
constexpr size_t kBufferBytesLeast = 32u << 10;
constexpr size_t kBufferBytesMost = 1u << 20;
constexpr size_t kTasksAtOnce = 256;  // the executor's bound of one request
constexpr size_t kAnswerBytes = 4u << 20;  // at which the executor leaves the other tasks for the next question
constexpr size_t kAnswerBytesMax = 64u << 20;
constexpr size_t kTakenBytes = 256u << 10;
constexpr Duration kWait = seconds(3);  // at the host; then tasks that have come meanwhile are asked for, too
constexpr Duration kPoll = seconds(1);  // of a host that lets nobody else wait
constexpr int kToldAfter = 2;           // failures in a row: a connection may break
constexpr int kGivenUpAfter = 3;        // where nothing is followed
constexpr int kTooMany = 429;
constexpr int kUnauthorized = 401;

size_t buffer_for(size_t tasks) {
  return std::clamp(kBuffersBytes / std::max<size_t>(1, tasks), kBufferBytesLeast, kBufferBytesMost);
}

template <typename Strings>
std::string json_list(const Strings& texts) {
  std::string list = "[";
  for (const std::string& text : texts) list += (list.size() > 1 ? "," : "") + text;
  return list + "]";
}

}  // namespace

LogHosts::LogHosts(net::HttpClient& http, LogWish wish, std::string secret, size_t tasks_expected)
    : http_(http), wish_(std::move(wish)), secret_(std::move(secret)), buffer_bytes_(buffer_for(tasks_expected)) {}

LogHosts::~LogHosts() {
  {
    const std::lock_guard lock(mutex_);
    is_stopping_ = true;
  }
  for (auto& [origin, host] : hosts_) {
    host->changed.notify_all();
    if (host->first.joinable()) host->first.join();
    if (host->second.joinable()) host->second.join();
  }
}

void LogHosts::add_task(const std::string& task_id, const std::string& host, const std::string& origin) {
  const std::lock_guard lock(mutex_);
  merge_.add_task(task_id);
  std::unique_ptr<Host>& place = hosts_[origin];
  if (place == nullptr) {
    place = std::make_unique<Host>();
    place->name = host;
    place->origin = origin;
  }
  place->tasks.push_back({.id = task_id, .is_later = has_begun_});
  host_of_[task_id] = place.get();
  if (place->is_told) merge_.catch_up(task_id);
  place->changed.notify_all();
}

void LogHosts::expect_end(const std::string& task_id) {
  const std::lock_guard lock(mutex_);
  const auto host = host_of_.find(task_id);
  if (host == host_of_.end()) return;
  for (Task& task : host->second->tasks) {
    if (task.id != task_id || task.is_over) continue;
    task.is_ended = true;
    if (!host->second->is_told) continue;
    has_missing_ = true;
    finish(task);
  }
}

std::vector<LogPiece> LogHosts::take(Duration most) {
  std::unique_lock lock(mutex_);
  has_begun_ = true;
  for (const auto& [origin, host] : hosts_) {
    if (host->first.joinable()) continue;
    host->first = std::thread([this, one = host.get()] { run(*one); });
    host->second = std::thread([this, one = host.get()] { help(*one); });
  }
  std::vector<LogPiece> taken;
  size_t bytes = 0;
  const auto take_some = [&] {
    while (bytes < kTakenBytes) {
      std::optional<LogPiece> piece = merge_.take();
      if (!piece) break;
      bytes += piece->text.size();
      taken.push_back(std::move(*piece));
    }
    return !taken.empty() || !notices_.empty() || merge_.are_all_over();
  };
  has_come_.wait_for(lock, milliseconds(most.ms), take_some);
  note_slow();
  for (const LogPiece& piece : taken) host_of_.at(piece.task_id)->changed.notify_all();
  return taken;
}

std::vector<LogNotice> LogHosts::take_notices() {
  const std::lock_guard lock(mutex_);
  return std::exchange(notices_, {});
}

bool LogHosts::has_several_processes() const {
  const std::lock_guard lock(mutex_);
  return has_several_processes_;
}

bool LogHosts::is_over(const std::string& task_id) const {
  const std::lock_guard lock(mutex_);
  return merge_.is_over(task_id);
}

bool LogHosts::are_all_over() const {
  const std::lock_guard lock(mutex_);
  return merge_.are_all_over();
}

bool LogHosts::has_missing() const {
  const std::lock_guard lock(mutex_);
  return has_missing_;
}

void LogHosts::run(Host& host) {
  std::unique_lock lock(mutex_);
  while (!is_stopping_) {
    Question question = first_question(host);
    if (question.tasks.empty()) {
      host.changed.wait(lock);
      continue;
    }
    host.is_read = question.reads;
    if (host.is_read) host.changed.notify_all();
    host.due = std::chrono::steady_clock::now() + milliseconds((question.wait + wish_.patience).ms);
    put(host, question, lock);
    host.due.reset();
    host.is_read = false;
    pause(host, pause_after(host), lock);
  }
}

void LogHosts::help(Host& host) {
  std::unique_lock lock(mutex_);
  while (!is_stopping_) {
    Question question = second_question(host);
    if (question.tasks.empty()) {
      host.changed.wait(lock);
      continue;
    }
    host.is_helped = true;
    put(host, question, lock);
    host.is_helped = false;
    host.changed.notify_all();
  }
}

void LogHosts::put(Host& host, Question& question, std::unique_lock<std::mutex>& lock) {
  question.body = body_of(host, question);
  question.failures = host.failures;
  for (Task* task : question.tasks) task->is_asked_for = true;
  lock.unlock();
  LogAnswerReader reader([&](LogNews news) {
    const std::lock_guard held(mutex_);
    take_news(host, std::move(news));
    has_come_.notify_all();
  });
  const Result<net::Response> response = ask(host, question, reader);
  lock.lock();
  for (Task* task : question.tasks) task->is_asked_for = false;
  take_answer(host, question, response, reader.finish());
  has_come_.notify_all();
}

bool LogHosts::wants(const Task& task) const {
  return !task.is_over && !task.is_asked_for && (wish_.follows || task.has_more) && merge_.bytes_of(task.id) < buffer_bytes_ / 2 + 1;
}

// Of those that have more, as many as one answer has room for. Tasks that were answered come last.
template <typename Choose>
LogHosts::Question LogHosts::choose_tasks(Host& host, Choose choose) const {
  Question question;
  const size_t with_more_max = std::max<size_t>(1, kAnswerBytes / buffer_bytes_);
  size_t with_more = 0;
  bool has_unread = false;
  for (Task& task : host.tasks) {
    if (with_more == with_more_max || question.tasks.size() == kTasksAtOnce) break;
    if (!wants(task) || !choose(task)) continue;
    if (task.cursor.empty()) {
      if (has_unread && task.is_later != question.reads_all) continue;  // one question has one tail
      has_unread = true;
      question.reads_all = task.is_later;
    }
    question.tasks.push_back(&task);
    with_more += task.has_more ? 1 : 0;
  }
  question.reads = with_more > 0;
  return question;
}

// Those that have no more for now are waited for once nobody reads others.
LogHosts::Question LogHosts::first_question(Host& host) const {
  Question question = choose_tasks(host, [](const Task&) { return true; });
  if (question.reads) return question;
  if (host.is_helped) return {};
  if (wish_.follows && !host.only_polls) question.wait = kWait;
  return question;
}

// Until the host has answered it may have other things to say than logs; then it has said, too, up to when it is read.
LogHosts::Question LogHosts::second_question(Host& host) const {
  if (!host.is_read || host.failures > 0 || host.until_ms == 0) return {};
  return choose_tasks(host, [](const Task& task) { return task.has_more; });
}

std::string LogHosts::body_of(const Host& host, const Question& question) const {
  std::vector<std::string> tasks;
  for (const Task* task : question.tasks) {
    codec::JsonObject wanted;
    wanted.add("taskId", task->id);
    if (!task->cursor.empty()) wanted.add("cursor", task->cursor);
    wanted.add("seen", task->seen);
    tasks.push_back(std::move(wanted).text());
  }
  std::vector<std::string> processes;
  for (const std::string& process : wish_.processes) processes.push_back(codec::quote_json(process));
  codec::JsonObject body;
  body.add_raw("tasks", json_list(tasks)).add_raw("processes", json_list(processes)).add("stream", wish_.stream);
  if (!wish_.since.empty()) body.add("since", wish_.since);
  if (!question.reads_all) body.add("tail", wish_.tail);
  body.add("follow", wish_.follows).add("bytesPerTask", buffer_bytes_);
  if (host.until_ms > 0 && !wish_.follows) body.add("untilMs", host.until_ms);
  if (question.wait.ms > 0) body.add("waitMs", question.wait);
  return std::move(body).text();
}

Result<net::Response> LogHosts::ask(const Host& host, const Question& question, LogAnswerReader& reader) const {
  net::ClientRequest request{.method = "POST", .url = host.origin + "/v1/logs:read", .body = question.body};
  request.headers.emplace("User-Agent", "aurora (job logs)");
  if (host.uses_secret) request.headers.emplace("Authorization", secret_);
  request.timeout = seconds(20) + question.wait;
  const auto end = std::chrono::steady_clock::now() + milliseconds(request.timeout.ms);
  size_t bytes = 0;
  std::optional<Error> broken;
  request.on_body = [&](std::string_view piece) {
    bytes += piece.size();
    const Status added = reader.add(piece);
    if (!added.ok()) broken = added.error();
    if (bytes > kAnswerBytesMax) broken = Error{ErrorCode::DataLoss, "It answers with more than " + std::to_string(kAnswerBytesMax) + " bytes"};
    if (std::chrono::steady_clock::now() > end)
      broken = Error{ErrorCode::DeadlineExceeded, "It gave no whole answer within " + std::to_string(request.timeout.ms) + " ms"};
    return !broken;
  };
  Result<net::Response> response = http_.send(request);
  if (broken) return *std::move(broken);
  return response;
}

void LogHosts::take_answer(Host& host, const Question& question, const Result<net::Response>& response, const Result<int64_t>& end) {
  constexpr int kOk = 200;
  const bool is_answered = response.ok() && response->status < 500 && (response->status != kOk || end.ok());
  if (!is_answered) {
    if (host.failures != question.failures) return;  // the other thread was told so, too
    if (!response.ok()) return take_failure(host, response.error().message);
    return take_failure(host, response->status == kOk ? end.error().message : error_of_answer(*response, host.origin).message);
  }
  if (response->status == kUnauthorized && !host.uses_secret && !secret_.empty()) {
    host.uses_secret = true;
    return;
  }
  if (response->status == kTooMany) {
    host.only_polls = true;
    return;
  }
  if (response->status != kOk) return refuse_all(host, LogNotice::Kind::HostRefuses, error_of_answer(*response, host.origin).message);
  if (std::exchange(host.is_told, false)) note_answers(host);
  host.failures = 0;
  if (host.until_ms == 0) host.until_ms = *end;
}

void LogHosts::take_news(Host& host, LogNews news) {
  const LogState& state = news.state;
  const auto task = std::ranges::find(host.tasks, state.task_id, &Task::id);
  if (host.due) host.due = std::max(*host.due, std::chrono::steady_clock::now() + milliseconds(wish_.patience.ms));
  if (std::exchange(host.is_slow, false) && !host.is_told) note_answers(host);
  if (task == host.tasks.end() || task->is_over) return;
  for (LogPiece& piece : news.pieces) merge_.add(std::move(piece));
  host.tasks.splice(host.tasks.end(), host.tasks, task);
  if (state.error) {
    notices_.push_back({LogNotice::Kind::TaskRefused, host.name, state.task_id, state.error->message, 1});
    return finish(*task);
  }
  has_several_processes_ = has_several_processes_ || state.processes > 1;
  task->cursor = state.cursor;
  task->seen = state.seen;
  task->has_more = state.has_more;
  if (state.has_more) return;
  merge_.catch_up(task->id);
  if (state.has_ended || !wish_.follows) finish(*task);
}

// Of some seconds it is not known yet whether they are a failure.
void LogHosts::note_slow() {
  const auto now = std::chrono::steady_clock::now();
  for (const auto& [origin, host] : hosts_) {
    if (!host->due || now < *host->due || host->is_told || std::exchange(host->is_slow, true)) continue;
    notices_.push_back({.kind = LogNotice::Kind::HostSlow, .host = host->name, .tasks = host->tasks.size()});
    for (const Task& task : host->tasks) {
      if (wish_.follows) merge_.catch_up(task.id);
    }
  }
}

void LogHosts::note_answers(const Host& host) {
  notices_.push_back({.kind = LogNotice::Kind::HostAnswers, .host = host.name});
}

void LogHosts::take_failure(Host& host, const std::string& why) {
  ++host.failures;
  if (!wish_.follows && host.failures >= kGivenUpAfter) return give_up(host);
  if (host.failures < kToldAfter || std::exchange(host.is_told, true)) return;
  notices_.push_back({LogNotice::Kind::HostSilent, host.name, {}, why, host.tasks.size()});
  for (Task& task : host.tasks) {
    merge_.catch_up(task.id);
    if (!task.is_ended || task.is_over) continue;
    has_missing_ = true;
    finish(task);
  }
}

void LogHosts::refuse_all(Host& host, LogNotice::Kind kind, const std::string& why) {
  notices_.push_back({kind, host.name, {}, why, host.tasks.size()});
  give_up(host);
}

void LogHosts::give_up(Host& host) {
  has_missing_ = true;
  for (Task& task : host.tasks) finish(task);
}

void LogHosts::finish(Task& task) {
  task.is_over = true;
  merge_.finish(task.id);
}

Duration LogHosts::pause_after(const Host& host) const {
  constexpr int kDoublings = 4;
  if (host.failures > 0) return Duration{500} * (int64_t{1} << std::min(host.failures - 1, kDoublings));
  const bool has_more = std::ranges::any_of(host.tasks, [](const Task& task) { return task.has_more && !task.is_over; });
  return host.only_polls && !has_more ? kPoll : Duration{};
}

void LogHosts::pause(Host& host, Duration time, std::unique_lock<std::mutex>& lock) const {
  const auto end = std::chrono::steady_clock::now() + milliseconds(time.ms);
  if (time.ms > 0) host.changed.wait_until(lock, end, [this] { return is_stopping_; });
}

}  // namespace aurora::client
