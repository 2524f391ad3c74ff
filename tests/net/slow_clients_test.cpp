// What slow, silent and many clients may cost the others: nothing.
#include <atomic>
#include <catch2/catch.hpp>
#include <thread>

#include "aurora/net/http.h"
#include "raw_socket.h"

namespace aurora::net {
namespace {

using Sockets = std::vector<std::unique_ptr<Socket>>;

const std::string kGet = "GET /a HTTP/1.1\r\nHost: localhost\r\n\r\n";
const std::string kLastGet = "GET /a HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n";
const std::string kPost = "POST /a HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\n";

Response hello(const Request&) { return {.body = "hello"}; }
Response huge(const Request&) { return {.body = std::string(32u << 20, 'x')}; }
Response endless(const Request&) {
  Response response{.content_type = "text/plain"};
  response.stream = [](size_t) { return std::string(1u << 20, 'x'); };
  return response;
}

std::vector<Route> routes() {
  return {{"GET", "/a", hello}, {"POST", "/a", hello}, {"GET", "/huge", huge}, {"GET", "/endless", endless}};
}

TEST_CASE("requests that arrive byte by byte hold no thread") {
  Server server({.threads = 1, .idle_timeout = seconds(60)}, routes());
  REQUIRE(server.start().ok());
  Sockets slow;
  for (int i = 0; i < 200; ++i) {
    slow.push_back(std::make_unique<Socket>(server.port()));
    slow.back()->write(i % 2 == 0 ? kGet.substr(0, 20) : kPost + "Content-Length: 10\r\n\r\n123");
  }
  for (int i = 0; i < 3; ++i) CHECK(exchange(server.port(), kLastGet).ends_with("hello"));
  slow[0]->write(kGet.substr(20));
  CHECK(slow[0]->read_answer().ends_with("hello"));
  slow[1]->write("4567890");
  CHECK(slow[1]->read_answer().ends_with("hello"));
}

TEST_CASE("of one address's unfinished requests the oldest are closed when there are too many") {
  Server server({.threads = 1, .idle_timeout = seconds(60), .unfinished_per_address_max = 10}, routes());
  REQUIRE(server.start().ok());
  Sockets slow;
  for (int i = 0; i < 30; ++i) {
    slow.push_back(std::make_unique<Socket>(server.port()));
    slow.back()->write("GET /a");
    CHECK(exchange(server.port(), kLastGet).ends_with("hello"));
  }
  CHECK(slow.front()->read_all().empty());
  slow.back()->write(kGet.substr(6));
  CHECK(slow.back()->read_answer().ends_with("hello"));
}

TEST_CASE("clients that keep their connections are never dropped for being many") {
  Server server({.threads = 4, .idle_timeout = seconds(60), .unfinished_per_address_max = 10}, routes());
  REQUIRE(server.start().ok());
  Sockets kept;
  for (int i = 0; i < 400; ++i) {
    kept.push_back(std::make_unique<Socket>(server.port()));
    kept.back()->write(kGet);
    REQUIRE(kept.back()->read_answer().ends_with("hello"));
  }
  for (int round = 0; round < 3; ++round) {
    for (const auto& socket : kept) socket->write(kGet);
    for (const auto& socket : kept) REQUIRE(socket->read_answer().ends_with("hello"));
  }
}

TEST_CASE("connections that were made in advance are not slow ones, for a moment") {
  for (const Duration patience : {minutes(10), Duration{}}) {
    Server server({.threads = 1,
                   .idle_timeout = seconds(60),
                   .newcomer_patience = patience,
                   .unfinished_per_address_max = 10},
                  routes());
    REQUIRE(server.start().ok());
    Sockets ahead;
    for (int i = 0; i < 50; ++i) ahead.push_back(std::make_unique<Socket>(server.port()));
    CHECK(exchange(server.port(), kLastGet).ends_with("hello"));  // by now all of them are in
    int served = 0;
    for (const auto& socket : ahead) {
      socket->write(kGet);
      served += socket->read_answer().ends_with("hello") ? 1 : 0;
    }
    CHECK(served == (patience > Duration{} ? 50 : 9));
  }
}

TEST_CASE("a connection that was served is kept for as long as its answers say, a silent one is not") {
  Server server({.threads = 1, .idle_timeout = milliseconds(200), .kept_timeout = seconds(60)}, routes());
  REQUIRE(server.start().ok());
  Socket kept(server.port());
  kept.write(kGet);
  CHECK(kept.read_answer().find("Keep-Alive: timeout=60\r\n") != std::string::npos);
  Socket silent(server.port());
  CHECK(silent.read_all().empty());  // is closed
  CHECK(kept.is_silent_for(400));
  kept.write(kGet.substr(0, 10));
  CHECK(kept.read_answer().find(" 408 ") != std::string::npos);  // within a request it is as any other
}

TEST_CASE("when all connections are in use a newcomer is told so") {
  Server server({.threads = 1, .idle_timeout = seconds(60), .connections_max = 3}, routes());
  REQUIRE(server.start().ok());
  Sockets kept;
  for (int i = 0; i < 3; ++i) {
    kept.push_back(std::make_unique<Socket>(server.port()));
    kept.back()->write(kGet);
    REQUIRE(kept.back()->read_answer().ends_with("hello"));
  }
  const std::string refused = exchange(server.port(), "");
  CHECK(refused.starts_with("HTTP/1.1 503"));
  CHECK(refused.find("Retry-After: 1\r\n") != std::string::npos);
  for (const auto& socket : kept) {
    socket->write(kGet);
    CHECK(socket->read_answer().ends_with("hello"));
  }
}

TEST_CASE("a request that trickles in is cut off as a whole, however often it sends a byte") {
  Server server({.threads = 1, .idle_timeout = milliseconds(200)}, routes());
  REQUIRE(server.start().ok());
  for (const std::string& begin : {std::string("GET /"), kPost + "Content-Length: 100000\r\n\r\n"}) {
    Socket socket(server.port());
    socket.write(begin);
    int sent = 0;
    while (sent < 1000 && socket.is_silent_for(20)) {
      socket.write("a");
      ++sent;
    }
    CHECK(sent < 1000);
    CHECK(socket.read_all().starts_with("HTTP/1.1 408"));
  }
}

TEST_CASE("an answer that nobody reads holds no thread") {
  Server server({.threads = 1}, routes());
  REQUIRE(server.start().ok());
  Sockets deaf;
  for (int i = 0; i < 10; ++i) {
    deaf.push_back(std::make_unique<Socket>(server.port()));
    deaf.back()->write(i % 2 == 0 ? "GET /huge HTTP/1.1\r\nHost: localhost\r\n\r\n"
                                  : "GET /endless HTTP/1.1\r\nHost: localhost\r\n\r\n");
  }
  CHECK(exchange(server.port(), kLastGet).ends_with("hello"));
  // One that reads gets all of it, however much that is.
  const std::string all =
      exchange(server.port(), "GET /huge HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n");
  CHECK(all.size() > (32u << 20));
}

TEST_CASE("a peer that takes nothing of its answer is closed, one that takes a little now and then is not") {
  Server server({.threads = 1, .idle_timeout = milliseconds(100), .kept_timeout = seconds(60)}, routes());
  REQUIRE(server.start().ok());
  Socket pause(server.port());  // says nothing for as long as we like
  pause.write(kGet);
  pause.read_answer();
  Socket deaf(server.port());
  deaf.write("GET /huge HTTP/1.1\r\nHost: localhost\r\n\r\n");
  Socket slow(server.port());
  slow.write("GET /huge HTTP/1.1\r\nHost: localhost\r\n\r\n");
  size_t taken = 0;
  for (int i = 0; i < 20; ++i) {
    taken += slow.read_some(100'000);
    CHECK(pause.is_silent_for(50));
  }
  while (const size_t count = slow.read_some(1u << 20)) {
    taken += count;
    if (taken > (32u << 20)) break;
  }
  CHECK(taken > (32u << 20));
  CHECK(deaf.read_all().size() < (32u << 20));
}

TEST_CASE("what scheduler and executors say to each other does not wait behind strangers") {
  std::atomic<int> entered = 0;
  std::atomic<bool> leave = false;
  const auto busy = [&](const Request&) {
    ++entered;
    while (!leave) std::this_thread::yield();
    return Response{.body = "at last"};
  };
  Server server({.threads = 2, .control_threads = 1}, {{"GET", "/busy", busy},
                                                       {"POST", "/report", hello, nullptr, nullptr, Lane::Control},
                                                       {"GET", "/health", hello, nullptr, nullptr, Lane::Health}});
  REQUIRE(server.start().ok());
  Sockets strangers;
  for (int i = 0; i < 20; ++i) {
    strangers.push_back(std::make_unique<Socket>(server.port()));
    strangers.back()->write("GET /busy HTTP/1.1\r\nHost: localhost\r\n\r\n");
  }
  while (entered < 2) std::this_thread::yield();
  CHECK(exchange(server.port(), "POST /report HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n")
            .ends_with("hello"));
  CHECK(exchange(server.port(), "GET /health HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n")
            .ends_with("hello"));
  leave = true;
  for (const auto& socket : strangers) CHECK(socket->read_answer().ends_with("at last"));
}

TEST_CASE("a handler can tell that its client has left") {
  std::atomic<bool> entered = false;
  std::atomic<bool> has_left = false;
  const auto wait = [&](const Request& request) {
    entered = true;
    while (!request.is_abandoned()) std::this_thread::yield();
    has_left = true;
    return Response{};
  };
  Server server({.threads = 1}, {{"GET", "/wait", wait}});
  REQUIRE(server.start().ok());
  {
    Socket socket(server.port());
    socket.write("GET /wait HTTP/1.1\r\nHost: localhost\r\n\r\n");
    while (!entered) std::this_thread::yield();
  }
  server.stop();
  CHECK(has_left);
}

}  // namespace
}  // namespace aurora::net
