// Verbs that wait: what they say meanwhile, what they end with, and what ^C leaves.
#include <catch2/catch.hpp>

#include "aurora/client/verbs.h"
#include "client/job_wait.h"
#include "client/session_fixture.h"
#include "client/wait_notice.h"

using namespace aurora;
using namespace aurora::client;
using test::SessionFixture;

namespace {

constexpr char kKey[] = "devcluster/www-data/devel/hello_world";
constexpr char kJobRoute[] = "/v1/jobs/www-data/devel/hello_world";
constexpr char kUpdateRoute[] = "/v1/updates/www-data/devel/hello_world/u1";
constexpr char kNoTasks[] = R"({"tasks": [], "total": 0})";

std::string task(int instance, const std::string& status, const std::string& more = "") {
  const bool is_over = status == "FINISHED" || status == "FAILED" || status == "KILLED" || status == "LOST";
  return R"({"taskId": "t)" + std::to_string(instance) + status + R"(", "instanceId": )" + std::to_string(instance) +
         R"(, "status": ")" + status + R"(", "isActive": )" + (is_over ? "false" : "true") +
         R"(, "taskEvents": [{"timestamp": 5, "status": "PENDING"}])" + more + "}";
}

std::string pending(int instance, int hosts, const std::string& reason = "Insufficient: CPU") {
  return task(instance, "PENDING",
              R"(, "pendingReason": {"sentence": "s", "reason": ")" + reason + R"(", "since": 1, "hosts": 40, "vetoes": [{"reason": ")" +
                  reason + R"(", "hosts": )" + std::to_string(hosts) + R"(, "detail": "asked 4, most free 2.5 on h3"}]})");
}

std::string page(const std::vector<std::string>& tasks) {
  std::string text;
  for (const std::string& one : tasks) text += (text.empty() ? "" : ", ") + one;
  return R"({"tasks": [)" + text + R"(], "total": )" + std::to_string(tasks.size()) + "}";
}

void give_job(SessionFixture& f, int instances = 1) {
  f.reply("GET /v1/tiers", 200, R"({"default": "preemptible", "tiers": {}})");
  f.reply("POST /v1/jobs", 201, R"({"message": "new", "count": 1})");
  f.evaluation.document =
      R"({"job": {"key": {"role": "www-data", "environment": "devel", "name": "hello_world"},
    "taskConfig": {"job": {"role": "www-data", "environment": "devel", "name": "hello_world"}, "isService": true},
    "instanceCount": )" +
      std::to_string(instances) +
      R"(}, "update_settings": {"minWaitInInstanceRunningMs": 45000}, "is_service": true, "is_cron": false})";
}

int create_until(SessionFixture& f, const char* state) { return create(f.session, {kKey, {}, state, false}); }

int64_t count(const std::string& text, const std::string& part) {
  int64_t n = 0;
  for (size_t at = 0; (at = text.find(part, at)) != std::string::npos; at += part.size()) ++n;
  return n;
}

std::string update_is(const char* status, bool is_active, const char* more = "") {
  return std::string(R"({"key": {"job": {"role": "www-data", "environment": "devel", "name": "hello_world"}, "id": "u1"}, "status": ")") +
         status + R"(", "isActive": )" + (is_active ? "true" : "false") + R"(, "instancesTotal": 10, "instancesUpdated": 3)" + more + "}";
}

}  // namespace

TEST_CASE("a wait says after three seconds what it is for, and again only when that changes") {
  SessionFixture f(Grammar::NounVerb);
  give_job(f, 2);
  for (int hosts : {40, 40, 40, 40, 40, 38, 37}) f.reply("GET /v1/tasks", 200, page({task(0, "RUNNING"), pending(1, hosts)}));
  for (int i = 0; i < 3; ++i) f.reply("GET /v1/tasks", 200, page({task(0, "RUNNING"), pending(1, 40, "Insufficient: RAM")}));
  f.reply("GET /v1/tasks", 200, page({task(0, "RUNNING"), task(1, "RUNNING")}));
  CHECK(create_until(f, "RUNNING") == 0);
  // 0.1 + 0.2 + 0.4 + 0.8 + 1.6 s have passed when 38 hosts refuse; counts alone are no news.
  CHECK(f.err.str() ==
        " INFO] Creating job hello_world\n"
        " INFO] Waiting for tasks to run, 1 of 2 do: 1 PENDING: Insufficient: CPU on 38 of 40 hosts\n"
        " INFO] Waiting for tasks to run, 1 of 2 do: 1 PENDING: Insufficient: RAM on 40 of 40 hosts\n"
        " INFO] Checking status of devcluster/www-data/devel/hello_world\n");
}

TEST_CASE("a short wait says nothing") {
  SessionFixture f(Grammar::Classic);
  give_job(f);
  for (int i = 0; i < 4; ++i) f.reply("GET /v1/tasks", 200, page({pending(0, 40)}));
  f.reply("GET /v1/tasks", 200, page({task(0, "RUNNING")}));
  CHECK(create_until(f, "RUNNING") == 0);
  CHECK(f.err.str().find("Waiting") == std::string::npos);
}

TEST_CASE("what waits for a host is said before what is on its way, and amounts of time are no news") {
  std::vector<TaskView> tasks(4);
  tasks[0].status = "STARTING";
  tasks[0].host = "h1";
  tasks[1].status = "THROTTLED";
  tasks[1].wait = "starts again in 0:41 (5th failure in a row)";
  tasks[2].status = "PENDING";
  tasks[2].pending = {"CPU", "Insufficient: CPU on 3 of 3 hosts"};
  tasks[3] = tasks[2];
  std::vector<const TaskView*> all;
  for (const TaskView& one : tasks) all.push_back(&one);
  CHECK(describe_waiting(all).text ==
        "2 PENDING: Insufficient: CPU on 3 of 3 hosts; 1 THROTTLED: starts again in 0:41 (5th failure in a row); 1 STARTING on h1");
  const Waiting before = describe_waiting({&tasks[1]});
  tasks[1].wait = "starts again in 0:40 (5th failure in a row)";
  CHECK(describe_waiting({&tasks[1]}).kind == before.kind);
}

TEST_CASE("--wait-until tells by its exit code whether the last runs went well") {
  struct Case {
    const char* state;
    std::vector<std::string> tasks;
    int code;
    const char* line;
  };
  const std::string why = R"(, "endSentence": "process 'web' exited with code 1")";
  const std::vector<Case> cases = {
      {"FINISHED", {task(0, "FINISHED"), task(1, "FINISHED")}, 0, ""},
      {"FINISHED", {task(0, "FAILED", why), task(1, "FAILED", why)}, 4, "Instances [0-1] FAILED: process 'web' exited with code 1\n"},
      {"FINISHED", {task(0, "FINISHED"), task(1, "KILLED")}, 4, "Instances [1] KILLED\n"},
      {"FINISHED", {task(0, "LOST"), task(1, "FINISHED")}, 4, "Instances [0] LOST\n"},
      {"RUNNING", {task(0, "RUNNING"), task(1, "FINISHED")}, 0, ""},
      {"RUNNING", {task(0, "RUNNING"), task(1, "FAILED", why)}, 4, "Instances [1] FAILED: process 'web' exited with code 1\n"},
      {"PENDING", {task(0, "FAILED", why)}, 0, ""},
  };
  for (const Case& c : cases) {
    INFO(c.state << " " << c.line);
    for (const Grammar grammar : {Grammar::NounVerb, Grammar::Classic}) {
      SessionFixture f(grammar);
      give_job(f, 2);
      f.reply("GET /v1/tasks", 200, page(c.tasks));
      CHECK(create_until(f, c.state) == (grammar == Grammar::Classic ? (c.code == 0 ? 0 : 1) : c.code));
      CHECK_THAT(f.err.str(), Catch::Contains(c.line));
      if (c.code == 0) CHECK(f.err.str().find("Instances") == std::string::npos);
    }
  }
}

TEST_CASE("runs of instances that the job no longer has do not count") {
  SessionFixture f(Grammar::NounVerb);
  give_job(f, 1);
  f.reply("GET /v1/tasks", 200, page({task(0, "FINISHED"), task(7, "FAILED")}));
  CHECK(create_until(f, "FINISHED") == 0);
}

TEST_CASE("^C in a wait ends with 130, a word, and what goes on") {
  const auto interrupted = [](SessionFixture& f, const std::function<int()>& run) {
    f.pauses_before_interrupt = 1;
    CHECK(run() == 130);
    CHECK(count(f.err.str(), "ERROR] Command interrupted by user\n") == 1);
    return f.err.str();
  };
  SessionFixture created(Grammar::NounVerb);
  give_job(created);
  created.reply("GET /v1/tasks", 200, page({pending(0, 40)}));
  CHECK_THAT(interrupted(created, [&] { return create_until(created, "RUNNING"); }),
             Catch::EndsWith(" WARN] The job goes on; `aurora job status " + std::string(kKey) +
                             "` shows it, `aurora job killall " + kKey + "` ends it.\n"));
  CHECK(created.out.str().empty());

  for (const int64_t batch_size : {0, 1}) {
    SessionFixture killed(Grammar::NounVerb);
    killed.reply("GET /v1/tasks", 200, page({task(0, "RUNNING")}));
    killed.reply("POST " + std::string(kJobRoute) + "/kill", 200, R"({"message": "Tasks killed.", "count": 1})");
    KillOptions options;
    options.key = kKey;
    options.batch_size = batch_size;
    CHECK_THAT(interrupted(killed, [&] { return killall(killed.session, options); }), Catch::Contains("The tasks go on ending"));
  }

  SessionFixture restarted(Grammar::NounVerb);
  restarted.reply("GET /v1/tasks", 200, page({task(0, "RUNNING"), task(1, "RUNNING")}));
  restarted.reply("POST " + std::string(kJobRoute) + "/restart", 200, R"({"message": "", "count": 1})");
  RestartOptions restart_options;
  restart_options.key = kKey;
  CHECK_THAT(interrupted(restarted, [&] { return restart(restarted.session, restart_options); }),
             Catch::Contains("Instances [0] restart without it, the others are not touched"));

  SessionFixture updated(Grammar::NounVerb);
  updated.reply("GET " + std::string(kUpdateRoute), 200, update_is("ROLLING_FORWARD", true));
  CHECK_THAT(interrupted(updated, [&] { return update_wait(updated.session, {kKey, "u1", false}); }),
             Catch::EndsWith(" WARN] The update goes on; `aurora update wait " + std::string(kKey) +
                             "` watches again, `aurora update abort " + kKey + "` ends it.\n"));
}

TEST_CASE("kill and restart say what they wait for") {
  SessionFixture killed(Grammar::Classic);
  killed.reply("POST " + std::string(kJobRoute) + "/kill", 200, R"({"message": "Tasks killed.", "count": 1})");
  for (int i = 0; i < 12; ++i) killed.reply("GET /v1/tasks", 200, page({task(3, "KILLING", R"(, "host": "h1")")}));
  killed.reply("GET /v1/tasks", 200, kNoTasks);
  KillOptions options;
  options.key = kKey;
  options.batch_size = 0;
  CHECK(killall(killed.session, options) == 0);
  CHECK(count(killed.err.str(), "Waiting") == 1);
  CHECK_THAT(killed.err.str(), Catch::Contains(" INFO] Waiting for tasks to end: 1 KILLING on h1\n"));

  SessionFixture restarted(Grammar::NounVerb);
  restarted.reply("GET /v1/tasks", 200, page({task(0, "RUNNING")}));  // active_instances
  restarted.reply("GET /v1/tasks", 200, page({task(0, "RUNNING")}));  // before
  restarted.reply("GET /v1/tasks", 200, page({pending(0, 40)}));
  restarted.reply("POST " + std::string(kJobRoute) + "/restart", 200, R"({"message": "", "count": 1})");
  RestartOptions restart_options;
  restart_options.key = kKey;
  CHECK(restart(restarted.session, restart_options) == 4);  // it never runs
  CHECK(count(restarted.err.str(), "Waiting") == 1);
  CHECK_THAT(restarted.err.str(),
             Catch::Contains(" INFO] Waiting for instances to run: 1 PENDING: Insufficient: CPU on 40 of 40 hosts\n"));
}

TEST_CASE("a watched update says what it waits for") {
  SessionFixture f(Grammar::NounVerb);
  for (int i = 0; i < 3; ++i) f.reply("GET " + std::string(kUpdateRoute), 200, update_is("ROLLING_FORWARD", true));
  for (int i = 0; i < 3; ++i) {
    f.reply("GET " + std::string(kUpdateRoute), 200,
            update_is("ROLL_FORWARD_PAUSED", true, R"(, "updateEvents": [{"status": "ROLL_FORWARD_PAUSED", "timestampMs": 1, "message": "by bob"}])"));
  }
  f.reply("GET " + std::string(kUpdateRoute), 200, update_is("ROLLED_FORWARD", false));
  f.reply("GET /v1/pending", 200, R"({"total": 1, "reasons": [{"taskId": "t", "reason": "Insufficient: CPU", "pendingReason":
      {"sentence": "s", "reason": "r", "since": 1, "hosts": 2, "vetoes": [{"reason": "Insufficient: CPU", "hosts": 2, "detail": ""}]}}]})");
  CHECK(update_wait(f.session, {kKey, "u1", false}) == 0);
  CHECK(f.out.str() == "Current state ROLLING_FORWARD\nCurrent state ROLL_FORWARD_PAUSED\nCurrent state ROLLED_FORWARD\n");
  CHECK(f.err.str() ==
        " INFO] Waiting for update u1: 3 of 10 instances are done; 1 PENDING: Insufficient: CPU on 2 of 2 hosts\n"
        " INFO] Waiting for update u1: it is paused (by bob); `aurora update resume " +
            std::string(kKey) + "` lets it go on\n");
}

TEST_CASE("an update in progress is named before anything is said of a new one") {
  const std::string active = R"({"updates": [)" +
                             update_is("ROLLING_FORWARD", true, R"(, "user": "bob", "createdTimestampMs": 1700000000000)") +
                             R"(], "total": 1})";
  const std::string names = "An active update already exists for this job, please terminate it before starting another: u1, "
                            "started by bob at 2023-11-14T22:13:20Z, is ROLLING_FORWARD";
  const std::string advice = "\tError: job is locked by an active update.\n      Run 'aurora update abort' or wait for the active "
                             "update to finish.\n";
  UpdateOptions options;
  options.key = kKey;
  const auto ready = [&](SessionFixture& f) {
    give_job(f);
    f.reply("GET /v1/updates", 200, active);
    f.reply("POST /v1/updates/diff", 200, R"({"add": [{"config": {}, "instances": [{"first": 0, "last": 0}]}]})");
  };
  SessionFixture start(Grammar::NounVerb);
  ready(start);
  CHECK(update_start(start.session, options, UpdateWait::No) == 10);
  CHECK(start.out.str().empty());
  CHECK(start.err.str() == "Failed to start update due to error:\n\t" + names + "\n" + advice);
  CHECK(start.body_of("POST /v1/updates").empty());

  SessionFixture job_update(Grammar::NounVerb);
  ready(job_update);
  CHECK(update(job_update.session, options) == 4);
  CHECK(job_update.err.str() == "Update failed due to error:\n\t" + names + "\n" + advice);

  SessionFixture classic(Grammar::Classic);
  ready(classic);
  CHECK(update(classic.session, options) == 1);
  CHECK_THAT(classic.err.str(), Catch::StartsWith(" INFO] Response from scheduler: LOCK_ERROR (message: " + names + ")\n"));

  SessionFixture dry(Grammar::NounVerb);
  ready(dry);
  options.is_dry_run = true;
  CHECK(update_start(dry.session, options, UpdateWait::No) == 0);
  CHECK(dry.err.str() == " WARN] " + names + "\n");
  CHECK_THAT(dry.out.str(), Catch::StartsWith("This job update will:\nadd instances: [0]\n"));
}

TEST_CASE("very many instances are not named in an address") {
  SessionFixture f(Grammar::NounVerb);
  auto scheduler = SchedulerClient::find(f.session, "devcluster");
  REQUIRE(scheduler.ok());
  f.reply("GET /v1/tasks", 200, page({task(3, "KILLING"), task(10'000, "RUNNING")}));
  std::set<int32_t> instances;
  for (int32_t id = 0; id < 10'000; ++id) instances.insert(id);
  CHECK(count_active(*scheduler, {"www-data", "devel", "hello_world"}, instances).value() == 1);
  CHECK(list_tasks(*scheduler, {"www-data", "devel", "hello_world"}, instances, TaskFilter::All)->size() == 1);
  for (const net::ClientRequest& request : f.http.requests()) CHECK(request.url.size() < 4'000);
}
