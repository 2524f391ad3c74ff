#include "aurora/net/tunnel.h"

#include <future>

#include "raw_socket.h"
#include "support/tiny_server.h"

namespace aurora::net {
namespace {

constexpr const char* kHere = "127.0.0.1";

TEST_CASE("a tunnel carries connections of a local port to another") {
  const test::TinyServer server([](const std::string& head) { return test::http_ok("seen " + test::first_line(head)); });
  const auto tunnel = Tunnel::open({.host = kHere, .port = server.port()});
  REQUIRE(tunnel.ok());
  CHECK((*tunnel)->try_target().ok());
  for (int i = 0; i < 3; ++i) {
    Socket client((*tunnel)->local_port());
    client.write("GET /" + std::to_string(i) + " HTTP/1.1\r\n\r\n");
    CHECK(client.read_answer().ends_with("seen GET /" + std::to_string(i) + " HTTP/1.1"));
    CHECK(client.read_exactly(1).empty());  // the server's end of the connection is the client's
  }
}

TEST_CASE("what a tunnel cannot reach is said for each connection") {
  const int port = test::free_port();
  std::promise<std::string> said;
  const auto tunnel = Tunnel::open({.host = kHere, .port = port, .on_failure = [&](const std::string& what) { said.set_value(what); }});
  REQUIRE(tunnel.ok());
  const std::string expected = std::string(kHere) + ":" + std::to_string(port) + " cannot be reached from this machine: Connection refused";
  CHECK((*tunnel)->try_target().error().message == expected);
  Socket client((*tunnel)->local_port());
  CHECK(client.read_exactly(1).empty());
  CHECK(said.get_future().get() == expected);
}

TEST_CASE("a port that is taken, and a host that is not known, are said") {
  const test::TinyServer taken(test::never());
  const auto tunnel = Tunnel::open({.local_port = taken.port(), .host = kHere, .port = 1});
  REQUIRE_FALSE(tunnel.ok());
  CHECK_THAT(tunnel.error().message, Catch::Contains("Port " + std::to_string(taken.port()) + " of this machine") && Catch::Contains("in use"));
  const auto lost = Tunnel::open({.host = "no.such.host.invalid", .port = 1});
  REQUIRE(lost.ok());
  CHECK_THAT((*lost)->try_target().error().message, Catch::Contains("no.such.host.invalid:1 cannot be reached"));
}

TEST_CASE("a tunnel has a bound of connections") {
  const test::TinyServer server(test::never());
  const auto tunnel = Tunnel::open({.host = kHere, .port = server.port(), .connections_max = 2});
  REQUIRE(tunnel.ok());
  Socket first((*tunnel)->local_port());
  Socket second((*tunnel)->local_port());
  Socket third((*tunnel)->local_port());
  CHECK(third.read_exactly(1).empty());
  CHECK(first.is_silent_for(50));
  CHECK(second.is_silent_for(1));
}

}  // namespace
}  // namespace aurora::net
