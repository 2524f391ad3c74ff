#include "net/router.h"

#include <catch2/catch.hpp>

namespace aurora::net {
namespace {

Router make_router() {
  const auto handler = [](const Request&) { return Response{}; };
  return Router({{"GET", "/", handler},
                 {"GET", "/v1/jobs", handler},
                 {"POST", "/v1/jobs", handler},
                 {"GET", "/v1/jobs/{role}/{environment}/{name}", handler},
                 {"POST", "/v1/updates/diff", handler},
                 {"GET", "/v1/updates/{id}", handler},
                 {"GET", "/files/{id}/{path...}", handler},
                 {"GET", "/v1/tasks/{id}", handler},
                 {"GET", "/v1/tasks/{id}:exec", handler},
                 {"POST", "/v1/tasks/{id}:exec", handler}});
}

TEST_CASE("a request finds the first route whose pattern matches") {
  struct Case {
    const char* method;
    const char* path;
    const char* pattern;
    std::map<std::string, std::string> params;
  };
  const Case cases[] = {
      {"GET", "/", "/", {}},
      {"HEAD", "/v1/jobs", "/v1/jobs", {}},
      {"POST", "/v1/jobs", "/v1/jobs", {}},
      {"GET",
       "/v1/jobs/a/b/c",
       "/v1/jobs/{role}/{environment}/{name}",
       {{"role", "a"}, {"environment", "b"}, {"name", "c"}}},
      {"GET", "/v1/updates/diff", "/v1/updates/{id}", {{"id", "diff"}}},
      {"GET", "/files/t1/a/b//c", "/files/{id}/{path...}", {{"id", "t1"}, {"path", "a/b//c"}}},
      {"GET", "/files/t1/", "/files/{id}/{path...}", {{"id", "t1"}, {"path", ""}}},
      {"GET", "/v1/tasks/t1", "/v1/tasks/{id}", {{"id", "t1"}}},
      {"GET", "/v1/tasks/t1:exec", "/v1/tasks/{id}:exec", {{"id", "t1"}}},
      {"POST", "/v1/tasks/a:b:exec", "/v1/tasks/{id}:exec", {{"id", "a:b"}}},
      {"GET", "/v1/tasks/t1:execs", "/v1/tasks/{id}", {{"id", "t1:execs"}}},
      {"GET", "/v1/tasks/:exec", "/v1/tasks/{id}", {{"id", ":exec"}}},
  };
  const Router router = make_router();
  for (const Case& expected : cases) {
    INFO(expected.method << " " << expected.path);
    const Router::Match match = router.find(expected.method, expected.path);
    REQUIRE(match.route);
    CHECK(match.route->pattern == expected.pattern);
    CHECK(match.path_params == expected.params);
  }
}

TEST_CASE("what matches no route tells an unknown path from a wrong method") {
  const Router router = make_router();
  for (const char* path : {"/nothing", "/v1/jobs/", "/v1/jobs/a/b", "/v1/jobs/a//c", "/files/t1", "//"}) {
    INFO(path);
    const Router::Match match = router.find("GET", path);
    CHECK_FALSE(match.route);
    CHECK(match.allowed.empty());
  }
  CHECK(router.find("DELETE", "/v1/jobs").allowed == "GET, POST");
  CHECK(router.find("DELETE", "/v1/tasks/t1:exec").allowed == "GET, POST");
  CHECK(router.find("OPTIONS", "/v1/updates/diff").allowed == "POST, GET");
}

}  // namespace
}  // namespace aurora::net
