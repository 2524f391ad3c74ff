// What every HttpClient promises: the one that talks to sockets and the fake.
#include <catch2/catch.hpp>

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
