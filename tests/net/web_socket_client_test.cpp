// WebSockets that we open, against our own server.
#include "aurora/net/web_socket_client.h"

#include <fcntl.h>
#include <poll.h>
#include <unistd.h>

#include <catch2/catch.hpp>
#include <chrono>
#include <mutex>

#include "aurora/net/secret.h"
#include "aurora/net/web_sockets.h"
#include "support/tiny_server.h"

namespace aurora::net {
namespace {

constexpr const char* kSecret = "0123456789abcdef";

// Each connection gets back under 1 what it sends under 0, and "last" once it sends "end" under 3.
class Echo {
 public:
  explicit Echo(WebSocketLimits limits = {}, bool is_deaf = false) : sockets(limits), is_deaf_(is_deaf), server_({.threads = 2}, routes()) {
    REQUIRE(server_.start().ok());
  }
  std::string url(const std::string& path) const { return "http://127.0.0.1:" + std::to_string(server_.port()) + path; }

  WebSockets sockets;

 private:
  Streams streams() {
    int ends[2];
    if (pipe2(ends, O_CLOEXEC) != 0) return {};
    Streams streams;
    streams.input = Descriptor(ends[1]);
    if (is_deaf_) {
      const std::lock_guard lock(mutex_);
      unread_.emplace_back(ends[0]);
    } else {
      streams.outputs.push_back({1, Descriptor(ends[0])});
    }
    streams.on_control = [](const StreamSession& session, std::string_view text) -> Status {
      if (text != "end") return Error{ErrorCode::InvalidArgument, "what is that?"};
      session.close_input();
      session.finish("last");
      return Unit{};
    };
    return streams;
  }
  std::vector<Route> routes() {
    const auto open = [this](const Request& request) {
      if (auto refused = refuse_opening(request)) return *refused;
      Result<WebSockets::Place> place = sockets.take_place();
      if (!place.ok()) return Response{.status = 429, .body = place.error().message};
      return sockets.carry(*place, request, streams());
    };
    Route socket{"GET", "/socket", open};
    socket.upgrades = true;
    Route guarded{"GET", "/guarded", open};
    guarded.upgrades = true;
    guarded.gate = ask_for_secret(kSecret, "the hint");
    return {socket, guarded, {"GET", "/plain", [](const Request&) { return Response{.body = "plain"}; }}};
  }

  const bool is_deaf_;
  std::mutex mutex_;
  std::vector<Descriptor> unread_;
  Server server_;  // last: its handlers use the rest
};

// Waits with a deadline that only a hang meets.
template <typename Check>
bool wait_until(WebSocketClients& clients, Check check) {
  const auto deadline = std::chrono::steady_clock::now() + std::chrono::seconds(20);
  while (!check()) {
    if (std::chrono::steady_clock::now() > deadline) return false;
    pollfd watched{.fd = clients.events(), .events = POLLIN, .revents = 0};
    poll(&watched, 1, 200);
    clients.forget_events();
  }
  return true;
}

std::string take_next(WebSocketClients& clients, WebSocketClient& client) {
  std::optional<std::string> next;
  REQUIRE(wait_until(clients, [&] { return (next = client.take()).has_value() || client.find_end(); }));
  return next.value_or("the end");
}

WebSocketEnd wait_for_end(WebSocketClients& clients, WebSocketClient& client) {
  REQUIRE(wait_until(clients, [&] {
    while (client.take()) {
    }
    return client.find_end().has_value();
  }));
  return *client.find_end();
}

std::string stream(int number, const std::string& text) { return std::string(1, static_cast<char>(number)) + text; }

TEST_CASE("a WebSocket of ours carries messages both ways and ends in good order") {
  Echo server;
  WebSocketClients clients;
  const auto client = clients.open({.url = server.url("/socket")});
  client->send(stream(0, "one"));
  CHECK(take_next(clients, *client) == stream(1, "one"));
  CHECK(client->is_open());
  CHECK_FALSE(client->find_end());
  client->send(stream(0, "two"));
  CHECK(take_next(clients, *client) == stream(1, "two"));
  client->send(stream(3, "end"));
  CHECK(take_next(clients, *client) == stream(3, "last"));
  const WebSocketEnd end = wait_for_end(clients, *client);
  CHECK(end.code == 1000);
  CHECK(end.was_open);
  CHECK_FALSE(end.refusal);
  client->send("nobody hears it");
  CHECK(client->unsent_bytes() == 0);
}

TEST_CASE("our close is answered") {
  Echo server;
  WebSocketClients clients;
  const auto client = clients.open({.url = server.url("/socket")});
  client->send(stream(0, "before"));
  client->close();
  const WebSocketEnd end = wait_for_end(clients, *client);
  INFO(end.text);
  CHECK(end.code == 1000);
}

TEST_CASE("what the server refuses is known with its words") {
  Echo server;
  WebSocketClients clients;
  const auto refusal = [&](const std::string& path, const std::string& secret = "") {
    WebSocketRequest request{.url = server.url(path)};
    if (!secret.empty()) request.headers.emplace("Authorization", "Bearer " + secret);
    const auto client = clients.open(request);
    const WebSocketEnd end = wait_for_end(clients, *client);
    CHECK_FALSE(end.was_open);
    REQUIRE(end.refusal);
    return *end.refusal;
  };
  CHECK(refusal("/guarded").status == 401);
  CHECK_THAT(refusal("/guarded").body, Catch::Contains("the hint"));
  CHECK(refusal("/guarded", "0123456789abcdeX").status == 401);
  CHECK(refusal("/nothing").status == 404);
  CHECK(refusal("/plain").body == "plain");
  const auto allowed = clients.open({.url = server.url("/guarded"), .headers = {{"Authorization", std::string("Bearer ") + kSecret}}});
  CHECK(wait_until(clients, [&] { return allowed->is_open(); }));
  const auto wrong = clients.open({.url = server.url("/socket")});
  wrong->send(stream(3, "nonsense"));
  const WebSocketEnd end = wait_for_end(clients, *wrong);
  CHECK(end.code == 1008);
  CHECK(end.text == "what is that?");
}

TEST_CASE("a server that is not there, or says nothing, is given up in time") {
  WebSocketClients clients;
  const auto end_of = [&](const WebSocketRequest& request) {
    const auto client = clients.open(request);
    const WebSocketEnd end = wait_for_end(clients, *client);
    CHECK_FALSE(end.was_open);
    CHECK_FALSE(end.refusal);
    return end.text;
  };
  CHECK_THAT(end_of({.url = "http://127.0.0.1:" + std::to_string(test::free_port()) + "/"}), Catch::Contains("does not accept connections"));
  CHECK_THAT(end_of({.url = "ftp://127.0.0.1/"}), Catch::Contains("is not a URL"));
  CHECK_THAT(end_of({.url = "http://no.such.host.invalid/"}), Catch::Contains("has no address"));
  const test::TinyServer silent(test::never());
  const std::string address = "127.0.0.1:" + std::to_string(silent.port()) + "/";
  CHECK_THAT(end_of({.url = "http://" + address, .answer_timeout = milliseconds(50)}), Catch::Contains("does not answer in time"));
  CHECK_THAT(end_of({.url = "https://" + address, .connect_timeout = milliseconds(50)}), Catch::Contains("does not accept connections"));
  const test::TinyServer strange([](const std::string&) { return "SSH-2.0-OpenSSH_9.2\r\n"; });
  CHECK_THAT(end_of({.url = "http://127.0.0.1:" + std::to_string(strange.port()) + "/"}), Catch::Contains("opens no WebSocket"));
}

TEST_CASE("a server that stops says so, and one that says nothing any more is gone") {
  WebSocketClients clients({.silence_max = milliseconds(300)});
  {
    Echo server;
    const auto client = clients.open({.url = server.url("/socket")});
    REQUIRE(wait_until(clients, [&] { return client->is_open(); }));
    server.sockets.stop();
    const WebSocketEnd end = wait_for_end(clients, *client);
    INFO(end.text);
    CHECK(end.code == 1001);
    CHECK(end.was_open);
  }
  // It reads nothing more, and so does not see what asks whether it is there.
  Echo deaf({.silence_max = hours(1)}, true);
  const auto client = clients.open({.url = deaf.url("/socket")});
  for (int i = 0; i < 20; ++i) client->send(stream(0, std::string(32'000, 'x')));
  const WebSocketEnd end = wait_for_end(clients, *client);
  CHECK(end.was_open);
  CHECK_THAT(end.text, Catch::Contains("has not answered for"));
}

TEST_CASE("much passes both ways, whoever is slow") {
  Echo server;
  WebSocketClients clients({.untaken_bytes_max = 100'000});
  const auto client = clients.open({.url = server.url("/socket")});
  std::string much;
  for (int i = 0; much.size() < 8u << 20; ++i) much += std::to_string(i) + " ";
  size_t sent = 0;
  std::string back;
  size_t unsent_most = 0;
  REQUIRE(wait_until(clients, [&] {
    while (sent < much.size() && client->unsent_bytes() < 200'000) {
      client->send(stream(0, much.substr(sent, 32'000)));
      sent += 32'000;
    }
    unsent_most = std::max(unsent_most, client->unsent_bytes());
    for (int i = 0; i < 3; ++i) {
      if (const auto next = client->take()) back += next->substr(1);
    }
    return back.size() >= much.size();
  }));
  CHECK(back == much);
  CHECK(unsent_most < 300'000);
}

TEST_CASE("who is dropped is gone for the server, too") {
  Echo server({.sessions_max = 2});
  WebSocketClients clients;
  const auto opens = [&](const std::unique_ptr<WebSocketClient>& client) {
    REQUIRE(wait_until(clients, [&] { return client->is_open() || client->find_end(); }));
    return client->is_open();
  };
  auto first = clients.open({.url = server.url("/socket")});
  const auto second = clients.open({.url = server.url("/socket")});
  REQUIRE(opens(first));
  REQUIRE(opens(second));
  const auto third = clients.open({.url = server.url("/socket")});
  CHECK_FALSE(opens(third));
  CHECK(third->find_end()->refusal->status == 429);
  first.reset();
  CHECK(wait_until(clients, [&] {
    first = clients.open({.url = server.url("/socket")});
    return opens(first);
  }));
}

}  // namespace
}  // namespace aurora::net
