// The edges of lists and names, and requests on one job that overlap: of all routes (spec/scheduler.md §8 to §12).
#include <catch2/catch.hpp>

#include "aurora/codec/json.h"
#include "scheduler_bench.h"
#include "support/golden.h"

namespace aurora::api {
namespace {

using test::a_job_of;
using test::a_service;

std::string start_body(const std::string& job, int priority) {
  core::JobUpdateRequest request;
  request.task_config = a_service(job);
  request.task_config.priority = priority;
  request.instance_count = 3;
  return codec::JsonObject().add_raw("request", codec::encode_json(request)).text();
}

std::string cron_body(const std::string& job) {
  core::JobConfiguration cron = test::a_job(job);
  cron.cron_schedule = "0 0 * * *";
  return codec::encode_json(cron);
}

// Something of everything that is listed.
struct Site : SchedulerBench {
  Site() {
    report("h1");
    report("h2");
    put("/v1/roles/www/quota", R"({"cpus":10,"ramMb":1000,"diskMb":1000})");
    create(a_job_of(a_service(), 3));
    settle(seconds(2));
    core::TaskConfig large = a_service("www/prod/large");
    large.resources.cpus = 1000;
    create(a_job_of(large, 2));
    settle(seconds(2));
    put("/v1/jobs/www/prod/nightly/cron", cron_body("www/prod/nightly"));
    update = "/v1/updates/www/prod/web/" +
             post("/v1/updates", start_body("www/prod/web", 5), 201).find("key")->string_or("id", "");
    post("/v1/maintenance/start", R"({"hosts":["h1"]})");
  }
  std::string update;
};

TEST_CASE("a page past the end is empty, says how many there are, and leads nowhere") {
  Site site;
  const std::pair<std::string, std::string> lists[] = {
      {"/v1/roles", "roles"},      {"/v1/quotas", "quotas"}, {"/v1/jobs", "jobs"},
      {"/v1/cron", "cronJobs"},    {"/v1/tasks", "tasks"},   {"/v1/pendingGroups", "pending"},
      {"/v1/updates", "updates"},  {"/v1/hosts", "hosts"},   {"/v1/maintenance", "hosts"},
      {"/v1/pending", "reasons"}, {site.update + "/instances", "instances"}};
  for (const auto& [path, name] : lists) {
    CAPTURE(path);
    const auto whole = site.get(path);
    const int64_t total = whole.int_or("total", -1);
    REQUIRE(total > 0);
    REQUIRE(whole.find(name) != nullptr);
    CHECK(whole.find(name)->items().size() == static_cast<size_t>(total));
    for (const std::string& offset : {std::to_string(total), std::string("1000000000"), std::string("9223372036854775807")}) {
      const auto page = site.get(path + "?limit=7&offset=" + offset);
      CHECK(page.find(name)->items().empty());
      CHECK(page.int_or("total", -1) == total);
      CHECK(page.find("nextOffset") == nullptr);
    }
    for (const char* query : {"?offset=-1", "?limit=-1", "?limit=1000000", "?offset=x", "?offset=9223372036854775808"})
      CHECK(site.call("GET", path + query).status == 400);
    CHECK(site.get(path + "?limit=0").find(name)->items().size() == static_cast<size_t>(total));  // 0: as many as there may be
  }
}

TEST_CASE("an empty role, environment or name in a query is any") {
  Site site;
  for (const auto& path : {std::string("/v1/jobs"), std::string("/v1/tasks"), std::string("/v1/updates")}) {
    CAPTURE(path);
    CHECK(site.get(path + "?role=&environment=&name=").int_or("total", -1) == site.get(path).int_or("total", -2));
  }
  CHECK(site.get("/v1/cron?role=").int_or("total", -1) == 1);
}

TEST_CASE("what is asked of things that do not exist is answered as reviewed") {
  Site site;
  const std::string job = "/v1/jobs/www/prod/none";
  const std::string one = "/v1/updates/www/prod/web/none";
  struct Case {
    const char* method;
    std::string path;
    std::string body = "";
  };
  const Case cases[] = {
      {"GET", "/v1/roles/nobody"},
      {"GET", "/v1/tasks/none"},
      {"GET", "/v1/tasks?role=nobody"},
      {"GET", "/v1/jobs?role=nobody"},
      {"GET", job},
      {"POST", job + "/kill", "{}"},
      {"POST", job + "/kill", R"({"instances":[7]})"},
      {"POST", "/v1/jobs/www/prod/large/kill", R"({"instances":[7]})"},
      {"POST", job + "/restart", R"({"instances":[0]})"},
      {"POST", "/v1/jobs/www/prod/large/restart", R"({"instances":[0,7]})"},
      {"POST", job + "/instances", R"({"instanceId":0,"count":1})"},
      {"POST", "/v1/jobs/www/prod/large/instances", R"({"instanceId":7,"count":1})"},
      {"GET", job + "/cron"},
      {"POST", job + "/cron/start"},
      {"DELETE", job + "/cron"},
      {"PUT", job + "/cron?replaceOnly=true", cron_body("www/prod/none")},
      {"GET", one},
      {"GET", one + "/instances"},
      {"POST", one + "/pause", "{}"},
      {"POST", one + "/resume", "{}"},
      {"POST", one + "/abort", "{}"},
      {"POST", one + "/rollback", "{}"},
      {"POST", one + "/pulse"},
      {"GET", "/v1/maintenance?host=none"},
      {"POST", "/v1/maintenance/start", R"({"hosts":["none"]})"},
      {"POST", "/v1/maintenance/drain", R"({"hosts":["none"]})"},
      {"POST", "/v1/maintenance/end", R"({"hosts":["none"]})"},
      {"POST", "/v1/unknownTasks/kill", R"({"taskIds":["none"]})"},
      {"POST", "/v1/unknownTasks/adopt", R"({"taskId":"none"})"},
      {"GET", "/v1/unknownTasks?host=none"},
  };
  std::string actual;
  for (const Case& c : cases) {
    const net::Response response = site.call(c.method, c.path, c.body);
    const bool is_json = response.body.starts_with("{");
    const auto answer = codec::JsonValue::parse(response.body);
    const std::string message = is_json && answer.ok() ? answer->string_or("message", "") : "";
    actual += std::string(c.method) + " " + c.path + (c.body.empty() || c.body.size() > 60 ? "" : " " + c.body) + "\n  " +
              std::to_string(response.status) + " " + (message.empty() ? response.body : message) + "\n";
  }
  INFO(actual);
  CHECK(test::compare_golden("tests/api/golden/unknown_things.txt", actual).matches);
}

// `count` threads do it at once; how many were answered with each status.
template <typename Request>
std::map<int, int> at_once(int count, const Request& request) {
  std::vector<int> statuses(static_cast<size_t>(count));
  std::vector<std::thread> threads;
  for (int i = 0; i < count; ++i) threads.emplace_back([&, i] { statuses[static_cast<size_t>(i)] = request(i); });
  for (std::thread& thread : threads) thread.join();
  std::map<int, int> counts;
  for (const int status : statuses) ++counts[status];
  return counts;
}

TEST_CASE("requests on one job that overlap are carried out one after the other, each on what the last has left") {
  SchedulerBench bench;
  const std::string job = "/v1/jobs/www/prod/web";
  const std::string created = codec::encode_json(a_job_of(a_service(), 2));
  const net::Router router(bench.routes());  // SchedulerBench::call checks, which only one thread may do
  const auto call = [&](const char* method, const std::string& path, const std::string& body) {
    net::Request request;
    request.method = method;
    request.path = path;
    request.body = body;
    net::Router::Match match = router.find(method, path);
    request.path_params = std::move(match.path_params);
    return net::wait_for(match.route->handler(request)).status;
  };
  const auto active = [&] { return bench.get("/v1/tasks?active=true").int_or("total", -1); };
  for (int i = 0; i < 20; ++i) {
    CHECK(at_once(4, [&](int) { return call("POST", "/v1/jobs", created); }) == std::map<int, int>{{201, 1}, {409, 3}});
    CHECK(active() == 2);
    CHECK(at_once(4, [&](int) { return call("POST", job + "/instances", R"({"instanceId":0,"count":2})"); })[200] == 4);
    CHECK(active() == 10);
    // One update, or none when a kill came first; nobody has both.
    const auto answers = at_once(4, [&](int n) {
      return n % 2 == 0 ? call("POST", "/v1/updates", start_body("www/prod/web", i + 1)) : call("POST", job + "/kill", "{}");
    });
    CHECK(answers.at(201) == 1);
    const auto updates = bench.get("/v1/updates?active=true");
    REQUIRE(updates.find("updates")->items().size() == 1);
    const std::string id = updates.find("updates")->items().front().find("key")->string_or("id", "");
    const auto ends = at_once(4, [&](int) { return call("POST", "/v1/updates/www/prod/web/" + id + "/abort", "{}"); });
    CHECK(ends.size() == 1);
    const auto kills = at_once(4, [&](int) { return call("POST", job + "/kill", "{}"); });
    CHECK(kills.size() == 1);
    CHECK(active() == 0);
    bench.settle(seconds(1));  // so that the history of updates knows which is the oldest
  }
}

}  // namespace
}  // namespace aurora::api
