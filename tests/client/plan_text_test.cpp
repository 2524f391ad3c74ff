#include "client/plan_text.h"

#include <catch2/catch.hpp>

#include "aurora/base/printable.h"
#include "client/text_table.h"

namespace aurora::client {
namespace {

std::string text_of(const std::string& plan, size_t width = 80) {
  const auto document = codec::JsonValue::parse(plan);
  REQUIRE(document.ok());
  std::string text;
  for (const PlanLine& line : to_lines(*document, "west/www/prod/web", width)) {
    if (!line.text.starts_with("State: ")) CHECK(width_of(line.text) <= width);
    text += line.text + "\n";
  }
  return text;
}

std::string step(int begins_ms, int first, int last, const std::string& host, const std::string& more = "") {
  return R"({"beginsAfterMs":)" + std::to_string(begins_ms) + R"(,"add":[],"change":[{"first":)" + std::to_string(first) +
         R"(,"last":)" + std::to_string(last) + R"(}],"remove":[],"places":[{"host":")" + host + R"(","instances":[]}],)" +
         (more.empty() ? R"("victims":[],"waiting":[],"notes":[]})" : more + "}");
}

TEST_CASE("a plan gathers instances, and steps that are alike") {
  const std::string plan = R"({"outcome":"CHANGES","end":"DONE","state":"1.a","add":[],
    "change":[{"instances":[{"first":0,"last":5}],"differences":[{"path":"resources.cpus","before":"1.0","after":"2.0"}]}],
    "remove":[],"leave":[{"instances":[{"first":6,"last":6}]}],"steps":[)" +
                           step(0, 0, 0, "h1") + "," + step(30'000, 1, 1, "h2") + "," + step(60'000, 2, 5, "h3") +
                           R"(],"watchMs":90000,"otherWaitsMs":0,"notBegun":[],"notes":[],
    "quota":{"role":"www","remaining":{"cpus":1.5,"ramMb":100,"diskMb":200}}})";
  CHECK(text_of(plan) == R"(Plan for west/www/prod/web:
  ~ change instances 0-5
      resources.cpus: 1.0 -> 2.0
  = leave instance 6
In this order:
  1-3. at once, until 1 mins: change instances 0-5 on h1, h2, h3
Watch times alone take 90 secs.
Quota of www left afterwards: 1.5 CPU, 100 MB RAM, 200 MB disk
State: 1.a
)");
}

TEST_CASE("whom a step preempts and what waits stands below it") {
  const std::string particulars = R"("victims":[{"taskId":"t","job":{"role":"ads","environment":"prod","name":"batch"},
    "instanceId":3,"host":"h1","inFavorOf":0,"movesTo":""}],"waiting":[{"instances":[{"first":0,"last":1}],
    "reason":"1 of 1 hosts: Insufficient: CPU"}],"notes":["a pulse must come"])";
  const std::string plan = R"({"outcome":"DOES_NOT_FIT","end":"WAITS","state":"1.a","change":[],"steps":[)" +
                           step(0, 0, 1, "h1", particulars) + R"(],"watchMs":0,"notBegun":[{"first":2,"last":2}],
    "notes":["3 other tasks wait"]})";
  CHECK(text_of(plan) == R"(Plan for west/www/prod/web:
In this order:
  1. at once: change instances 0-1 on h1
      before it, a pulse must come
      preempts ads/prod/batch/3 on h1 for instance 0, which then waits
      instances 0-1 wait: 1 of 1 hosts: Insufficient: CPU
Not begun while others wait: instance 2
Note: 3 other tasks wait
It does not fit.
State: 1.a
)");
}

TEST_CASE("nothing to do is said in a line, and a refusal with its figures") {
  CHECK(text_of(R"({"outcome":"NOTHING","state":"1.b"})") ==
        "west/www/prod/web is as the file says: nothing to do.\nState: 1.b\n");
  const std::string refused = text_of(R"x({"outcome":"DOES_NOT_FIT","end":"REFUSED","state":"1.c","refusal":
    "Insufficient resource quota: CPU quota exceeded by 1.00 core(s)","refusalDetails":["quota of www: 1"],
    "notBegun":[{"first":0,"last":0}]})x");
  CHECK(refused.find("It would not begin: Insufficient resource quota") != std::string::npos);
  CHECK(refused.find("  quota of www: 1\n") != std::string::npos);
  CHECK(refused.find("Not begun while") == std::string::npos);
}

TEST_CASE("a plan of many differences and long texts keeps to its width") {
  std::string differences;
  for (int i = 0; i < 60; ++i) {
    differences += std::string(i == 0 ? "" : ",") + R"({"path":"executorConfig.data.task.processes[p)" + std::to_string(i) +
                   R"(].cmdline","before":"\")" + std::string(300, 'x') + R"(\"","after":"\"\u001b[31m\""})";
  }
  const std::string text = text_of(R"({"outcome":"CHANGES","state":"1","change":[{"instances":[{"first":0,"last":0}],"differences":[)" +
                                       differences + "]}]}",
                                   60);
  CHECK(text.find("and 40 more") != std::string::npos);
  CHECK(text.find('\x1b') == std::string::npos);
}

}  // namespace
}  // namespace aurora::client
