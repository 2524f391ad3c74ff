#include "net/guard.h"

#include <catch2/catch.hpp>

namespace aurora::net {
namespace {

int status_of(const std::string& address, const Request& head, bool has_body) {
  ServerConfig config;
  config.address = address;
  config.host_names = {"web1"};
  const std::optional<Response> refused = refuse(config, head, has_body);
  return refused ? refused->status : 200;
}

TEST_CASE("pages of other sites cannot use the API") {
  struct Case {
    const char* what;
    const char* address;
    Request head;
    bool has_body;
    int status;
  };
  const Case cases[] = {
      {"a plain read", "127.0.0.1", {"GET", "/", {}, {}, {{"host", "localhost:8081"}}}, false, 200},
      {"no host at all", "127.0.0.1", {"GET", "/", {}, {}, {}}, false, 200},
      {"by IP address", "127.0.0.1", {"GET", "/", {}, {}, {{"host", "127.0.0.1:8081"}}}, false, 200},
      {"by IPv6 address", "::1", {"GET", "/", {}, {}, {{"host", "[::1]:8081"}}}, false, 200},
      {"by a configured name", "127.0.0.1", {"GET", "/", {}, {}, {{"host", "WEB1:8081"}}}, false, 200},
      {"by a rebound name", "127.0.0.1", {"GET", "/", {}, {}, {{"host", "evil.example"}}}, false, 403},
      {"by a name that looks local",
       "127.0.0.1",
       {"GET", "/", {}, {}, {{"host", "localhost.evil.example"}}},
       false,
       403},
      {"a rebound name on every address", "0.0.0.0", {"GET", "/", {}, {}, {{"host", "evil.example"}}}, false, 403},
      {"a rebound name on one address", "10.0.0.1", {"GET", "/", {}, {}, {{"host", "evil.example"}}}, false, 403},
      {"by a configured name on every address", "0.0.0.0", {"GET", "/", {}, {}, {{"host", "web1"}}}, false, 200},
      {"a command",
       "127.0.0.1",
       {"POST", "/", {}, {}, {{"host", "localhost"}, {"content-type", "application/json"}}},
       true,
       200},
      {"a type with a charset",
       "127.0.0.1",
       {"POST", "/", {}, {}, {{"host", "localhost"}, {"content-type", "Application/JSON ; charset=utf-8"}}},
       true,
       200},
      {"a command without body", "127.0.0.1", {"POST", "/", {}, {}, {{"host", "localhost"}}}, false, 200},
      {"a form",
       "127.0.0.1",
       {"POST", "/", {}, {}, {{"host", "localhost"}, {"content-type", "application/x-www-form-urlencoded"}}},
       true,
       415},
      {"text",
       "127.0.0.1",
       {"POST", "/", {}, {}, {{"host", "localhost"}, {"content-type", "text/plain"}}},
       true,
       415},
      {"an upgrade by a page of ours",
       "127.0.0.1",
       {"GET", "/", {}, {}, {{"host", "localhost:8081"}, {"upgrade", "websocket"}, {"origin", "http://localhost:8081"}}},
       false,
       200},
      {"an upgrade by a page of another site",
       "127.0.0.1",
       {"GET", "/", {}, {}, {{"host", "localhost:8081"}, {"upgrade", "websocket"}, {"origin", "http://evil.example"}}},
       false,
       403},
      {"an upgrade by a page of nowhere",
       "127.0.0.1",
       {"GET", "/", {}, {}, {{"host", "localhost:8081"}, {"upgrade", "websocket"}, {"origin", "null"}}},
       false,
       403},
      {"an upgrade by a program",
       "127.0.0.1",
       {"GET", "/", {}, {}, {{"host", "localhost:8081"}, {"upgrade", "websocket"}}},
       false,
       200},
      {"no type", "127.0.0.1", {"POST", "/", {}, {}, {{"host", "localhost"}}}, true, 415},
      {"our own page",
       "127.0.0.1",
       {"POST", "/", {}, {}, {{"host", "localhost:8081"}, {"origin", "http://localhost:8081"}}},
       false,
       200},
      {"another port",
       "127.0.0.1",
       {"POST", "/", {}, {}, {{"host", "localhost:8081"}, {"origin", "http://localhost:3000"}}},
       false,
       403},
      {"another site",
       "0.0.0.0",
       {"POST", "/", {}, {}, {{"host", "web1:8081"}, {"origin", "https://evil.example"}}},
       false,
       403},
      {"a sandboxed page",
       "127.0.0.1",
       {"POST", "/", {}, {}, {{"host", "localhost:8081"}, {"origin", "null"}}},
       false,
       403},
  };
  for (const Case& expected : cases) {
    INFO(expected.what);
    CHECK(status_of(expected.address, expected.head, expected.has_body) == expected.status);
  }
}

TEST_CASE("a name that is not ours is told the flag, and * allows every name") {
  ServerConfig config;
  const Request head{"GET", "/", {}, {}, {{"host", "Aurora.example:8081"}}};
  const std::optional<Response> refused = refuse(config, head, false);
  REQUIRE(refused);
  CHECK(refused->body.find("--allowed_hosts=aurora.example") != std::string::npos);
  config.host_names = {"*"};
  CHECK_FALSE(refuse(config, head, false));
}

TEST_CASE("an error body stays JSON whatever the message holds") {
  CHECK(error_response(404, "NOT_FOUND", "a \"b\" \\ \n\xff").body ==
        R"({"code":"NOT_FOUND","message":"a \"b\" \\ ??","details":[]})");
}

}  // namespace
}  // namespace aurora::net
