// `aurora events`: pages of what is kept, then a stream of what comes. A stream that ends is begun again behind the last
// event, with a page in between: so that it is known what was missed, and by whom it can be told.
#include "aurora/client/events.h"

#include <algorithm>

#include "aurora/client/job_path.h"
#include "client/event_line.h"
#include "client/event_stream.h"
#include "client/scheduler_client.h"

namespace aurora::client {
namespace {

constexpr int64_t kPageDefault = 100;
constexpr int64_t kTailDefault = 10;   // before it follows
constexpr int64_t kPageMax = 1'000;    // of the scheduler
constexpr Duration kSilenceMax = seconds(45);  // three times as long as a stream that lives is silent
constexpr Duration kRestMin = seconds(1);      // before a stream is begun again; doubles
constexpr Duration kRestMax = seconds(30);

class EventReader {
 public:
  EventReader(Session& session, const EventsOptions& options, SchedulerClient& scheduler, JobPattern pattern)
      : session_(session), options_(options), scheduler_(scheduler), pattern_(std::move(pattern)), token_(options.after) {}

  int run() {
    const Status read = token_.empty() ? read_last() : read_rest();
    if (!read.ok()) return fail(read.error());
    if (options_.follows) return follow();
    session_.console().info("The next is behind --after " + token_);
    return 0;
  }

 private:
  int fail(const Error& error) { return session_.fail(error, "Events cannot be read due to error:", ExitCode::CommandFailure); }

  // What the scheduler can choose by; patterns are left for us.
  Query filter() const {
    Query query;
    const auto add = [&](const char* name, const std::string& part) {
      if (!part.empty() && !has_wildcard(part)) query.emplace(name, part);
    };
    add("role", pattern_.role);
    add("environment", pattern_.environment);
    add("name", pattern_.name);
    if (!options_.types.empty()) query.emplace("type", options_.types);
    if (!options_.host.empty()) query.emplace("host", options_.host);
    return query;
  }

  bool is_wanted(const codec::JsonValue& event) const {
    const auto matches = [](const std::string& part, const std::string& text) {
      return part == "*" || !has_wildcard(part) || JobPattern{.role = part}.matches({text, "", ""});
    };
    return matches(pattern_.role, event.string_or("role", "")) &&
           matches(pattern_.environment, event.string_or("environment", "")) &&
           matches(pattern_.name, event.string_or("name", ""));
  }

  void print(const codec::JsonValue& event) {
    if (!is_wanted(event)) return;
    if (options_.is_json) return session_.console().write(event.to_json() + "\n");
    session_.console().print(tone_of_event(event), event_line(event));
  }

  Result<codec::JsonValue> get_page(Query query) {
    query.emplace("follow", "false");
    return scheduler_.get("getEvents", "/v1/events", query);
  }

  void take_page(const codec::JsonValue& page) {
    if (const codec::JsonValue* events = page.find("events")) {
      for (const codec::JsonValue& event : events->items()) print(event);
    }
    token_ = page.string_or("next", token_);
  }

  Status read_last() {
    Query query = filter();
    query.emplace("limit", std::to_string(options_.limit.value_or(options_.follows ? kTailDefault : kPageDefault)));
    take_page(TRY(get_page(query)));
    return Unit{};
  }

  // All behind the token, page after page.
  Status read_rest() {
    for (bool has_more = true; has_more;) {
      Query query = filter();
      query.emplace("after", token_);
      query.emplace("limit", std::to_string(kPageMax));
      const codec::JsonValue page = TRY(get_page(query));
      take_page(page);
      has_more = page.bool_or("hasMore", false);
    }
    return Unit{};
  }

  int follow() {
    for (Duration rest = kRestMin;; rest = std::min(rest * 2, kRestMax)) {
      bool has_got_some = false;
      const Result<net::Response> ended = stream(has_got_some);
      if (has_got_some) rest = kRestMin;
      session_.console().log(Severity::Warning, "The stream of events has ended: " + why(ended) + "; going on behind " + token_ +
                                                    " in " + to_shown_duration(rest));
      if (!session_.world().pause(rest)) return session_.end_interrupted();
      const Status read = read_missed();
      if (!read.ok()) return fail(read.error());
    }
  }

  Result<net::Response> stream(bool& has_got_some) {
    std::string path = "/v1/events?follow=true&after=" + net::url_encode(token_);
    for (const auto& [name, value] : filter()) path += "&" + name + "=" + net::url_encode(value);
    net::ClientRequest request = scheduler_.reading(path);
    request.headers.emplace("Accept", "text/event-stream");
    request.timeout = kSilenceMax;
    EventStreamReader reader;
    request.on_body = [&](std::string_view piece) {
      has_got_some = true;
      return reader.add(piece, [&](const ServerEvent& event) {
        if (const auto parsed = codec::JsonValue::parse(event.data); parsed.ok()) print(*parsed);
        token_ = event.id;
      });
    };
    return session_.world().http.send(request);
  }

  static std::string why(const Result<net::Response>& ended) {
    if (!ended.ok()) return ended.error().message;
    if (ended->status == 200) return "the scheduler has closed it";
    return error_of_answer(*ended, "the scheduler").message;
  }

  // What came while nobody was connected. Where it is lost, that is said, and the oldest that is kept comes next.
  Status read_missed() {
    const Status read = read_rest();
    if (read.ok() || read.error().code != ErrorCode::FailedPrecondition) return read;
    session_.console().log(Severity::Warning, "Events are missing here: " + read.error().message);
    token_ = TRY(get_page({{"limit", "1"}})).string_or("oldest", "");
    return read_rest();
  }

  Session& session_;
  const EventsOptions& options_;
  SchedulerClient& scheduler_;
  const JobPattern pattern_;
  std::string token_;
};

}  // namespace

int events(Session& session, const EventsOptions& options) {
  if (options.limit && (*options.limit < 1 || *options.limit > kPageMax)) {
    return session.fail_option("--limit must be from 1 to " + std::to_string(kPageMax) + ", not " + std::to_string(*options.limit));
  }
  const auto pattern = parse_job_pattern(options.pattern);
  if (!pattern.ok()) return session.fail(ExitCode::Usage, pattern.error().message);
  if (has_wildcard(pattern->cluster)) {
    return session.fail(ExitCode::Usage, "Events are those of one cluster: '" + pattern->cluster + "' may not be a pattern");
  }
  auto scheduler = SchedulerClient::find(session, pattern->cluster);
  if (!scheduler.ok()) return session.fail(ExitCode::InvalidConfiguration, scheduler.error().message);
  return EventReader(session, options, *scheduler, *pattern).run();
}

}  // namespace aurora::client
