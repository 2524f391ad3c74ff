// Every read under /v1: repeated at no cost, and for some of its fields.
#include "api/reads.h"

#include <catch2/catch.hpp>

#include "api/etag.h"
#include "api/field_selection.h"
#include "api/openapi_route.h"
#include "scheduler_bench.h"

namespace aurora::api {
namespace {

std::string header(const net::Response& response, const std::string& name) {
  const auto found = response.headers.find(name);
  return found == response.headers.end() ? "" : found->second;
}

TEST_CASE("a tag is the same for the same bytes, and another for others") {
  std::set<std::string> tags;
  std::string text;
  for (int length = 0; length < 100; ++length, text += 'a') {
    CHECK(etag_of(text) == etag_of(std::string(text)));
    CHECK(tags.insert(etag_of(text)).second);
    std::string other = text;
    for (char& c : other) {
      c ^= 1;
      CHECK(tags.insert(etag_of(other)).second);
      c ^= 1;
    }
  }
  CHECK(etag_of("").size() == 34);
  CHECK(etag_of("The quick brown fox jumps over the lazy dog") == "\"e34bbc7bbc071b6c7a433ca9c49a9347\"");  // MurmurHash3 x64, 128 bits
}

TEST_CASE("a header names tags") {
  CHECK(names_tag("\"a\"", "\"a\""));
  CHECK(names_tag("\"b\" , W/\"a\"", "\"a\""));
  CHECK(names_tag("*", "\"a\""));
  CHECK_FALSE(names_tag("", "\"a\""));
  CHECK_FALSE(names_tag("\"b\",,\"aa\"", "\"a\""));
}

TEST_CASE("who has an answer already gets 304, until it is another") {
  SchedulerBench bench;
  bench.create(test::a_job("www/prod/web", 1));
  const net::Response first = bench.call("GET", "/v1/jobs");
  REQUIRE(first.status == 200);
  const std::string tag = header(first, "ETag");
  CHECK(tag == etag_of(first.body));
  CHECK(header(first, "Cache-Control") == "no-cache");
  const std::map<std::string, std::string> known = {{"if-none-match", tag}};
  const net::Response again = bench.call("GET", "/v1/jobs", "", known);
  CHECK(again.status == 304);
  CHECK(again.body.empty());
  CHECK(header(again, "ETag") == tag);
  bench.create(test::a_job("www/prod/other", 1));
  CHECK(bench.call("GET", "/v1/jobs", "", known).status == 200);
  CHECK(bench.call("GET", "/v1/tasks/none", "", {{"if-none-match", "*"}}).status == 404);
  CHECK(header(bench.call("GET", "/v1/tasks/none"), "ETag").empty());
  CHECK(header(bench.call("POST", "/v1/jobs/www/prod/web/kill", "{}"), "ETag").empty());
}

TEST_CASE("every read under /v1 has a tag, and says of a field that there is not which there are") {
  SchedulerBench bench;
  size_t reads = 0;
  for (const net::Route& route : bench.routes()) {
    if (route.method != "GET" || !route.pattern.starts_with("/v1/") || route.upgrades) continue;
    INFO(route.pattern);
    REQUIRE(route.finish);
    ++reads;
    if (route.pattern == "/v1/openapi.json") continue;
    net::Request request;
    request.query = {{"fields", "nonsense"}};
    const auto refused = find_wanted_fields(scheduler_openapi(), route.pattern, request);
    REQUIRE_FALSE(refused.ok());
    CHECK_THAT(refused.error().message, Catch::Contains("there is no 'nonsense'; there are "));
  }
  CHECK(reads > 15);
}

TEST_CASE("of an answer only the fields stay that were asked for") {
  SchedulerBench bench;
  bench.create(test::a_job("www/prod/web", 2));
  const codec::JsonValue tasks = bench.get("/v1/tasks?fields=instanceId,task.job.name&limit=1");
  CHECK(tasks.find("tasks")->to_json() == R"([{"instanceId":0,"task":{"job":{"name":"web"}}}])");
  CHECK(tasks.int_or("total", 0) == 2);
  CHECK(tasks.int_or("nextOffset", 0) == 1);
  const auto both = bench.get("/v1/tasks?fields=task&fields=task.job,status&limit=1").find("tasks")->items().at(0);
  CHECK(both.members().size() == 2);
  CHECK(both.find("task")->members().size() > 5);
  CHECK(bench.call("GET", "/v1/jobs/www/prod/web?fields=job.name").status == 400);
  CHECK(bench.get("/v1/jobs/www/prod/web?fields=key.name").to_json() == R"({"key":{"name":"web"}})");
  CHECK(bench.get("/v1/cluster?fields=user").to_json() == R"({"user":"UNSECURE"})");
  CHECK(bench.get("/v1/cluster?fields=statusMeanings.LOST").members().size() == 1);
  CHECK(bench.get("/v1/cluster?fields=").members().size() > 3);  // none named: all
  const net::Response whole = bench.call("GET", "/v1/jobs");
  CHECK(header(whole, "ETag") != header(bench.call("GET", "/v1/jobs?fields=key"), "ETag"));
}

TEST_CASE("fields that there are not, and too many, are refused before anything is read") {
  SchedulerBench bench;
  const auto refused = [&](const std::string& target) {
    const net::Response response = bench.call("GET", target);
    CHECK(response.status == 400);
    return codec::JsonValue::parse(response.body)->string_or("message", "");
  };
  CHECK_THAT(refused("/v1/tasks?fields=taskId,nmae"), Catch::StartsWith("Query parameter 'fields': there is no 'nmae'; there are taskId"));
  CHECK_THAT(refused("/v1/tasks?fields=task.job.nmae"),
             Catch::Contains("there is no 'nmae' in 'task.job'; there are role, environment, name"));
  CHECK_THAT(refused("/v1/tasks?fields=taskId.x"), Catch::Contains("there is no 'x' in 'taskId'; there are no fields"));
  CHECK_THAT(refused("/v1/tasks?fields=total"), Catch::Contains("there is no 'total'"));
  CHECK_THAT(refused("/v1/openapi.json?fields=paths"), Catch::Contains("there are no fields to choose from"));
  CHECK_THAT(refused("/v1/tasks?fields=a.b.c.d.e.f.g.h.i"), Catch::Contains("8 parts at most"));
  std::string many = "/v1/tasks?fields=taskId";
  for (int i = 0; i < 100; ++i) many += ",taskId";
  CHECK_THAT(refused(many), Catch::Contains("100 names at most"));
  CHECK_THAT(refused("/v1/tasks?fields=" + std::string(5000, 'x')), Catch::Contains("4096 bytes at most"));
  CHECK_THAT(refused("/v1/tasks?feilds=taskId"), Catch::Contains("has no query parameter 'feilds'"));
}

}  // namespace
}  // namespace aurora::api
