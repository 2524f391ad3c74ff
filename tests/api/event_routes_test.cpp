#include <catch2/catch.hpp>

#include "aurora/net/http.h"
#include "scheduler_bench.h"
#include "../net/raw_socket.h"

namespace aurora::api {
namespace {

using codec::JsonValue;

// What a page says of itself: "type:to" of each.
std::string brief(const JsonValue& page) {
  std::string text;
  for (const JsonValue& event : page.find("events")->items())
    text += (text.empty() ? "" : " ") + event.string_or("type", "") + ":" + event.string_or("to", "");
  return text;
}

struct Bench : SchedulerBench {
  using SchedulerBench::SchedulerBench;
  void begin() {
    report("h1");
    create(test::a_job("www/prod/web", 1));
    settle(seconds(2));
  }
  std::string refusal(const std::string& target, int status, const std::map<std::string, std::string>& headers = {}) {
    const net::Response answer = call("GET", target, "", headers);
    CHECK(answer.status == status);
    CHECK(JsonValue::parse(answer.body)->find("details") != nullptr);
    return JsonValue::parse(answer.body)->string_or("message", "");
  }
};

TEST_CASE("a page has the last events, and its token goes on where it ends") {
  Bench bench;
  bench.begin();
  const JsonValue page = bench.get("/v1/events");
  CHECK(brief(page) == "host:UP job:CREATED task:PENDING task:ASSIGNED");
  CHECK_FALSE(page.bool_or("hasMore", true));
  CHECK(brief(bench.get("/v1/events?limit=2")) == "task:PENDING task:ASSIGNED");
  const std::string next = page.string_or("next", "");
  CHECK(bench.get("/v1/events?after=" + next).find("events")->items().empty());
  bench.post("/v1/jobs/www/prod/web/kill", "{}");
  CHECK(brief(bench.get("/v1/events?after=" + next)) == "job:KILLED task:KILLING");
}

TEST_CASE("pages of any size, one after the other, have every event once") {
  Bench bench;
  bench.report("h1");
  bench.create(test::a_job("www/prod/web", 5));
  bench.settle(seconds(2));
  const std::string all = brief(bench.get("/v1/events?limit=1000"));
  for (const int limit : {1, 2, 3, 7, 100}) {
    std::string pages, token = bench.get("/v1/events").string_or("oldest", "");
    for (bool has_more = true; has_more;) {
      const JsonValue page = bench.get("/v1/events?limit=" + std::to_string(limit) + "&after=" + token);
      const std::string more = brief(page);
      if (!more.empty()) pages += (pages.empty() ? "" : " ") + more;
      token = page.string_or("next", "");
      has_more = page.bool_or("hasMore", true);
    }
    CHECK(pages == all);
  }
}

TEST_CASE("events are filtered by type, job, task and host") {
  Bench bench;
  bench.begin();
  bench.create(test::a_job("ops/prod/cache", 1));
  bench.put("/v1/roles/www/quota", R"({"cpus":1,"ramMb":64,"diskMb":64})");
  CHECK(brief(bench.get("/v1/events?type=host,quota")) == "host:UP quota:SET");
  CHECK(brief(bench.get("/v1/events?type=host&type=quota")) == "host:UP quota:SET");
  CHECK(brief(bench.get("/v1/events?role=ops&type=job")) == "job:CREATED");
  CHECK(brief(bench.get("/v1/events?role=www&environment=prod&name=web&type=task")) == "task:PENDING task:ASSIGNED");
  CHECK(brief(bench.get("/v1/events?name=none")).empty());
  CHECK(brief(bench.get("/v1/events?host=h1&role=www")) == "task:ASSIGNED");
  const std::string id = bench.get("/v1/events?type=task&limit=1").find("events")->items()[0].string_or("taskId", "");
  CHECK(brief(bench.get("/v1/events?limit=1&taskId=" + id)) != "");
}

TEST_CASE("a token that is no place here is refused, each kind in its own words, with the token to go on from") {
  Bench bench("", scheduler::EngineConfig{.scheduler_host = "scheduler", .events_max = 2});
  bench.begin();
  const std::string newest = bench.get("/v1/events").string_or("next", "");
  const std::string start = newest.substr(0, newest.rfind('-') + 1);
  const auto says = [&](const std::string& token, int status, const std::string& words) {
    const std::string message = bench.refusal("/v1/events?after=" + token, status);
    CHECK(message.find(words) != std::string::npos);
    CHECK(message.find("then follow from '" + newest + "'") != std::string::npos);
    for (const bool follows : {false, true}) {
      const auto headers = follows ? std::map<std::string, std::string>{{"accept", "text/event-stream"}, {"last-event-id", token}}
                                   : std::map<std::string, std::string>{};
      CHECK(bench.call("GET", "/v1/events" + std::string(follows ? "" : "?after=" + token), "", headers).status == status);
    }
  };
  says("nonsense", 400, "is not the token of an event");
  says(start + "99", 400, "is in the future");
  says(start + "0", 410, "too old");
  says("1000-0000-1", 410, "earlier start of the scheduler");
  says("9999999999999-0000-1", 410, "later start");
  CHECK(bench.refusal("/v1/events?after=" + std::string(100'000, 'x'), 400).size() < 1'000);
}

TEST_CASE("what is not understood is refused") {
  Bench bench;
  CHECK(bench.refusal("/v1/events?type=tasks", 400) ==
        "Query parameter 'type': there is no 'tasks'; events are of the types task, job, update, cron, host, quota");
  CHECK(bench.refusal("/v1/events?limit=0", 400) == "Query parameter 'limit' must be from 1 to 1000, not 0");
  CHECK(bench.refusal("/v1/events?limit=1001", 400) == "Query parameter 'limit' must be from 1 to 1000, not 1001");
  CHECK(bench.refusal("/v1/events?follow=maybe", 400).find("follow") != std::string::npos);
  CHECK(bench.refusal("/v1/events?job=web", 400).find("has no query parameter 'job'") != std::string::npos);
}

TEST_CASE("events need no secret, as other reads, and hold none") {
  Bench bench("0123456789abcdef");
  CHECK(bench.call("GET", "/v1/events").status == 200);
}

TEST_CASE("followers get what comes as server-sent events, and go on behind a token") {
  Bench bench;
  bench.begin();
  net::Server server({}, bench.routes());
  REQUIRE(server.start().ok());
  const auto open = [&](const std::string& more) {
    auto socket = std::make_unique<net::Socket>(server.port());
    socket->write("GET /v1/events" + more + " HTTP/1.1\r\nHost: localhost\r\nAccept: text/event-stream\r\n\r\n");
    return socket;
  };
  const auto read_until = [](net::Socket& socket, const std::string& end) {
    std::string text;
    while (text.find(end) == std::string::npos) {
      const std::string more = socket.read_exactly(1);
      if (more.empty()) break;
      text += more;
    }
    return text;
  };
  const auto live = open("");
  const std::string head = read_until(*live, "\r\n\r\n");
  CHECK(head.starts_with("HTTP/1.1 200 OK\r\n"));
  CHECK(head.find("Content-Type: text/event-stream; charset=utf-8\r\n") != std::string::npos);
  CHECK(head.find("Cache-Control: no-store\r\n") != std::string::npos);
  CHECK(read_until(*live, "\n\n").starts_with("retry: 2000\nid: "));
  bench.create(test::a_job("www/prod/more", 1));
  CHECK(read_until(*live, "\n\n").find("\"to\":\"CREATED\"") != std::string::npos);
  const std::string token = bench.get("/v1/events").string_or("oldest", "");
  const auto late = open("?after=" + token + "&type=host");
  CHECK(read_until(*late, "event: host").find("retry") != std::string::npos);
  bench.followers().stop();
  CHECK(late->read_all().find("\"to\":\"UP\"") != std::string::npos);
  CHECK(net::exchange(server.port(), "GET /v1/events HTTP/1.1\r\nHost: localhost\r\nAccept: text/event-stream\r\nConnection: close\r\n\r\n")
            .starts_with("HTTP/1.1 503"));
  CHECK(net::exchange(server.port(), "HEAD /v1/events HTTP/1.1\r\nHost: localhost\r\nAccept: text/event-stream\r\nConnection: close\r\n\r\n")
            .starts_with("HTTP/1.1 200"));
}

}  // namespace
}  // namespace aurora::api
