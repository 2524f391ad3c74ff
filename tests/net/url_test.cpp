#include "net/url.h"

#include <catch2/catch.hpp>

namespace aurora::net {
namespace {

TEST_CASE("an address is taken apart, or refused with what it should look like") {
  struct Case {
    const char* url;
    const char* host;
    const char* port;
    const char* target;
  };
  const Case cases[] = {
      {"http://web1:8081/a?b=c", "web1", "8081", "/a?b=c"}, {"http://web1", "web1", "80", "/"},
      {"https://web1/", "web1", "443", "/"},                {"http://[::1]:1/x", "::1", "1", "/x"},
      {"http://[::1]", "::1", "80", "/"},                   {"http://web1?a", "web1", "80", "/?a"},
  };
  for (const Case& expected : cases) {
    INFO(expected.url);
    const Result<Url> url = parse_url(expected.url);
    REQUIRE(url.ok());
    CHECK(url->host == expected.host);
    CHECK(url->port == expected.port);
    CHECK(url->target == expected.target);
    CHECK(url->is_secure == std::string(expected.url).starts_with("https"));
  }
  CHECK(parse_url("http://web1:8081/a")->authority() == "web1:8081");
  for (const char* bad : {"", "web1", "ftp://web1", "http://", "http://:80", "http://web1:", "http://web1:x",
                          "http://web1:65536", "http://we b1"}) {
    INFO(bad);
    CHECK_FALSE(parse_url(bad).ok());
  }
}

}  // namespace
}  // namespace aurora::net
