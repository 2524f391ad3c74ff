#include <catch2/catch.hpp>

#include "aurora/client/exit_code.h"
#include "aurora/client/verbs.h"
#include "session_fixture.h"

namespace aurora::client {
namespace {

using test::SessionFixture;

HostsOptions hosts(std::vector<std::string> names) { return {"devcluster", std::move(names), "", false}; }

std::string state(const std::string& host, const std::string& mode, const std::string& tasks = "") {
  return R"({"host":")" + host + R"(","mode":")" + mode + R"(","taskCount":0,"unknownTaskCount":0,"tasks":[)" + tasks + "]}";
}
std::string states(const std::string& list) { return R"({"hosts":[)" + list + R"(],"total":1,"unknown":[]})"; }

TEST_CASE("hosts are named once, in words or in a file") {
  struct Case {
    std::vector<std::string> names;
    std::string file;
    std::string error;
  };
  SessionFixture files(Grammar::Admin);
  const std::string list = files.folder.path() + "/hosts";
  std::ofstream(list) << "h1\n\n  h2 \n";
  const std::string blank = files.folder.path() + "/blank";
  std::ofstream(blank) << "\n \n";
  for (const Case& c : std::vector<Case>{{{}, "", "Please specify either --filename or --hosts"},
                                         {{"h1"}, list, "Please specify either --filename or --hosts"},
                                         {{" "}, "", "No valid hosts found."},
                                         {{}, blank, "No valid hosts found in " + blank + "."},
                                         {{}, "/no/such", "Cannot read /no/such"}}) {
    SessionFixture f(Grammar::Admin);
    CHECK(host_status(f.session, {"devcluster", c.names, c.file, false}) == 1);
    CHECK(f.err.str() == "FATAL] " + c.error + "\n");
    CHECK(f.http.requests().empty());
  }
  SessionFixture f(Grammar::Admin);
  f.reply("POST /v1/maintenance/start", 200, R"({"statuses":[{"host":"h1","mode":"SCHEDULED"}],"unknown":["h2"]})");
  CHECK(host_deactivate(f.session, {"devcluster", {}, list, false}) == 0);
  CHECK(f.body_of("POST /v1/maintenance/start") == R"({"hosts":["h1","h2"]})");
  CHECK(f.err.str() ==
        " INFO] Starting maintenance for: h1, h2\n"
        " INFO] Response from scheduler: OK (message: )\n"
        " WARN] Skipping maintenance for unknown hosts: h2\n");
}

TEST_CASE("host_activate and host_status tell the modes and what holds a drain up") {
  SessionFixture f(Grammar::Admin);
  f.reply("POST /v1/maintenance/end", 200, R"({"statuses":[{"host":"h1","mode":"NONE"}],"unknown":[]})");
  CHECK(host_activate(f.session, hosts({"h1"})) == 0);
  CHECK(f.err.str() ==
        " INFO] Ending maintenance for: h1\n INFO] Response from scheduler: OK (message: )\n"
        " INFO] Maintenance status for: h1\n");
  f.err.str("");
  f.reply("GET /v1/maintenance", 200,
          states(state("h1", "DRAINING",
                       R"({"taskId":"t","instance":"www/prod/web/3","status":"RUNNING","isLeaving":false,)"
                       R"("why":"18 of 20 instances would be up, policy wants 19"})")));
  CHECK(host_status(f.session, hosts({"h1", "h2"})) == 0);
  CHECK(f.err.str() ==
        " INFO] Maintenance status for: h1, h2\n INFO] Response from scheduler: OK (message: )\n"
        " INFO] h1 is in state: DRAINING\n"
        " INFO] \twww/prod/web/3 (RUNNING): 18 of 20 instances would be up, policy wants 19\n"
        " WARN] There is no status for unknown hosts: h2\n");
  HostsOptions json = hosts({"h1"});
  json.is_json = true;
  CHECK(host_status(f.session, json) == 0);
  CHECK(f.out.str().find("\"mode\": \"DRAINING\"") != std::string::npos);
}

TEST_CASE("sla_host_drain hands its defaults to the scheduler and returns") {
  SessionFixture f(Grammar::Admin);
  f.reply("POST /v1/maintenance/drain", 200, R"({"statuses":[{"host":"h1","mode":"DRAINING"}],"unknown":[]})");
  SlaHostDrainOptions options;
  options.cluster = "devcluster";
  options.hosts = {"h1"};
  CHECK(sla_host_drain(f.session, options) == 0);
  CHECK(f.body_of("POST /v1/maintenance/drain") ==
        R"({"policy":{"percentageSlaPolicy":{"percentage":95.0,"durationSecs":1800}},"timeoutSecs":604800,"hosts":["h1"]})");
  CHECK(f.err.str().starts_with(" INFO] Asking scheduler to drain tasks by SLA on: h1\n"));
  options.default_duration = "soon";
  CHECK(sla_host_drain(f.session, options) == 2);
}

HostDrainOptions drain_options(std::vector<std::string> names) {
  HostDrainOptions options;
  options.cluster = "devcluster";
  options.hosts = std::move(names);
  return options;
}

void let_start(SessionFixture& f) {
  f.reply("POST /v1/maintenance/start", 200,
          R"({"statuses":[{"host":"h1","mode":"SCHEDULED"},{"host":"h2","mode":"SCHEDULED"}],"unknown":[]})");
  f.reply("POST /v1/maintenance/drain", 200, R"({"statuses":[],"unknown":[]})");
}

TEST_CASE("host_drain empties one host after the other and waits") {
  SessionFixture f(Grammar::Admin);
  let_start(f);
  f.reply("GET /v1/tasks", 200, R"({"tasks":[],"total":0})");
  f.reply("GET /v1/maintenance", 200, states(state("h1", "DRAINING")));
  f.reply("GET /v1/maintenance", 200, states(state("h1", "DRAINED")));
  CHECK(host_drain(f.session, drain_options({"h1", "h2"})) == 0);
  const std::string said = f.err.str();
  CHECK(said.find("Beginning SLA check for h1\n") < said.find("Beginning SLA check for h2\n"));
  CHECK(said.find(" INFO] All hosts passed SLA check.\n INFO] Response") == std::string::npos);
  CHECK(said.find(" INFO] Draining tasks on: h1\n") != std::string::npos);
  CHECK(said.find(" INFO] Waiting for hosts to be in DRAINED: h1\n") != std::string::npos);
  CHECK(f.body_of("POST /v1/maintenance/drain") == R"({"hosts":["h2"]})");
}

TEST_CASE("host_drain gives up after five minutes, says what is left and fails") {
  SessionFixture f(Grammar::Admin);
  let_start(f);
  f.reply("GET /v1/tasks", 200, R"({"tasks":[],"total":0})");
  f.reply("GET /v1/maintenance", 200, states(state("h1", "DRAINING") + "," + state("h2", "DRAINING")));
  HostDrainOptions options = drain_options({"h1", "h2"});
  options.grouping = "none";
  options.unsafe_hosts_file = f.folder.path() + "/left";
  CHECK(host_drain(f.session, options) == 1);
  CHECK(f.err.str().find(" WARN] Failed to move all hosts into DRAINED within 5 mins:\n WARN] \tHost:h1\tStatus:DRAINING\n") !=
        std::string::npos);
  CHECK(f.out.str() == "h1\nh2\n");
  std::ifstream left(options.unsafe_hosts_file);
  CHECK(std::string(std::istreambuf_iterator<char>(left), {}) == "h1\nh2\n");
}

TEST_CASE("host_drain that lasts says what each host waits for, once until that changes") {
  SessionFixture f(Grammar::Admin);
  let_start(f);
  f.reply("GET /v1/tasks", 200, R"({"tasks":[],"total":0})");
  const std::string held =
      R"({"host":"h1","mode":"DRAINING","taskCount":0,"unknownTaskCount":2,"tasks":[]})";
  const std::string slow = state(
      "h2", "DRAINING", R"({"taskId":"t","instance":"www/prod/web/3","status":"KILLING","isLeaving":true,"why":"its end"})");
  for (int i = 0; i < 4; ++i) f.reply("GET /v1/maintenance", 200, states(held + "," + slow));
  f.reply("GET /v1/maintenance", 200, states(held + "," + state("h2", "DRAINED")));
  f.reply("GET /v1/maintenance", 200, states(state("h1", "DRAINED") + "," + state("h2", "DRAINED")));
  HostDrainOptions options = drain_options({"h1", "h2"});
  options.grouping = "none";
  CHECK(host_drain(f.session, options) == 0);
  const std::string said = f.err.str();
  const auto count = [&](const std::string& text) {
    size_t times = 0;
    for (size_t at = said.find(text); at != std::string::npos; at = said.find(text, at + 1)) ++times;
    return times;
  };
  CHECK(count(" INFO] Waiting for hosts to be in DRAINED: h1, h2\n") == 4);
  CHECK(count(" INFO] h1: DRAINING, 2 tasks left: 2 that the scheduler does not know: "
              "`aurora admin unknown_tasks` lists, kills or adopts them\n") == 1);
  CHECK(count(" INFO] h2: DRAINING, 0 tasks left: www/prod/web/3 (KILLING): its end\n") == 1);
}

TEST_CASE("host_drain leaves hosts alone whose jobs would fall below the target") {
  SessionFixture f(Grammar::Admin);
  std::string tasks;
  for (int i = 0; i < 20; ++i) {
    tasks += std::string(i == 0 ? "" : ",") + R"({"taskId":"t)" + std::to_string(i) + R"(","instanceId":)" + std::to_string(i) +
             R"(,"status":"RUNNING","isActive":true,"host":"h)" + std::to_string(i < 2 ? 1 : 3) +
             R"(","taskEvents":[{"timestamp":1,"status":"RUNNING"}],"configHash":"c"})";
  }
  f.reply("GET /v1/tasks", 200,
          R"({"tasks":[)" + tasks +
              R"(],"configs":{"c":{"job":{"role":"www","environment":"prod","name":"web"},"production":true}},"total":20})");
  HostDrainOptions options = drain_options({"h1"});
  options.grouping = "none";
  f.reply("POST /v1/maintenance/start", 200, R"({"statuses":[{"host":"h1","mode":"SCHEDULED"}],"unknown":[]})");
  CHECK(host_drain(f.session, options) == 1);
  CHECK(f.out.str().starts_with("h1\tdevcluster/www/prod/web\t90.00\tFalse\t"));
  CHECK(f.err.str().find("will not be drained! Skipping hosts: h1") != std::string::npos);
  CHECK(f.body_of("POST /v1/maintenance/drain").empty());
}

TEST_CASE("host_drain refuses options that belong together or make no sense") {
  const auto refused = [](const std::function<void(HostDrainOptions&)>& change) {
    SessionFixture f(Grammar::Admin);
    HostDrainOptions options = drain_options({"h1"});
    change(options);
    CHECK(host_drain(f.session, options) == 1);
    return f.err.str();
  };
  CHECK(refused([](auto& o) { o.override_duration = "1h"; }) ==
        "FATAL] All --override_* options are required when attempting to override default SLA values.\n");
  CHECK(refused([](auto& o) {
          o.override_duration = "1h";
          o.override_reason = "x";
          o.override_percentage = 120;
        }) == "FATAL] Invalid percentage 120. Must be within (0, 100].\n");
  CHECK(refused([](auto& o) { o.grouping = "by_row"; }) ==
        "FATAL] Unknown grouping function by_row. Must be one of: ['by_host', 'by_rack', 'none']\n");
  CHECK(refused([](auto& o) { o.post_drain_script = "/no/such"; }) == "FATAL] No such file: /no/such\n");
}

}  // namespace
}  // namespace aurora::client
