// Bodies that no client of ours sends, to every route that takes one.
#include <catch2/catch.hpp>

#include "aurora/codec/json.h"
#include "scheduler_bench.h"
#include "support/request_mutator.h"

namespace aurora::api {
namespace {

// All routes that take a body, with a path that reaches the decoder.
const std::vector<std::string> kTargets = {"/v1/jobs",
                                           "/v1/jobs/www/prod/web/kill",
                                           "/v1/jobs/www/prod/web/restart",
                                           "/v1/jobs/www/prod/web/instances",
                                           "/v1/updates",
                                           "/v1/updates/diff",
                                           "/v1/updates/www/prod/web/id/pause",
                                           "/v1/updates/www/prod/web/id/rollback",
                                           "/v1/hosts/h1/report"};

std::string repeat(const std::string& text, int times) {
  std::string all;
  for (int i = 0; i < times; ++i) all += text;
  return all;
}

TEST_CASE("what is not a request is refused with 400 by every route") {
  SchedulerBench bench;
  const std::pair<const char*, std::string> bodies[] = {
      {"not JSON", "role=www"},
      {"half of it", R"({"instances":[1,)"},
      {"two of them", "{} {}"},
      {"an array", "[]"},
      {"a number", "1"},
      {"nothing but null", "null"},
      {"an unknown field", R"({"frobnicate":1})"},
      {"a field twice", R"({"instances":[],"instances":[],"message":"","message":""})"},
      {"100,000 arrays deep", repeat("[", 100'000)},
      {"100,000 objects deep", repeat(R"({"a":)", 100'000)},
      {"100,000 deep and closed", repeat("[", 100'000) + repeat("]", 100'000)},
      {"bytes that are no UTF-8", "{\"message\":\"\xff\xfe\"}"},
      {"a surrogate alone", R"({"message":"\ud800"})"},
      {"a NUL byte", std::string("{\"message\":\"\0\"}", 15)},
      {"a number without end", R"({"instanceId":)" + repeat("9", 10'000) + "}"},
      {"infinity", R"({"instanceId":1e999,"count":1e999})"},
  };
  for (const std::string& target : kTargets) {
    for (const auto& [what, body] : bodies) {
      // A report may say what this scheduler does not know; it still must say who reports.
      const net::Response response = bench.call("POST", target, body);
      INFO(target << ": " << what << " -> " << response.body.substr(0, 300));
      CHECK(response.status == 400);
      CHECK(codec::JsonValue::parse(response.body).ok());
      CHECK(response.body.size() < 2000);
    }
  }
}

TEST_CASE("a wrong type names the field") {
  SchedulerBench bench;
  std::string job = codec::encode_json(test::a_job());
  const std::string cpus = R"("cpus":1.0)";
  REQUIRE(job.find(cpus) != std::string::npos);
  job.replace(job.find(cpus), cpus.size(), R"("cpus":"many")");
  const net::Response response = bench.call("POST", "/v1/jobs", job);
  INFO(response.body);
  CHECK(response.status == 400);
  CHECK(response.body.find("taskConfig.resources.cpus") != std::string::npos);
}

TEST_CASE("mutated requests never break the scheduler") {
  SchedulerBench bench;
  core::JobUpdateRequest update;
  update.task_config = test::a_service();
  core::ReportTasks report;
  report.host_id = core::HostId("h1");
  report.host = test::a_host("h1");
  report.tasks = {{core::TaskId("t"), core::TaskStatus::Running, "m", Instant{1}}};
  const std::pair<std::string, std::string> seeds[] = {
      {"/v1/jobs", codec::encode_json(test::a_job())},
      {"/v1/jobs/www/prod/web/kill", R"({"instances":[0,1],"message":"m"})"},
      {"/v1/jobs/www/prod/web/instances", R"({"instanceId":0,"count":2})"},
      {"/v1/updates", codec::JsonObject().add_raw("request", codec::encode_json(update)).text()},
      {"/v1/updates/diff", codec::encode_json(update)},
      {"/v1/hosts/h1/report", codec::encode_json(report)},
  };
  test::RequestMutator mutator(4711);
  for (int i = 0; i < 3000; ++i) {
    const auto& [target, seed] = seeds[static_cast<size_t>(i) % std::size(seeds)];
    const std::string body = mutator.mutate(seed);
    const net::Response response = bench.call("POST", target, body);
    INFO(target << " " << body << " -> " << response.body);
    REQUIRE((response.status < 500 && codec::JsonValue::parse(response.body).ok()));
  }
}

}  // namespace
}  // namespace aurora::api
