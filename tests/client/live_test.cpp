// Grids, `job watch`, `top` and `host`: what they show and refuse.
#include "aurora/client/live.h"

#include <catch2/catch.hpp>
#include <iostream>

#include "aurora/client/exec.h"
#include "aurora/client/hosts.h"
#include "aurora/codec/json_value.h"
#include "client/instance_grid.h"
#include "session_fixture.h"

namespace aurora::client {
namespace {

// What is written beside the console comes where the console writes, too.
struct SessionFixture : test::SessionFixture {
  using test::SessionFixture::SessionFixture;
  ~SessionFixture() { std::cout.rdbuf(before); }
  std::streambuf* before = std::cout.rdbuf(out.rdbuf());
};

constexpr char kTasks[] = "GET /v1/tasks";
constexpr char kKey[] = "devcluster/www/prod/web";

std::string text_of(const Grid& grid) {
  std::string text;
  for (const auto& line : grid.lines) {
    for (const GridSpan& span : line) text += span.text;
    text += "\n";
  }
  return text;
}

std::vector<GridCell> cells(int32_t count) {
  std::vector<GridCell> made;
  for (int32_t i = 0; i < count; ++i) made.push_back({i, "RUNNING", Tone::Good, true});
  return made;
}

TEST_CASE("instances are cells of two letters, small ones for what is over") {
  std::vector<GridCell> some = cells(4);
  some[1] = {1, "PENDING", Tone::Attention, true};
  some[2] = {2, "FAILED", Tone::Bad, false};
  CHECK(text_of(draw_grid(some, 80, 10)) == "0 Ru Pe fa Ru\n");
  CHECK(count_states(some) == "2 RUNNING, 1 FAILED, 1 PENDING");
  CHECK(draw_grid({}, 80, 10).lines.empty());
}

TEST_CASE("a grid fits whatever room there is") {
  for (const int32_t count : {1, 3, 50, 999, 10'000}) {
    for (const size_t width : {1ul, 5ul, 20ul, 40ul, 79ul, 200ul}) {
      for (const size_t height : {0ul, 1ul, 5ul, 20ul}) {
        const Grid grid = draw_grid(cells(count), width, height);
        CAPTURE(count, width, height);
        CHECK(grid.lines.size() <= std::max<size_t>(1, height));
        size_t shown = 0;
        for (const auto& line : grid.lines) {
          size_t used = 0;
          for (const GridSpan& span : line) used += span.text.size();
          CHECK(used <= std::max<size_t>(width, 2));
          shown += line.size();
        }
        CHECK(shown * grid.instances_per_cell >= static_cast<size_t>(count) - (grid.instances_per_cell - 1));
      }
    }
  }
}

TEST_CASE("of several instances in a cell the worst is shown") {
  std::vector<GridCell> many = cells(1'000);
  many[501] = {501, "FAILED", Tone::Bad, false};
  const Grid grid = draw_grid(many, 20, 2);
  CHECK(grid.instances_per_cell > 1);
  CHECK(std::ranges::count(text_of(grid), 'f') == 1);
}

std::string task(int instance, const std::string& id, const std::string& status, bool is_active) {
  return "{\"taskId\": \"" + id + "\", \"instanceId\": " + std::to_string(instance) + ", \"status\": \"" + status + "\", \"isActive\": " +
         (is_active ? "true" : "false") + ", \"host\": \"h1\", \"taskUrl\": \"http://h1:1/task/" + id + "\", \"configHash\": \"c\"}";
}
std::string page(const std::string& tasks, int total) {
  return "{\"tasks\": [" + tasks + "], \"total\": " + std::to_string(total) +
         R"(, "configs": {"c": {"job": {"role": "www", "environment": "prod", "name": "web"}, "resources": {"cpus": 2, "ramMb": 100}}}})";
}

TEST_CASE("job watch into a pipe prints changes as lines and ends with the last task") {
  SessionFixture f(Grammar::NounVerb);
  f.reply(kTasks, 200, page(task(0, "a", "RUNNING", true) + "," + task(1, "b", "PENDING", true), 2));
  f.reply(kTasks, 200, page(task(0, "a", "RUNNING", true) + "," + task(1, "b", "RUNNING", true), 2));
  f.reply(kTasks, 200, page(task(0, "c", "RUNNING", true) + "," + task(1, "b", "RUNNING", true), 2));
  f.reply(kTasks, 200, page(task(0, "c", "FINISHED", false) + "," + task(1, "b", "FAILED", false), 2));
  CHECK(job_watch(f.session, {.key = kKey}) == 0);
  const std::string out = f.out.str();
  CHECK_THAT(out, Catch::Contains("devcluster/www/prod/web: 1 PENDING, 1 RUNNING\n") && Catch::Contains(" 1 PENDING -> RUNNING on h1\n") &&
                      Catch::Contains(" 0 RUNNING as a new task on h1\n") && Catch::Contains(" 0 RUNNING -> FINISHED on h1\n") && Catch::Contains(": 1 FAILED, 1 FINISHED\n"));
  CHECK(out.find('\x1b') == std::string::npos);
}

TEST_CASE("job watch of a job that is not there says so") {
  SessionFixture f(Grammar::NounVerb);
  f.reply(kTasks, 200, R"({"tasks": [], "configs": {}, "total": 0})");
  CHECK(job_watch(f.session, {.key = kKey}) == 6);
  CHECK(job_watch(f.session, {.key = "devcluster"}) == 2);
}

constexpr char kUsage[] = R"({"tasks": [{"taskId": "a", "role": "www", "environment": "prod", "name": "web", "instance": 0, "cpu": 0.5, "ramBytes": 99614720},
  {"taskId": "b", "role": "www", "environment": "prod", "name": "web", "instance": 1, "cpu": 1.25, "ramBytes": 1048576}], "total": 2})";

TEST_CASE("top shows instances by what their hosts measure, the busiest first") {
  SessionFixture f(Grammar::NounVerb);
  f.reply(kTasks, 200, page(task(0, "a", "RUNNING", true) + "," + task(1, "b", "RUNNING", true), 2));
  f.reply(kTasks, 200, R"({"tasks": [{"instanceId": 1}, {"instanceId": 1}], "total": 2})");
  f.http.serve("http://h1:1", [](const net::Request&) { return net::Response{.body = kUsage}; });
  CHECK(top(f.session, {.target = kKey, .looks = 1}) == 0);
  CHECK(f.out.str() ==
        "devcluster/www/prod/web: 2 tasks, CPU 1.75 of 4.0 cores asked for, RAM 96 of 200 MB\n"
        "INSTANCE   CPU   OF  RAM MB  OF MB  RESTARTS  HOST\n"
        "       1  1.25  2.0       1    100         2  h1\n"
        "       0  0.50  2.0      95    100         0  h1\n");
}

TEST_CASE("top of a cluster shows roles, as JSON with what was not measured") {
  SessionFixture f(Grammar::NounVerb);
  f.reply(kTasks, 200, page(task(0, "a", "RUNNING", true) + "," + task(1, "b", "RUNNING", true), 2));
  f.reply("GET /v1/jobs", 200, R"({"jobs": [{"key": {"role": "www", "environment": "prod", "name": "web"}, "stats": {"failedTaskCount": 3}}], "total": 1})");
  CHECK(top(f.session, {.looks = 1, .is_json = true}) == 0);  // the only cluster; nobody is at h1
  const auto document = codec::JsonValue::parse(f.out.str());
  REQUIRE(document.ok());
  const codec::JsonValue& row = document->find("rows")->items().front();
  CHECK(row.string_or("name", "") == "www");
  CHECK(row.int_or("restarts", 0) == 3);
  CHECK(row.int_or("tasksNotMeasured", 0) == 2);
  CHECK(document->find("silentHosts")->items().size() == 1);
  CHECK(top(f.session, {.target = "devcluster/www/prod"}) == 2);
  CHECK(top(f.session, {.target = "devcluster", .sort = "size"}) == 2);
}

constexpr char kHosts[] = R"({"hosts": [{"host": "h1", "executorUrl": "http://h1:1", "attributes": {"rack": ["r1"]}, "mode": "DRAINING",
  "capacity": {"cpus": 8, "ramMb": 16384, "diskMb": 102400}, "available": {"cpus": 5.5, "ramMb": 8192, "diskMb": 102400}, "taskCount": 2, "isConnected": true}],
  "total": 1, "refused": []})";

TEST_CASE("hosts are listed with what they offer and what is reserved of it") {
  SessionFixture f(Grammar::NounVerb);
  f.reply("GET /v1/hosts", 200, kHosts);
  CHECK(host_list(f.session, {.cluster = "devcluster"}) == 0);
  CHECK(f.out.str() ==
        "HOST  MODE      TASKS    CPU    RAM GB    DISK GB  SEEN\n"
        "h1    DRAINING      2  2.5/8  8.0/16.0  0.0/100.0     -\n");
  CHECK(host_list(f.session, {.cluster = "devcluster", .modes = {"NONE"}}) == 0);
  CHECK_THAT(f.err.str(), Catch::Contains("No host of devcluster is like that"));
  CHECK(host_list(f.session, {.cluster = "devcluster", .modes = {"none"}}) == 2);
}

TEST_CASE("a host is shown with what is used, and a misspelt one is answered with the nearest") {
  SessionFixture f(Grammar::NounVerb);
  f.reply("GET /v1/hosts", 200, kHosts);
  f.reply(kTasks, 200, page(task(0, "a", "RUNNING", true), 1));
  f.http.serve("http://h1:1", [](const net::Request&) { return net::Response{.body = kUsage}; });
  CHECK(host_show(f.session, {.cluster = "devcluster", .host = "h1"}) == 0);
  CHECK_THAT(f.out.str(), Catch::Contains("h1: DRAINING, connected") && Catch::Contains("rack = r1") && Catch::Contains("CPU cores        8       2.5") &&
                              Catch::Contains("www/prod/web/0  RUNNING  0.50      95"));
  CHECK(host_show(f.session, {.cluster = "devcluster", .host = "h2"}) == 6);
  CHECK_THAT(f.err.str(), Catch::Contains("No host h2 has registered with devcluster; did you mean h1?"));
}

TEST_CASE("a drain waits until hosts are empty and says what they wait for; unknown hosts are refused before anything is done") {
  SessionFixture f(Grammar::NounVerb);
  const std::string drain = "POST /v1/maintenance/drain";
  f.reply("GET /v1/maintenance", 200, R"({"hosts": [{"host": "h1", "mode": "NONE", "taskCount": 1, "tasks": []}], "total": 1})");
  f.reply("GET /v1/maintenance", 200, R"({"hosts": [{"host": "h1", "mode": "DRAINING", "taskCount": 1, "tasks": [
    {"taskId": "a", "instance": "www/prod/web/0", "status": "RUNNING", "isLeaving": false, "why": "1 of 2 would be up"}]}], "total": 1})");
  f.reply("GET /v1/maintenance", 200, R"({"hosts": [{"host": "h1", "mode": "DRAINED", "taskCount": 0, "tasks": []}], "total": 1})");
  f.reply(drain, 200, R"({"statuses": [{"host": "h1", "mode": "DRAINING"}], "unknown": []})");
  CHECK(host_empty(f.session, {.cluster = "devcluster", .hosts = {"h1"}}) == 0);
  CHECK_THAT(f.body_of(drain), Catch::Contains("percentageSlaPolicy") && Catch::Contains("\"timeoutSecs\":604800"));
  CHECK_THAT(f.err.str(), Catch::Contains("h1: DRAINING, 1 task left: www/prod/web/0 (RUNNING): 1 of 2 would be up") && Catch::Contains("h1: DRAINED"));

  SessionFixture other(Grammar::NounVerb);
  other.reply("GET /v1/maintenance", 200, R"({"hosts": [], "total": 0})");
  other.reply("GET /v1/hosts", 200, kHosts);
  CHECK(host_empty(other.session, {.cluster = "devcluster", .hosts = {"h11"}}) == 6);
  CHECK_THAT(other.err.str(), Catch::Contains("did you mean h1?"));
  CHECK(other.body_of(drain).empty());
  CHECK(host_empty(other.session, {.cluster = "devcluster", .hosts = {"h1"}, .duration = "soon"}) == 2);
}

TEST_CASE("a drain that takes too long ends with 9, and a host is given back") {
  SessionFixture f(Grammar::NounVerb);
  f.reply("GET /v1/maintenance", 200, R"({"hosts": [{"host": "h1", "mode": "DRAINING", "taskCount": 1, "tasks": []}], "total": 1})");
  f.reply("POST /v1/maintenance/drain", 200, R"({"statuses": [{"host": "h1", "mode": "DRAINING"}], "unknown": []})");
  CHECK(host_empty(f.session, {.cluster = "devcluster", .hosts = {"h1"}, .wait_for = "5s"}) == 9);
  f.reply("POST /v1/maintenance/end", 200, R"({"statuses": [{"host": "h1", "mode": "NONE"}], "unknown": []})");
  CHECK(host_give_back(f.session, {.cluster = "devcluster", .hosts = {"h1"}}) == 0);
  CHECK_THAT(f.err.str(), Catch::Contains("h1 takes tasks again"));
}

TEST_CASE("task exec wants one instance and a command") {
  SessionFixture f(Grammar::NounVerb);
  CHECK(task_exec(f.session, {.key = kKey, .command = {"ls"}}) == 2);
  CHECK(task_exec(f.session, {.key = std::string(kKey) + "/0"}) == 2);
  CHECK_THAT(f.err.str(), Catch::Contains("aurora task ssh devcluster/www/prod/web/0"));
  f.reply(kTasks, 200, R"({"tasks": [], "configs": {}, "total": 0})");
  CHECK(task_exec(f.session, {.key = std::string(kKey) + "/7", .command = {"ls"}}) == 6);
  CHECK_THAT(f.err.str(), Catch::Contains("No task of devcluster/www/prod/web/7 runs"));
}

TEST_CASE("task exec of an instance that waits says where to ask what for") {
  SessionFixture f(Grammar::NounVerb);
  f.reply(kTasks, 200, R"({"tasks": [], "configs": {}, "total": 0})");
  f.reply(kTasks, 200, R"({"tasks": [{"instanceId": 7}], "total": 1})");
  CHECK(task_exec(f.session, {.key = std::string(kKey) + "/7", .command = {"ls"}}) == 6);
  CHECK_THAT(f.err.str(), Catch::Contains("does not run now: `aurora explain devcluster/www/prod/web/7` says what it waits for"));
}

}  // namespace
}  // namespace aurora::client
