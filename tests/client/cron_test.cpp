// The cron verbs: what is printed where, what is sent, the exit code (spec/client.md §5.3, §6.8).
#include <catch2/catch.hpp>

#include "aurora/client/verbs.h"
#include "client/session_fixture.h"

using namespace aurora;
using namespace aurora::client;
using test::SessionFixture;

namespace {

constexpr char kKey[] = "devcluster/www-data/devel/nightly";
const std::string kRoute = "/v1/jobs/www-data/devel/nightly/cron";

void give_job(SessionFixture& f, bool is_cron) {
  f.reply("GET /v1/tiers", 200, R"({"default": "preemptible", "tiers": {}})");
  f.evaluation.document =
      R"({"job": {"key": {"role": "www-data", "environment": "devel", "name": "nightly"}, "cronSchedule": "0 2 * * *",
    "taskConfig": {"job": {"role": "www-data", "environment": "devel", "name": "nightly"}},
    "instanceCount": 1}, "update_settings": {"minWaitInInstanceRunningMs": 45000}, "is_service": false, "is_cron": )" +
      std::string(is_cron ? "true" : "false") + "}";
}

CronOptions options() {
  CronOptions options;
  options.key = kKey;
  return options;
}

const CreateOptions kFile{kKey, {"f.aurora", {}, false}, "PENDING", false};

}  // namespace

TEST_CASE("cron schedule sends the job and says where to look") {
  SessionFixture f(Grammar::NounVerb);
  give_job(f, true);
  f.reply("PUT " + kRoute, 200, R"({"message": "Job www-data/devel/nightly is scheduled with cron", "count": 1})");
  CHECK(cron_schedule(f.session, kFile) == 0);
  CHECK(f.err.str() ==
        " INFO] Registering job nightly with cron\n INFO] Job www-data/devel/nightly is scheduled with cron\n");
  CHECK(f.out.str() ==
        "Cron job scheduled, status can be viewed at http://scheduler:8081/scheduler/www-data/devel/nightly\n");
  CHECK(f.body_of("PUT " + kRoute).find("0 2 * * *") != std::string::npos);
}

TEST_CASE("cron schedule of what is no cron job, and one that is refused") {
  SessionFixture plain(Grammar::NounVerb);
  give_job(plain, false);
  CHECK(cron_schedule(plain.session, kFile) == 4);
  CHECK(plain.err.str() == "Non-cron jobs may only be created with \"aurora job create\" command\n");

  SessionFixture refused(Grammar::NounVerb);
  give_job(refused, true);
  refused.reply("PUT " + kRoute, 400,
                R"({"code": "INVALID_ARGUMENT", "message": "Invalid cron schedule: 0 0 * * 7",
                    "details": ["day of week is '7'; it must be 0 to 6"]})");
  CHECK(cron_schedule(refused.session, kFile) == 10);
  CHECK(refused.err.str() ==
        " INFO] Registering job nightly with cron\nError scheduling cron job devcluster/www-data/devel/nightly:\n"
        "\tInvalid cron schedule: 0 0 * * 7\n\tday of week is '7'; it must be 0 to 6\n");
}

TEST_CASE("create of a cron job: refused, and scheduled by the classic one") {
  SessionFixture noun(Grammar::NounVerb);
  give_job(noun, true);
  CHECK(create(noun.session, kFile) == 4);
  CHECK(noun.err.str() == "Cron jobs may only be scheduled with \"aurora cron schedule\" command\n");

  SessionFixture classic(Grammar::Classic);
  give_job(classic, true);
  classic.reply("PUT " + kRoute, 200, R"({"message": "scheduled", "count": 1})");
  CHECK(create(classic.session, kFile) == 0);
  CHECK(classic.err.str() ==
        " INFO] Registering job nightly with cron\n INFO] Response from scheduler: OK (message: scheduled)\n"
        " INFO] Job url: http://scheduler:8081/scheduler/www-data/devel/nightly\n");
}

TEST_CASE("update of a cron job: refused, and the classic one replaces the template") {
  UpdateOptions update_options;
  update_options.key = kKey;
  SessionFixture noun(Grammar::NounVerb);
  give_job(noun, true);
  CHECK(update(noun.session, update_options) == 4);
  CHECK(noun.err.str() == "Cron jobs may only be updated with \"aurora cron schedule\" command\n");

  SessionFixture classic(Grammar::Classic);
  give_job(classic, true);
  classic.reply("PUT " + kRoute, 200, R"({"message": "replaced", "count": 1})");
  CHECK(update(classic.session, update_options) == 0);
  CHECK(classic.err.str() ==
        " INFO] Cron template updated, next run will reflect changes\n"
        " INFO] Response from scheduler: OK (message: replaced)\n");
  CHECK(classic.http.requests().back().url.ends_with("/cron?replaceOnly=true"));
}

TEST_CASE("cron deschedule") {
  SessionFixture f(Grammar::NounVerb);
  f.reply("DELETE " + kRoute, 200, R"({"message": "Job www-data/devel/nightly is not scheduled with cron", "count": 0})");
  CHECK(cron_deschedule(f.session, options()) == 0);
  CHECK(f.err.str() ==
        " INFO] Removing cron schedule for job devcluster/www-data/devel/nightly\n"
        " INFO] Job www-data/devel/nightly is not scheduled with cron\n");
  CHECK(f.out.str() == "Cron descheduling succeeded.\n");
}

TEST_CASE("cron start, and start_cron") {
  const std::string reply = R"({"message": "1 new tasks pending for job www-data/devel/nightly", "count": 1})";
  SessionFixture noun(Grammar::NounVerb);
  noun.reply("POST " + kRoute + "/start", 200, reply);
  CHECK(cron_start(noun.session, options()) == 0);
  CHECK(noun.err.str() ==
        " INFO] Starting cron job: devcluster/www-data/devel/nightly\n"
        " INFO] 1 new tasks pending for job www-data/devel/nightly\n");
  CHECK(noun.out.str().empty());

  SessionFixture classic(Grammar::Classic);
  classic.reply("POST " + kRoute + "/start", 200, reply);
  CHECK(cron_start(classic.session, options()) == 0);
  CHECK(classic.err.str() ==
        " INFO] Starting cron job: devcluster/www-data/devel/nightly\n"
        " INFO] Response from scheduler: OK (message: 1 new tasks pending for job www-data/devel/nightly)\n"
        " INFO] Job url: http://scheduler:8081/scheduler/www-data/devel/nightly\n");

  SessionFixture unknown(Grammar::NounVerb);
  unknown.reply("POST " + kRoute + "/start", 404,
                R"({"code": "NOT_FOUND", "message": "Failed to start cron job - No cron job found for x.", "details": []})");
  CHECK(cron_start(unknown.session, options()) == 10);
  CHECK(unknown.err.str().ends_with("Error starting cron job devcluster/www-data/devel/nightly:\n"
                                    "\tFailed to start cron job - No cron job found for x.\n"));
}

TEST_CASE("cron show") {
  SessionFixture f(Grammar::NounVerb);
  f.reply("GET " + kRoute, 200, R"({"schedule": "0 2 * * *"})");
  CHECK(cron_show(f.session, options()) == 0);
  CHECK(f.err.str() == " INFO] Retrieving jobs for role www-data\n");
  CHECK(f.out.str() == "devcluster/www-data/devel/nightly\t 0 2 * * *\n");

  SessionFixture none(Grammar::NounVerb);
  none.reply("GET " + kRoute, 404, R"({"code": "NOT_FOUND", "message": "no", "details": []})");
  CHECK(cron_show(none.session, options()) == 6);
  CHECK(none.err.str() ==
        " INFO] Retrieving jobs for role www-data\nNo cron entry found for job devcluster/www-data/devel/nightly\n");
}

TEST_CASE("list_jobs -c shows schedules and policies") {
  SessionFixture f(Grammar::Classic);
  f.reply("GET /v1/jobs", 200,
          R"({"jobs": [{"key": {"role": "www-data", "environment": "devel", "name": "nightly"},
              "cronSchedule": "0 2 * * *", "cronCollisionPolicy": "CANCEL_NEW"}], "total": 1})");
  CHECK(list_jobs(f.session, {"devcluster/www-data", true, false}) == 0);
  CHECK(f.out.str() == "devcluster/www-data/devel/nightly\t'0 2 * * *'\tCANCEL_NEW\n");
}
