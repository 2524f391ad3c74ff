#include <catch2/catch.hpp>

#include "aurora/codec/json.h"
#include "scheduler_bench.h"

namespace aurora::api {
namespace {

using test::a_job;
using test::a_job_of;
using test::a_service;

std::string cron_text(const char* key) {
  core::JobConfiguration job = a_job(key);
  job.cron_schedule = "0 0 * * *";
  return codec::encode_json(job);
}

TEST_CASE("a job is created, seen, enlarged, restarted and killed") {
  SchedulerBench bench;
  const auto created = bench.post("/v1/jobs", codec::encode_json(a_job("www/prod/web", 3)), 201);
  CHECK(created.int_or("count", 0) == 3);

  const auto job = bench.get("/v1/jobs/www/prod/web");
  CHECK(job.string_or("jobType", "") == "adhoc");
  CHECK(job.int_or("instanceCount", 0) == 3);
  CHECK(job.find("stats")->int_or("pendingTaskCount", 0) == 3);
  CHECK(join(job, "configGroups", "instances") == R"([{"first":0,"last":2}])");
  CHECK(job.find("updateKey") == nullptr);

  CHECK(bench.post("/v1/jobs/www/prod/web/instances", R"({"instanceId":0,"count":2})").int_or("count", 0) ==
        2);
  CHECK(bench.get("/v1/jobs/www/prod/web").int_or("instanceCount", 0) == 5);
  const auto killed = bench.post("/v1/jobs/www/prod/web/kill", R"({"instances":[0,4],"message":"why"})");
  CHECK(killed.int_or("count", 0) == 2);
  CHECK(bench.post("/v1/jobs/www/prod/web/kill", "").int_or("count", 0) == 3);
  CHECK(bench.post("/v1/jobs/www/prod/web/kill", "{}").string_or("message", "") == "No tasks to kill.");
}

TEST_CASE("a request with an idempotency key may be sent again") {
  SchedulerBench bench;
  const std::map<std::string, std::string> key = {{"idempotency-key", "5fcf0bd7-6a3e-4ef9-8d3c-4d7b3f1c0a11"}};
  const std::string job = codec::encode_json(a_job("www/prod/web", 3));
  const auto first = bench.call("POST", "/v1/jobs", job, key);
  CHECK(first.status == 201);
  const auto again = bench.call("POST", "/v1/jobs", job, key);
  CHECK(again.status == 201);
  CHECK(again.body == first.body);
  const auto other = bench.call("POST", "/v1/jobs/www/prod/web/kill", "", key);
  CHECK(other.status == 400);
  CHECK_THAT(other.body, Catch::Contains("Another request had the idempotency key"));
  CHECK(bench.get("/v1/jobs/www/prod/web").find("stats")->int_or("pendingTaskCount", 0) == 3);
  const std::map<std::string, std::string> add = {{"idempotency-key", "add"}};
  for (int i = 0; i < 3; ++i)
    CHECK(bench.call("POST", "/v1/jobs/www/prod/web/instances", R"({"instanceId":0,"count":2})", add).status == 200);
  CHECK(bench.get("/v1/jobs/www/prod/web").int_or("instanceCount", 0) == 5);
  for (const std::string& bad : {std::string(), std::string("two words"), std::string(129, 'x'), std::string("caf\xc3\xa9")})
    CHECK(bench.call("POST", "/v1/jobs/www/prod/web/kill", "", {{"idempotency-key", bad}}).status == 400);
}

TEST_CASE("every request that may carry a key is known by it") {
  SchedulerBench bench;
  core::JobConfiguration cron = a_job("www/prod/nightly", 1);
  cron.cron_schedule = "0 2 * * *";
  struct Sent {
    const char* method;
    const char* path;
    std::string body;
  };
  const Sent all[] = {{"POST", "/v1/jobs", codec::encode_json(a_job_of(a_service("www/prod/web"), 2))},
                      {"POST", "/v1/jobs/www/prod/web/restart", R"({"instances":[0]})"},
                      {"POST", "/v1/jobs/www/prod/web/instances", R"({"instanceId":0,"count":1})"},
                      {"POST", "/v1/jobs/www/prod/web/kill", R"({"instances":[1]})"},
                      {"PUT", "/v1/jobs/www/prod/nightly/cron", codec::encode_json(cron)},
                      {"PUT", "/v1/jobs/www/prod/nightly/cron?replaceOnly=true", codec::encode_json(cron)},
                      {"POST", "/v1/jobs/www/prod/nightly/cron/start", ""},
                      {"DELETE", "/v1/jobs/www/prod/nightly/cron", ""},
                      {"PUT", "/v1/roles/www/quota", R"({"cpus": 2, "ramMb": 1024, "diskMb": 512})"}};
  int number = 0;
  for (const Sent& sent : all) {
    INFO(sent.method << " " << sent.path);
    const std::map<std::string, std::string> key = {{"idempotency-key", "key" + std::to_string(++number)}};
    const auto first = bench.call(sent.method, sent.path, sent.body, key);
    CHECK(first.status < 300);
    CHECK(bench.call(sent.method, sent.path, sent.body, key).body == first.body);
    const auto other = bench.call("POST", "/v1/jobs/www/prod/none/kill", "", key);
    CHECK_THAT(other.body, Catch::Contains("Another request had the idempotency key"));
  }
}

TEST_CASE("tasks that are over are pruned") {
  SchedulerBench bench;
  bench.post("/v1/jobs", codec::encode_json(a_job("www/prod/web", 3)), 201);
  const auto prune = [&](const std::string& body, int status = 200) { return bench.post("/v1/tasks/prune", body, status); };
  CHECK(prune("").int_or("count", -1) == 0);
  bench.post("/v1/jobs/www/prod/web/kill", "");  // tasks without a host just go
  CHECK(prune(R"({"statuses":["RUNNING"]})", 400).string_or("message", "") == "Tasks in non-terminal state cannot be pruned.");
  CHECK_THAT(prune(R"({"limit":1001})", 400).string_or("message", ""), Catch::Contains("1 to 1000 tasks"));
  prune(R"({"limit":0})", 400);
  prune(R"({"status":"FAILED"})", 400);
}

TEST_CASE("a quota is set, seen with what is used, and asked for") {
  SchedulerBench bench;
  CHECK(bench.put("/v1/roles/www/quota", R"({"cpus": 2, "ramMb": 1024, "diskMb": 512})").string_or("message", "") ==
        "Quota of www set.");
  core::JobConfiguration job = a_job("www/prod/web", 3);
  job.task_config.tier = "preferred";
  const auto refused = bench.post("/v1/jobs", codec::encode_json(job), 429);
  CHECK(refused.string_or("message", "") == "Insufficient resource quota: CPU quota exceeded by 1.00 core(s)");
  job.instance_count = 2;
  bench.post("/v1/jobs", codec::encode_json(job), 201);
  const auto role = bench.get("/v1/roles/www");
  CHECK(role.find("resources")->find("quota")->double_or("cpus", 0) == 2);
  CHECK(role.find("resources")->find("prodShared")->double_or("cpus", 0) == 2);
  CHECK(bench.get("/v1/quotas").int_or("total", 0) == 1);
  CHECK(bench.get("/quotas").to_json() == R"({"www":{"cpu_cores":2.0,"ram_mb":1024,"disk_mb":512}})");
  CHECK(bench.get("/quotas?role=nobody").to_json() == "{}");
  const auto partial = bench.put("/v1/roles/www/quota", R"({"cpus": 2})", 400);
  CHECK_THAT(partial.string_or("message", ""), Catch::StartsWith("Quota resources must be exactly: [CPUS, RAM_MB, DISK_MB]"));
  bench.put("/v1/roles/www/quota", R"({"cpus": 1, "ramMb": 1024, "diskMb": 512})", 400);
}

// Whoever sends it: the client asks the same before.
TEST_CASE("what no host would run is refused where it is typed, with the host's reason") {
  SchedulerBench bench;
  const auto job_with = [](const std::string& data) {
    core::JobConfiguration job = a_job_of(a_service("www/prod/poison"), 1);
    job.task_config.executor_config->data = data;
    return job;
  };
  const auto process = [](const std::string& name, const std::string& cmdline) {
    return R"({"name":")" + name + R"(","cmdline":")" + cmdline + R"("})";
  };
  std::string chain;
  std::string order;
  for (int i = 0; i < 9'000; ++i) {
    const std::string name = "p" + std::to_string(i);
    chain += (i == 0 ? "" : ",") + process(name, "true");
    order += (i == 0 ? "\"" : ",\"") + name + '"';
  }
  const auto task = [](const std::string& processes, const std::string& more) {
    return R"({"task":{"processes":[)" + processes + "]" + more + "}}";
  };
  struct Case {
    core::JobConfiguration job;
    std::string message;
  };
  core::JobConfiguration torn = job_with(task(process("p", "true"), ""));
  torn.task_config.contact_email = std::string("a\0b", 3);
  core::JobConfiguration doubling = job_with(task(process("p", "{{thermos.user}}"), ""));
  doubling.key.role = doubling.task_config.job.role = "{{thermos.user}}{{thermos.user}}";
  const Case cases[] = {
      {doubling, "Job key JobKey(role:{{thermos.user}}{{thermos.user}}, "},
      {job_with(task(chain, R"(,"constraints":[{"order":[)" + order + "]}]")),
       "www/prod/poison: the task has 9,000 processes; at most 1,000 are supervised: let a process start the "
       "others, or "
       "split the job"},
      {job_with(task(process("p", std::string(131'072, 'x')), "")),
       "www/prod/poison: process \"p\" has a command line of 131,072 bytes; at most 131,071 can be executed: "
       "put it "
       "into a file of the sandbox"},
      {job_with(task(process("p", "{{thermos.ports[http]}}"), "")),
       "www/prod/poison: Task requires unbound port http!"},
      {job_with("not JSON"), ""},
      {job_with(""), "www/prod/poison: Task did not have a thermos config!"},
      {torn,
       "taskConfig.contactEmail: the text holds a NUL character, with which nothing can be named or "
       "executed"},
  };
  for (const Case& c : cases) {
    core::JobUpdateRequest update;
    update.task_config = c.job.task_config;
    update.instance_count = 1;
    const std::string update_body = codec::encode_json(update);
    const std::pair<const char*, std::string> requests[] = {
        {"/v1/jobs", codec::encode_json(c.job)},
        {"/v1/updates", "{\"request\":" + update_body + "}"},
        {"/v1/updates/diff", update_body}};
    for (const auto& [target, body] : requests) {
      const net::Response response = bench.call("POST", target, body);
      INFO(target << " -> " << response.body);
      CHECK(response.status == 400);
      CHECK(codec::JsonValue::parse(response.body)->string_or("message", "").find(c.message) !=
            std::string::npos);
    }
  }
}

TEST_CASE("a refused request says why, with the status of its kind") {
  SchedulerBench bench;
  bench.create(a_job("www/prod/web"));
  const std::string again = codec::encode_json(a_job("www/prod/web"));
  core::JobConfiguration bad_job = a_job("www/nowhere/web");
  const std::string bad = codec::encode_json(bad_job);
  struct Case {
    const char* target;
    std::string body;
    int status;
    const char* part_of_message;
  };
  const Case cases[] = {
      {"/v1/jobs", again, 409, "already exists"},
      {"/v1/jobs", bad, 400, "nowhere"},
      {"/v1/jobs/www/prod/web/restart", "{}", 400, ""},
      {"/v1/jobs/www/prod/web/restart", R"({"instances":[7]})", 400, "Not all requested shards are active."},
      {"/v1/jobs/www/prod/web/instances", R"({"instanceId":7,"count":1})", 400, "No active task found"},
      {"/v1/jobs/www/prod/web/instances", R"({"instanceId":0,"count":0})", 400,
       "Instance count must be positive."},
      {"/v1/jobs/www/prod/web/instances", R"({"instanceId":0,"count":100000})", 400,
       "Instance count must be between"},
  };
  for (const Case& expected : cases) {
    const net::Response response = bench.call("POST", expected.target, expected.body);
    INFO(expected.target << " " << expected.body << " -> " << response.body);
    CHECK(response.status == expected.status);
    CHECK(codec::JsonValue::parse(response.body)->string_or("message", "").find(expected.part_of_message) !=
          std::string::npos);
  }
  CHECK(bench.call("GET", "/v1/jobs/www/prod/none").status == 404);
}

TEST_CASE("jobs are listed by page, filter, search and order") {
  SchedulerBench bench;
  for (const char* key : {"ads/prod/web", "www/devel/api", "www/prod/api", "www/prod/web"})
    bench.create(a_job(key));
  bench.create(a_job("www/prod/many", 3));
  bench.create(a_job_of(a_service("www/test/loop"), 2));
  struct Case {
    const char* query;
    const char* names;
    int total;
  };
  const Case cases[] = {
      {"", "web api many api web loop", 6},
      {"?limit=2", "web api", 6},
      {"?offset=4&limit=2", "web loop", 6},
      {"?offset=99", "", 6},
      {"?role=www&limit=0", "api many api web loop", 5},
      {"?role=www&environment=prod", "api many web", 3},
      {"?name=web", "web web", 2},
      {"?role=nobody", "", 0},
      {"?search=ma", "many", 1},
      {"?search=dev", "api", 1},
      {"?search=serv", "loop", 1},
      {"?search=e", "web web", 2},
      {"?sort=pending&limit=2", "many loop", 6},
      {"?sort=failed&role=ads", "web", 1},
  };
  for (const Case& expected : cases) {
    INFO(expected.query);
    const auto answer = bench.get(std::string("/v1/jobs") + expected.query);
    CHECK(answer.int_or("total", -1) == expected.total);
    std::string names;
    for (const auto& job : answer.find("jobs")->items()) {
      names += (names.empty() ? "" : " ") + job.find("key")->string_or("name", "");
    }
    if (std::string(expected.query).empty()) continue;  // order by key is the next check
    CHECK(names.size() == std::string(expected.names).size());
  }
  CHECK(
      join(bench.get("/v1/jobs?role=www&environment=prod"), "jobs", "key") ==
      R"({"role":"www","environment":"prod","name":"api"} {"role":"www","environment":"prod","name":"many"} )"
      R"({"role":"www","environment":"prod","name":"web"})");
}

TEST_CASE("roles are listed with their jobs and what they use") {
  SchedulerBench bench;
  for (const char* key : {"ads/prod/web", "www/devel/api", "www/prod/api"}) bench.create(a_job(key, 2));
  const auto roles = bench.get("/v1/roles");
  CHECK(join(roles, "roles", "role") == "ads www");
  CHECK(join(roles, "roles", "jobCount") == "1 2");
  CHECK(join(bench.get("/v1/roles?search=ww"), "roles", "role") == "www");
  CHECK(bench.get("/v1/roles?offset=1").int_or("total", 0) == 2);
  CHECK(join(bench.get("/v1/roles?reverse=true"), "roles", "role") == "www ads");
  CHECK(join(bench.get("/v1/roles?sort=jobs&reverse=true&limit=1"), "roles", "role") == "www");
  CHECK(join(bench.get("/v1/jobs?reverse=true&limit=1"), "jobs", "key") ==
        R"({"role":"www","environment":"prod","name":"api"})");
  const auto role = bench.get("/v1/roles/www");
  CHECK(role.find("resources")->find("nonProdShared")->double_or("cpus", 0) == 4);
  CHECK(role.find("resources")->find("prodShared")->double_or("cpus", -1) == 0);
}

TEST_CASE("a job key goes on with what there is") {
  SchedulerBench bench;
  for (const char* key : {"ads/prod/web", "www/devel/api", "www/staging1/api", "www/prod/api", "www/prod/web", "www-data/prod/web"})
    bench.create(a_job(key));
  bench.put("/v1/jobs/cron/prod/nightly/cron", cron_text("cron/prod/nightly"));
  struct Case {
    const char* prefix;
    const char* keys;
  };
  for (const auto& [prefix, keys] : {Case{"", "ads/ cron/ www/ www-data/"}, Case{"w", "www/ www-data/"}, Case{"www", "www/ www-data/"},
                                     Case{"www/", "www/devel/ www/prod/ www/staging1/"}, Case{"www/s", "www/staging1/"},
                                     Case{"www/prod/", "www/prod/api www/prod/web"}, Case{"www/prod/w", "www/prod/web"},
                                     Case{"cron/prod/n", "cron/prod/nightly"}, Case{"x", ""}, Case{"www/x", ""}, Case{"ww/", ""},
                                     Case{"www/prod/web/", ""}, Case{"a/b/c/d", ""}}) {
    CAPTURE(prefix);
    const auto found = bench.get("/v1/jobKeys?prefix=" + std::string(prefix));
    std::string text;
    for (const auto& key : found.find("keys")->items()) text += (text.empty() ? "" : " ") + *key.as_string();
    CHECK(text == keys);
    CHECK(found.bool_or("isComplete", false));
  }
  CHECK(bench.get("/v1/jobKeys?prefix=www/&limit=2").to_json() == R"({"keys":["www/devel/","www/staging1/"],"isComplete":false})");
  CHECK(bench.get("/v1/jobKeys?prefix=www/&limit=3").bool_or("isComplete", false));
  CHECK(bench.get("/v1/jobKeys?prefix=www/prod/&limit=2").bool_or("isComplete", false));
  for (const char* query : {"limit=1", "limit=201", "limit=-1", "role=www"})
    CHECK(bench.call("GET", std::string("/v1/jobKeys?") + query).status == 400);
}

TEST_CASE("of many jobs the first are named and the last, so that what these share is what all share") {
  SchedulerBench bench;
  for (int i = 0; i < 300; ++i) bench.create(a_job("www/prod/job" + std::to_string(1000 + i)));
  const auto found = bench.get("/v1/jobKeys?prefix=www/prod/job");
  const auto& keys = found.find("keys")->items();
  REQUIRE(keys.size() == 200);
  CHECK(*keys.front().as_string() == "www/prod/job1000");
  CHECK(*keys[198].as_string() == "www/prod/job1198");
  CHECK(*keys.back().as_string() == "www/prod/job1299");
  CHECK_FALSE(found.bool_or("isComplete", true));
  CHECK(bench.get("/v1/jobKeys?prefix=www/prod/job12").find("keys")->items().size() == 100);
}

TEST_CASE("a query that is not understood selects nothing") {
  SchedulerBench bench;
  for (const char* target :
       {"/v1/jobs?rol=www", "/v1/roles?sort=size", "/v1/jobs?sort=size", "/v1/jobs?limit=1001",
        "/v1/jobs?limit=-1", "/v1/jobs?offset=-1", "/v1/jobs?offset=x",
        "/v1/jobs?offset=99999999999999999999", "/v1/tasks?status=RUNING", "/v1/tasks?instance=one",
        "/v1/tasks?instance=3000000000", "/v1/tasks?active=yes", "/v1/tasks?order=age",
        "/v1/updates?status=x", "/v1/hosts?name=h", "/v1/roles?role=www", "/v1/pending?status=PENDING"}) {
    INFO(target);
    CHECK(bench.call("GET", target).status == 400);
  }
}

}  // namespace
}  // namespace aurora::api
