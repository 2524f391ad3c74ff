#include "aurora/client/sla.h"

#include <catch2/catch.hpp>

#include "session_fixture.h"

namespace aurora::client {
namespace {

using test::SessionFixture;

constexpr char kRoute[] = "GET /v1/jobs/www/prod/web/sla";
constexpr char kKey[] = "devcluster/www/prod/web";

TEST_CASE("so many percent of the instances have been up for each duration") {
  SessionFixture f(Grammar::NounVerb, "sla get-task-up-count");
  f.reply(kRoute, 200, R"({"uptimesSecs": [59, 60, 4000, 700000]})");
  CHECK(task_up_count(f.session, {.key = kKey}) == 0);
  CHECK(f.out.str() == "1 mins\t- 75.00 %\n10 mins\t- 50.00 %\n1 hrs\t- 50.00 %\n12 hrs\t- 25.00 %\n7 days\t- 25.00 %\n");
  CHECK_THAT(f.err.str(), Catch::Contains("Response from scheduler: OK (message: )"));
  f.out.str("");
  CHECK(task_up_count(f.session, {.key = kKey, .durations = "1h30m,61s"}) == 0);
  CHECK(f.out.str() == "61 secs\t- 50.00 %\n90 mins\t- 25.00 %\n");
  CHECK(task_up_count(f.session, {.key = kKey, .durations = "5"}) != 0);
  CHECK_THAT(f.err.str(), Catch::Contains("Invalid time span: 5"));
}

TEST_CASE("each percentage of the instances has been up for so long") {
  SessionFixture f(Grammar::NounVerb, "sla get-job-uptime");
  f.reply(kRoute, 200, R"({"uptimesSecs": [30, 60, 70, 90]})");
  CHECK(job_uptime(f.session, {.key = kKey}) == 0);
  CHECK(f.out.str() ==
        "99.0 percentile\t- 30 seconds\n95.0 percentile\t- 30 seconds\n90.0 percentile\t- 30 seconds\n"
        "85.0 percentile\t- 30 seconds\n75.0 percentile\t- 30 seconds\n60.0 percentile\t- 60 seconds\n"
        "50.0 percentile\t- 60 seconds\n30.0 percentile\t- 70 seconds\n10.0 percentile\t- 90 seconds\n");
  f.out.str("");
  CHECK(job_uptime(f.session, {.key = kKey, .percentiles = "10,99.9"}) == 0);
  CHECK(f.out.str() == "99.9 percentile\t- 30 seconds\n10.0 percentile\t- 90 seconds\n");
  for (const char* wrong : {"0", "100", "x", "50,", "nan"}) {
    INFO(wrong);
    CHECK(job_uptime(f.session, {.key = kKey, .percentiles = wrong}) != 0);
  }
  CHECK_THAT(f.err.str(), Catch::Contains("Invalid percentile value:0. Must be between 0.0 and 100.0 exclusive."));
}

TEST_CASE("a job of which nothing runs has no uptime") {
  SessionFixture f(Grammar::NounVerb, "sla get-job-uptime");
  f.reply(kRoute, 200, R"({"uptimesSecs": []})");
  CHECK(job_uptime(f.session, {.key = kKey, .percentiles = "50"}) == 0);
  CHECK(task_up_count(f.session, {.key = kKey, .durations = "1d"}) == 0);
  CHECK(f.out.str() == "50.0 percentile\t- 0 seconds\n1 days\t- 0.00 %\n");
}

}  // namespace
}  // namespace aurora::client
