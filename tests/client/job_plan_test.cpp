// `job plan`, `explain` and starts that demand a plan's state.
#include <catch2/catch.hpp>

#include "aurora/client/verbs.h"
#include "client/session_fixture.h"

using namespace aurora;
using namespace aurora::client;
using test::SessionFixture;

namespace {

constexpr char kKey[] = "devcluster/www-data/devel/web";
constexpr char kPlan[] = "POST /v1/updates:plan";

std::string plan(const std::string& outcome) { return R"({"outcome": ")" + outcome + R"(", "end": "DONE", "state": "1.a.b"})"; }

void give_job(SessionFixture& f, const std::string& is_service = "true", const std::string& is_cron = "false") {
  f.reply("GET /v1/tiers", 200, R"({"default": "preemptible", "tiers": {}})");
  f.evaluation.document =
      R"({"job": {"key": {"role": "www-data", "environment": "devel", "name": "web"},
    "taskConfig": {"job": {"role": "www-data", "environment": "devel", "name": "web"}, "isService": )" +
      is_service + R"(}, "instanceCount": 2}, "update_settings": {"minWaitInInstanceRunningMs": 45000}, "is_service": )" + is_service +
      R"(, "is_cron": )" + is_cron + "}";
}

TEST_CASE("job plan ends with 0, 1 or 2 by what the plan says") {
  const auto code = [](const std::string& outcome) {
    SessionFixture f(Grammar::NounVerb);
    give_job(f);
    f.reply(kPlan, 200, plan(outcome));
    return job_plan(f.session, {.key = kKey, .file = {}});
  };
  CHECK(code("NOTHING") == 0);
  CHECK(code("CHANGES") == 1);
  CHECK(code("DOES_NOT_FIT") == 2);
}

TEST_CASE("job plan asks for an update of a service, of its instances; of other jobs, or if it is told to, for a new one") {
  SessionFixture f(Grammar::NounVerb);
  give_job(f);
  f.reply(kPlan, 200, plan("CHANGES"));
  f.reply("POST /v1/jobs:plan", 200, plan("CHANGES"));
  CHECK(job_plan(f.session, {.key = std::string(kKey) + "/0-1", .file = {}}) == 1);
  CHECK(f.body_of(kPlan).find(R"("updateOnlyTheseInstances":[{"first":0,"last":1}])") != std::string::npos);
  CHECK(f.body_of("POST /v1/jobs:plan").empty());
  CHECK(job_plan(f.session, {.key = kKey, .file = {}, .is_create = true}) == 1);
  CHECK(f.body_of("POST /v1/jobs:plan").find(R"("instanceCount":2)") != std::string::npos);
  CHECK(f.out.str().find("State: 1.a.b") != std::string::npos);

  SessionFixture once(Grammar::NounVerb);
  give_job(once, "false");
  once.reply("POST /v1/jobs:plan", 200, plan("CHANGES"));
  CHECK(job_plan(once.session, {.key = kKey, .file = {}, .is_json = true}) == 1);
  CHECK(once.out.str() == R"({"outcome":"CHANGES","end":"DONE","state":"1.a.b"})" "\n");
}

TEST_CASE("errors of job plan are none of its results") {
  SessionFixture f(Grammar::NounVerb);
  give_job(f);
  f.reply(kPlan, 409, R"({"code": "FAILED_PRECONDITION", "message": "An active update already exists", "details": ["u1"]})");
  CHECK(job_plan(f.session, {.key = kKey, .file = {}}) > 2);
  CHECK(job_plan(f.session, {.key = "nonsense", .file = {}}) > 2);
  CHECK(job_plan(f.session, {.key = std::string(kKey) + "/0", .file = {}, .is_create = true}) > 2);
  SessionFixture cron(Grammar::NounVerb);
  give_job(cron, "false", "true");
  CHECK(job_plan(cron.session, {.key = kKey, .file = {}}) > 2);
}

TEST_CASE("explain tells how it is, what it waits for and what happened") {
  SessionFixture f(Grammar::Classic);
  f.reply("GET /v1/jobs/www-data/devel/web:explain", 200,
          R"({"subject": "instance www-data/devel/web/0", "now": "task t is PENDING for 3 s", "leftOut": 2,
              "waits": [{"kind": "BACK_OFF", "text": "starts again in 0:41", "untilMs": 1700000000000}],
              "story": [{"atMs": 1699999999123, "text": "PENDING: it was asked for. Facts: the job was created by ann", "taskId": "t"}]})");
  CHECK(explain(f.session, {.what = std::string(kKey) + "/0", .cluster = "", .update_id = ""}) == 0);
  CHECK(f.out.str() == R"(instance www-data/devel/web/0
Now: task t is PENDING for 3 s
Waits for:
  back off: starts again in 0:41 (2023-11-14T22:13:20Z)
What happened:
  ... 2 older
  task t
    2023-11-14T22:13:19Z PENDING: it was asked for. Facts: the job was created
      by ann
)");
}

TEST_CASE("what is no key is a task or a host of the only cluster") {
  SessionFixture f(Grammar::Classic);
  f.reply("GET /v1/hosts/h1:explain", 200, R"({"subject": "host h1", "now": "in service", "waits": [], "story": [], "leftOut": 0})");
  CHECK(explain(f.session, {.what = "h1", .cluster = "", .update_id = ""}) == 0);
  CHECK(f.out.str() == "host h1\nNow: in service\nWaits for nothing.\n");
  CHECK(explain(f.session, {.what = "h2", .cluster = "", .update_id = ""}) == 1);
  CHECK(f.err.str().find("No task and no host has this name") != std::string::npos);
  CHECK(explain(f.session, {.what = "h1", .cluster = "", .update_id = "u1"}) == 1);
  CHECK(explain(f.session, {.what = std::string(kKey) + "/0-3", .cluster = "", .update_id = ""}) == 1);
}

}  // namespace
