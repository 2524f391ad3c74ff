#include <catch2/catch.hpp>

#include "aurora/codec/json.h"
#include "scheduler_bench.h"

namespace aurora::api {
namespace {

std::string a_report(const std::string& host) {
  core::ReportTasks report;
  report.host_id = core::HostId(host);
  report.session = "s";
  report.sequence = 1;
  report.host = test::a_host(host);
  report.complete = true;
  return codec::encode_json(report);
}

TEST_CASE("hosts are listed with what is left of them") {
  SchedulerBench bench;
  bench.report("h1");
  bench.report("h2");
  bench.create(test::a_job("www/prod/web", 1));
  bench.settle(seconds(2));
  const auto hosts = bench.get("/v1/hosts");
  CHECK(join(hosts, "hosts", "host") == "h1 h2");
  CHECK(join(hosts, "hosts", "isConnected") == "true true");
  double available = 0;
  int64_t tasks = 0;
  for (const auto& host : hosts.find("hosts")->items()) {
    available += host.find("available")->double_or("cpus", 0);
    tasks += host.int_or("taskCount", 0);
  }
  CHECK(tasks == 1);
  CHECK(available == 32 - 1.25);
  CHECK(join(bench.get("/v1/hosts?offset=1&limit=1"), "hosts", "host") == "h2");
  CHECK(join(bench.get("/v1/hosts?search=h1"), "hosts", "host") == "h1");
  CHECK(bench.get("/v1/hosts?search=nothing").int_or("total", -1) == 0);
}

TEST_CASE("a report must be for the host it is sent for and may hold more than we know") {
  SchedulerBench bench;
  CHECK(bench.call("POST", "/v1/hosts/h2/report", a_report("h1")).status == 400);
  std::string report = a_report("h1");
  report.insert(1, R"("news":{"of":"tomorrow"},)");
  CHECK(bench.call("POST", "/v1/hosts/h1/report", report).status == 200);
  const std::string stranger = R"({"hostId":"h9","session":"s","sequence":1})";
  CHECK(bench.post("/v1/hosts/h9/report", stranger).bool_or("needsRegistration", false));
}

TEST_CASE("a beat without a list is answered by whether one is wanted") {
  SchedulerBench bench;
  const auto say = [&](int sequence, const std::string& more, int status = 200) {
    return bench.post("/v1/hosts/h1/report",
                      R"({"hostId":"h1","session":"s","sequence":)" + std::to_string(sequence) + more + "}",
                      status);
  };
  std::string registration = a_report("h1");
  CHECK_FALSE(bench.post("/v1/hosts/h1/report", registration)
                  .bool_or("agrees", true));  // an executor without digests
  CHECK(say(2, R"(,"complete":true,"digest":{"count":0,"hash":0})").bool_or("agrees", false));
  CHECK(say(3, R"(,"digest":{"count":0,"hash":0,"newer":1})").bool_or("agrees", false));
  for (const char* other :
       {R"({"count":1,"hash":0})", R"({"count":0,"hash":1})", R"({"count":0,"hash":-1})"}) {
    static int sequence = 3;
    const auto answer = say(++sequence, std::string(R"(,"digest":)") + other);
    CHECK(answer.bool_or("accepted", false));
    CHECK_FALSE(answer.bool_or("agrees", true));
  }
  CHECK_FALSE(say(7, "").bool_or("agrees", true));
  for (const char* bad : {R"("x")", "7", R"({"count":"x"})", R"({"hash":1e99})"})
    say(8, std::string(R"(,"digest":)") + bad, 400);
}

TEST_CASE("with a secret only those who know it report") {
  const std::string secret = "0123456789abcdef";
  SchedulerBench bench(secret);
  const auto status = [&](const std::string& authorization) {
    return bench.call("POST", "/v1/hosts/h1/report", a_report("h1"), {{"authorization", authorization}})
        .status;
  };
  CHECK(bench.call("POST", "/v1/hosts/h1/report", a_report("h1")).status == 401);
  for (const std::string wrong : {"", "Bearer ", "Bearer 0123456789abcdeF", "Bearer 0123456789abcdef0",
                                  "0123456789abcdef", "Bearer 0123456789abcde"}) {
    INFO(wrong);
    CHECK(status(wrong) == 401);
  }
  CHECK(status("Bearer " + secret) == 200);
  CHECK(bench.call("GET", "/v1/hosts").status == 200);
}

}  // namespace
}  // namespace aurora::api
