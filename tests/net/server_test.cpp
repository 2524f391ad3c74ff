// The server over real sockets, with raw bytes where a well-behaved client would not send them.
#include <atomic>
#include <catch2/catch.hpp>
#include <condition_variable>
#include <map>
#include <mutex>
#include <set>
#include <thread>

#include "aurora/net/http.h"
#include "aurora/net/secret.h"
#include "raw_socket.h"

namespace aurora::net {
namespace {

Response answer(const Request& request) {
  if (request.path == "/throw") throw std::runtime_error("bug");
  return {.body = request.method + " " + request.path + " " + std::to_string(request.body.size())};
}

std::vector<Route> routes() {
  std::vector<Route> all = {{"GET", "/stream", [](const Request& request) {
                               Response response{.content_type = "text/plain"};
                               response.stream = [](size_t offset) {
                                 return offset < 300'000 ? std::string(100'000, 'x') : std::string();
                               };
                               if (request.find_query("length")) response.content_length = 250'000;
                               return response;
                             }}};
  all.push_back({"POST", "/small", answer, nullptr, nullptr, Lane::Public, 10});
  all.push_back({"POST", "/guarded", answer, ask_for_secret("0123456789abcdef", "")});
  for (const char* method : {"GET", "POST"}) all.push_back({method, "/{name}", answer});
  return all;
}

ServerConfig small() { return {.body_bytes_max = 1000, .threads = 4, .idle_timeout = seconds(1)}; }

TEST_CASE("what is wrong with a request is answered as JSON with the right status") {
  Counters counters;
  Server server(small(), routes(), &counters);
  REQUIRE(server.start().ok());
  const std::string post = "POST /p HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\n";
  const std::pair<std::string, const char*> cases[] = {
      {"GET /a/b HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n", "HTTP/1.1 404"},
      {"DELETE /a HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n", "HTTP/1.1 405"},
      {"OPTIONS /a HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n", "HTTP/1.1 405"},
      {"GET /throw HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n", "HTTP/1.1 500"},
      {"GET /a HTTP/1.1\r\nHost: evil.example\r\nConnection: close\r\n\r\n", "HTTP/1.1 403"},
      {post + "Content-Length: 1001\r\n\r\n" + std::string(1001, 'x'), "HTTP/1.1 413"},
      {post + "Content-Length: 99999999999999\r\n\r\n", "HTTP/1.1 413"},
      {post + "Content-Length: -1\r\n\r\n", "HTTP/1.1 400"},
      {post + "Content-Length: 2\r\nContent-Length: 3\r\n\r\nabc", "HTTP/1.1 400"},
      {post + "Content-Length: 2\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n", "HTTP/1.1 400"},
      {post + "Transfer-Encoding: chunked\r\n\r\n400\r\n" + std::string(1024, 'x') + "\r\n0\r\n\r\n",
       "HTTP/1.1 413"},
      {post + "Transfer-Encoding: chunked\r\n\r\nzz\r\n", "HTTP/1.1 400"},
      {post + "Content-Length: 10\r\n\r\nabc", "HTTP/1.1 408"},  // the rest never comes
      {"POST /p HTTP/1.1\r\nHost: localhost\r\nContent-Length: 2\r\n\r\n{}", "HTTP/1.1 415"},
      {post + "Transfer-Encoding : chunked\r\n\r\n0\r\n\r\n", "HTTP/1.1 400"},
      {"POST /small HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\nContent-Length: "
       "11\r\n\r\n",
       "HTTP/1.1 413"},
      {"POST /guarded HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\nContent-Length: "
       "900\r\n\r\n",
       "HTTP/1.1 401"},  // without its body
  };
  for (const auto& [bytes, status] : cases) {
    INFO(bytes.substr(0, 200));
    const std::string response = exchange(server.port(), bytes);
    CHECK(response.substr(0, 12) == status);
    CHECK(response.find(R"({"code":")") != std::string::npos);
  }
  CHECK(counters.values().at("http_413_responses_events") == 4);
}

TEST_CASE("a request may be chunked, without body, a HEAD or one of several on a connection") {
  Server server(small(), routes());
  REQUIRE(server.start().ok());
  const std::string post = "POST /p HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\n";
  CHECK(exchange(server.port(),
                 post + "Connection: close\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n0\r\n\r\n")
            .ends_with("POST /p 3"));
  CHECK(exchange(server.port(), post + "Connection: close\r\n\r\n").ends_with("POST /p 0"));
  const std::string head =
      exchange(server.port(), "HEAD /a HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n");
  CHECK(head.ends_with("\r\n\r\n"));
  CHECK(head.find("Content-Length: 9\r\n") != std::string::npos);
  const std::string get = "GET /a HTTP/1.1\r\nHost: localhost\r\n";
  const std::string two = exchange(server.port(), get + "\r\n" + get + "Connection: close\r\n\r\n");
  CHECK(two.find("GET /a 0") != two.rfind("GET /a 0"));
}

TEST_CASE("a client that asks to go on is told so, and one of HTTP/1.0 gets no chunks") {
  Server server(small(), routes());
  REQUIRE(server.start().ok());
  Socket careful(server.port());
  careful.write(
      "POST /p HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\nContent-Length: 2\r\n"
      "Connection: close\r\nExpect: 100-continue\r\n\r\n");
  CHECK(careful.read_answer() == "HTTP/1.1 100 Continue\r\n\r\n");
  careful.write("{}");
  CHECK(careful.read_all().ends_with("POST /p 2"));
  const std::string large =
      "POST /p HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\n"
      "Content-Length: 1001\r\nExpect: 100-continue\r\n\r\n";
  CHECK(exchange(server.port(), large).starts_with("HTTP/1.1 413"));  // and not to send it first
  const std::string old = exchange(server.port(), "GET /stream HTTP/1.0\r\n\r\n");
  CHECK(old.find("chunked") == std::string::npos);
  CHECK(old.ends_with("\r\n\r\n" + std::string(300'000, 'x')));
}

TEST_CASE("what becomes of a route's answers is done to those that come later, too, and to no stream") {
  std::vector<Route> all = routes();
  all.push_back({"GET", "/late/{bytes}", [](const Request& request) {
                   Response response;
                   response.later = [bytes = std::stoul(request.path_params.at("bytes"))](const auto& take) {
                     take(Response{.body = std::string(bytes, 'x')});
                   };
                   return response;
                 }});
  for (Route& route : all) {
    route.finish = [](const Request& request, Response response) {
      if (request.path == "/fail") throw std::runtime_error("bug");
      response.headers.emplace("X-Length", std::to_string(response.body.size()) + request.headers.at("host"));
      return response;
    };
  }
  Server server(small(), std::move(all));
  REQUIRE(server.start().ok());
  const auto get = [&](const std::string& path) {
    return exchange(server.port(), "GET " + path + " HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n");
  };
  CHECK_THAT(get("/a"), Catch::Contains("X-Length: 8localhost"));
  CHECK_THAT(get("/late/10"), Catch::Contains("X-Length: 10localhost"));
  CHECK_THAT(get("/late/100000"), Catch::Contains("X-Length: 100000localhost"));
  CHECK_THAT(get("/stream"), !Catch::Contains("X-Length"));
  CHECK_THAT(get("/fail"), Catch::StartsWith("HTTP/1.1 500"));
}

TEST_CASE("a stream is sent piece by piece, with or without a known length") {
  Server server({.threads = 2}, routes());
  REQUIRE(server.start().ok());
  const std::unique_ptr<HttpClient> client = make_http_client();
  const std::string origin = "http://127.0.0.1:" + std::to_string(server.port());
  CHECK(client->send({.url = origin + "/stream"})->body == std::string(300'000, 'x'));
  CHECK(client->send({.url = origin + "/stream?length=1"})->body == std::string(250'000, 'x'));
}

TEST_CASE("idle and half-sent connections do not keep others waiting") {
  Server server({.threads = 2, .idle_timeout = seconds(60)}, routes());
  REQUIRE(server.start().ok());
  std::vector<std::unique_ptr<Socket>> silent;
  for (int i = 0; i < 50; ++i) silent.push_back(std::make_unique<Socket>(server.port()));
  CHECK(exchange(server.port(), "GET /a HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n")
            .ends_with("GET /a 0"));
  silent.back()->write("GET /late HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n");
  CHECK(silent.back()->read_all().ends_with("GET /late 0"));
}

TEST_CASE("a slow or endless request head is cut off") {
  Server server(small(), routes());
  REQUIRE(server.start().ok());
  CHECK(exchange(server.port(), "GET /a HTTP/1.1\r\nHost:").find("200") == std::string::npos);
  std::string endless = "GET /a HTTP/1.1\r\n";
  for (int i = 0; i < 20'000; ++i) endless += "X-Filler: 12345678\r\n";
  CHECK(exchange(server.port(), endless).find("200") == std::string::npos);
}

TEST_CASE("a second server on the port is refused with the next step") {
  Server first({.threads = 1}, {});
  REQUIRE(first.start().ok());
  Server second({.port = first.port(), .threads = 1}, {});
  const Status status = second.start();
  REQUIRE_FALSE(status.ok());
  CHECK(status.error().code == ErrorCode::AlreadyExists);
  CHECK(status.error().message.find("127.0.0.1:" + std::to_string(first.port()) + ": the port is in use") !=
        std::string::npos);
  CHECK_FALSE(Server({.address = "192.0.2.1", .threads = 1}, {}).start().ok());
  CHECK_FALSE(Server({.address = "no such host", .threads = 1}, {}).start().ok());
}

// Answers that handlers have promised, by the path they were asked for.
class Promises {
 public:
  Handler handler() {
    return [this](const Request& request) {
      Response response;
      response.later = [this, path = request.path](std::function<void(Response)> answer) {
        const std::lock_guard lock(mutex_);
        waiting_.emplace_back(path, std::move(answer));
        has_come_.notify_all();
      };
      return response;
    };
  }
  using Waiting = std::vector<std::pair<std::string, std::function<void(Response)>>>;
  Waiting take(size_t count) {  // once there are so many
    std::unique_lock lock(mutex_);
    has_come_.wait(lock, [&] { return waiting_.size() == count; });
    return std::move(waiting_);
  }

 private:
  std::mutex mutex_;
  std::condition_variable has_come_;
  Waiting waiting_;
};

Route route_of(const char* pattern, Handler handler, bool is_brief) {
  return {.method = "GET", .pattern = pattern, .handler = std::move(handler), .is_brief = is_brief};
}

std::string get_once(const std::string& path) {
  return "GET " + path + " HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n";
}

TEST_CASE("a request whose answer comes later needs no thread until then") {
  const bool is_brief = GENERATE(false, true);
  Promises promises;
  Server server({.threads = 1}, {route_of("/later/{name}", promises.handler(), is_brief),
                                 route_of("/now", answer, is_brief)});
  REQUIRE(server.start().ok());
  std::vector<std::unique_ptr<Socket>> clients;
  for (int i = 0; i < 50; ++i) {
    clients.push_back(std::make_unique<Socket>(server.port()));
    clients.back()->write(get_once("/later/" + std::to_string(i)));
  }
  Promises::Waiting waiting = promises.take(50);
  CHECK(exchange(server.port(), get_once("/now")).ends_with("GET /now 0"));
  for (auto promise = waiting.rbegin(); promise != waiting.rend(); ++promise)
    promise->second({.body = promise->first});
  for (int i = 0; i < 50; ++i)
    CHECK(clients[static_cast<size_t>(i)]->read_all().ends_with("\r\n\r\n/later/" + std::to_string(i)));
}

TEST_CASE("an answer that was promised and is never given is an error, and a second one counts for nothing") {
  const bool is_brief = GENERATE(false, true);
  Promises promises;
  Server server({.threads = 1}, {route_of("/{name}", promises.handler(), is_brief)});
  REQUIRE(server.start().ok());
  Socket client(server.port());
  client.write(get_once("/a"));
  promises.take(1).clear();
  CHECK(client.read_all().starts_with("HTTP/1.1 500"));
  Socket other(server.port());
  other.write("GET /b HTTP/1.1\r\nHost: localhost\r\n\r\n");
  const Promises::Waiting waiting = promises.take(1);
  for (const char* body : {"first", "second"}) waiting.front().second({.body = body});
  CHECK(other.read_answer().ends_with("first"));
  other.write(get_once("/c"));
  promises.take(1).front().second({.body = "third"});
  CHECK(other.read_all().ends_with("third"));
}

TEST_CASE("what is brief is answered where it was read, what is longer than that is not") {
  std::mutex mutex;
  std::map<std::string, std::set<std::thread::id>> threads;
  const auto note = [&](const Request& request) -> Response {
    const std::lock_guard lock(mutex);
    threads[request.body.size() <= kBriefBytesMax ? "brief" : "long"].insert(std::this_thread::get_id());
    if (request.path == "/throw") throw std::runtime_error("bug");
    return {.body = std::to_string(request.body.size())};
  };
  Server server({.threads = 4},
                {{.method = "POST", .pattern = "/{name}", .handler = note, .is_brief = true}});
  REQUIRE(server.start().ok());
  const auto post = [&](Socket& client, const std::string& path, size_t bytes) {
    client.write("POST " + path +
                 " HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\nContent-Length: " +
                 std::to_string(bytes) + "\r\n\r\n" + std::string(bytes, 'x'));
    return client.read_answer();
  };
  for (int i = 0; i < 5; ++i) {
    Socket client(server.port());
    CHECK(post(client, "/a", kBriefBytesMax).ends_with("\r\n\r\n1024"));
    CHECK(post(client, "/throw", 0).starts_with("HTTP/1.1 500"));
    CHECK(post(client, "/a", kBriefBytesMax + 1).ends_with("\r\n\r\n1025"));
  }
  CHECK(threads["brief"].size() == 1);
  CHECK_FALSE(threads["long"].contains(*threads["brief"].begin()));
}

TEST_CASE("an answer that is given later may be of any length") {
  Promises promises;
  Server server({.threads = 1}, {{"GET", "/{name}", promises.handler()}});
  REQUIRE(server.start().ok());
  Socket client(server.port());
  for (const size_t bytes :
       {size_t{0}, size_t{1}, size_t{16u << 10}, (size_t{16u} << 10) + 1, size_t{5u << 20}}) {
    INFO(bytes);
    client.write("GET /a HTTP/1.1\r\nHost: localhost\r\n\r\n");
    promises.take(1).front().second({.body = std::string(bytes, 'x')});
    const std::string answer = client.read_answer();
    CHECK(answer.size() - answer.find("\r\n\r\n") - 4 == bytes);
  }
}

TEST_CASE("stopping waits for answers that were promised") {
  const bool is_brief = GENERATE(false, true);
  Promises promises;
  Server server({.threads = 1}, {route_of("/{name}", promises.handler(), is_brief)});
  REQUIRE(server.start().ok());
  Socket client(server.port());
  client.write(get_once("/a"));
  Promises::Waiting waiting = promises.take(1);
  std::thread stopping([&] { server.stop(); });
  waiting.front().second({.body = "told"});
  stopping.join();
  CHECK(client.read_all().ends_with("told"));
}

TEST_CASE("stopping waits for requests in progress and frees the port") {
  std::atomic<bool> entered = false;
  std::atomic<bool> leave = false;
  const auto slow = [&](const Request&) {
    entered = true;
    while (!leave) std::this_thread::yield();
    return Response{.body = "done"};
  };
  auto server =
      std::make_unique<Server>(ServerConfig{.threads = 2}, std::vector<Route>{{"GET", "/slow", slow}});
  REQUIRE(server->start().ok());
  const int port = server->port();
  Socket socket(port);
  socket.write("GET /slow HTTP/1.1\r\nHost: localhost\r\n\r\n");
  while (!entered) std::this_thread::yield();
  std::thread stopping([&] { server->stop(); });
  leave = true;
  CHECK(socket.read_all().ends_with("done"));
  stopping.join();
  server.reset();
  Server again({.port = port, .threads = 1}, {});
  CHECK(again.start().ok());
}

}  // namespace
}  // namespace aurora::net
