#include "net/local_redirect.h"

#include <catch2/catch.hpp>

using namespace aurora::net;

TEST_CASE("redirections are followed to ports of this machine and nowhere else") {
  struct Case {
    std::string location;
    std::string place;  // "<port><target>"; empty: not followed
  };
  const Case cases[] = {
      {"/other", "31000/other"},
      {"other?x=1#part", "31000/a/other?x=1"},
      {"?x=1", "31000/a/b?x=1"},
      {"", "31000/a/"},
      {"http://localhost:8080/x", "8080/x"},
      {"http://127.0.0.1/x", "80/x"},
      {"http://[::1]:90", "90/"},
      {"http://localhost:31000?x", "31000/?x"},
      {"//localhost:8080/x", "8080/x"},
      {"https://localhost:8080/x", ""},
      {"http://example.org/x", ""},
      {"http://169.254.169.254/latest", ""},
      {"http://localhost.example.org/", ""},
      {"http://localhost:8080@example.org/", ""},
      {"http://localhost:0/", ""},
      {"http://localhost:65536/", ""},
      {"file:///etc/passwd", ""},
      {"/x?u=http://example.org/", "31000/x?u=http://example.org/"},
  };
  for (const Case& c : cases) {
    INFO(c.location);
    const auto place = find_local_redirect(c.location, {31000, "/a/b?q=1"});
    CHECK((place ? std::to_string(place->port) + place->target : "") == c.place);
  }
}
