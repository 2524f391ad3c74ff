#include "net/answer_head.h"

#include <catch2/catch.hpp>

namespace aurora::net {
namespace {

TEST_CASE("the head of an answer says how long it is, and nothing in it ends it early") {
  CHECK(answer_head({.body = "{}"}, {}) ==
        "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: 2\r\n"
        "X-Content-Type-Options: nosniff\r\n\r\n");
  CHECK(answer_head({.status = 304}, {.closes = true}) ==
        "HTTP/1.1 304 Not Modified\r\nX-Content-Type-Options: nosniff\r\nConnection: close\r\n\r\n");
  CHECK(answer_head({.headers = {{"X", "a\r\nSet-Cookie: b\x7f"}}}, {.is_http_1_0 = true}) ==
        "HTTP/1.1 200 OK\r\nX: a__Set-Cookie: b_\r\nContent-Length: 0\r\nX-Content-Type-Options: nosniff\r\n"
        "Connection: keep-alive\r\n\r\n");
  CHECK(answer_head({.body = "{}"}, {.kept_ms = 30'000}).find("Keep-Alive: timeout=30\r\n") !=
        std::string::npos);
  CHECK(answer_head({.body = "{}"}, {.closes = true, .kept_ms = 30'000}).find("Keep-Alive") ==
        std::string::npos);
  CHECK(answer_head({.content_type = "text/plain"}, {.is_stream = true, .is_chunked = true})
            .find("Transfer-Encoding: chunked\r\n") != std::string::npos);
}

}  // namespace
}  // namespace aurora::net
