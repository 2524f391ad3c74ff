#include "aurora/client/events.h"

#include <catch2/catch.hpp>

#include "client/event_line.h"
#include "client/session_fixture.h"

namespace aurora::client {
namespace {

using codec::JsonValue;
using test::SessionFixture;

std::string event(int position, const std::string& more) {
  return R"({"token":"T)" + std::to_string(position) + R"(","timestamp":1764511402123,)" + more + "}";
}
std::string task(int position, const std::string& to) {
  return event(position, R"("type":"task","role":"www","environment":"prod","name":"web","instanceId":3,"host":"h1","from":"STARTING","to":")" + to + "\"");
}
std::string page(const std::string& events, const std::string& next, bool has_more = false) {
  return R"({"events":[)" + events + R"(],"next":")" + next + R"(","hasMore":)" + (has_more ? "true" : "false") + R"(,"oldest":"T0"})";
}
std::string frame(int position, const std::string& json) {
  return "id: T" + std::to_string(position) + "\nevent: task\ndata: " + json + "\n\n";
}

// Pages and streams, in the order in which they are asked for.
struct Fixture : SessionFixture {
  Fixture() : SessionFixture(Grammar::Classic, "events") {
    http.serve(kOrigin, [this](const net::Request& request) {
      std::string asked = request.headers.contains("accept") && request.headers.at("accept") == "text/event-stream" ? "stream" : "page";
      for (const auto& [name, value] : request.query) asked += " " + name + "=" + value;
      calls.push_back(asked);
      if (answers.empty()) return net::Response{.status = 404, .body = R"({"code":"NOT_FOUND","message":"no more","details":[]})"};
      net::Response answer = answers.front();
      answers.erase(answers.begin());
      return answer;
    });
  }
  void give(const std::string& body, int status = 200) { answers.push_back({.status = status, .body = body}); }
  int run(EventsOptions options) { return events(session, options); }

  std::vector<net::Response> answers;
  std::vector<std::string> calls;
};

using Calls = std::vector<std::string>;

TEST_CASE("a line of an event has its time with its zone, and what a reader asks") {
  const auto line = [](const std::string& more) { return event_line(*JsonValue::parse(event(1, more))); };
  CHECK(event_line(*JsonValue::parse(task(1, "RUNNING"))) == "2025-11-30 14:03:22.123Z  task    www/prod/web/3  STARTING -> RUNNING on h1");
  CHECK(line(R"("type":"host","host":"h1","from":"UP","to":"DOWN","message":"silent")") ==
        "2025-11-30 14:03:22.123Z  host    h1  UP -> DOWN: silent");
  CHECK(line(R"("type":"quota","role":"www","to":"SET","message":"CPU 1")") == "2025-11-30 14:03:22.123Z  quota   www  SET: CPU 1");
  CHECK(line(R"("type":"job","role":"a","environment":"b","name":"c","to":"KILLED","user":"ann","message":"all instances","reason":"because")") ==
        "2025-11-30 14:03:22.123Z  job     a/b/c  KILLED by ann: all instances (because)");
  CHECK(line(R"("type":"host","host":"h1","to":"UP","message":"a\nb\u001b[2J")").find('\n') == std::string::npos);
}

TEST_CASE("without more it shows the last events, and where they go on") {
  Fixture f;
  f.give(page(task(1, "RUNNING") + "," + task(2, "FAILED"), "T2"));
  CHECK(f.run({.pattern = "devcluster/www/prod"}) == 0);
  CHECK(f.calls == Calls{"page environment=prod follow=false limit=100 role=www"});
  CHECK(f.out.str().find("RUNNING on h1\n2025-11-30 14:03:22.123Z  task    www/prod/web/3  STARTING -> FAILED on h1\n") != std::string::npos);
  CHECK(f.err.str().find("--after T2") != std::string::npos);
}

TEST_CASE("behind a token it shows all that there is, page after page") {
  Fixture f;
  f.give(page(task(1, "RUNNING"), "T1", true));
  f.give(page(task(2, "FAILED"), "T2"));
  CHECK(f.run({.pattern = "devcluster", .types = "task,job", .after = "T0", .is_json = true}) == 0);
  CHECK(f.calls == Calls{"page after=T0 follow=false limit=1000 type=task,job", "page after=T1 follow=false limit=1000 type=task,job"});
  CHECK(f.out.str() == task(1, "RUNNING") + "\n" + task(2, "FAILED") + "\n");
}

TEST_CASE("parts that are patterns are chosen by us") {
  Fixture f;
  f.give(page(task(1, "RUNNING") + "," + event(2, R"("type":"job","role":"ops","environment":"prod","name":"web","to":"CREATED")"), "T2"));
  CHECK(f.run({.pattern = "devcluster/w*/prod"}) == 0);
  CHECK(f.calls == Calls{"page environment=prod follow=false limit=100"});
  CHECK(f.out.str().find("www/prod/web") != std::string::npos);
  CHECK(f.out.str().find("ops") == std::string::npos);
}

TEST_CASE("a follower goes on behind the last event when the stream ends, and says so") {
  Fixture f;
  f.pauses_before_interrupt = 3;
  f.give(page(task(1, "PENDING"), "T1"));
  f.give("retry: 2000\nid: T1\n\n" + frame(2, task(2, "RUNNING")) + ": still here\nid: T7\n\n");
  f.give(page(task(8, "FAILED"), "T8"));
  f.give(frame(9, task(9, "LOST")));
  f.give(page("", "T9"));
  f.give("", 503);
  CHECK(f.run({.pattern = "devcluster", .follows = true}) == 130);
  CHECK(f.calls == Calls{"page follow=false limit=10", "stream after=T1 follow=true", "page after=T7 follow=false limit=1000",
                         "stream after=T8 follow=true", "page after=T9 follow=false limit=1000", "stream after=T9 follow=true"});
  for (const char* status : {"PENDING", "RUNNING", "FAILED", "LOST"}) CHECK(f.out.str().find(status) != std::string::npos);
  CHECK(f.err.str().find("The stream of events has ended: the scheduler has closed it; going on behind T7 in 1 secs") != std::string::npos);
}

TEST_CASE("a follower whose token is gone says what is missing, and goes on with what there is") {
  Fixture f;
  f.pauses_before_interrupt = 2;
  f.give(page("", "T1"));
  f.give("");
  f.give(R"({"code":"FAILED_PRECONDITION","message":"'T1' is of an earlier start of the scheduler","details":["N9"]})", 410);
  f.give(R"({"events":[],"next":"N9","hasMore":false,"oldest":"N0"})");
  f.give(page(task(1, "RUNNING"), "N9"));
  f.give("");
  CHECK(f.run({.pattern = "devcluster", .follows = true}) == 130);
  CHECK(f.err.str().find("Events are missing here: 'T1' is of an earlier start of the scheduler") != std::string::npos);
  CHECK(f.out.str().find("RUNNING") != std::string::npos);
  CHECK(f.calls.back() == "stream after=N9 follow=true");
}

TEST_CASE("a token of the user's that is no place is an error in the scheduler's words") {
  Fixture f;
  f.give(R"({"code":"FAILED_PRECONDITION","message":"Events behind 'T1' are not kept any more: it is too old","details":["T9"]})", 410);
  CHECK(f.run({.pattern = "devcluster", .follows = true, .after = "T1"}) == 1);
  CHECK(f.err.str().find("it is too old") != std::string::npos);
}

TEST_CASE("wrong words are refused before anything is asked") {
  Fixture f;
  CHECK(f.run({.pattern = "devcluster", .limit = 0}) == 2);
  CHECK(f.run({.pattern = "*"}) != 0);
  CHECK(f.run({.pattern = "a/b/c/d/e"}) != 0);
  CHECK(f.run({.pattern = "nowhere"}) != 0);
  CHECK(f.calls.empty());
}

}  // namespace
}  // namespace aurora::client
