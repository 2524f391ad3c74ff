// `job logs`: what hosts answer, made one text; and what the verb refuses.
#include "aurora/client/logs.h"

#include <algorithm>
#include <catch2/catch.hpp>
#include <condition_variable>
#include <iostream>
#include <map>
#include <mutex>
#include <set>
#include <sstream>

#include "aurora/base/rng.h"
#include "aurora/codec/json_value.h"
#include "client/log_frames.h"
#include "client/log_hosts.h"
#include "client/log_merge.h"
#include "client/log_printer.h"
#include "session_fixture.h"

namespace aurora::client {
namespace {

// What is written beside the console, captured.
struct Captured {
  ~Captured() { std::cout.rdbuf(before); }
  std::ostringstream out;
  std::streambuf* before = std::cout.rdbuf(out.rdbuf());
};
struct SessionFixture : test::SessionFixture {
  using test::SessionFixture::SessionFixture;
  ~SessionFixture() { std::cout.rdbuf(before); }
  std::streambuf* before = std::cout.rdbuf(out.rdbuf());
};

constexpr char kTasks[] = "GET /v1/tasks";
constexpr char kKey[] = "devcluster/www/prod/web";

std::string task(int instance, const std::string& id, const std::string& status, const std::string& host) {
  const std::string url = host.empty() ? "" : ", \"host\": \"" + host + "\", \"taskUrl\": \"http://" + host + ":1/task/" + id + "\"";
  return "{\"taskId\": \"" + id + "\", \"instanceId\": " + std::to_string(instance) + ", \"status\": \"" + status + "\", \"isActive\": " +
         (status == "FINISHED" ? "false" : "true") + url + "}";
}
std::string page(const std::vector<std::string>& tasks) {
  std::string list;
  for (const std::string& one : tasks) list += (list.empty() ? "" : ", ") + one;
  return "{\"tasks\": [" + list + "], \"total\": " + std::to_string(tasks.size()) + "}";
}

std::string block(const std::string& task_id, int64_t at, const std::string& text, const std::string& more = "") {
  return "{\"taskId\":\"" + task_id + "\",\"process\":\"run\",\"run\":0,\"stream\":\"stdout\",\"timeMs\":" + std::to_string(at) + more +
         ",\"bytes\":" + std::to_string(text.size()) + "}\n" + text;
}
std::string state(const std::string& task_id, const std::string& more = "") {
  return "{\"taskId\":\"" + task_id + "\",\"cursor\":\"c\",\"processes\":1,\"seen\":7" + more + "}\n";
}
constexpr char kEnd[] = "{\"nowMs\":1000}\n";

LogPiece piece(const std::string& task_id, std::optional<int64_t> at, const std::string& text) {
  return {.task_id = task_id, .process = "run", .time_ms = at, .text = text};
}

// Read as it arrives, at most so many bytes at once.
Result<std::vector<LogNews>> read_answer(std::string_view body, size_t at_once) {
  std::vector<LogNews> all;
  LogAnswerReader reader([&](LogNews news) { all.push_back(std::move(news)); });
  for (; !body.empty(); body.remove_prefix(std::min(at_once, body.size()))) TRY(reader.add(body.substr(0, at_once)));
  if (TRY(reader.finish()) != 1000) return Error{ErrorCode::DataLoss, "another time"};
  return all;
}

TEST_CASE("an answer of a host is read as it arrives, task by task; one that was cut off is refused") {
  const std::string body = block("t1", 5, "a\nb\n") + block("t1", 6, "") + state("t1", ",\"hasMore\":true") +
                           block("t2", 6, "c\n", ",\"hasLost\":true") + state("t2") +
                           "{\"taskId\":\"t3\",\"error\":{\"code\":\"NOT_FOUND\",\"message\":\"Unknown task_id: t3\"}}\n" + kEnd;
  for (size_t at_once = 1; at_once <= body.size(); ++at_once) {
    const auto answer = read_answer(body, at_once);
    REQUIRE(answer.ok());
    REQUIRE(answer->size() == 3);
    REQUIRE(answer->at(0).pieces.size() == 2);
    CHECK(answer->at(0).pieces[0].text == "a\nb\n");
    CHECK(answer->at(0).state.has_more);
    CHECK(answer->at(0).state.seen == 7);
    CHECK(answer->at(1).pieces.at(0).has_lost);
    CHECK(answer->at(1).pieces[0].text == "c\n");
    CHECK(answer->at(2).pieces.empty());
    CHECK(answer->at(2).state.error->message == "Unknown task_id: t3");
  }
  for (size_t length = 0; length < body.size(); ++length) REQUIRE_FALSE(read_answer(std::string_view(body).substr(0, length), 7).ok());
  for (const char* bad : {"x\n", "[1]\n", "{\"taskId\":\"t\",\"bytes\":-1}\n", "{\"taskId\":\"t\",\"bytes\":99999999999}\nx\n"})
    CHECK_FALSE(read_answer(bad + std::string(kEnd), 100).ok());
  CHECK_FALSE(read_answer(std::string(2u << 20, 'x') + "\n" + kEnd, 4'096).ok());
}

TEST_CASE("pieces of many tasks are merged by time, and a task that has not said what comes next holds the others up") {
  LogMerge merge;
  merge.add_task("t1");
  merge.add_task("t2");
  merge.add(piece("t1", 10, "1\n"));
  merge.add(piece("t1", 30, "3\n"));
  CHECK_FALSE(merge.take());
  merge.add(piece("t2", 20, "2\n"));
  CHECK(merge.take()->text == "1\n");
  CHECK(merge.take()->text == "2\n");
  CHECK_FALSE(merge.take());
  merge.catch_up("t2");
  CHECK(merge.take()->text == "3\n");
  merge.finish("t1");
  CHECK(merge.is_over("t1"));
  CHECK_FALSE(merge.are_all_over());
  merge.add(piece("t2", std::nullopt, "4\n"));  // when, is not known: it stays behind what came before
  merge.finish("t2");
  CHECK_FALSE(merge.is_over("t2"));
  CHECK(merge.bytes_of("t2") == 2);
  CHECK(merge.take()->text == "4\n");
  CHECK(merge.are_all_over());
  merge.add(piece("t9", 1, "of nobody\n"));
  CHECK_FALSE(merge.take());
}

TEST_CASE("whatever comes in whatever order, each task's pieces stay in order and times never go back") {
  Rng rng(3);
  for (int round = 0; round < 50; ++round) {
    LogMerge merge;
    std::map<std::string, std::vector<int64_t>> times;
    for (int t = 0; t < 5; ++t) {
      const std::string id = "t" + std::to_string(t);
      merge.add_task(id);
      int64_t now = 0;
      for (uint64_t n = rng.below(20); n > 0; --n) times[id].push_back(now += static_cast<int64_t>(rng.below(10)));
      times[id];
    }
    std::map<std::string, size_t> added;
    std::map<std::string, size_t> taken;
    int64_t last = 0;
    for (size_t over = 0; over < times.size();) {
      const std::string id = "t" + std::to_string(rng.below(5));
      if (added[id] < times[id].size()) {
        merge.add(piece(id, times[id][added[id]], std::to_string(added[id])));
        ++added[id];
      } else if (added[id] == times[id].size()) {
        merge.finish(id);
        ++added[id];
        ++over;
      }
      while (const auto next = merge.take()) {
        REQUIRE(next->text == std::to_string(taken[next->task_id]++));
        REQUIRE(*next->time_ms >= last);
        last = *next->time_ms;
      }
    }
    CHECK(merge.are_all_over());
  }
}

TEST_CASE("lines are marked with their instance, and with their process where there are several") {
  Captured captured;
  std::ostringstream& out = captured.out;
  std::ostringstream err;
  Console console(out, err, {});
  auto printer = LogPrinter::make(console, {});
  printer->print(3, piece("t", 1, "one\n\x1b[31mred\x1b[0m \xff\n"), false);
  printer->print(12, piece("t", 1, "two\n"), true);
  printer->flush();
  CHECK(out.str() == "[3] one\n[3] \x1b[31mred\x1b[0m \xff\n[12 run] two\n");
}

TEST_CASE("lines of all lengths are marked, whatever was chosen of them, and the last need not end") {
  Rng rng(5);
  for (int round = 0; round < 20; ++round) {
    std::string text;
    std::string expected;
    for (uint64_t n = 1 + rng.below(300); n > 0; --n) {
      const std::string line(rng.below(20) == 0 ? rng.below(40'000) : rng.below(300), 'x');
      text += line + "\n";
      expected += "[3] " + line + "\n";
    }
    if (round % 2 == 1 && !text.ends_with("\n\n")) text.pop_back();
    for (const char* grep : {"", "^x*$"}) {
      Captured captured;
      std::ostringstream err;
      Console console(captured.out, err, {});
      auto printer = LogPrinter::make(console, {.grep = grep});
      printer->print(3, piece("t", 1, text), false);
      printer->flush();
      CHECK(captured.out.str() == expected);
    }
  }
}

TEST_CASE("on a terminal colours stay and nothing else commands it") {
  CHECK(terminal_line("\x1b[1;31mred\x1b[0m", true) == "\x1b[1;31mred\x1b[0m\x1b[0m");
  CHECK(terminal_line("\x1b[1;31mred", false) == "red");
  CHECK(terminal_line("\x1b[2J\x1b]0;title\a", true).find('\x1b') == std::string::npos);
  CHECK(terminal_line("a\x1b[", true).find('\x1b') == std::string::npos);
  Captured captured;
  std::ostringstream& out = captured.out;
  std::ostringstream err;
  Console console(out, err, {.is_terminal_out = true, .has_colour_out = true});
  auto printer = LogPrinter::make(console, {});
  LogPiece error = piece("t", 1, "bad\rword\n");
  error.is_error = true;
  printer->print(0, error, false);
  printer->flush();
  CHECK(out.str() == "\x1b[36m[0] \x1b[0m\x1b[31mbad\xef\xbf\xbdword\x1b[0m\n");
}

TEST_CASE("lines are chosen by a regular expression, and shown with times or as JSON") {
  Captured captured;
  std::ostringstream& out = captured.out;
  std::ostringstream err;
  Console console(out, err, {});
  {
    auto printer = LogPrinter::make(console, {.grep = "^(warn|error):", .ignores_case = true});
    printer->print(0, piece("t", 1, "info: x\nERROR: y\nan error: z\nwarn:\n"), false);
    printer->flush();
  }
  CHECK(out.str() == "[0] ERROR: y\n[0] warn:\n");
  out.str("");
  {
    auto printer = LogPrinter::make(console, {.has_times = true});
    printer->print(0, piece("t", 0, "x\n"), false);
    printer->print(0, piece("t", std::nullopt, "y\n"), false);
    printer->flush();
  }
  CHECK(out.str() == "1970-01-01T00:00:00.000Z [0] x\n- [0] y\n");
  out.str("");
  {
    auto printer = LogPrinter::make(console, {.is_json = true});
    printer->print(2, piece("t", 5, "a\"b\xff\n"), true);
    printer->flush();
  }
  const auto line = codec::JsonValue::parse(out.str());
  REQUIRE(line.ok());
  CHECK(line->string_or("text", "") == "a\"b\\xff");
  CHECK(line->int_or("instance", 0) == 2);
  CHECK_THAT(LogPrinter::make(console, {.grep = "("}).error().message, Catch::Contains("--grep (:") && Catch::Contains("grep -E"));
}

TEST_CASE("no pattern takes longer than the lines are long") {
  Captured captured;
  std::ostringstream err;
  Console console(captured.out, err, {});
  const std::string text = std::string(1'000'000, 'a') + "!\nother\n\xff bad \n";
  for (const char* grep : {"(a+)+$", "(a|aa)+$", "(a*)*b", "(a|b)*c", "(.*)(.*)(.*)(.*)(.*)x", "bad"}) {
    auto printer = LogPrinter::make(console, {.grep = grep});
    REQUIRE(printer.ok());
    printer->print(0, piece("t", 1, text), false);
    printer->flush();
  }
  CHECK(captured.out.str() == "[0] \xff bad \n[0] \xff bad \n");  // (a*)*b, and the last
  for (const std::string& grep : {std::string("(a{1000}){1000}"), std::string("a{32767}"), std::string(100'000, '(')})
    CHECK_FALSE(LogPrinter::make(console, {.grep = grep}).ok());
}

TEST_CASE("job logs asks each host once for all its tasks and prints what they wrote by time") {
  SessionFixture f(Grammar::NounVerb);
  f.reply(kTasks, 200, page({task(0, "t0", "RUNNING", "h1"), task(1, "t1", "FINISHED", "h2"), task(2, "t2", "RUNNING", "h1"), task(3, "t3", "PENDING", "")}));
  f.http.serve("http://h1:1", [](const net::Request&) {
    return net::Response{.body = block("t0", 10, "first\n") + block("t0", 40, "last\n") + state("t0") + block("t2", 30, "third\n") + state("t2") + kEnd};
  });
  f.http.serve("http://h2:1", [](const net::Request&) {
    return net::Response{.body = block("t1", 20, "second\n") + state("t1", ",\"hasEnded\":true") + kEnd};
  });
  CHECK(job_logs(f.session, {.key = kKey, .processes = {"run"}, .since = "10m", .tail = 5}) == 0);
  CHECK(f.out.str() == "[0] first\n[1] second\n[2] third\n[0] last\n");
  CHECK_THAT(f.err.str(), Catch::Contains("1 instance waits for a host, and has nothing to show yet"));
  size_t asked = 0;
  for (const net::ClientRequest& request : f.http.requests()) {
    if (request.url != "http://h1:1/v1/logs:read") continue;
    ++asked;
    const auto body = codec::JsonValue::parse(request.body);
    CHECK(body->find("tasks")->items().size() == 2);
    CHECK(body->int_or("tail", 0) == 5);
    CHECK(body->string_or("since", "") == "10m");
    CHECK_FALSE(body->bool_or("follow", true));
  }
  CHECK(asked == 1);
}

TEST_CASE("job logs -f goes on with the task that takes an instance's place, and ends when all have ended") {
  SessionFixture f(Grammar::NounVerb);
  f.reply(kTasks, 200, page({task(0, "t0", "RUNNING", "h1")}));
  f.reply(kTasks, 200, page({task(0, "t1", "FINISHED", "h1"), task(0, "t0", "FINISHED", "h1")}));
  f.http.serve("http://h1:1", [&](const net::Request& request) {
    f.clock.advance(seconds(10));
    const std::string id = request.body.find("\"t1\"") != std::string::npos ? "t1" : "t0";
    CHECK((request.body.find("\"tail\":3") != std::string::npos) == (id == "t0"));  // what came later is read from its first line
    return net::Response{.body = block(id, 10, "of " + id + "\n") + state(id, ",\"hasEnded\":true") + kEnd};
  });
  CHECK(job_logs(f.session, {.key = kKey, .follows = true, .tail = 3}) == 0);
  CHECK(f.out.str() == "[0] of t0\n[0] of t1\n");
  CHECK_THAT(f.err.str(), Catch::Contains("instance 0 goes on as task t1 on h1; before: FINISHED"));
}

TEST_CASE("a host that asks for the cluster's secret gets it, one that does not answer is told of once") {
  SessionFixture f(Grammar::NounVerb);
  const std::string file = f.folder.path() + "/secret";
  std::ofstream(file) << "0123456789abcdef\n";
  f.session.set_secret_file(file);
  f.reply(kTasks, 200, page({task(0, "t0", "RUNNING", "h1"), task(1, "t1", "RUNNING", "h2")}));
  f.http.serve("http://h1:1", [](const net::Request& request) {
    if (!request.headers.contains("authorization")) return net::Response{.status = 401, .body = "{}"};
    return net::Response{.body = block("t0", 10, "shown\n") + state("t0") + kEnd};
  });
  CHECK(job_logs(f.session, {.key = kKey}) == 7);  // nobody is at h2
  CHECK(f.out.str() == "[0] shown\n");
  const std::string said = f.err.str();
  CHECK_THAT(said, Catch::Contains("Host h2 does not answer, logs of 1 instance are missing") && Catch::Contains("Some logs are missing"));
  CHECK(said.find("Host h2") == said.rfind("Host h2"));
}

// A host whose tasks t0, t1, ... have written three pieces each, of which an answer has one.
class ManyTasks {
 public:
  net::Response answer(const net::Request& request) {
    const auto wish = codec::JsonValue::parse(request.body);
    const auto tasks = wish->find("tasks")->items();
    std::unique_lock lock(mutex_);
    widest = std::max(widest, tasks.size());
    for (const auto& task : tasks) asked_twice += asked_for_.insert(task.string_or("taskId", "")).second ? 0 : 1;
    most_at_once = std::max(most_at_once, ++at_once_);
    changed_.notify_all();
    // The second one is on its way, or all that is left is asked for here.
    if (answers_++ == 1) changed_.wait_for(lock, std::chrono::seconds(20), [this] { return most_at_once == 2; });
    std::string body;
    for (const auto& task : tasks) body += more_of(task);
    for (const auto& task : tasks) asked_for_.erase(task.string_or("taskId", ""));
    --at_once_;
    if (fails_from >= 0 && answers_ > fails_from) return {.status = 503, .body = "{}"};
    return {.body = body + kEnd};
  }
  static std::string lines_of(int task) {
    std::string lines;
    for (int piece = 0; piece < 3; ++piece) lines += "[" + std::to_string(task) + "] " + std::to_string(piece) + "\n";
    return lines;
  }

  int most_at_once = 0;
  size_t widest = 0;  // tasks of one question
  int asked_twice = 0;  // tasks that two questions at once were for
  int fails_from = -1;

 private:
  static std::string more_of(const codec::JsonValue& task) {
    const std::string id = task.string_or("taskId", "");
    const int piece = std::stoi(task.string_or("cursor", "0"));
    const std::string after = "{\"taskId\":\"" + id + "\",\"cursor\":\"" + std::to_string(piece + 1) + "\",\"processes\":1" +
                              (piece < 2 ? ",\"hasMore\":true" : "") + "}\n";
    return block(id, 10, std::to_string(piece) + "\n") + after;
  }

  std::mutex mutex_;
  std::condition_variable changed_;
  std::set<std::string> asked_for_;
  int at_once_ = 0;
  int answers_ = 0;
};

TEST_CASE("while a host has much to tell it is asked two questions at once, of different tasks, and no line is lost or told twice") {
  SessionFixture f(Grammar::NounVerb);
  std::vector<std::string> tasks;
  constexpr int kTasksOfHost = 12;
  for (int i = 0; i < kTasksOfHost; ++i) tasks.push_back(task(i, "t" + std::to_string(i), "RUNNING", "h1"));
  f.reply(kTasks, 200, page(tasks));
  ManyTasks host;
  f.http.serve("http://h1:1", [&](const net::Request& request) { return host.answer(request); });
  CHECK(job_logs(f.session, {.key = kKey}) == 0);
  CHECK(host.most_at_once == 2);
  CHECK(host.asked_twice == 0);
  CHECK(host.widest == 4);  // as many as an answer has room for
  std::map<int, std::string> lines;
  std::istringstream out(f.out.str());
  for (std::string line; std::getline(out, line);) lines[std::stoi(line.substr(1))] += line + "\n";
  for (int i = 0; i < kTasksOfHost; ++i) CHECK(lines[i] == ManyTasks::lines_of(i));
}

TEST_CASE("a host that stops answering two questions at once is told of once") {
  SessionFixture f(Grammar::NounVerb);
  std::vector<std::string> tasks;
  for (int i = 0; i < 12; ++i) tasks.push_back(task(i, "t" + std::to_string(i), "RUNNING", "h1"));
  f.reply(kTasks, 200, page(tasks));
  ManyTasks host;
  host.fails_from = 1;
  f.http.serve("http://h1:1", [&](const net::Request& request) { return host.answer(request); });
  CHECK(job_logs(f.session, {.key = kKey}) == 7);
  CHECK(host.most_at_once == 2);
  size_t asked = 0;
  for (const net::ClientRequest& request : f.http.requests()) asked += request.url == "http://h1:1/v1/logs:read" ? 1 : 0;
  CHECK(asked == 5);  // one that was answered, two at once, and twice more
  const std::string said = f.err.str();
  CHECK_THAT(said, Catch::Contains("Host h1 does not answer, logs of 12 instances are missing"));
  CHECK(said.find("Host h1") == said.rfind("Host h1"));
}

// Its host says nothing before it is let go.
class StandingHost {
 public:
  net::Response answer() {
    std::unique_lock lock(mutex_);
    changed_.wait_for(lock, std::chrono::seconds(20), [this] { return goes_; });
    return {.body = block("t1", 10, "late\n") + state("t1", ",\"hasEnded\":true") + kEnd};
  }
  void go() {
    const std::lock_guard lock(mutex_);
    goes_ = true;
    changed_.notify_all();
  }

 private:
  std::mutex mutex_;
  std::condition_variable changed_;
  bool goes_ = false;
};

TEST_CASE("a host that says nothing yet is told of, and a follower sees what the others write meanwhile") {
  using Kind = LogNotice::Kind;
  for (const bool follows : {true, false}) {
    INFO(follows);
    SessionFixture f(Grammar::NounVerb);
    StandingHost standing;
    f.http.serve("http://h1:1", [](const net::Request&) {
      return net::Response{.body = block("t0", 20, "shown\n") + state("t0", ",\"hasEnded\":true") + kEnd};
    });
    f.http.serve("http://h2:1", [&](const net::Request&) { return standing.answer(); });
    LogHosts hosts(f.http, {.follows = follows, .patience = milliseconds(20)}, "", 2);
    hosts.add_task("t0", "h1", "http://h1:1");
    hosts.add_task("t1", "h2", "http://h2:1");
    std::string text;
    std::vector<LogNotice> notices;
    const auto read_until = [&](const auto& is_true) {
      for (int i = 0; i < 2'000 && !is_true(); ++i) {
        for (const LogPiece& piece : hosts.take(milliseconds(10))) text += piece.text;
        for (LogNotice& notice : hosts.take_notices()) notices.push_back(std::move(notice));
      }
    };
    read_until([&] { return !notices.empty() && (!follows || !text.empty()); });
    REQUIRE(notices.size() == 1);
    CHECK(notices[0].kind == Kind::HostSlow);
    CHECK(notices[0].host == "h2");
    CHECK(text == (follows ? "shown\n" : ""));
    standing.go();
    read_until([&] { return hosts.are_all_over() && notices.size() == 2; });
    CHECK(text == (follows ? "shown\nlate\n" : "late\nshown\n"));
    REQUIRE(notices.size() == 2);
    CHECK(notices[1].kind == Kind::HostAnswers);
    CHECK_FALSE(hosts.has_missing());
  }
}

TEST_CASE("what job logs refuses says what to do instead") {
  SessionFixture f(Grammar::NounVerb);
  CHECK(job_logs(f.session, {.key = "devcluster/www"}) == 2);
  CHECK(job_logs(f.session, {.key = kKey, .grep = "["}) == 2);
  for (const char* since : {"soon", "10x", "m", "-5m", "2026-01-31"}) CHECK(job_logs(f.session, {.key = kKey, .since = since}) == 2);
  std::vector<std::string> many;
  for (int i = 0; i < 1001; ++i) many.push_back(task(i, "t" + std::to_string(i), "RUNNING", "h1"));
  f.reply(kTasks, 200, page(many));
  CHECK(job_logs(f.session, {.key = kKey}) == 6);
  CHECK_THAT(f.err.str(), Catch::Contains("These are 1001 instances on 1 hosts; logs of at most 1000 instances on 200 hosts are read at once") &&
                              Catch::Contains("aurora job logs devcluster/www/prod/web/0-199"));
}

}  // namespace
}  // namespace aurora::client
