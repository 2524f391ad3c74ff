// What verbs print at a terminal, where a pipe gets the original's text.
#include <catch2/catch.hpp>

#include "aurora/client/verbs.h"
#include "client/session_fixture.h"

using namespace aurora;
using namespace aurora::client;
using test::SessionFixture;

namespace {

constexpr char kKey[] = "devcluster/www-data/devel/hello_world";

void at_terminal(SessionFixture& f, int columns, bool has_colour = false) {
  ConsoleConfig config;
  config.is_terminal_out = true;
  config.columns_out = columns;
  config.has_colour_out = has_colour;
  config.is_terminal = f.session.is_classic();  // its original is on stderr
  f.console.configure(config);
}

// The fixture's clock begins at 1,700,000,000 s.
std::string tasks() {
  return R"({"total": 3, "tasks": [
    {"taskId": "a", "instanceId": 1, "status": "PENDING", "statusTone": "attention", "isActive": true, "waitReason": "Insufficient: CPU on 2 hosts",
     "taskEvents": [{"timestamp": 1699999700000, "status": "PENDING"}]},
    {"taskId": "b", "instanceId": 0, "status": "RUNNING", "isActive": true, "host": "h1.example.com",
     "taskEvents": [{"timestamp": 1700086400000, "status": "RUNNING"}]},
    {"taskId": "c", "instanceId": 0, "status": "FAILED", "isActive": false, "host": "h2.example.com",
     "endSentence": "process 'web' exited with code 1", "taskEvents": [{"timestamp": 1699990000000, "status": "FAILED"}]}]})";
}

std::vector<std::string> lines_of_output(const SessionFixture& f) {
  std::istringstream in(f.out.str());
  std::vector<std::string> lines;
  for (std::string line; std::getline(in, line);) lines.push_back(line);
  return lines;
}

std::string diff_of(int instances, const std::string& name) {
  return R"({"config": {"name": ")" + name + R"("}, "instances": [{"first": )" + std::to_string(instances) + R"(, "last": )" +
         std::to_string(instances + 1) + "}]}";
}

void give_diff(SessionFixture& f, const std::string& update) {
  f.reply("GET /v1/tiers", 200, R"({"default": "preemptible", "tiers": {}})");
  f.evaluation.document =
      R"({"job": {"key": {"role": "www-data", "environment": "devel", "name": "hello_world"},
    "taskConfig": {"job": {"role": "www-data", "environment": "devel", "name": "hello_world"}, "isService": true},
    "instanceCount": 1}, "update_settings": {}, "is_service": true, "is_cron": false})";
  f.reply("POST /v1/updates/diff", 200, R"({"update": [)" + update + "]}");
}

std::string list_of_updates() {
  return R"({"total": 1, "updates": [{"key": {"job": {"role": "www-data", "environment": "devel", "name": "hello_world"},
    "id": "11111111-2222-4333-8444-555555555555"}, "user": "bob", "status": "ROLLING_FORWARD", "isActive": true,
    "createdTimestampMs": 1700000000000, "lastModifiedTimestampMs": 1700000060000}]})";
}

}  // namespace

TEST_CASE("status at a terminal: counts, then a line for each instance") {
  for (const Grammar grammar : {Grammar::Classic, Grammar::NounVerb}) {
    SessionFixture f(grammar);
    at_terminal(f, 100);
    f.reply("GET /v1/tasks", 200, tasks());
    CHECK(status(f.session, {kKey, false}) == 0);
    CHECK(f.out.str() ==
          std::string(kKey) + ": 2 active (1 PENDING, 1 RUNNING)\n"
          "INSTANCE  STATE         SINCE  HOST            RESTARTS  REASON\n"
          "       0  RUNNING  2023-11-15  h1.example.com         1  the run before: FAILED: process 'web' ex...\n"
          "       1  PENDING          5m  -                      0  Insufficient: CPU on 2 hosts\n");
    CHECK(f.err.str().empty());
  }
}

TEST_CASE("status fits a terminal of twenty columns") {
  SessionFixture f(Grammar::NounVerb);
  at_terminal(f, 20);
  f.reply("GET /v1/tasks", 200, tasks());
  CHECK(status(f.session, {kKey, false}) == 0);
  for (const std::string& line : lines_of_output(f)) CHECK(line.size() <= 20);
  CHECK_THAT(f.out.str(), Catch::Contains("       0  RUNNING\n"));
}

TEST_CASE("status: a pipe, --classic and JSON get what they got") {
  SessionFixture piped(Grammar::NounVerb);
  piped.reply("GET /v1/tasks", 200, tasks());
  CHECK(status(piped.session, {kKey, false}) == 0);
  CHECK_THAT(piped.out.str(), Catch::StartsWith("Active tasks (2):\n\tTask role: "));
  SessionFixture asked(Grammar::NounVerb);
  at_terminal(asked, 80, true);
  asked.reply("GET /v1/tasks", 200, tasks());
  CHECK(status(asked.session, {kKey, false, true}) == 0);
  CHECK(asked.out.str() == piped.out.str());
  // The results of the classic verb are on stderr: where that is piped, scripts read it.
  SessionFixture classic(Grammar::Classic);
  at_terminal(classic, 80);
  ConsoleConfig config = classic.console.config();
  config.is_terminal = false;
  classic.console.configure(config);
  classic.reply("GET /v1/tasks", 200, tasks());
  CHECK(status(classic.session, {kKey, false}) == 0);
  CHECK(classic.out.str().empty());
  CHECK_THAT(classic.err.str(), Catch::Contains(" INFO] Active Tasks (2)\n"));
}

TEST_CASE("trouble has a colour where the terminal has colours") {
  SessionFixture f(Grammar::NounVerb);
  at_terminal(f, 80, true);
  f.reply("GET /v1/tasks", 200, tasks());
  CHECK(status(f.session, {kKey, false}) == 0);
  CHECK_THAT(f.out.str(), Catch::Contains("\033[33m       1  PENDING"));
}

TEST_CASE("a job without tasks at a terminal") {
  SessionFixture noun(Grammar::NounVerb);
  at_terminal(noun, 80);
  noun.reply("GET /v1/tasks", 200, R"({"tasks": [], "total": 0})");
  CHECK(status(noun.session, {kKey, false}) == 6);
  SessionFixture classic(Grammar::Classic);
  at_terminal(classic, 80);
  classic.reply("GET /v1/tasks", 200, R"({"tasks": [], "total": 0})");
  CHECK(status(classic.session, {kKey, false}) == 0);
  CHECK_THAT(classic.err.str(), Catch::EndsWith("No tasks found.\n"));
}

TEST_CASE("job diff shows each difference once, in unified form, with the instances that it is of") {
  SessionFixture f(Grammar::NounVerb);
  give_diff(f, diff_of(0, "old") + ", " + diff_of(3, "old") + ", " + diff_of(7, "other"));
  DiffOptions options;
  options.key = kKey;
  options.file.path = "hello.aurora";
  CHECK(diff(f.session, options) == 0);
  CHECK_THAT(f.out.str(), Catch::StartsWith("This job update will:\nupdate instances: [0-1], [3-4]\nwith diff:\n\n"
                                            "--- instances 0-1, 3-4 of " + std::string(kKey) + "\n+++ hello.aurora\n@@ "));
  CHECK_THAT(f.out.str(), Catch::Contains("\n-name: \"old\"\n") && Catch::Contains("\nupdate instances: [7-8]\n"));
  CHECK(f.out.str().find("\033") == std::string::npos);
  CHECK(f.out.str().find("\"old\"") == f.out.str().rfind("\"old\""));
  options.has_exit_code = true;
  CHECK(diff(f.session, options) == 1);

  SessionFixture coloured(Grammar::NounVerb);
  at_terminal(coloured, 80, true);
  give_diff(coloured, diff_of(0, "old"));
  CHECK(diff(coloured.session, options) == 1);
  CHECK_THAT(coloured.out.str(), Catch::Contains("\033[31m-name: \"old\"\033[0m\n") && Catch::Contains("\033[36m@@ "));
}

TEST_CASE("update list fits the terminal without cutting ids, and says the zone") {
  const auto listed = [](int columns) {
    SessionFixture f(Grammar::NounVerb);
    if (columns > 0) at_terminal(f, columns);
    f.reply("GET /v1/updates", 200, list_of_updates());
    CHECK(update_list(f.session, {"devcluster/www-data", {}, "", false}) == 0);
    return f.out.str();
  };
  CHECK(listed(0) ==
        "JOB                                             UPDATE ID                            STATUS          CREATED BY  STARTED"
        "             LAST MODIFIED      \n"
        "devcluster/www-data/devel/hello_world           11111111-2222-4333-8444-555555555555 ROLLING_FORWARD bob         "
        "2023-11-14T22:13:20 2023-11-14T22:14:20\n");
  CHECK(listed(200) ==
        "JOB                                    UPDATE ID                             STATUS           CREATED BY  STARTED"
        "               LAST MODIFIED\n"
        "devcluster/www-data/devel/hello_world  11111111-2222-4333-8444-555555555555  ROLLING_FORWARD  bob         "
        "2023-11-14T22:13:20Z  2023-11-14T22:14:20Z\n");
  CHECK(listed(80) ==
        "devcluster/www-data/devel/hello_world\n  11111111-2222-4333-8444-555555555555\n"
        "  ROLLING_FORWARD by bob, started 2023-11-14T22:13:20Z, last modified\n  2023-11-14T22:14:20Z\n");
}

TEST_CASE("update info says the zone at a terminal") {
  SessionFixture f(Grammar::NounVerb);
  f.reply("GET /v1/updates/www-data/devel/hello_world/u1", 200, R"({"key": {"job": {}, "id": "u1"}, "status": "ABORTED",
    "createdTimestampMs": 1700000000000, "lastModifiedTimestampMs": 1700000060000,
    "updateEvents": [{"status": "ABORTED", "timestampMs": 1700000060000}]})");
  CHECK(update_info(f.session, {kKey, "u1", false}) == 0);
  CHECK_THAT(f.out.str(), Catch::Contains("Started 2023-11-14T22:13:20, last activity: 2023-11-14T22:14:20\n"));
  f.out.str("");
  at_terminal(f, 80);
  CHECK(update_info(f.session, {kKey, "u1", false}) == 0);
  CHECK_THAT(f.out.str(), Catch::Contains("Started 2023-11-14T22:13:20Z, last activity: 2023-11-14T22:14:20Z\n") &&
                              Catch::Contains("Status: ABORTED at 2023-11-14T22:14:20Z"));
}

TEST_CASE("a cron job is compared with what of it runs, and nothing is said of an update") {
  const auto compare = [](const std::string& tasks, int code) {
    SessionFixture f(Grammar::NounVerb);
    give_diff(f, "");
    f.evaluation.document.replace(f.evaluation.document.find(R"("is_cron": false)"), 16, R"("is_cron": true)");
    f.reply("GET /v1/tasks", 200, tasks);
    DiffOptions options;
    options.key = kKey;
    options.file.path = "hello.aurora";
    CHECK(diff(f.session, options) == code);
    CHECK(f.body_of("POST /v1/updates/diff").empty());
    return f.out.str() + f.err.str();
  };
  const std::string running = compare(R"({"total": 1, "tasks": [{"taskId": "t", "instanceId": 0, "isActive": true, "status": "RUNNING",
    "configHash": "x", "taskEvents": []}], "configs": {"x": {"name": "old"}}})", 0);
  CHECK_THAT(running, Catch::StartsWith("--- instance 0 of " + std::string(kKey) + "\n+++ hello.aurora\n@@ "));
  CHECK(compare(R"({"total": 0, "tasks": []})", 4) == "No tasks found for job " + std::string(kKey) + "\n");
}
