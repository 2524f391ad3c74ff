#include "aurora/net/secret.h"

#include <catch2/catch.hpp>

namespace aurora::net {
namespace {

TEST_CASE("a secret comes as a bearer's token or as a browser's password") {
  const std::string secret = "0123456789abcdef";
  const auto carries = [&](const std::string& authorization) {
    return carries_secret({.headers = {{"authorization", authorization}}}, secret);
  };
  CHECK(carries("Bearer 0123456789abcdef"));
  CHECK(carries("bearer 0123456789abcdef"));
  CHECK(carries("Basic YXVyb3JhOjAxMjM0NTY3ODlhYmNkZWY="));  // aurora:0123456789abcdef
  CHECK(carries("Basic OjAxMjM0NTY3ODlhYmNkZWY"));           // :0123456789abcdef
  for (const char* wrong : {"", "Bearer", "Bearer ", "Bearer 0123456789abcdeF", "Bearer 0123456789abcdef0",
                            "0123456789abcdef", "Basic MDEyMzQ1Njc4OWFiY2RlZg==", "Basic *", "Basic ",
                            "Digest 0123456789abcdef"}) {
    INFO(wrong);
    CHECK_FALSE(carries(wrong));
  }
  CHECK_FALSE(carries_secret({}, secret));
  CHECK(carries_secret({}, ""));
}

TEST_CASE("who has no secret is told how to give it, and a browser asks for it") {
  CHECK_FALSE(ask_for_secret("", "hint"));
  const Gate gate = ask_for_secret("0123456789abcdef", "look there");
  const std::optional<Response> refused = gate({});
  REQUIRE(refused);
  CHECK(refused->status == 401);
  CHECK(refused->headers.find("WWW-Authenticate")->second.starts_with("Basic "));
  CHECK(refused->body.find("look there") != std::string::npos);
  CHECK(refused->body.find("0123456789abcdef") == std::string::npos);
}

}  // namespace
}  // namespace aurora::net
