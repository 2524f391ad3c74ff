#include <catch2/catch.hpp>

#include "scheduler_bench.h"

namespace aurora::api {
namespace {

struct Bench : SchedulerBench {
  Bench() {
    report("h1");
    report("h2");
    create(test::a_job("www/prod/web", 4));
    settle(seconds(2));
  }
  std::string mode(const std::string& host) {
    return join(get("/v1/maintenance?host=" + host), "hosts", "mode");
  }
};

TEST_CASE("hosts are put into maintenance, drained and given back") {
  Bench bench;
  CHECK(bench.mode("h1") == "NONE");
  CHECK(bench.get("/v1/maintenance").int_or("total", -1) == 0);
  const auto started = bench.post("/v1/maintenance/start", R"({"hosts":["h1","h9"]})");
  CHECK(join(started, "statuses", "mode") == "SCHEDULED");
  CHECK(started.find("unknown")->items().front().as_string().value() == "h9");
  CHECK(bench.mode("h1") == "SCHEDULED");
  CHECK(join(bench.post("/v1/maintenance/drain", R"({"hosts":["h1"]})"), "statuses", "mode") == "DRAINING");
  const auto states = bench.get("/v1/maintenance?mode=DRAINING");
  CHECK(states.int_or("total", -1) == 1);
  const auto& host = states.find("hosts")->items().front();
  CHECK(host.string_or("host", "") == "h1");
  CHECK(host.find("drain")->int_or("timeoutSecs", -1) == 0);
  REQUIRE_FALSE(host.find("tasks")->items().empty());
  const auto& task = host.find("tasks")->items().front();
  CHECK(task.bool_or("isLeaving", false));
  CHECK(task.string_or("instance", "").starts_with("www/prod/web/"));
  CHECK(join(bench.post("/v1/maintenance/end", R"({"hosts":["h1"]})"), "statuses", "mode") == "NONE");
  const auto unknown = bench.get("/v1/maintenance?host=h9&host=h1");
  CHECK(unknown.int_or("total", -1) == 1);
  CHECK(unknown.find("unknown")->items().size() == 1);
}

TEST_CASE("what makes no sense of a drain is refused") {
  SchedulerBench bench;
  bench.report("h1");
  const auto refusal = [&](const std::string& body) {
    const net::Response response = bench.call("POST", "/v1/maintenance/drain", body);
    return std::to_string(response.status) + " " +
           codec::JsonValue::parse(response.body)->string_or("message", response.body);
  };
  CHECK(refusal(R"({"hosts":[]})") == "400 No hosts: name at least one.");
  CHECK(refusal(R"({"hosts":["h1"],"timeoutSecs":5})") ==
        "400 timeoutSecs needs a policy: without one the tasks are ended at once.");
  CHECK(refusal(R"({"hosts":["h1"],"policy":{"percentageSlaPolicy":{"percentage":-1,"durationSecs":0}}})") ==
        "400 percentage must be between 0 and 100.");
  CHECK(refusal(R"({"hosts":["h1"],"policy":{"otherPolicy":{}}})").starts_with("400 "));
  CHECK(refusal(R"({"hosts":["h1"],"why":"rack 7"})").starts_with("400 "));
  CHECK(bench.call("GET", "/v1/maintenance?mode=BROKEN").status == 400);
}

TEST_CASE("the original's pages about maintenance") {
  Bench bench;
  CHECK(bench.get("/maintenance").to_json() == R"({"DRAINED":[],"SCHEDULED":[],"DRAINING":{}})");
  bench.post("/v1/maintenance/start", R"({"hosts":["h2"]})");
  bench.post("/v1/maintenance/drain", R"({"hosts":["h1"]})");
  const auto page = bench.get("/maintenance");
  CHECK(page.find("SCHEDULED")->items().front().as_string().value() == "h2");
  CHECK_FALSE(page.find("DRAINING")->find("h1")->items().empty());
  for (const char* path : {"/agents", "/slaves"}) {
    const net::Response agents = bench.call("GET", path);
    CHECK(agents.content_type == "text/html; charset=utf-8");
    CHECK(agents.body.find("DRAINING") != std::string::npos);
    CHECK(agents.body.find("host=[h1], rack=[r1]") != std::string::npos);
  }
}

}  // namespace
}  // namespace aurora::api
