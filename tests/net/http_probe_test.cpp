#include "aurora/net/http_probe.h"

#include <poll.h>

#include <catch2/catch.hpp>

#include "support/tiny_server.h"

using namespace aurora;
using namespace aurora::net;
using test::TinyServer;

namespace {

// "<status> <body>" or the error; "late" if it is not over by then.
std::string probe(const ProbeRequest& request, int timeout_ms = 5000) {
  HttpProbe probe(request);
  while (!probe.advance()) {
    pollfd waiting{probe.fd(), static_cast<short>(probe.wants_to_write() ? POLLOUT : POLLIN), 0};
    if (::poll(&waiting, 1, timeout_ms) <= 0) return "late";
  }
  const Result<ProbeAnswer> outcome = probe.take_outcome();
  return outcome.ok() ? std::to_string(outcome->status) + " " + outcome->body : outcome.error().message;
}

}  // namespace

TEST_CASE("a probe asks and is answered") {
  const TinyServer server([](const std::string& head) { return test::http_ok(test::first_line(head)); });
  CHECK(probe({"GET", server.port(), "/health", 100}) == "200 GET /health HTTP/1.1");
  CHECK(probe({"POST", server.port(), "/quitquitquit", 100}) == "200 POST /quitquitquit HTTP/1.1");
  CHECK(probe({"GET", server.port(), "no slash\r\nHost: x", 100}) ==
        "200 GET /no%20slash%0D%0AHost:%20x HTTP/1.1");
  CHECK(probe({"GET", server.port(), "/", 3}) == "200 GET");
  CHECK(probe({"GET", server.port(), "/", 0}) == "200 ");
}

TEST_CASE("who listens on the other loopback address only is found") {
  const TinyServer server([](const auto&) { return test::http_ok("six"); }, 0, AF_INET6);
  CHECK(probe({"GET", server.port(), "/", 100}) == "200 six");
}

TEST_CASE("what keeps a probe from an answer is said") {
  CHECK(probe({"GET", test::free_port(), "/", 1}) == "[Errno 111] Connection refused");
  const TinyServer silent([](const auto&) { return ""; });
  CHECK(probe({"GET", silent.port(), "/", 1}) == "BadStatusLine");
  const TinyServer other([](const auto&) { return "220 mail ready\r\n"; });
  CHECK(probe({"GET", other.port(), "/", 1}) == "BadStatusLine");
  const TinyServer broken([](const auto&) { return "HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nabc"; });
  CHECK(probe({"GET", broken.port(), "/", 10}) == "IncompleteRead");
}

TEST_CASE("a server that never answers keeps nobody but itself") {
  const TinyServer server(test::never());
  CHECK(probe({"GET", server.port(), "/", 1}, 50) == "late");
}

TEST_CASE("redirections are followed on this machine, not for ever and not by a POST") {
  int port = 0;
  const TinyServer server([&](const std::string& head) -> std::string {
    const auto to = [](const std::string& where) {
      return "HTTP/1.1 302 Found\r\nContent-Length: 0\r\nLocation: " + where + "\r\n\r\n";
    };
    if (head.starts_with("GET /round")) return to("/round");
    if (head.starts_with("GET /away")) return to("http://example.org/");
    if (head.starts_with("GET /start")) return to("http://localhost:" + std::to_string(port) + "/end");
    if (head.starts_with("POST")) return to("/end");
    return test::http_ok(test::first_line(head));
  });
  port = server.port();
  CHECK(probe({"GET", port, "/start", 100}) == "200 GET /end HTTP/1.1");
  CHECK(probe({"GET", port, "/round", 100}) == "redirected more than 10 times");
  CHECK(probe({"GET", port, "/away", 100}) ==
        "redirected to http://example.org/, which is no port of this machine");
  CHECK(probe({"POST", port, "/", 100}) == "302 ");
}

TEST_CASE("an answer without end takes a bounded time and memory") {
  const TinyServer endless([](const auto&) {
    std::string bytes;
    while (bytes.size() < (4u << 20)) bytes += "HTTP/1.1 100 Continue\r\n\r\n";
    return bytes;
  });
  CHECK(probe({"GET", endless.port(), "/", 10}) == "the answer does not end");
}
