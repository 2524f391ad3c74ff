// Verbs against a scheduler that answers from a table: what is printed where, what is sent, the exit code.
#include "aurora/client/verbs.h"

#include <catch2/catch.hpp>

#include "aurora/codec/json_value.h"
#include "client/session_fixture.h"

using namespace aurora;
using namespace aurora::client;
using test::SessionFixture;

namespace {

constexpr char kKey[] = "devcluster/www-data/devel/hello_world";
constexpr char kJobRoute[] = "/v1/jobs/www-data/devel/hello_world";
constexpr char kNoTasks[] = R"({"tasks": [], "total": 0})";

std::string refusal(const char* code, const char* message) {
  return std::string(R"({"code": ")") + code + R"(", "message": ")" + message + R"(", "details": []})";
}

KillOptions kill_options(int64_t batch_size) {
  KillOptions options;
  options.key = kKey;
  options.batch_size = batch_size;
  return options;
}

UpdateOptions update_options() {
  UpdateOptions options;
  options.key = kKey;
  return options;
}

void give_job(SessionFixture& f) {
  f.reply("GET /v1/tiers", 200, R"({"default": "preemptible", "tiers": {}})");
  f.evaluation.document =
      R"({"job": {"key": {"role": "www-data", "environment": "devel", "name": "hello_world"},
    "taskConfig": {"job": {"role": "www-data", "environment": "devel", "name": "hello_world"}, "isService": true},
    "instanceCount": 1}, "update_settings": {"minWaitInInstanceRunningMs": 45000}, "is_service": true, "is_cron": false})";
}

std::string task(int instance, const char* status, bool is_active) {
  return R"({"taskId": "t)" + std::to_string(instance) + R"(", "instanceId": )" + std::to_string(instance) +
         R"(, "status": ")" + status + R"(", "isActive": )" + (is_active ? "true" : "false") +
         R"(, "host": "h1", "task": {"job": {"role": "www-data", "environment": "devel", "name": "hello_world"},
         "maxTaskFailures": 1, "resources": {"cpus": 1.0, "ramMb": 1, "diskMb": 8, "ports": []}},
         "taskEvents": []})";
}

}  // namespace

TEST_CASE("create says the tutorial's three lines and nothing on stdout") {
  SessionFixture f(Grammar::Classic);
  give_job(f);
  f.reply("POST /v1/jobs", 201,
          R"({"message": "1 new tasks pending for job www-data/devel/hello_world", "count": 1})");
  CHECK(create(f.session, {kKey, {"f.aurora", {}, false}, "PENDING", false}) == 0);
  CHECK(f.out.str().empty());
  CHECK(
      f.err.str() ==
      " INFO] Creating job hello_world\n"
      " INFO] Response from scheduler: OK (message: 1 new tasks pending for job www-data/devel/hello_world)\n"
      " INFO] Job url: http://scheduler:8081/scheduler/www-data/devel/hello_world\n");
}

TEST_CASE("a refused create") {
  const std::string text = "Job www-data/devel/hello_world already exists";
  SessionFixture classic(Grammar::Classic);
  give_job(classic);
  classic.reply("POST /v1/jobs", 409, refusal("ALREADY_EXISTS", text.c_str()));
  CHECK(create(classic.session, {kKey, {}, "PENDING", false}) == 1);
  CHECK(classic.err.str() ==
        " INFO] Creating job hello_world\n INFO] Response from scheduler: INVALID_REQUEST (message: " + text +
            ")\n");

  SessionFixture noun(Grammar::NounVerb);
  give_job(noun);
  noun.reply("POST /v1/jobs", 409, refusal("ALREADY_EXISTS", text.c_str()));
  CHECK(create(noun.session, {kKey, {}, "PENDING", false}) == 4);
  CHECK(noun.err.str() ==
        " INFO] Creating job hello_world\nJob creation failed due to error:\n\t" + text + "\n");
}

TEST_CASE("a job that is being updated is locked") {
  SessionFixture f(Grammar::Classic);
  f.reply("POST " + std::string(kJobRoute) + "/kill", 409,
          refusal("FAILED_PRECONDITION", "Job is currently updating"));
  CHECK(killall(f.session, kill_options(0)) == 1);
  CHECK(
      f.err.str().find(" INFO] Response from scheduler: LOCK_ERROR (message: Job is currently updating)\n") !=
      std::string::npos);
  CHECK(f.err.str().find("cancel_update") != std::string::npos);
}

TEST_CASE("a mutation that gets no answer is not sent again") {
  SessionFixture f(Grammar::NounVerb);
  give_job(f);
  f.http.fail(SessionFixture::kOrigin, {ErrorCode::Unavailable, "connection refused"});
  CHECK(create(f.session, {kKey, {}, "PENDING", false}) == 7);
  CHECK(f.http.requests().size() == 1);
  CHECK(f.err.str().find("not retrying") != std::string::npos);
}

TEST_CASE("a read is repeated until the time-out") {
  SessionFixture f(Grammar::NounVerb);
  f.http.fail(SessionFixture::kOrigin, {ErrorCode::Unavailable, "connection refused"});
  f.session.set_timeout(seconds(12));
  CHECK(status(f.session, {kKey, false}) == 9);
  CHECK(f.http.requests().size() == 4);
  CHECK(f.err.str() ==
        " WARN] Transport error communicating with scheduler: Unknown error talking to "
        "http://scheduler:8081: connection "
        "refused, retrying... for 12 secs; --timeout changes that\n"
        "Timed out attempting to issue getTasksWithoutConfigs to devcluster: Unknown error talking to "
        "http://scheduler:8081: connection refused; tried 4 times in 7 secs\n");
}

TEST_CASE("killall waits until no task is active") {
  SessionFixture f(Grammar::Classic);
  f.reply("POST " + std::string(kJobRoute) + "/kill", 200, R"({"message": "Tasks killed.", "count": 1})");
  f.reply("GET /v1/tasks", 200, R"({"tasks": [], "total": 1})");
  f.reply("GET /v1/tasks", 200, kNoTasks);
  CHECK(killall(f.session, kill_options(0)) == 0);
  CHECK(f.err.str() ==
        " INFO] Killing tasks for job: devcluster/www-data/devel/hello_world\n"
        " INFO] Response from scheduler: OK (message: Tasks killed.)\n"
        " INFO] Job url: http://scheduler:8081/scheduler/www-data/devel/hello_world\n");
  CHECK(f.body_of("POST " + std::string(kJobRoute) + "/kill") == R"({"instances":[],"message":""})");
}

TEST_CASE("more instances than an address holds are waited for") {
  SessionFixture f(Grammar::Classic);
  f.reply("POST " + std::string(kJobRoute) + "/kill", 200, R"({"message": "Tasks killed.", "count": 1})");
  f.reply("GET /v1/tasks", 200, R"({"tasks": [{"instanceId": 7}, {"instanceId": 3000}], "total": 2})");
  f.reply("GET /v1/tasks", 200, R"({"tasks": [{"instanceId": 3000}], "total": 1})");
  KillOptions options = kill_options(0);
  options.shards = "0-2000";
  CHECK(kill(f.session, options) == 0);
  CHECK(f.http.requests().size() == 3);
  CHECK(f.http.requests().back().url.find("instance=") == std::string::npos);
}

TEST_CASE("killall gives up after 254 seconds") {
  SessionFixture f(Grammar::Classic);
  f.reply("POST " + std::string(kJobRoute) + "/kill", 200, R"({"message": "Tasks killed.", "count": 1})");
  f.reply("GET /v1/tasks", 200, R"({"tasks": [], "total": 1})");
  CHECK(killall(f.session, kill_options(0)) == 1);
  CHECK(f.err.str().ends_with("FATAL] Tasks were not killed in time.\n"));
}

TEST_CASE("job killall goes instance by instance") {
  SessionFixture f(Grammar::NounVerb);
  f.reply("GET /v1/tasks", 200,
          R"({"tasks": [)" + task(1, "RUNNING", true) + "," + task(0, "RUNNING", true) + R"(], "total": 2})");
  f.reply("GET /v1/tasks", 200, kNoTasks);
  f.reply("POST " + std::string(kJobRoute) + "/kill", 200, R"({"message": "Tasks killed.", "count": 1})");
  CHECK(killall(f.session, kill_options(1)) == 0);
  CHECK(f.out.str() ==
        "Successfully killed instances [0]\nSuccessfully killed instances [1]\nJob killall succeeded\n");
}

TEST_CASE("job killall of nothing is a success") {
  SessionFixture f(Grammar::NounVerb);
  f.reply("GET /v1/tasks", 200, kNoTasks);
  CHECK(killall(f.session, kill_options(1)) == 0);
  CHECK(f.err.str() == "No tasks to kill found for job devcluster/www-data/devel/hello_world\n");
  CHECK(f.out.str() == "Job killall succeeded\n");
}

TEST_CASE("job killall of nothing in one call says so") {
  SessionFixture f(Grammar::NounVerb);
  f.reply("POST " + std::string(kJobRoute) + "/kill", 200, R"({"message": "No tasks to kill.", "count": 0})");
  f.reply("GET /v1/tasks", 200, kNoTasks);
  CHECK(killall(f.session, kill_options(0)) == 0);
  CHECK(f.err.str() ==
        " INFO] Killing tasks for job: devcluster/www-data/devel/hello_world\n INFO] No tasks to kill.\n");
  CHECK(f.out.str() == "Job killall succeeded\n");
}

TEST_CASE("a wrong value of an option ends both grammars with 2") {
  for (const Grammar grammar : {Grammar::Classic, Grammar::NounVerb}) {
    SessionFixture f(grammar);
    CHECK(create(f.session, {kKey, {}, "SOON", false}) == 2);
    KillOptions options = kill_options(0);
    options.shards = "3-1";
    CHECK(kill(f.session, options) == 2);
    CHECK(f.http.requests().empty());
  }
}

TEST_CASE("kill needs instances") {
  SessionFixture classic(Grammar::Classic);
  CHECK(kill(classic.session, kill_options(0)) == 1);
  CHECK(classic.err.str() == "Shards option is required for kill; use killall to kill all shards\n");
  SessionFixture noun(Grammar::NounVerb);
  CHECK(kill(noun.session, kill_options(1)) == 6);
}

TEST_CASE("status shows active and finished tasks") {
  SessionFixture f(Grammar::NounVerb);
  f.reply("GET /v1/tasks", 200,
          R"({"tasks": [)" + task(0, "RUNNING", true) + "," + task(0, "FAILED", false) + R"(], "total": 2})");
  CHECK(status(f.session, {kKey, false}) == 0);
  CHECK(f.out.str() ==
        "Active tasks (1):\n"
        "\tTask role: www-data, env: devel, name: hello_world, instance: 0, status: RUNNING on h1\n"
        "\t  CPU: 1.0 core(s), RAM: 1 MB, Disk: 8 MB\n\t  events:\n"
        "Inactive tasks (1):\n"
        "\tTask role: www-data, env: devel, name: hello_world, instance: 0, status: FAILED on h1\n"
        "\t  CPU: 1.0 core(s), RAM: 1 MB, Disk: 8 MB\n\t  events:\n\n");
}

TEST_CASE("status says what a task waits for and why one ended") {
  const std::string end = R"(, "task": {"resources": {"cpus": 1.0, "ramMb": 1, "diskMb": 8}})";
  const auto tasks = [&](const std::string& members) {
    return R"({"total": 1, "tasks": [{"taskId": "t", "instanceId": 0, )" + members + end + "}]}";
  };
  const auto show = [&](Grammar grammar, const std::string& members) {
    SessionFixture f(grammar);
    f.reply("GET /v1/tasks", 200, tasks(members));
    CHECK(status(f.session, {kKey, false}) == 0);
    return f.out.str() + f.err.str();
  };
  const auto has = [&](const std::string& members, const std::vector<std::string>& lines) {
    for (const Grammar grammar : {Grammar::Classic, Grammar::NounVerb}) {
      const std::string text = show(grammar, members);
      INFO(text);
      for (const std::string& line : lines) CHECK(text.find(line) != std::string::npos);
    }
  };
  has(R"("isActive": true, "status": "PENDING", "statusReason": "Insufficient: CPU",
         "waitReason": "Insufficient: CPU on 2 hosts", "taskEvents": [{"timestamp": 5, "status": "PENDING"}])",
      {" PENDING: Insufficient: CPU on 2 hosts\n"});
  has(R"("isActive": true, "status": "PENDING", "statusReason": "Insufficient: CPU",
         "taskEvents": [{"timestamp": 5, "status": "PENDING", "message": "Rescheduled"}])",
      {" PENDING: Rescheduled\n", "pending reason: Insufficient: CPU\n"});
  has(R"x("isActive": true, "status": "THROTTLED", "waitReason": "starts again in 0:41 (5th failure in a row)",
         "taskEvents": [{"timestamp": 5, "status": "THROTTLED", "message": "Rescheduled, penalized for 60000 ms"}])x",
      {" THROTTLED: Rescheduled, penalized for 60000 ms\n",
       "reason: starts again in 0:41 (5th failure in a row)\n"});
  has(R"("isActive": false, "status": "FAILED", "statusReason": "Task failed.",
         "endSentence": "process 'web' exited with code 1", "stderrUrl": "http://h1/logs/t/web/0/stderr",
         "taskEvents": [{"timestamp": 5, "status": "FAILED", "message": "Task failed."}])",
      {" FAILED: Task failed.\n", "reason: process 'web' exited with code 1\n",
       "stderr: http://h1/logs/t/web/0/stderr\n"});
}

TEST_CASE("status as JSON has the original's fields") {
  SessionFixture f(Grammar::NounVerb);
  f.reply("GET /v1/tasks", 200, R"({"total": 1, "tasks": [{"taskId": "t", "instanceId": 0, "isActive": true,
    "status": "PENDING", "host": "h1", "statusReason": "x", "waitReason": "y", "assignedPorts": {"http": 31000}, "failureCount": 1,
    "task": {"isService": true, "executorConfig": {"name": "n"},
             "resources": {"cpus": 1.0, "ramMb": 1, "diskMb": 8, "gpus": 0, "ports": ["http"]}},
    "taskEvents": [{"timestamp": 5, "status": "PENDING", "tone": "attention"}]}]})");
  CHECK(status(f.session, {kKey, true}) == 0);
  const auto document = codec::JsonValue::parse(f.out.str());
  REQUIRE(document.ok());
  const codec::JsonValue* active = document->items().at(0).find("active");
  REQUIRE(active != nullptr);
  CHECK(
      active->items().at(0).to_json() ==
      R"({"assignedTask":{"taskId":"t","slaveHost":"h1","task":{"isService":true,"resources":[{"numCpus":1.0},)"
      R"({"ramMb":1},{"diskMb":8},{"namedPort":"http"}]},"assignedPorts":{"http":31000},"instanceId":0},)"
      R"("status":"PENDING","failureCount":1,"taskEvents":[{"timestamp":5,"status":"PENDING"}],"waitReason":"y"})");
}

TEST_CASE("status of a job without tasks") {
  SessionFixture noun(Grammar::NounVerb);
  noun.reply("GET /v1/tasks", 200, kNoTasks);
  CHECK(status(noun.session, {kKey, false}) == 6);
  CHECK(noun.err.str() == " INFO] No tasks were found for jobkey " + std::string(kKey) +
                              "\nFound no jobs matching " + kKey + "\n");
  SessionFixture json(Grammar::NounVerb);
  json.reply("GET /v1/tasks", 200, kNoTasks);
  CHECK(status(json.session, {kKey, true}) == 0);
  CHECK(json.out.str() ==
        R"({"jobspec":"devcluster/www-data/devel/hello_world","error":"No matching jobs found"})"
        "\n");
  SessionFixture classic(Grammar::Classic);
  classic.reply("GET /v1/tasks", 200, kNoTasks);
  CHECK(status(classic.session, {kKey, false}) == 0);
  CHECK(classic.err.str().ends_with(" INFO] No tasks found.\n"));
}

TEST_CASE("an unknown cluster ends every verb without a call") {
  const auto check = [](Grammar grammar, int code, const std::string& begin) {
    SessionFixture f(grammar);
    CHECK(status(f.session, {"nope/a/b/c", false}) == code);
    CHECK(f.err.str().starts_with(begin));
    CHECK(f.http.requests().empty());
  };
  check(Grammar::Classic, 1, "FATAL] Unknown cluster: nope");
  check(Grammar::NounVerb, 3, "Unknown cluster: nope");
}

TEST_CASE("a cluster that cannot be called names its file, without waiting") {
  const auto check = [](const std::string& entry, const std::string& begin) {
    SessionFixture f(Grammar::NounVerb);
    const std::string file = f.folder.path() + "/clusters.json";
    std::ofstream(file) << "[" + entry + "]";
    CHECK(status(f.session, {"x/a/b/c", false}) == 3);
    CHECK(f.err.str() == begin + " (x in " + file + ")\n");
    CHECK(f.http.requests().empty());
  };
  check(R"({"name": "x"})", "\"cluster\" does not specify zk or scheduler_uri");
  check(R"({"name": "x", "zk": "h"})",
        "Cluster has no defined scheduler path, must specify scheduler_zk_path in your cluster config!");
  check(R"({"name": "x", "scheduler_uri": "h:8081"})",
        "scheduler_uri 'h:8081' is not a URL like http://host:port");
}

TEST_CASE("an update of only some instances tells of no others") {
  const auto diff = R"({"update": [{"config": {}, "instances": [{"first": 0, "last": 0}]}],
                        "unchanged": [{"config": {}, "instances": [{"first": 1, "last": 2}]}]})";
  SessionFixture f(Grammar::Classic);
  give_job(f);
  f.reply("POST /v1/updates/diff", 200, diff);
  f.reply("POST /v1/updates", 200, R"({"message": "Job is unchanged by proposed update."})");
  UpdateOptions options = update_options();
  options.shards = "1";
  CHECK(update(f.session, options) == 0);
  CHECK(f.err.str().find(" INFO] Instances to update: [1]\n") != std::string::npos);
  CHECK(f.err.str().find("instance: 2") == std::string::npos);
  options.shards = "1,7";
  SessionFixture outside(Grammar::Classic);
  give_job(outside);
  outside.reply("POST /v1/updates/diff", 200, diff);
  CHECK(update(outside.session, options) == 1);
  CHECK(outside.err.str() ==
        "FATAL] Unable to start job update: Instances [7] are outside of supported range\n");
}

TEST_CASE("an update of nothing skips every instance") {
  SessionFixture f(Grammar::Classic);
  give_job(f);
  f.reply("POST /v1/updates/diff", 200, R"({"add": [], "remove": [], "update": [],
    "unchanged": [{"config": {}, "instances": [{"first": 0, "last": 0}]}]})");
  f.reply("POST /v1/updates", 200, R"({"message": "Job is unchanged by proposed update."})");
  CHECK(update(f.session, update_options()) == 0);
  CHECK(f.err.str() ==
        " INFO] Updating job: hello_world\n INFO] Instances to update: [0]\n"
        " INFO] Processing in parallel with 1 worker thread(s)\n INFO] Examining instance: 0\n"
        " INFO] Skipping unchanged instance: 0\n INFO] Update successful\n"
        " INFO] Response from scheduler: OK (message: )\n");
}

TEST_CASE("an interrupted update is paused and says how to go on") {
  SessionFixture f(Grammar::Classic);
  give_job(f);
  f.pauses_before_interrupt = 1;
  f.reply("POST /v1/updates/diff", 200,
          R"({"add": [{"config": {}, "instances": [{"first": 0, "last": 0}]}]})");
  f.reply("POST /v1/updates", 201, R"({"key": {"job": {}, "id": "u1"}, "message": ""})");
  f.reply("GET /v1/updates/www-data/devel/hello_world/u1", 200,
          R"({"status": "ROLLING_FORWARD", "isActive": true})");
  f.reply("POST /v1/updates/www-data/devel/hello_world/u1/pause", 200, "{}");
  CHECK(update(f.session, update_options()) == 130);
  CHECK(f.err.str().find("aurora update resume " + std::string(kKey)) != std::string::npos);
  CHECK_FALSE(f.body_of("POST /v1/updates/www-data/devel/hello_world/u1/pause").empty());
}

TEST_CASE("hooks of the job file run around the call, and can refuse it") {
  const auto run = [](SessionFixture& f, bool refuses) {
    give_job(f);
    f.evaluation.document.insert(1, R"("enable_hooks": true, "hooks": 1, )");
    SessionFixture::hook_calls().clear();
    SessionFixture::refuses_hooks() = refuses;
    return create(f.session, {kKey, {}, "PENDING", false});
  };
  SessionFixture good(Grammar::NounVerb);
  good.reply("POST /v1/jobs", 409, refusal("ALREADY_EXISTS", "there"));
  CHECK(run(good, false) == 4);
  CHECK(SessionFixture::hook_calls() == "pre_create_job err_create_job ");
  SessionFixture refused(Grammar::NounVerb);
  CHECK(run(refused, true) == 4);
  CHECK(refused.err.str().ends_with("Pre hooks stopped call to create_job\n"));
  CHECK(refused.body_of("POST /v1/jobs").empty());
}

TEST_CASE("what changes something carries the cluster's secret, what reads does not") {
  const std::string secret = "0123456789abcdef";
  const auto headers_of = [&](SessionFixture& f, const std::string& method) {
    for (const net::ClientRequest& request : f.http.requests()) {
      if (request.method != method) continue;
      const auto found = request.headers.find("Authorization");
      return found == request.headers.end() ? std::string("none") : found->second;
    }
    return std::string("no request");
  };
  SessionFixture f(Grammar::Classic);
  std::ofstream(f.folder.path() + "/secret") << secret << "\n";
  std::ofstream(f.folder.path() + "/clusters.json")
      << R"([{"name": "devcluster", "scheduler_uri": "http://scheduler:8081", "secret_file": "secret"}])";
  give_job(f);
  f.reply("POST /v1/jobs", 201, R"({"message": "", "count": 1})");
  CHECK(create(f.session, {kKey, {"f.aurora", {}, false}, "PENDING", false}) == 0);
  CHECK(headers_of(f, "POST") == "Bearer " + secret);
  CHECK(headers_of(f, "GET") == "none");

  SessionFixture told(Grammar::Classic);
  std::ofstream(told.folder.path() + "/mine") << secret << "\n";
  told.session.set_secret_file(told.folder.path() + "/mine");
  give_job(told);
  told.reply("POST /v1/jobs", 201, R"({"message": "", "count": 1})");
  CHECK(create(told.session, {kKey, {"f.aurora", {}, false}, "PENDING", false}) == 0);
  CHECK(headers_of(told, "POST") == "Bearer " + secret);
}

TEST_CASE("a secret that cannot be read is an error before anything is sent") {
  SessionFixture f(Grammar::NounVerb);
  f.session.set_secret_file(f.folder.path() + "/none");
  give_job(f);
  CHECK(create(f.session, {kKey, {"f.aurora", {}, false}, "PENDING", false}) != 0);
  CHECK(f.err.str().find("Cannot read the cluster's secret in " + f.folder.path() + "/none: No such file") !=
        std::string::npos);
  CHECK(f.body_of("POST /v1/jobs").empty());
}

namespace {

// One job of one process, as the evaluator gives it; it is to be announced, which is not done.
std::string configuration(const std::string& cmdline, const std::string& ports = "") {
  return R"({"key": {"role": "www", "environment": "prod", "name": "web"}, "instanceCount": 1, "taskConfig": {
    "job": {"role": "www", "environment": "prod", "name": "web"}, "resources": {"cpus": 1.0, "ramMb": 1, "diskMb": 1,
    "ports": [)" +
         ports + R"(]}, "executorConfig": {"name": "AuroraExecutor",
    "data": "{\"announce\": {}, \"task\": {\"processes\": [{\"name\": \"p\", \"cmdline\": \")" +
         cmdline + R"(\"}]}}"}}})";
}

constexpr char kNotDone[] =
    "warning: www/prod/web: announce is not acted upon by this version: nothing is registered in ZooKeeper\n";

}  // namespace

TEST_CASE("config eval says what hosts would refuse and what they would not do") {
  const std::string key = "devcluster/www/prod/web";
  SessionFixture f(Grammar::NounVerb);
  f.evaluation.document = R"({"keys": ["c/r/e/broken", ")" + key + R"(", ")" + key + R"("], "problems": [],
    "configurations": [null, )" +
                          configuration(std::string(131'072, 'x')) + ", " +
                          configuration("true", "\"health\"") + "]}";
  CHECK(config_eval(f.session, {{{"f.aurora", {}, false}}, false}) == 3);
  CHECK(f.err.str() == std::string(kNotDone) + kNotDone + "f.aurora: " + key +
                           ": process \"p\" has a command line of 131,072 bytes; at most 131,071 can be "
                           "executed: put it into a file of "
                           "the sandbox\n");
}

TEST_CASE("create and update say what the scheduler would refuse without asking it, and what is not done") {
  const auto document = [](const std::string& cmdline) {
    return R"({"job": )" + configuration(cmdline) + R"(, "is_service": true, "is_cron": false})";
  };
  const std::string refused =
      "The configuration was invalid: www/prod/web: process \"p\" has a command line of 131,072 bytes; at "
      "most 131,071 "
      "can be executed: put it into a file of the sandbox\n";
  SessionFixture noun(Grammar::NounVerb);
  noun.reply("GET /v1/tiers", 200, R"({"default": "preemptible", "tiers": {}})");
  noun.evaluation.document = document(std::string(131'072, 'x'));
  CHECK(create(noun.session, {"devcluster/www/prod/web", {"f.aurora", {}, false}, "PENDING", false}) == 3);
  CHECK(noun.err.str() == refused);
  CHECK(noun.body_of("POST /v1/jobs").empty());

  SessionFixture classic(Grammar::Classic);
  classic.reply("GET /v1/tiers", 200, R"({"default": "preemptible", "tiers": {}})");
  classic.reply("POST /v1/jobs", 201,
                R"({"message": "1 new tasks pending for job www/prod/web", "count": 1})");
  classic.evaluation.document = document("true");
  CHECK(create(classic.session, {"devcluster/www/prod/web", {"f.aurora", {}, false}, "PENDING", false}) == 0);
  CHECK(classic.err.str().starts_with(kNotDone));
  classic.evaluation.document = document(std::string(131'072, 'x'));
  UpdateOptions options;
  options.key = "devcluster/www/prod/web";
  CHECK(update(classic.session, options) == 1);
  CHECK(classic.out.str() == "Error: " + refused);
}

TEST_CASE("unknown tasks: what would be left out of account is refused") {
  struct Case {
    UnknownTasksOptions options;
    const char* error;
  };
  const Case cases[] = {
      {{"kill", "devcluster", {}, {}, false, false}, "name the tasks to kill"},
      {{"adopt", "devcluster", {}, {}, false, false}, "name the tasks to adopt"},
      {{"adopt", "devcluster", {"t"}, {"h"}, false, false}, "name the tasks to adopt"},
      {{"adopt", "devcluster", {"t"}, {}, true, false}, "--all is for kill"},
      {{"list", "devcluster", {}, {}, true, false}, "--all is for kill"},
  };
  for (const Case& c : cases) {
    SessionFixture f(Grammar::Admin);
    CHECK(unknown_tasks(f.session, c.options) == 1);
    CHECK(f.err.str().find(c.error) != std::string::npos);
  }
}

TEST_CASE("status reads configurations by their hash, and goes on where a page ended early") {
  SessionFixture f(Grammar::NounVerb);
  const auto page = [](int instance) {
    const std::string number = std::to_string(instance);
    return R"({"tasks": [{"taskId": "t)" + number + R"(", "instanceId": )" + number +
           R"(, "status": "RUNNING", "isActive": true, "host": "h1", "taskEvents": [], "configHash": "abc"}],
           "configs": {"abc": {"job": {"role": "www-data", "environment": "devel", "name": "hello_world"},
           "maxTaskFailures": 1, "resources": {"cpus": 2.5, "ramMb": 1, "diskMb": 8, "ports": []}}},
           "total": 2, "nextOffset": 1})";
  };
  f.reply("GET /v1/tasks", 200, page(0));
  f.reply("GET /v1/tasks", 200, page(1));
  CHECK(status(f.session, {kKey, false}) == 0);
  CHECK(f.out.str().find("Active tasks (2)") != std::string::npos);
  CHECK(f.out.str().find("instance: 1") != std::string::npos);
  CHECK(f.out.str().find("CPU: 2.5 core(s)") != std::string::npos);
}

namespace {

constexpr char kResources[] =
    R"({"role": "www-data", "resources": {"quota": {"cpus": 10, "ramMb": 20480, "diskMb": 40960},
    "prodShared": {"cpus": 2.5, "ramMb": 512, "diskMb": 64}, "nonProdShared": {"cpus": 0, "ramMb": 0, "diskMb": 0},
    "prodDedicated": {"cpus": 0, "ramMb": 0, "diskMb": 0}, "nonProdDedicated": {"cpus": 0, "ramMb": 0, "diskMb": 0}}})";

}  // namespace

TEST_CASE("quota get prints what is allocated and what is consumed") {
  SessionFixture f(Grammar::NounVerb, "quota get");
  f.reply("GET /v1/roles/www-data", 200, kResources);
  CHECK(quota_get(f.session, {"", "devcluster/www-data", false}) == 0);
  CHECK_THAT(f.out.str(), Catch::StartsWith("Allocated:\n  CPU: 10.0 core(s)\n  RAM: 20480 MB\n  Disk: 40960 MB\n"
                                            "Production shared pool resources consumed:\n  CPU: 2.5 core(s)\n"));
  CHECK_THAT(f.err.str(), Catch::Contains("Getting quota for: www-data"));
  f.out.str("");
  CHECK(quota_get(f.session, {"", "devcluster/www-data", true}) == 0);
  CHECK_THAT(f.out.str(), Catch::StartsWith(R"({"quota":{"resources":[{"numCpus":10.0},{"ramMb":20480},{"diskMb":40960}]},)"));
  CHECK(quota_get(f.session, {"", "www-data", false}) != 0);
  CHECK_THAT(f.err.str(), Catch::Contains("Role argument must be a CLUSTER/NAME pair"));
}

TEST_CASE("get_quota tells in log lines, as the original") {
  SessionFixture f(Grammar::Classic, "get_quota");
  f.reply("GET /v1/roles/www-data", 200, kResources);
  CHECK(quota_get(f.session, {"devcluster", "www-data", false}) == 0);
  CHECK(f.out.str().empty());
  CHECK(f.err.str() ==
        " INFO] Getting quota for: www-data\n INFO] Total allocated quota for www-data:\n INFO] \tCPU\t10.0\n"
        " INFO] \tRAM\t20.000000 GB\n INFO] \tDisk\t40.000000 GB\n"
        " INFO] Resources consumed by production jobs for www-data:\n INFO] \tCPU\t2.5\n"
        " INFO] \tRAM\t0.500000 GB\n INFO] \tDisk\t0.062500 GB\n"
        " INFO] Resources consumed by non-production jobs for www-data:\n INFO] \tCPU\t0.0\n"
        " INFO] \tRAM\t0.000000 GB\n INFO] \tDisk\t0.000000 GB\n");
}

TEST_CASE("set_quota and increase_quota send what was asked for, in MB") {
  SessionFixture f(Grammar::Admin, "admin set_quota");
  f.reply("GET /v1/roles/www-data", 200, kResources);
  f.reply("PUT /v1/roles/www-data/quota", 200, R"({"message": "Quota of www-data set.", "count": 0})");
  CHECK(set_quota(f.session, {"devcluster", "www-data", "10", "20gb", "40960M"}) == 0);
  CHECK(f.body_of("PUT /v1/roles/www-data/quota") == R"({"cpus":10.0,"ramMb":20480,"diskMb":40960})");
  CHECK_THAT(f.err.str(), Catch::Contains("Setting quota for user:www-data cpu:10.000000 ram:20480 disk: 40960"));
  CHECK(set_quota(f.session, {"devcluster", "www-data", "-1.5", "1gb", "-512mb", SetQuotaHow::Increase}) == 0);
  CHECK(f.body_of("PUT /v1/roles/www-data/quota") == R"({"cpus":8.5,"ramMb":21504,"diskMb":40448})");
  CHECK_THAT(f.err.str(), Catch::Contains("Current quota for www-data:") && Catch::Contains("\tRAM\t21504 MB"));
}

TEST_CASE("amounts that are none are refused before anything is sent") {
  const auto refused = [](const char* cpus, const char* ram) {
    SessionFixture f(Grammar::Admin, "admin set_quota");
    CHECK(set_quota(f.session, {"devcluster", "www-data", cpus, ram, "1g"}) == 1);
    CHECK(f.bodies.empty());
    return f.err.str();
  };
  CHECK_THAT(refused("ten", "1g"), Catch::Contains("could not convert string to float: ten"));
  CHECK_THAT(refused("1", "20xb"), Catch::Contains("Amount did not have a valid base: 20xb.  Valid bases: kb gb g mb tb k m t"));
  CHECK_THAT(refused("1", "1.5g"), Catch::Contains("Could not parse amount: 1.5g"));
  CHECK_THAT(refused("1", "2048"), Catch::Contains("2048 is less than 1 MB; give a unit, e.g. 2048MB"));
  CHECK_THAT(refused("1", "-1g"), Catch::Contains("is negative"));
  CHECK_THAT(refused("1", "99999999999999999999g"), Catch::Contains("Could not parse amount"));
}
