// Requests that another server answers in our place, over real connections.
#include <atomic>
#include <catch2/catch.hpp>
#include <condition_variable>
#include <future>
#include <mutex>

#include "aurora/net/forwards.h"
#include "aurora/net/secret.h"
#include "one_answer.h"

namespace aurora::net {
namespace {

constexpr const char* kSecret = "0123456789abcdef";

// The one behind: says what it was asked, and waits with /slow until it may go on.
class Behind {
 public:
  Behind() : server_({.threads = 4}, routes()) { REQUIRE(server_.start().ok()); }
  ~Behind() { let_go(); }
  std::string origin() const { return "http://127.0.0.1:" + std::to_string(server_.port()); }
  void let_go() {
    const std::lock_guard lock(mutex_);
    may_go_ = true;
    goes_.notify_all();
  }

 private:
  static std::string many_pieces(size_t offset) { return std::string(offset < 3'000'000 ? 100'000 : 0, 'x'); }
  std::vector<Route> routes() {
    Route guarded{"POST", "/guarded", [](const Request&) { return Response{.body = "inside"}; }};
    guarded.gate = ask_for_secret(kSecret, "none");
    return {{"POST", "/echo",
             [](const Request& request) {
               return Response{.status = 201, .content_type = "text/plain", .body = request.body + request.find_query("q").value_or("")};
             }},
            {"POST", "/large", [](const Request&) { return Response{.body = std::string(3'000'000, 'x')}; }},
            {"POST", "/chunks", [](const Request&) { return Response{.stream = many_pieces}; }},
            {"POST", "/slow",
             [this](const Request&) {
               std::unique_lock lock(mutex_);
               goes_.wait(lock, [this] { return may_go_; });
               return Response{.body = "late"};
             }},
            guarded};
  }

  std::mutex mutex_;
  std::condition_variable goes_;
  bool may_go_ = false;
  Server server_;  // last: its handlers use the rest
};

ForwardedRequest post(const std::string& url, const std::string& body = "{}") {
  return {.method = "POST", .url = url, .headers = {{"Content-Type", "application/json"}}, .body = body};
}

TEST_CASE("what another server answers is the answer: status, type and the whole body") {
  Behind behind;
  Forwards forwards;
  const Response echo = wait_for(forwards.forward(post(behind.origin() + "/echo?q=%20!", "{\"a\":1}")));
  CHECK(echo.status == 201);
  CHECK(echo.content_type == "text/plain");
  CHECK(echo.body == "{\"a\":1} !");
  for (const char* path : {"/large", "/chunks"}) CHECK((wait_for(forwards.forward(post(behind.origin() + path))).body == std::string(3'000'000, 'x')));
  CHECK(wait_for(forwards.forward(post(behind.origin() + "/none"))).status == 404);
}

TEST_CASE("that the one behind wants a secret is passed on, with what a browser needs to ask a person for it") {
  Behind behind;
  Forwards forwards;
  const Response refused = wait_for(forwards.forward(post(behind.origin() + "/guarded")));
  CHECK(refused.status == 401);
  CHECK(refused.headers.contains("WWW-Authenticate"));
  ForwardedRequest known = post(behind.origin() + "/guarded");
  known.headers.emplace("Authorization", std::string("Bearer ") + kSecret);
  CHECK(wait_for(forwards.forward(known)).body == "inside");
}

TEST_CASE("one that gives no answer, none in time or too much is said") {
  Behind behind;
  Forwards forwards;
  const auto ask = [&](ForwardedRequest request, int status, const std::string& why) {
    const Response response = wait_for(forwards.forward(std::move(request)));
    INFO(response.body.substr(0, 200));
    CHECK(response.status == status);
    CHECK(response.body.find(why) != std::string::npos);
  };
  ask(post("http://127.0.0.1:1/"), 503, "http://127.0.0.1:1 does not accept connections");
  ask(post("https://127.0.0.1:1/"), 503, "not passed on to https");
  ask(post("nonsense"), 503, "nonsense");
  ForwardedRequest slow = post(behind.origin() + "/slow");
  slow.answer_timeout = milliseconds(300);
  ask(std::move(slow), 504, "does not answer in time");
  for (const char* path : {"/large", "/chunks"}) {
    ForwardedRequest large = post(behind.origin() + path);
    large.answer_bytes_max = 1'000'000;
    ask(large, 503, "answers with more than 1000000 bytes");
  }
}

TEST_CASE("an answer without a length is read to its end, and no further than it may be long") {
  for (const bool is_endless : {false, true}) {
    OneAnswer behind("HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\n\r\nbegin ", is_endless ? std::string(100'000, 'x') : "end", is_endless);
    Forwards forwards;
    ForwardedRequest request = post("http://127.0.0.1:" + std::to_string(behind.port()) + "/");
    request.answer_bytes_max = 1'000'000;
    const Response response = wait_for(forwards.forward(request));
    CHECK(response.status == (is_endless ? 503 : 200));
    if (is_endless) CHECK_THAT(response.body, Catch::Contains("answers with more than 1000000 bytes"));
    if (!is_endless) CHECK(response.body == "begin end");
  }
}

TEST_CASE("no more are passed on at once than may be, and a place is free again afterwards") {
  Behind behind;
  Forwards forwards(1);
  std::promise<int> answered;
  forwards.forward(post(behind.origin() + "/slow")).later([&](const Response& response) { answered.set_value(response.status); });
  const Response second = wait_for(forwards.forward(post(behind.origin() + "/echo")));
  CHECK(second.status == 429);
  CHECK(second.headers.contains("Retry-After"));
  behind.let_go();
  CHECK(answered.get_future().get() == 200);
  Response third;  // the place is given back right after the answer
  for (int tries = 0; tries < 1'000'000 && third.status != 201; ++tries) third = wait_for(forwards.forward(post(behind.origin() + "/echo")));
  CHECK(third.status == 201);
}

TEST_CASE("a server that stops answers those who wait for another") {
  Behind behind;
  Forwards forwards;
  std::atomic<int> answered{0};
  forwards.forward(post(behind.origin() + "/slow")).later([&](const Response& response) { answered = response.status; });
  forwards.stop();
  CHECK(answered == 503);
  CHECK(wait_for(forwards.forward(post(behind.origin() + "/echo"))).status == 503);
}

}  // namespace
}  // namespace aurora::net
