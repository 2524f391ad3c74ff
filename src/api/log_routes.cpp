// The logs of a task as a service (executor/log_reader.h): one answer with a cursor to go on, or a stream
// that follows.
#include "api/handler.h"
#include "api/log_seats.h"
#include "api/observer.h"
#include "api/since.h"
#include "aurora/base/printable.h"

namespace aurora::api {
namespace {

using executor::LogLine;
using executor::LogPage;
using executor::LogQuery;
using executor::LogStream;

constexpr Duration kLookAgain =
    seconds(1);  // at the latest: for a follower's hanging up, and the end of the task
constexpr Duration kFollowedMax =
    hours(1);  // then a follower asks again: whose machine has gone holds no thread for ever

enum class Format { Json, Text };

Error wrong(const std::string& name, const std::string& value, const std::string& wanted) {
  return Error{ErrorCode::InvalidArgument,
               "Query parameter '" + name + "' is '" + value.substr(0, 100) + "'; use " + wanted};
}

Result<size_t> find_count(const net::Request& request, const std::string& name, size_t otherwise,
                          size_t most) {
  const std::optional<int64_t> count = TRY(find_int(request, name));
  if (!count) return otherwise;
  if (*count < 0 || static_cast<uint64_t>(*count) > most)
    return wrong(name, std::to_string(*count), "0 to " + std::to_string(most));
  return static_cast<size_t>(*count);
}

Status read_run(const net::Request& request, LogQuery& query) {
  const std::string run = request.find_query("run").value_or("latest");
  if (run == "latest") return Unit{};
  query.runs = run == "all" ? LogQuery::Runs::All : LogQuery::Runs::One;
  if (run == "all") return Unit{};
  if (run.empty() || run.size() > 6 || run.find_first_not_of("0123456789") != std::string::npos)
    return wrong("run", run, "the number of a run, latest or all");
  query.run = std::stoi(run);
  return Unit{};
}

Status read_stream(const net::Request& request, LogQuery& query) {
  const std::string stream = request.find_query("stream").value_or("both");
  if (stream == "stdout") query.stream = LogStream::Stdout;
  if (stream == "stderr") query.stream = LogStream::Stderr;
  if (query.stream || stream == "both") return Unit{};
  return wrong("stream", stream, "stdout, stderr or both");
}

Status read_search(const net::Request& request, LogQuery& query) {
  query.search = request.find_query("search").value_or("");
  if (query.search.size() > executor::kLogSearchBytesMax)
    return wrong("search", query.search,
                 "at most " + std::to_string(executor::kLogSearchBytesMax) + " bytes");
  if (query.search.find('\n') != std::string::npos)
    return wrong("search", query.search, "a text of one line");
  query.ignores_case = TRY(find_bool(request, "ignoreCase")).value_or(false);
  const size_t context = TRY(find_count(request, "context", 0, executor::kLogContextMax));
  query.before = TRY(find_count(request, "before", context, executor::kLogContextMax));
  query.after = TRY(find_count(request, "after", context, executor::kLogContextMax));
  return Unit{};
}

Result<LogQuery> query_of(const net::Request& request, Instant now) {
  LogQuery query{.processes = list_texts(request, "process")};
  TRY(read_run(request, query));
  TRY(read_stream(request, query));
  TRY(read_search(request, query));
  if (const auto since = request.find_query("since"); since && !since->empty())
    query.since = TRY(parse_since(*since, now));
  if (TRY(find_int(request, "tail")))
    query.tail = TRY(find_count(request, "tail", 0, executor::kLogLinesMax));
  query.limit = TRY(find_count(request, "limit", query.limit, executor::kLogLinesMax));
  if (query.limit == 0) return wrong("limit", "0", "1 to " + std::to_string(executor::kLogLinesMax));
  query.cursor = request.find_query("cursor").value_or("");
  if (!query.search.empty() && query.tail)
    return Error{ErrorCode::InvalidArgument,
                 "'search' and 'tail' exclude each other; use 'since' to search what is new"};
  return query;
}

Result<Format> format_of(const net::Request& request) {
  const std::string format = request.find_query("format").value_or("json");
  if (format == "json") return Format::Json;
  if (format == "text") return Format::Text;
  return wrong("format", format, "json or text");
}

void append_json(std::string& out, const LogLine& line) {
  codec::json::ObjectWriter object(out);
  object.add_text("process", line.process);
  object.add("run", line.run);
  object.add_text("stream", executor::name_of(line.stream));
  if (line.at) object.add("timeMs", *line.at);
  object.add_text("text", line.text);
  if (line.cut_bytes > 0) object.add("cutBytes", line.cut_bytes);
  if (line.has_begun_before) object.add("hasBegunBefore", true);
  if (!line.is_finished) object.add("isUnfinished", true);
  if (line.is_match) object.add("isMatch", true);
  if (line.begins_group) object.add("beginsGroup", true);
  object.end();
}

void append_text(std::string& out, const LogLine& line) {
  if (line.begins_group && !out.empty()) out += "--\n";
  if (line.has_begun_before) out += "[...] ";
  out += utf8_only(line.text);
  if (line.cut_bytes > 0) out += " [" + std::to_string(line.cut_bytes) + " bytes left out]";
  out += '\n';
}

std::string encode(const std::vector<LogLine>& lines, Format format) {
  std::string text;
  for (const LogLine& line : lines) {
    if (format == Format::Text) {
      append_text(text, line);
      continue;
    }
    append_json(text, line);
    text += '\n';
  }
  return text;
}

std::string cursor_alone(const std::string& cursor) {
  return codec::JsonObject().add("cursor", cursor).text() + "\n";
}

net::Response answer(const LogPage& page, Format format) {
  if (format == Format::Text) {
    net::Response response = text_answer(encode(page.lines, format));
    response.headers.emplace("Log-Cursor", page.cursor);
    return response;
  }
  std::string body;
  codec::json::ObjectWriter object(body);
  codec::json::append_list(object.begin("lines"), page.lines, append_json);
  object.add_text("cursor", page.cursor);
  object.add("hasMore", page.has_more);
  object.end();
  return json_answer(std::move(body));
}

// What comes is sent as it comes, until the task has ended and all was read.
class Follower {
 public:
  Follower(const ExecutorServices& services, const net::Request& request, LogQuery query, Format format)
      : view_(services.view),
        times_(services.log_times),
        clock_(services.clock),
        task_id_(param(request, "taskId")),
        has_left_(request.has_left),
        query_(std::move(query)),
        format_(format),
        ends_at_(clock_.monotonic() + kFollowedMax) {}

  // An error of the request is one of its first piece.
  Status begin() {
    first_ = encode(TRY(read()).lines, format_);
    return Unit{};
  }

  // Waits; empty at the end.
  std::string next() {
    if (is_over_) return {};
    if (!first_.empty()) return std::exchange(first_, {});
    for (bool is_late = false;;) {
      const uint64_t seen = times_.changes_of(task_id_);
      const Result<bool> has_ended = view_.has_ended(task_id_);
      if (!has_ended.ok()) return {};
      // Lines without an end, or of which it is not known yet when they came, are waited for.
      query_.leaves_unfinished = !*has_ended;
      query_.leaves_unmarked = !*has_ended && !is_late;
      const Result<LogPage> page = read();
      if (!page.ok()) return {};
      if (!page->lines.empty()) return encode(page->lines, format_);
      if (*has_ended && !page->has_more) return {};
      const bool has_left = has_left_ && has_left_();
      if (has_left || clock_.monotonic() > ends_at_ || !times_.wait_for_change(task_id_, seen, kLookAgain))
        return end();
      is_late = times_.changes_of(task_id_) == seen;
    }
  }

 private:
  Result<LogPage> read() {
    LogPage page = TRY(view_.read_logs(task_id_, query_, clock_.now(), memory_));
    query_.cursor = page.cursor;
    query_.tail.reset();
    return page;
  }

  // There will be more: it tells where to go on.
  std::string end() {
    is_over_ = true;
    return format_ == Format::Json ? cursor_alone(query_.cursor) : std::string();
  }

  executor::HostView& view_;
  executor::LogTimes& times_;
  const Clock& clock_;
  const core::TaskId task_id_;
  const std::function<bool()> has_left_;
  LogQuery query_;
  executor::LogMemory memory_;
  const Format format_;
  const Duration ends_at_;
  std::string first_;
  bool is_over_ = false;
};

Result<net::Response> follow(const ExecutorServices& services, const net::Request& request, LogQuery query,
                             Format format, std::shared_ptr<void> seat) {
  if (!query.search.empty())
    return Error{ErrorCode::InvalidArgument,
                 "'search' and 'follow' exclude each other; search first, then follow from its cursor"};
  query.leaves_unfinished = query.leaves_unmarked = true;
  const auto follower = std::make_shared<Follower>(services, request, std::move(query), format);
  TRY(follower->begin());
  net::Response response;
  response.content_type = format == Format::Json ? "application/x-ndjson" : "text/plain; charset=utf-8";
  response.stream = [follower, seat = std::move(seat)](size_t) { return follower->next(); };
  return response;
}

Result<net::Response> get_logs(const ExecutorServices& services, LogSeats seats, const net::Request& request) {
  TRY(check_query(request, {"process", "run", "stream", "since", "tail", "search", "ignoreCase", "context",
                            "before", "after", "limit", "cursor", "follow", "format"}));
  const LogQuery query = TRY(query_of(request, services.clock.now()));
  const Format format = TRY(format_of(request));
  if (TRY(find_bool(request, "follow")).value_or(false)) {
    std::shared_ptr<void> seat = seats.take();
    if (seat) return follow(services, request, query, format, std::move(seat));
    return LogSeats::none("ask without 'follow', now and then, with the 'cursor' of the answer before");
  }
  executor::LogMemory memory;
  const core::TaskId task_id(param(request, "taskId"));
  return answer(TRY(services.view.read_logs(task_id, query, services.clock.now(), memory)), format);
}

}  // namespace

std::vector<net::Route> log_routes(const ExecutorServices& services) {
  const LogSeats seats;
  return {make_route("GET", "/v1/tasks/{taskId}/logs",
                     [services, seats](const net::Request& request) { return get_logs(services, seats, request); }),
          many_logs_route(services, seats)};
}

}  // namespace aurora::api
