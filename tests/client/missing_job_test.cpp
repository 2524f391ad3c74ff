// What verbs say of a job that is not there: beside the original's lines, that there is none, and which one was meant.
#include "client/missing_job.h"

#include <catch2/catch.hpp>

#include "aurora/client/sla.h"
#include "aurora/client/verbs.h"
#include "client/session_fixture.h"

using namespace aurora;
using namespace aurora::client;
using test::SessionFixture;

namespace {

constexpr char kKey[] = "devcluster/www-data/devel/hello_wrld";
constexpr char kRoute[] = "/v1/jobs/www-data/devel/hello_wrld";
constexpr char kNone[] = R"({"jobs": [], "total": 0})";
constexpr char kNoTasks[] = R"({"tasks": [], "total": 0})";
const std::string kThere = "There is no job devcluster/www-data/devel/hello_wrld";
const std::string kMeant = kThere + "; did you mean devcluster/www-data/devel/hello_world?\n";

std::string jobs(const std::vector<std::pair<std::string, std::string>>& names) {
  std::string text;
  for (const auto& [environment, name] : names) {
    text += (text.empty() ? "" : ",") + (R"({"key": {"role": "www-data", "environment": ")" + environment + R"(", "name": ")" + name + R"("}})");
  }
  return R"({"jobs": [)" + text + "]}";
}

// The scheduler has no such job, but these of the role.
void give_jobs(SessionFixture& f, const std::vector<std::pair<std::string, std::string>>& names) {
  f.reply("GET /v1/jobs", 200, kNone);
  f.reply("GET /v1/jobs", 200, jobs(names));
}

std::string describe(SessionFixture& f) {
  return describe_missing_job(SchedulerClient::find(f.session, "devcluster").value(), parse_job_path(kKey).value());
}

}  // namespace

TEST_CASE("the nearest job of the role is offered, the same name elsewhere first") {
  SessionFixture near(Grammar::NounVerb);
  give_jobs(near, {{"devel", "hello_world"}, {"prod", "billing"}, {"devel", "hello"}, {"prod", "hello_world"}});
  CHECK(describe(near) + "\n" == kMeant);

  SessionFixture elsewhere(Grammar::NounVerb);
  give_jobs(elsewhere, {{"develop", "hello_world"}, {"devel", "hello_wrl"}, {"prod", "hello_wrld"}});
  CHECK(describe(elsewhere) == kThere +
                                   "; did you mean devcluster/www-data/prod/hello_wrld or devcluster/www-data/devel/hello_wrl or "
                                   "devcluster/www-data/develop/hello_world?");

  SessionFixture far(Grammar::NounVerb);
  give_jobs(far, {{"prod", "billing"}});
  CHECK(describe(far) == kThere + "; `aurora job list devcluster/www-data` shows those of the role");
}

TEST_CASE("of a role without jobs the nearest role is offered") {
  SessionFixture f(Grammar::NounVerb);
  f.reply("GET /v1/jobs", 200, kNone);
  f.reply("GET /v1/roles", 200, R"({"roles": [{"role": "www-date"}, {"role": "billing"}], "total": 2})");
  CHECK(describe(f) == kThere + ": role www-data has none; did you mean www-date?");
}

TEST_CASE("nothing is said of a job that is there, nor when the scheduler does not tell, and nothing is repeated") {
  SessionFixture there(Grammar::NounVerb);
  there.reply("GET /v1/jobs", 200, jobs({{"devel", "hello_wrld"}}));
  CHECK(describe(there).empty());
  SessionFixture silent(Grammar::NounVerb);
  silent.http.fail(SessionFixture::kOrigin, {ErrorCode::Unavailable, "connection refused"});
  CHECK(describe(silent).empty());
  CHECK(silent.http.requests().size() == 1);
  CHECK(silent.http.requests().front().timeout <= seconds(3));
  SessionFixture starting(Grammar::NounVerb);
  starting.reply("GET /v1/jobs", 503, R"({"code": "UNAVAILABLE", "message": "starting", "details": []})");
  CHECK(describe(starting).empty());
  CHECK(starting.http.requests().size() == 1);
}

TEST_CASE("verbs say it behind the original's lines and end as they did") {
  struct Case {
    Grammar grammar;
    int (*run)(SessionFixture&);
    int code;
    std::string err;
  };
  const std::string warning = " WARN] " + kMeant;
  const auto kill_options = [](int64_t batch_size) {
    KillOptions options;
    options.key = kKey;
    options.batch_size = batch_size;
    return options;
  };
  static const auto batched = kill_options(1);
  static const auto at_once = kill_options(0);
  const std::string info = " INFO] ";
  const std::vector<Case> cases = {
      {Grammar::NounVerb, [](SessionFixture& f) { return killall(f.session, batched); }, 0,
       "No tasks to kill found for job " + std::string(kKey) + "\n" + kMeant},
      {Grammar::Classic, [](SessionFixture& f) { return killall(f.session, batched); }, 1,
       "ERROR] No tasks to kill found for job " + std::string(kKey) + "\n" + warning},
      {Grammar::NounVerb, [](SessionFixture& f) { return killall(f.session, at_once); }, 0,
       info + "Killing tasks for job: " + kKey + "\n" + info + "No tasks to kill.\n" + kMeant},
      {Grammar::Classic, [](SessionFixture& f) { return killall(f.session, at_once); }, 0,
       info + "Killing tasks for job: " + kKey + "\n" + info + "Response from scheduler: OK (message: No tasks to kill.)\n" + info +
           "Job url: http://scheduler:8081/scheduler/www-data/devel/hello_wrld\n" + warning},
      {Grammar::NounVerb, [](SessionFixture& f) { return status(f.session, {kKey, false}); }, 6,
       info + "No tasks were found for jobkey " + kKey + "\n" + kMeant + "Found no jobs matching " + kKey + "\n"},
      {Grammar::Classic, [](SessionFixture& f) { return status(f.session, {kKey, false}); }, 0,
       info + "Checking status of " + kKey + "\n" + info + "Response from scheduler: OK (message: )\n" + info +
           "No tasks found.\n" + warning},
      {Grammar::NounVerb,
       [](SessionFixture& f) {
         RestartOptions options;
         options.key = kKey;
         return restart(f.session, options);
       },
       0,
       info + "No instances specified, and no active instances found in job " + kKey + "\n" + info + "Nothing to do.\n" + kMeant},
      {Grammar::NounVerb, [](SessionFixture& f) { return update_control(f.session, UpdateAction::Pause, {kKey, "", UpdateWait::No, {}}); }, 6,
       "No active update found for this job.\n" + kMeant},
      {Grammar::NounVerb, [](SessionFixture& f) { return update_info(f.session, {kKey, "", false}); }, 6,
       kMeant + "There is no active update for this job.\n"},
      {Grammar::Classic, [](SessionFixture& f) { return cancel_update(f.session, {kKey, "", UpdateWait::No, {}}); }, 0,
       info + "Canceling update on job " + kKey + "\n" + info + "Response from scheduler: OK (message: No active update.)\n" + warning},
      {Grammar::NounVerb,
       [](SessionFixture& f) {
         CronOptions options;
         options.key = kKey;
         return cron_show(f.session, options);
       },
       6, info + "Retrieving jobs for role www-data\nNo cron entry found for job " + kKey + "\n" + kMeant},
      {Grammar::NounVerb,
       [](SessionFixture& f) {
         AddInstancesOptions options;
         options.key = std::string(kKey) + "/0";
         options.count = 1;
         return add_instances(f.session, options);
       },
       6, "Invalid instance parameter: [0]\n" + kMeant},
  };
  for (const Case& c : cases) {
    SessionFixture f(c.grammar);
    give_jobs(f, {{"devel", "hello_world"}});
    f.reply("GET /v1/tasks", 200, kNoTasks);
    f.reply("GET /v1/updates", 200, R"({"updates": [], "total": 0})");
    f.reply("POST " + std::string(kRoute) + "/kill", 200, R"({"message": "No tasks to kill.", "count": 0})");
    CHECK(c.run(f) == c.code);
    CHECK(f.err.str() == c.err);
  }
}

TEST_CASE("of a job that is there the active instances are told") {
  SessionFixture f(Grammar::NounVerb);
  f.reply("GET /v1/tasks", 200,
          R"({"tasks": [{"taskId": "a", "instanceId": 0, "isActive": true}, {"taskId": "b", "instanceId": 1, "isActive": true}], "total": 2})");
  KillOptions options;
  options.key = std::string(kKey) + "/7";
  CHECK(kill(f.session, options) == 0);
  CHECK(f.err.str() == "No tasks to kill found for job " + std::string(kKey) + "\nActive instances of " + kKey + ": [0-1]\n");
  f.err.str("");
  options.is_strict = true;
  CHECK(kill(f.session, options) == 6);
  CHECK(f.err.str() == "Invalid instance parameter: [7]\nActive instances of " + std::string(kKey) + ": [0-1]\n");
}
