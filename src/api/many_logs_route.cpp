// The logs of many tasks of this host in one request, for whoever follows all instances of a job: it waits until one of
// them has more, and so costs one thread and, while nothing is written, next to nothing, however many they are.
//
// The answer is a row of frames: a JSON object on a line and, if it says `bytes`, so many bytes of text behind it.
//   {"taskId":"t","process":"web","run":0,"stream":"stdout","timeMs":1790000000000,"bytes":12}     lines, each with its end
//   {"taskId":"t","cursor":"...","processes":1,"seen":7,"hasMore":true,"hasEnded":true}     where the task stands, behind its lines
//   {"taskId":"t","error":{"code":"...","message":"..."}}                      instead
//   {"nowMs":1790000000000}                                                    the last: the host's clock
#include "api/access.h"
#include "api/handler.h"
#include "api/log_seats.h"
#include "api/since.h"

namespace aurora::api {
namespace {

using executor::LogBlock;
using executor::LogProgress;
using executor::LogQuery;
using executor::LogStream;

constexpr size_t kTasksMax = 256;
constexpr size_t kRequestBytesMax = 2u << 20;  // 256 cursors
constexpr size_t kAnswerBytesMax = 4u << 20;   // of text; a task more may come
constexpr int64_t kBytesPerTaskMax = 1 << 20;
constexpr size_t kFewBytes = 16u << 10;        // of a block, in an answer that is likely to stay short
constexpr Duration kWaitMax = seconds(30);
constexpr Duration kLookAgain = seconds(1);  // at the latest: for tasks that end, and a client that hangs up

struct WantedTask {
  core::TaskId task_id;
  std::optional<std::string> cursor;
  std::optional<int64_t> seen;
};
void fields(Is<WantedTask> auto& t, auto&& visit) {
  visit("taskId", t.task_id);
  visit("cursor", t.cursor);
  visit("seen", t.seen);
}

struct LogsRequest {
  std::vector<WantedTask> tasks;
  std::vector<std::string> processes;
  std::optional<std::string> stream;
  std::optional<std::string> since;
  std::optional<int64_t> until_ms;
  std::optional<int64_t> tail;
  std::optional<bool> follows;
  std::optional<int64_t> wait_ms;
  std::optional<int64_t> bytes_per_task;
};
void fields(Is<LogsRequest> auto& r, auto&& visit) {
  visit("tasks", r.tasks);
  visit("processes", r.processes);
  visit("stream", r.stream);
  visit("since", r.since);
  visit("untilMs", r.until_ms);
  visit("tail", r.tail);
  visit("follow", r.follows);
  visit("waitMs", r.wait_ms);
  visit("bytesPerTask", r.bytes_per_task);
}

Status check_range(const char* name, const std::optional<int64_t>& value, int64_t least, int64_t most) {
  if (!value || (*value >= least && *value <= most)) return Unit{};
  return Error{ErrorCode::InvalidArgument, "'" + std::string(name) + "' is " + std::to_string(*value) + "; use " +
                                               std::to_string(least) + " to " + std::to_string(most)};
}

Result<LogsRequest> parse_request(const net::Request& request) {
  TRY(check_query(request, {}));
  auto wish = TRY(decode_body<LogsRequest>(request));
  if (wish.tasks.empty() || wish.tasks.size() > kTasksMax)
    return Error{ErrorCode::InvalidArgument, "'tasks' has " + std::to_string(wish.tasks.size()) + " tasks; name 1 to " +
                                                 std::to_string(kTasksMax) + ", and others in further requests"};
  TRY(check_range("tail", wish.tail, 0, static_cast<int64_t>(executor::kLogLinesMax)));
  TRY(check_range("waitMs", wish.wait_ms, 0, kWaitMax.ms));
  TRY(check_range("bytesPerTask", wish.bytes_per_task, 1, kBytesPerTaskMax));
  return wish;
}

Result<LogQuery> query_of(const LogsRequest& wish, Instant now) {
  LogQuery query{.processes = {wish.processes.begin(), wish.processes.end()}};
  const std::string stream = wish.stream.value_or("both");
  if (stream == "stdout") query.stream = LogStream::Stdout;
  if (stream == "stderr") query.stream = LogStream::Stderr;
  if (!query.stream && stream != "both")
    return Error{ErrorCode::InvalidArgument, "'stream' is '" + stream.substr(0, 100) + "'; use stdout, stderr or both"};
  if (wish.since && !wish.since->empty()) query.since = TRY(parse_since(*wish.since, now));
  if (wish.until_ms) query.until = Instant{*wish.until_ms};
  if (wish.tail) query.tail = static_cast<size_t>(*wish.tail);
  return query;
}

void append_block(std::string& out, const core::TaskId& task_id, const LogBlock& block) {
  codec::json::ObjectWriter object(out);
  object.add_text("taskId", task_id.value());
  object.add_text("process", block.process);
  object.add("run", block.run);
  object.add_text("stream", executor::name_of(block.stream));
  if (block.at) object.add("timeMs", *block.at);
  if (!block.is_finished) object.add("isUnfinished", true);
  if (block.has_lost) object.add("hasLost", true);
  object.add("bytes", block.text.size());
  object.end();
  out += '\n';
  out += block.text;
}

class ManyLogs {
 public:
  ManyLogs(const ExecutorServices& services, LogsRequest wish, LogQuery query)
      : services_(services), wish_(std::move(wish)), query_(std::move(query)) {}

  // As soon as there is something to tell; else once the time is over.
  std::string read(const std::function<bool()>& has_left) {
    const Duration end = services_.clock.monotonic() + milliseconds(wish_.wait_ms.value_or(0));
    for (;;) {
      for (const WantedTask& task : wish_.tasks) look_at(task);
      if (has_news_ || services_.clock.monotonic() >= end || (has_left && has_left())) break;
      if (!services_.log_times.wait_for_changes(seen_, std::min(kLookAgain, end - services_.clock.monotonic()))) break;
    }
    if (!has_news_ && wish_.wait_ms) read_unmarked();
    out_ += codec::JsonObject().add("nowMs", services_.clock.now()).text() + "\n";
    return std::move(out_);
  }

 private:
  // Reads what has changed since it was read.
  void look_at(const WantedTask& task) {
    if (out_.size() >= kAnswerBytesMax) return;
    const uint64_t seen = services_.log_times.changes_of(task.task_id);
    const Result<bool> has_ended = services_.view.has_ended(task.task_id);
    const auto known = seen_.find(task.task_id);
    const uint64_t read = known != seen_.end() ? known->second : static_cast<uint64_t>(task.seen.value_or(0));
    seen_[task.task_id] = seen;
    if (!has_ended.ok()) return refuse(task.task_id, has_ended.error());
    if (read == seen && !*has_ended && wish_.follows.value_or(false)) return;
    read_one(task, *has_ended, !*has_ended);
  }

  // What the kernel did not tell of, if it did not.
  void read_unmarked() {
    for (const WantedTask& task : wish_.tasks) read_one(task, false, false);
  }

  void read_one(const WantedTask& task, bool has_ended, bool leaves_unmarked) {
    LogQuery query = query_;
    const bool follows = wish_.follows.value_or(false);
    query.cursor = task.cursor.value_or("");
    query.leaves_unfinished = follows && !has_ended;
    query.leaves_unmarked = follows && leaves_unmarked;
    bool has_blocks = false;
    const Result<LogProgress> read =
        services_.view.read_log_blocks(task.task_id, query, services_.clock.now(), bytes_per_task(), [&](const LogBlock& block) {
          has_blocks = true;
          if (block.text.size() > kFewBytes) make_room();
          append_block(out_, task.task_id, block);
        });
    if (!read.ok()) return refuse(task.task_id, read.error());
    const bool has_news = has_blocks || has_ended || read->has_more || !follows;
    has_news_ = has_news_ || has_news;
    if (has_news || read->cursor != query.cursor || !task.seen) tell_state(task.task_id, *read, has_ended);
  }

  size_t bytes_per_task() const { return static_cast<size_t>(wish_.bytes_per_task.value_or(256 << 10)); }

  // Once for the whole answer, if it becomes a long one: it is not copied as it grows.
  void make_room() {
    const size_t of_tasks = wish_.tasks.size() * bytes_per_task();
    out_.reserve(std::min(of_tasks, kAnswerBytesMax + kBytesPerTaskMax) + executor::kLogBlockBytesMax);
  }

  void tell_state(const core::TaskId& task_id, const LogProgress& read, bool has_ended) {
    codec::JsonObject state;
    state.add("taskId", task_id.value()).add("cursor", read.cursor).add("processes", read.processes);
    // What has more is read again whether or not it changes.
    if (!read.has_more) state.add("seen", static_cast<int64_t>(seen_[task_id]));
    if (read.has_more) state.add("hasMore", true);
    if (has_ended) state.add("hasEnded", true);
    out_ += std::move(state).text() + "\n";
  }

  void refuse(const core::TaskId& task_id, const Error& error) {
    has_news_ = true;
    const std::string why = codec::JsonObject().add("code", error_code_name(error.code)).add("message", error.message).text();
    out_ += codec::JsonObject().add("taskId", task_id.value()).add_raw("error", why).text() + "\n";
  }

  const ExecutorServices& services_;
  const LogsRequest wish_;
  const LogQuery query_;
  std::map<core::TaskId, uint64_t> seen_;
  std::string out_;
  bool has_news_ = false;
};

Result<net::Response> read_many(const ExecutorServices& services, LogSeats seats, const net::Request& request) {
  LogsRequest wish = TRY(parse_request(request));
  LogQuery query = TRY(query_of(wish, services.clock.now()));
  std::shared_ptr<void> seat;
  if (wish.wait_ms.value_or(0) > 0) {
    seat = seats.take();
    if (!seat) return LogSeats::none("ask without 'waitMs', now and then");
  }
  net::Response response;
  response.content_type = "application/vnd.aurora.logs";
  response.body = ManyLogs(services, std::move(wish), std::move(query)).read(request.has_left);
  return response;
}

}  // namespace

net::Route many_logs_route(const ExecutorServices& services, const LogSeats& seats) {
  return with_body(make_route("POST", "/v1/logs:read",
                              [services, seats](const net::Request& request) { return read_many(services, seats, request); }),
                   kRequestBytesMax);
}

}  // namespace aurora::api
