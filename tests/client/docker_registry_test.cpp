#include "client/docker_registry.h"

#include <catch2/catch.hpp>

#include "support/http_fake.h"

namespace aurora::client {
namespace {

constexpr char kHub[] = "https://registry-1.docker.io";

net::Response answer(int status, std::multimap<std::string, std::string> headers = {},
                     std::string body = "") {
  net::Response response;
  response.status = status;
  response.headers = std::move(headers);
  response.body = std::move(body);
  return response;
}

// A registry that wants `challenge` (nothing: none) and then serves library/web:1.0.
net::Handler registry(const std::string& challenge) {
  return [challenge](const net::Request& request) {
    if (request.path == "/v2/") return answer(200, {{"docker-distribution-api-version", "registry/2.0"}});
    if (request.path == "/token") return answer(200, {}, R"({"token": "secret"})");
    const auto token = request.headers.find("authorization");
    if (!challenge.empty() && (token == request.headers.end() || token->second != "Bearer secret"))
      return answer(401, {{"Www-Authenticate", challenge}});
    if (request.path == "/v2/library/web/manifests/1.0")
      return answer(200, {{"Docker-Content-Digest", "sha256:12"}});
    return answer(404);
  };
}

std::string resolve(const std::string& url, const net::Handler& handler, const std::string& tag = "1.0") {
  test::FakeHttpClient http;
  http.serve(url, handler);
  const auto resolved = resolve_image(http, url, "library/web", tag);
  return resolved.ok() ? *resolved : "error: " + resolved.error().message;
}

}  // namespace

TEST_CASE("a tag becomes a digest, with the registry's host unless it is Docker Hub") {
  CHECK(resolve(kHub, registry("")) == "library/web@sha256:12");
  CHECK(resolve("http://host:5000", registry("")) == "host:5000/library/web@sha256:12");
}

TEST_CASE("a bearer challenge is solved without credentials") {
  test::FakeHttpClient http;
  http.serve(
      kHub,
      registry(R"(Bearer realm="https://registry-1.docker.io/token",service="r.io",scope="repository:a b")"));
  const auto resolved = resolve_image(http, kHub, "library/web", "1.0");
  REQUIRE(resolved.ok());
  CHECK(*resolved == "library/web@sha256:12");
  CHECK(http.requests()[2].url.find("/token?service=r.io&scope=repository%3Aa%20b") != std::string::npos);
}

TEST_CASE("what a registry can refuse") {
  const auto status = [](int code) { return [code](const net::Request&) { return answer(code); }; };
  CHECK(resolve(kHub, registry(""), "2.0") == "error: Unable to resolve image library/web:2.0");
  CHECK(resolve(kHub, registry(R"(Basic realm="x")")) ==
        R"(error: Basic authorization not supported: Basic realm="x")");
  CHECK(resolve(kHub, registry("Digest x")) == "error: Unknown auth challenge: Digest x");
  CHECK(resolve(kHub, [](const net::Request& request) { return answer(request.path == "/v2/" ? 200 : 401); }) ==
        std::string("error: ") + kHub + " wants authorization and does not say which");
  CHECK(resolve(kHub, registry(R"(Bearer realm="https://registry-1.docker.io/none")")) ==
        "error: Private Docker repository - library/web:1.0");
  CHECK(resolve(kHub, status(404)) == std::string("error: ") + kHub + " is not a registry v2");
  CHECK(resolve(kHub, status(500)) == std::string("error: ") + kHub + " is not a registry v2");
}

}  // namespace aurora::client
