// GET /v1/tasks/{taskId}/logs: what is asked, what is answered, and who follows.
#include <thread>

#include "api/since.h"
#include "executor_bench.h"

using namespace aurora;
using namespace aurora::api;

namespace {

void append_log(ExecutorBench& bench, const core::TaskId& id, const std::string& log, const std::string& text) {
  const std::string path = bench.sandbox(id) + "/.logs/" + log;
  std::filesystem::create_directories(path.substr(0, path.rfind('/')));
  const auto file = os::open_for_append(path);
  REQUIRE(os::append_all(*file, text).ok());
}

// "fetch stdout <text>; run stderr <text>"
std::string lines_of(const codec::JsonValue& page) {
  std::string text;
  for (const codec::JsonValue& line : page.find("lines")->items()) {
    text += (text.empty() ? "" : "; ") + line.string_or("process", "?") + " " + line.string_or("stream", "?") + " " +
            line.string_or("text", "?");
  }
  return text;
}

// A stream, read to its end.
std::string read_all(const net::Response& response) {
  std::string text;
  for (std::string piece; !(piece = response.stream(text.size())).empty();) text += piece;
  return text;
}

const std::string kLogs = "/v1/tasks/t1/logs";

}  // namespace

TEST_CASE("logs are answered as lines, with a cursor to go on") {
  ExecutorBench bench;
  const core::TaskId id = bench.add_task("t1");
  append_log(bench, id, "run/0/stderr", "trouble\nmore");
  const auto page = bench.json(kLogs);
  CHECK(lines_of(page) == "fetch stdout <module> & \xef\xbf\xbd; run stderr trouble; run stderr more");
  CHECK_FALSE(page.bool_or("hasMore", true));
  CHECK(page.find("lines")->items()[2].bool_or("isUnfinished", false));
  append_log(bench, id, "run/0/stderr", " words\n");
  CHECK(lines_of(bench.json(kLogs + "?cursor=" + page.string_or("cursor", ""))) == "run stderr more words");
  const auto first = bench.json(kLogs + "?limit=1");
  CHECK(first.bool_or("hasMore", false));
  CHECK(lines_of(bench.json(kLogs + "?limit=1&cursor=" + first.string_or("cursor", ""))) == "run stderr trouble");
  CHECK(lines_of(bench.json(kLogs + "?tail=1")) == "run stderr more words");
  CHECK(lines_of(bench.json(kLogs + "?process=run&process=fetch&stream=stdout")) == "fetch stdout <module> & \xef\xbf\xbd");
  CHECK(lines_of(bench.json(kLogs + "?process=run&run=0&stream=stderr&tail=2")) == "run stderr trouble; run stderr more words");
  CHECK(lines_of(bench.json(kLogs + "?search=WORDS&ignoreCase=true&context=1")) == "run stderr trouble; run stderr more words");
  CHECK(lines_of(bench.json(kLogs + "?search=WORDS")).empty());
  CHECK(lines_of(bench.json(kLogs + "?since=9999-01-01T00:00:00Z")).empty());
}

TEST_CASE("logs as text: lines, what is no UTF-8 escaped, long ones cut, gaps of a search shown") {
  ExecutorBench bench;
  const core::TaskId id = bench.add_task("t1");
  const net::Response page = bench.get(kLogs + "?format=text");
  CHECK(page.content_type == "text/plain; charset=utf-8");
  CHECK(page.body == "<module> & \\xff\n");
  CHECK(page.headers.contains("Log-Cursor"));
  append_log(bench, id, "run/0/stdout", "hit 1\nno\nhit 2\n" + std::string(70'000, 'x') + "\n");
  CHECK(bench.get(kLogs + "?format=text&search=hit").body == "hit 1\n--\nhit 2\n");
  const std::string last = bench.get(kLogs + "?format=text&process=run&tail=1").body;
  CHECK(last == std::string(65'536, 'x') + " [4464 bytes left out]\n");
}

TEST_CASE("what is wrong with a question about logs is said") {
  ExecutorBench bench;
  bench.add_task("t1");
  for (const char* query :
       {"run=-1", "run=x", "run=1234567", "stream=stdin", "tail=-1", "tail=10001", "tail=x", "limit=0", "limit=10001", "since=yesterday",
        "format=xml", "context=101", "before=-1", "search=a&tail=1", "search=a&follow=true", "follow=perhaps", "ignoreCase=2",
        "cursor=none", "lines=3"}) {
    CAPTURE(query);
    CHECK(bench.get(kLogs + "?" + query).status == 400);
  }
  CHECK(bench.get(kLogs + "?search=" + std::string(1'025, 'a')).status == 400);
  CHECK(bench.get(kLogs + "?search=a\nb").status == 400);
  for (const char* query : {"process=none", "process=../..", "run=7", "process=fetch&run=1"}) {
    CAPTURE(query);
    CHECK(bench.get(kLogs + "?" + query).status == 404);
    CHECK(bench.get(kLogs + "?follow=true&" + query).status == 404);
  }
  CHECK(bench.get("/v1/tasks/none/logs").status == 404);
  CHECK(bench.get("/v1/tasks/none/logs?follow=true").status == 404);
}

TEST_CASE("who follows gets what comes, and the end when the task has ended") {
  ExecutorBench bench;
  const core::TaskId id = bench.add_task("t1");
  append_log(bench, id, "run/0/stdout", "one\ntw");
  const net::Response followed = bench.get(kLogs + "?follow=true&format=text&process=run");
  CHECK(followed.content_type == "text/plain; charset=utf-8");
  CHECK_FALSE(followed.content_length);
  REQUIRE(followed.stream);
  CHECK(followed.stream(0) == "one\n");
  append_log(bench, id, "run/0/stdout", "o\n");
  CHECK(followed.stream(4) == "two\n");
  append_log(bench, id, "run/0/stdout", "three");
  bench.end_task(id);
  CHECK(read_all(followed) == "three\n");
  CHECK(read_all(bench.get(kLogs + "?follow=true&process=run&tail=1")) ==
        "{\"process\":\"run\",\"run\":0,\"stream\":\"stdout\",\"timeMs\":" +
            std::to_string(bench.json(kLogs + "?process=run&tail=1").find("lines")->items()[0].int_or("timeMs", 0)) +
            ",\"text\":\"three\",\"isUnfinished\":true}\n");
}

TEST_CASE("a follower is let go when the executor stops, and told where to go on") {
  ExecutorBench bench;
  bench.add_task("t1");
  const net::Response followed = bench.get(kLogs + "?follow=true&tail=0");
  std::thread stopping([&] { bench.log_times().let_go(); });
  const auto last = codec::JsonValue::parse(read_all(followed));
  stopping.join();
  REQUIRE(last.ok());
  CHECK(lines_of(bench.json(kLogs + "?cursor=" + last->string_or("cursor", "none"))).empty());
}

TEST_CASE("followers have a bound, and one that goes makes room") {
  ExecutorBench bench;
  bench.add_task("t1");
  std::vector<net::Response> followers;
  for (int i = 0; i < kLogFollowersMax; ++i) followers.push_back(bench.get(kLogs + "?follow=true"));
  for (const net::Response& follower : followers) CHECK(follower.status == 200);
  const net::Response refused = bench.get(kLogs + "?follow=true");
  CHECK(refused.status == 429);
  CHECK(refused.body.find("cursor") != std::string::npos);
  CHECK(bench.get(kLogs).status == 200);
  CHECK(bench.get(kLogs + "?follow=true&search=x").status == 429);
  followers.pop_back();
  CHECK(bench.get(kLogs + "?follow=true&run=9").status == 404);  // a failure keeps no place
  CHECK(bench.get(kLogs + "?follow=true").status == 200);
}

namespace {

net::Response read_many(ExecutorBench& bench, const std::string& body) {
  return bench.send("POST", "/v1/logs:read", body);
}

// "t1 fetch stdout <text>" a line; "t1 cursor hasMore"; "t2 error"
std::string frames_of(const net::Response& answer) {
  std::string text;
  std::string_view left = answer.body;
  while (!left.empty()) {
    const size_t end = left.find('\n');
    INFO(left);
    REQUIRE(end != std::string_view::npos);
    const auto head = codec::JsonValue::parse(left.substr(0, end));
    REQUIRE(head.ok());
    left.remove_prefix(end + 1);
    const auto bytes = static_cast<size_t>(head->int_or("bytes", 0));
    text += head->string_or("taskId", "end");
    if (bytes > 0) text += " " + head->string_or("process", "") + " " + head->string_or("stream", "") + " " + std::string(left.substr(0, bytes));
    if (head->find("cursor")) text += std::string(" cursor") + (head->bool_or("hasMore", false) ? " more" : "") + (head->bool_or("hasEnded", false) ? " ended" : "") + "\n";
    if (const auto* error = head->find("error")) text += " " + error->string_or("code", "") + "\n";
    left.remove_prefix(bytes);
  }
  return text;
}

std::string cursor_of(const net::Response& answer, const std::string& name) {
  const size_t begin = answer.body.rfind("\"" + name + "\":") + name.size() + 3;
  const size_t end = answer.body[begin] == '"' ? answer.body.find('"', begin + 1) + 1 : answer.body.find_first_of(",}", begin);
  return answer.body.substr(begin, end - begin);
}

}  // namespace

TEST_CASE("logs of many tasks are answered at once, each with where it stands") {
  ExecutorBench bench;
  const core::TaskId one = bench.add_task("t1");
  append_log(bench, one, "run/0/stderr", "trouble\nmore\n");
  const net::Response answer = read_many(bench, R"({"tasks": [{"taskId": "t1"}, {"taskId": "t2"}], "processes": ["run"]})");
  CHECK(answer.status == 200);
  CHECK(frames_of(answer) == "t1 run stderr trouble\nmore\nt1 cursor\nt2 NOT_FOUND\nend");
  append_log(bench, one, "run/0/stderr", "again\n");
  const std::string cursor = cursor_of(answer, "cursor");
  CHECK(frames_of(read_many(bench, R"({"tasks": [{"taskId": "t1", "cursor": )" + cursor + R"(}], "processes": ["run"]})")) ==
        "t1 run stderr again\nt1 cursor\nend");
  CHECK(frames_of(read_many(bench, R"({"tasks": [{"taskId": "t1"}], "processes": ["run"], "stream": "stderr", "tail": 1})")) ==
        "t1 run stderr again\nt1 cursor\nend");
  CHECK(frames_of(read_many(bench, R"({"tasks": [{"taskId": "t1"}], "processes": ["run"], "stream": "stdout"})")) == "t1 cursor\nend");
}

TEST_CASE("a reading of many tasks has bounds and says which") {
  ExecutorBench bench;
  bench.add_task("t1");
  std::string many;
  for (int i = 0; i < 257; ++i) many += (i > 0 ? "," : "") + std::string(R"({"taskId": "t)") + std::to_string(i) + "\"}";
  for (const std::string& bad : {std::string(R"({"tasks": []})"), "{\"tasks\": [" + many + "]}", std::string("{}"), std::string("[]"),
                                 std::string(R"({"tasks": [{"taskId": "t1"}], "tail": 10001})"), std::string(R"({"tasks": [{"taskId": "t1"}], "waitMs": 30001})"),
                                 std::string(R"({"tasks": [{"taskId": "t1"}], "bytesPerTask": 0})"), std::string(R"({"tasks": [{"taskId": "t1"}], "stream": "all"})"),
                                 std::string(R"({"tasks": [{"taskId": "t1"}], "since": "soon"})"), std::string(R"({"tasks": [{"taskId": "t1"}], "serch": "x"})")}) {
    CAPTURE(bad.substr(0, 100));
    CHECK(read_many(bench, bad).status == 400);
  }
  CHECK(frames_of(read_many(bench, R"({"tasks": [{"taskId": "t1", "cursor": "nonsense"}]})")) == "t1 INVALID_ARGUMENT\nend");
}

TEST_CASE("whoever waits for logs of many tasks is one of those who follow, and is answered when one has more") {
  ExecutorBench bench;
  const core::TaskId id = bench.add_task("t1");
  const net::Response first = read_many(bench, R"({"tasks": [{"taskId": "t1"}], "follow": true})");
  const std::string task = R"({"tasks": [{"taskId": "t1", "cursor": )" + cursor_of(first, "cursor") + R"(, "seen": )" + cursor_of(first, "seen") + R"(}], "follow": true)";
  CHECK(frames_of(read_many(bench, task + "}")) == "end");  // nothing has changed
  net::Response waited;
  std::thread waiting([&] { waited = read_many(bench, task + R"(, "waitMs": 30000})"); });
  bench.log_times().let_go();
  waiting.join();
  CHECK(waited.status == 200);
  std::vector<net::Response> followers;
  for (int i = 0; i < kLogFollowersMax; ++i) followers.push_back(bench.get(kLogs + "?follow=true"));
  const net::Response refused = read_many(bench, task + R"(, "waitMs": 1000})");
  CHECK(refused.status == 429);
  CHECK(refused.body.find("waitMs") != std::string::npos);
  CHECK(read_many(bench, task + "}").status == 200);
}

TEST_CASE("moments in a query: how long ago, in words of ISO 8601, or a number") {
  const Instant now{1'000'000'000'000};
  const auto since = [&](const std::string& text) {
    const Result<Instant> at = parse_since(text, now);
    return at.ok() ? at->ms : -1;
  };
  CHECK(since("500ms") == now.ms - 500);
  CHECK(since("90s") == now.ms - 90'000);
  CHECK(since("10m") == now.ms - 600'000);
  CHECK(since("2h") == now.ms - 7'200'000);
  CHECK(since("1d") == now.ms - 86'400'000);
  CHECK(since("0") == 0);
  CHECK(since("1769903999123") == 1'769'903'999'123);
  CHECK(since("2026-01-31T23:59:59Z") == 1'769'903'999'000);
  CHECK(since("2026-01-31T23:59:59.123Z") == 1'769'903'999'123);
  CHECK(since("2026-01-31T23:59:59.1234567Z") == 1'769'903'999'123);
  CHECK(since("2026-02-01T01:59:59+02:00") == 1'769'903'999'000);
  CHECK(since("2026-01-31T18:29:59-05:30") == 1'769'903'999'000);
  for (const char* text : {"", "10", "m", "10 m", "-10m", "10y", "99999999999999999d", "2026-01-31", "2026-01-31T23:59:59",
                           "2026-13-01T00:00:00Z", "2026-01-31T24:00:00Z", "2026-01-31T23:59:59+2", "2026-01-31T23:59:59Zx"}) {
    CAPTURE(text);
    CHECK(since(text) == (std::string(text) == "10" ? 10 : -1));
  }
}
