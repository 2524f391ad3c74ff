// What every HttpClient promises: the one that talks to sockets and the fake.
#include <arpa/inet.h>
#include <sys/socket.h>
#include <unistd.h>

#include <atomic>
#include <catch2/catch.hpp>
#include <thread>

#include "support/http_fake.h"

namespace aurora::net {
namespace {

Response echo(const Request& request) {
  if (request.path == "/moved") return {.status = 307, .headers = {{"Location", "/echo?from=moved"}}};
  if (request.path == "/loop") return {.status = 308, .headers = {{"Location", "/loop"}}};
  if (request.path == "/away") return {.status = 307, .headers = {{"Location", *request.find_query("to")}}};
  if (request.path == "/refused") return {.status = 409, .body = "no"};
  std::string query;
  for (const auto& [name, value] : request.query) query += name + "=" + value + ";";
  const auto authorization = request.headers.find("authorization");
  if (authorization != request.headers.end()) query += "secret=" + authorization->second + ";";
  const auto token = request.headers.find("x-token");
  return {.body = request.method + " " + request.path + " " + query + " " +
                  (token == request.headers.end() ? "" : token->second) + " " + request.body};
}

void check_contract(HttpClient& client, const std::string& origin, const std::string& other, const std::string& silent) {
  const auto body_of = [&](ClientRequest request) {
    const Result<Response> response = client.send(request);
    REQUIRE(response.ok());
    return response->body;
  };
  CHECK(body_of({.url = origin + "/a%20b?x=1&y=%2F"}) == "GET /a b x=1;y=/;  ");
  CHECK(body_of({.method = "POST", .url = origin + "/p", .body = "{}", .headers = {{"X-Token", "t"}}}) ==
        "POST /p  t {}");
  CHECK(body_of({.method = "POST", .url = origin + "/moved", .body = "{1}"}) ==
        "POST /echo from=moved;  {1}");

  const std::multimap<std::string, std::string> secret = {{"Authorization", "Bearer s"}, {"X-Token", "t"}};
  CHECK(body_of({.method = "POST", .url = origin + "/moved", .headers = secret}) ==
        "POST /echo from=moved;secret=Bearer s; t ");
  CHECK(body_of({.url = origin + "/away?to=" + url_encode(other + "/echo"), .headers = secret}) == "GET /echo  t ");
  // What was taken away does not come back.
  const std::string there_and_back = other + "/away?to=" + url_encode(origin + "/echo");
  CHECK(body_of({.url = origin + "/away?to=" + url_encode(there_and_back), .headers = secret}) == "GET /echo  t ");

  const Result<Response> refused = client.send({.url = origin + "/refused"});
  REQUIRE(refused.ok());
  CHECK(refused->status == 409);

  // A body without an end goes to who takes it, piece by piece, until he has enough; that of another answer is kept.
  std::string taken;
  ClientRequest streamed{.url = origin + "/stream"};
  streamed.on_body = [&](std::string_view piece) {
    taken += piece;
    return true;
  };
  CHECK(body_of(streamed).empty());
  CHECK(taken == "GET /stream   ");
  streamed.on_body = [](std::string_view) { return false; };
  CHECK(client.send(streamed)->status == 200);
  streamed.url = origin + "/refused";
  CHECK(body_of(streamed) == "no");

  const Result<Response> loop = client.send({.url = origin + "/loop"});
  REQUIRE_FALSE(loop.ok());
  CHECK(loop.error().code == ErrorCode::Unavailable);

  const Result<Response> nobody = client.send({.url = silent + "/"});
  REQUIRE_FALSE(nobody.ok());
  CHECK(nobody.error().code == ErrorCode::Unavailable);
  CHECK(nobody.error().message.find(silent) != std::string::npos);

  const Result<Response> bad = client.send({.url = "nonsense"});
  REQUIRE_FALSE(bad.ok());
  CHECK(bad.error().code == ErrorCode::InvalidArgument);
}

TEST_CASE("the socket client keeps the contract") {
  const Handler handler = echo;
  Server server({.threads = 4}, {{"GET", "/{path...}", handler}, {"POST", "/{path...}", handler}});
  REQUIRE(server.start().ok());
  Server other({.threads = 4}, {{"GET", "/{path...}", handler}});
  REQUIRE(other.start().ok());
  int unused_port = 0;
  {
    Server closed({.threads = 1}, {});
    REQUIRE(closed.start().ok());
    unused_port = closed.port();
  }
  const std::unique_ptr<HttpClient> client = make_http_client();
  check_contract(*client, "http://127.0.0.1:" + std::to_string(server.port()),
                 "http://127.0.0.1:" + std::to_string(other.port()),
                 "http://127.0.0.1:" + std::to_string(unused_port));
}

TEST_CASE("the fake client keeps the contract") {
  test::FakeHttpClient client;
  client.serve("http://host:1", echo);
  client.serve("http://host:3", echo);
  check_contract(client, "http://host:1", "http://host:3", "http://host:2");
}

// Counts connections; says how long it keeps them.
class CountingServer {
 public:
  explicit CountingServer(std::string keep_alive) : keep_alive_(std::move(keep_alive)) {
    listener_ = socket(AF_INET, SOCK_STREAM, 0);
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    socklen_t size = sizeof address;
    REQUIRE(bind(listener_, reinterpret_cast<sockaddr*>(&address), size) == 0);
    REQUIRE(listen(listener_, 8) == 0);
    REQUIRE(getsockname(listener_, reinterpret_cast<sockaddr*>(&address), &size) == 0);
    origin = "http://127.0.0.1:" + std::to_string(ntohs(address.sin_port));
    thread_ = std::thread([this] { serve(); });
  }
  ~CountingServer() {
    shutdown(listener_, SHUT_RDWR);
    thread_.join();
    for (const int peer : peers_) shutdown(peer, SHUT_RDWR);
    for (std::thread& one : serving_) one.join();
    for (const int peer : peers_) close(peer);
    close(listener_);
  }
  std::string origin;
  std::atomic<int> connections = 0;

 private:
  void serve() {
    for (int peer; (peer = accept(listener_, nullptr, nullptr)) >= 0;) {
      ++connections;
      peers_.push_back(peer);
      serving_.emplace_back([this, peer] {
        char buffer[4096];
        const std::string answer = "HTTP/1.1 200 OK\r\n" + keep_alive_ + "Content-Length: 2\r\n\r\nok";
        while (recv(peer, buffer, sizeof buffer, 0) > 0) {  // a GET comes in one piece
          if (send(peer, answer.data(), answer.size(), MSG_NOSIGNAL) < 0) return;
        }
      });
    }
  }
  const std::string keep_alive_;
  int listener_ = -1;
  std::thread thread_;
  std::vector<std::thread> serving_;
  std::vector<int> peers_;
};

TEST_CASE("a connection serves the next request to its server, unless the server is about to close it") {
  const auto connections_of = [](const std::string& keep_alive, size_t kept_max) {
    CountingServer server(keep_alive);
    const std::unique_ptr<HttpClient> client = make_http_client(kept_max);
    for (int i = 0; i < 3; ++i) CHECK(client->send({.url = server.origin + "/"})->body == "ok");
    return server.connections.load();
  };
  CHECK(connections_of("", 64) == 1);
  CHECK(connections_of("Keep-Alive: timeout=30, max=100\r\n", 64) == 1);
  CHECK(connections_of("Keep-Alive: timeout=1\r\n", 64) == 3);
  CHECK(connections_of("Keep-Alive: timeout=x\r\n", 64) == 1);
  CHECK(connections_of("Keep-Alive: timeout=99999999999999999999\r\n", 64) == 1);
  CHECK(connections_of("Connection: close\r\n", 64) == 3);
}

TEST_CASE("of kept connections the oldest goes when there are too many") {
  const std::unique_ptr<HttpClient> client = make_http_client(2);
  CountingServer servers[] = {CountingServer(""), CountingServer(""), CountingServer("")};
  for (int round = 0; round < 2; ++round) {
    for (CountingServer& server : servers) CHECK(client->send({.url = server.origin + "/"})->body == "ok");
  }
  for (CountingServer& server : servers)
    CHECK(server.connections == 2);  // each time the one that is next has gone
  CHECK(client->send({.url = servers[2].origin + "/"})->body == "ok");
  CHECK(servers[2].connections == 2);
}

TEST_CASE("the socket client refuses what is no URL") {
  const std::unique_ptr<HttpClient> client = make_http_client();
  for (const char* url : {"", "http://", "http://:80/", "http://h:99999/", "http://h:x/", "http://h/a b",
                          "http://h/a\r\nX: y", "ftp://h/", "h:80/"}) {
    INFO(url);
    const Result<Response> response = client->send({.url = url});
    REQUIRE_FALSE(response.ok());
    CHECK(response.error().code == ErrorCode::InvalidArgument);
  }
}

}  // namespace
}  // namespace aurora::net
