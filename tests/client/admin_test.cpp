// Admin verbs that tell what a cluster has, and prune_tasks (spec/client.md §11.1, §11.3).
#include "aurora/client/admin.h"

#include <catch2/catch.hpp>

#include "aurora/codec/json_value.h"
#include "session_fixture.h"

namespace aurora::client {
namespace {

using test::SessionFixture;

constexpr char kConfigs[] =
    R"("configs": {"c": {"job": {"role": "www", "environment": "prod", "name": "web"}, "owner": {"user": "alice"}, "production": true,
        "isService": true, "resources": {"cpus": 0.5, "ramMb": 64, "diskMb": 32, "ports": ["http"]},
        "container": {"docker": {"image": "team/web", "name": "other"}}}})";

std::string task(int instance, const std::string& host, const std::string& status = "RUNNING", int64_t running_since = 1) {
  const std::string id = std::to_string(instance);
  return R"({"taskId": "www-prod-web-)" + id + R"(", "instanceId": )" + id + R"(, "status": ")" + status +
         R"(", "isActive": true, "host": ")" + host + R"(", "configHash": "c", "assignedPorts": {"http": 31000},
         "taskEvents": [{"timestamp": )" + std::to_string(running_since) + R"(, "status": ")" + status + R"("}]})";
}

std::string page(const std::vector<std::string>& tasks) {
  std::string text;
  for (const std::string& one : tasks) text += (text.empty() ? "" : ",") + one;
  return R"({"tasks": [)" + text + "], " + kConfigs + R"(, "total": )" + std::to_string(tasks.size()) + "}";
}

QueryOptions query(std::vector<std::string> words) {
  QueryOptions options;
  options.words = std::move(words);
  return options;
}

std::string query_of(const SessionFixture& f) {
  const std::string& url = f.http.requests().back().url;
  return url.substr(url.find('?') + 1);
}

TEST_CASE("query prints a line for each task, by the user's format") {
  SessionFixture f(Grammar::Admin);
  f.reply("GET /v1/tasks", 200, page({task(0, "h1"), task(1, "h2")}));
  CHECK(query_tasks(f.session, query({"devcluster", "www", "web"})) == 0);
  CHECK(f.out.str() == "www/web/0 RUNNING\nwww/web/1 RUNNING\n");
  CHECK(query_of(f).find("name=web&offset=0&role=www&status=RUNNING") != std::string::npos);

  f.out.str("");
  QueryOptions options = query({"devcluster", "www", "web"});
  options.shards = "0,1";
  options.states = "RUNNING,PENDING";
  options.format = "100% %jobName% %name% %environment% %slaveHost% %numCpus% %ramMb% %user% %image% %assignedPorts% %ancestorId%%";
  CHECK(query_tasks(f.session, options) == 0);
  CHECK(f.out.str().starts_with("100% web web prod h1 0.5 64 alice team/web {\"http\":31000} None%\n"));
  CHECK(query_of(f).find("instance=0&instance=1&") != std::string::npos);
  CHECK(query_of(f).find("status=PENDING&status=RUNNING") != std::string::npos);

  f.out.str("");
  options.is_json = true;
  CHECK(query_tasks(f.session, options) == 0);
  const auto document = codec::JsonValue::parse(f.out.str());
  REQUIRE(document.ok());
  CHECK(document->items().at(1).find("assignedTask")->string_or("slaveHost", "") == "h2");
}

TEST_CASE("query refuses what is expensive unless it is forced") {
  const auto refused = [](const QueryOptions& options) {
    SessionFixture f(Grammar::Admin);
    CHECK(query_tasks(f.session, options) == 1);
    CHECK(f.http.requests().empty());
    return f.err.str();
  };
  CHECK(refused(query({})) == "FATAL] Must specify at least cluster.\n");
  CHECK(refused(query({"devcluster"})) == "FATAL] --force is required for expensive queries (no role specified)\n");
  CHECK(refused(query({"devcluster", "www"})) == "FATAL] --force is required for expensive queries (no job specified)\n");
  QueryOptions options = query({"devcluster", "www", "web"});
  for (const char* states : {"RUNNING,FINISHED", ""}) {
    options.states = states;
    CHECK(refused(options) == "FATAL] --force is required for expensive queries (states outside ACTIVE states\n");
  }
  options.states = "ASLEEP";
  CHECK(refused(options).starts_with("FATAL] Unknown state 'ASLEEP' specified.  Valid states are:\n"));
  options.states = "RUNNING";
  for (const char* shards : {"0-3", "x", "1,", "-1", "99999999999"}) {
    options.shards = shards;
    CHECK(refused(options).find("it must be numbers with commas") != std::string::npos);
  }
  CHECK(refused(query({"devclustr", "www", "web"})).find("FATAL] Unknown cluster: devclustr. Known clusters: devcluster (from ") == 0);

  SessionFixture f(Grammar::Admin);
  f.reply("GET /v1/tasks", 200, page({task(0, "h1")}));
  QueryOptions all = query({"devcluster"});
  all.is_forced = true;
  all.states = "";
  CHECK(query_tasks(f.session, all) == 0);
  CHECK(query_of(f).find("status=") == std::string::npos);
}

TEST_CASE("query names the fields that there are, and what the scheduler refuses") {
  SessionFixture f(Grammar::Admin);
  f.reply("GET /v1/tasks", 200, page({task(0, "h1")}));
  QueryOptions options = query({"devcluster", "www", "web"});
  options.format = "%instanceID%";
  CHECK(query_tasks(f.session, options) == 1);
  CHECK(f.err.str().starts_with("FATAL] Unknown key in format string.  Valid keys are:\nancestorId,assignedPorts,"));
  CHECK(f.err.str().ends_with("; did you mean %instanceId?\n"));
  CHECK(f.out.str().empty());

  SessionFixture refused(Grammar::Admin);
  refused.reply("GET /v1/tasks", 400, R"({"code": "INVALID_ARGUMENT", "message": "no", "details": []})");
  CHECK(query_tasks(refused.session, query({"devcluster", "www", "web"})) == 1);
  CHECK(refused.err.str() == "FATAL] Failed to query scheduler: no\n");
}

TEST_CASE("prune_tasks sends what it is narrowed to") {
  SessionFixture f(Grammar::Admin);
  f.reply("POST /v1/tasks/prune", 200, R"({"message": "Tasks pruned.", "count": 3})");
  CHECK(prune_tasks(f.session, {"devcluster", "", "", "", {}}) == 0);
  CHECK(f.body_of("POST /v1/tasks/prune") == R"({"limit":1000})");
  CHECK(f.out.str() == "Tasks pruned.\n");
  CHECK(f.err.str() == " INFO] Tasks that were pruned: 3\n");
  CHECK(prune_tasks(f.session, {"devcluster", "LOST,FINISHED", "www", "prod", 10}) == 0);
  CHECK(f.body_of("POST /v1/tasks/prune") ==
        R"({"role":"www","environment":"prod","statuses":["FINISHED","LOST"],"limit":10})");
}

TEST_CASE("prune_tasks asks again while the scheduler deletes as many as it may") {
  const auto pruned = [](std::optional<int64_t> limit) {
    SessionFixture f(Grammar::Admin);
    f.reply("POST /v1/tasks/prune", 200, R"({"message": "Tasks pruned.", "count": 1000})");
    f.reply("POST /v1/tasks/prune", 200, R"({"message": "Tasks pruned.", "count": 1000})");
    f.reply("POST /v1/tasks/prune", 200, R"({"message": "Tasks pruned.", "count": 500})");
    CHECK(prune_tasks(f.session, {"devcluster", "", "", "", limit}) == 0);
    return f.err.str() + f.body_of("POST /v1/tasks/prune");
  };
  CHECK(pruned({}) == " INFO] Tasks that were pruned: 2500\n{\"limit\":1000}");
  CHECK(pruned(2500) == " INFO] Tasks that were pruned: 2500\n{\"limit\":500}");
  CHECK(pruned(1000) == " INFO] Tasks that were pruned: 1000\n{\"limit\":1000}");
}

TEST_CASE("prune_tasks refuses tasks that run, and tells what the scheduler refuses") {
  SessionFixture f(Grammar::Admin);
  CHECK(prune_tasks(f.session, {"", "", "", "", {}}) == 1);
  CHECK(prune_tasks(f.session, {"devcluster", "FINISHED,RUNNING", "", "", {}}) == 1);
  CHECK(prune_tasks(f.session, {"devcluster", "GONE", "", "", {}}) == 1);
  CHECK(prune_tasks(f.session, {"devcluster", "", "", "", 0}) == 1);
  CHECK(f.http.requests().empty());
  CHECK(f.err.str().starts_with(
      "FATAL] Must specify at least cluster.\n"
      "FATAL] Failed to prune tasks: only tasks that have ended can be pruned, and RUNNING ones have not\n"
      "FATAL] Unknown state 'GONE' specified.  Valid states are:\n"));
  f.err.str("");
  f.reply("POST /v1/tasks/prune", 400, R"({"code": "INVALID_ARGUMENT", "message": "no such thing", "details": []})");
  CHECK(prune_tasks(f.session, {"devcluster", "", "", "", {}}) == 1);
  CHECK(f.err.str() == "FATAL] Failed to prune tasks: no such thing\n");
}

TEST_CASE("a cluster's scheduler and its entry in clusters.json") {
  SessionFixture f(Grammar::Admin);
  std::ofstream(f.folder.path() + "/clusters.json")
      << R"([{"name": "east", "scheduler_uri": "http://scheduler:8081/", "proxy_url": "http://proxy/", "is_old": true,
              "zones": ["a b", "it's"], "more": {"rack-1": null, "n": 2.5}}])";
  CHECK(get_scheduler(f.session, {"east", false}) == 0);
  CHECK(f.out.str() == "Found leading scheduler at: http://scheduler:8081\n");
  f.out.str("");
  CHECK(get_scheduler(f.session, {"east", true}) == 0);
  CHECK(f.out.str() == "{\"cluster\":\"east\",\"url\":\"http://scheduler:8081\"}\n");
  f.out.str("");
  CHECK(get_cluster_config(f.session, {"east", false, false}) == 0);
  const auto entry = codec::JsonValue::parse(f.out.str());
  REQUIRE(entry.ok());
  CHECK(entry->string_or("proxy_url", "") == "http://proxy/");
  f.out.str("");
  CHECK(get_cluster_config(f.session, {"east", true, false}) == 0);
  CHECK(f.out.str() ==
        "AURORA_CLUSTER_NAME=east\nAURORA_CLUSTER_SCHEDULER_URI=http://scheduler:8081/\nAURORA_CLUSTER_PROXY_URL=http://proxy/\n"
        "AURORA_CLUSTER_IS_OLD=1\nAURORA_CLUSTER_ZONES_0='a b'\nAURORA_CLUSTER_ZONES_1='it'\"'\"'s'\n"
        "AURORA_CLUSTER_MORE_RACK_1=''\nAURORA_CLUSTER_MORE_N=2.5\n");
  f.out.str("");
  CHECK(get_cluster_config(f.session, {"east", true, true}) == 0);
  CHECK(f.out.str().starts_with("export AURORA_CLUSTER_NAME=east\nexport "));
  CHECK(get_cluster_config(f.session, {"west", false, false}) == 1);
  CHECK(f.err.str().starts_with("FATAL] Unknown cluster: west. Known clusters: east (from "));
  CHECK(f.http.requests().empty());
}

TEST_CASE("of several schedulers the one that answers leads") {
  SessionFixture f(Grammar::Admin);
  std::ofstream(f.folder.path() + "/clusters.json")
      << R"([{"name": "east", "scheduler_uri": "http://gone:8081,http://scheduler:8081"}])";
  f.http.fail("http://gone:8081", {ErrorCode::Unavailable, "connection refused"});
  f.reply("GET /v1/cluster", 200, "{}");
  CHECK(get_scheduler(f.session, {"east", false}) == 0);
  CHECK(f.out.str() == "Found leading scheduler at: http://scheduler:8081\n");
}

TEST_CASE("active updates are shown as the locks that they are") {
  const std::string update =
      R"({"key": {"job": {"role": "www", "environment": "prod", "name": "web"}, "id": "u1"}, "user": "alice",
          "status": "ROLLING_FORWARD", "isActive": true, "createdTimestampMs": 5, "lastModifiedTimestampMs": 6})";
  SessionFixture f(Grammar::Admin);
  f.reply("GET /v1/updates", 200, R"({"updates": [)" + update + "," + update + R"(], "total": 2})");
  CHECK(get_locks(f.session, {"devcluster", false}) == 0);
  const std::string lock =
      "{ 'key': LockKey(job=JobKey(role='www', environment='prod', name='web')),\n  'message': 'job update ROLLING_FORWARD',\n"
      "  'timestampMs': 5,\n  'token': 'u1',\n  'user': 'alice'}";
  CHECK(f.out.str() == lock + ",\t\n" + lock + "\n");
  CHECK(query_of(f).find("active=true") != std::string::npos);
  f.out.str("");
  CHECK(get_locks(f.session, {"devcluster", true}) == 0);
  CHECK(codec::JsonValue::parse(f.out.str())->items().front().string_or("job", "") == "devcluster/www/prod/web");
}

// Ten instances: two on h1, the others on hosts of their own; all up since the epoch but the last, for a minute.
void give_ten(SessionFixture& f) {
  f.clock.advance(hours(2));
  const int64_t now = f.clock.now().ms;
  std::vector<std::string> tasks;
  for (int i = 0; i < 10; ++i)
    tasks.push_back(task(i, i < 2 ? "h1" : "h" + std::to_string(i), "RUNNING", i == 9 ? now - 60'000 : now - 7'000'000));
  f.reply("GET /v1/tasks", 200, page(tasks));
}

SafeDomainOptions domain(const std::string& percentage, const std::string& duration) {
  SafeDomainOptions options;
  options.cluster = "devcluster";
  options.limits.percentage = percentage;
  options.limits.duration = duration;
  return options;
}

TEST_CASE("sla_list_safe_domain lists the hosts that may go down one by one") {
  SessionFixture f(Grammar::Admin);
  give_ten(f);
  SafeDomainOptions options = domain("80", "30m");
  options.excluded.hosts = {"h3", "h4"};
  CHECK(sla_list_safe_domain(f.session, options) == 0);
  CHECK(f.out.str() == "h2\nh5\nh6\nh7\nh8\nh9\n");  // not h1: 7 of 10 would be left
  f.out.str("");
  options.included.hosts = {"h2", "h1"};
  options.lists_jobs = true;
  CHECK(sla_list_safe_domain(f.session, options) == 0);
  CHECK(f.out.str() == "h2\tdevcluster/www/prod/web\t80.00\t1800\n");
  f.out.str("");
  options.is_json = true;
  CHECK(sla_list_safe_domain(f.session, options) == 0);
  CHECK(codec::JsonValue::parse(f.out.str())->items().front().int_or("durationSecs", 0) == 1800);
}

TEST_CASE("sla_list_safe_domain counts groups of hosts together, and small jobs not at all") {
  SessionFixture f(Grammar::Admin);
  give_ten(f);
  SafeDomainOptions options = domain("80", "30m");
  options.limits.grouping = "none";
  CHECK(sla_list_safe_domain(f.session, options) == 0);
  CHECK(f.out.str().empty());
  options.limits.grouping = "by_host";
  options.limits.min_instances = 11;
  CHECK(sla_list_safe_domain(f.session, options) == 0);
  CHECK(f.out.str().empty());  // hosts without such jobs are not listed
}

TEST_CASE("sla_list_safe_domain has other limits for jobs in a file") {
  SessionFixture f(Grammar::Admin);
  give_ten(f);
  SafeDomainOptions options = domain("99", "30m");
  options.override_file = f.folder.path() + "/overrides";
  std::ofstream(options.override_file) << "devcluster/www/prod/web 70 1h\n\nelsewhere/www/prod/web 99 1h\n";
  CHECK(sla_list_safe_domain(f.session, options) == 0);
  CHECK(f.out.str().starts_with("h1\nh2\n"));
  std::ofstream(options.override_file) << "devcluster/www/prod/web 70\n";
  CHECK(sla_list_safe_domain(f.session, options) == 1);
  CHECK(f.err.str() == "FATAL] Invalid line in " + options.override_file + ":devcluster/www/prod/web 70\n");
}

TEST_CASE("sla_probe_hosts tells what each job would keep and when that is enough") {
  SessionFixture f(Grammar::Admin);
  give_ten(f);
  ProbeHostsOptions options;
  options.cluster = "devcluster";
  options.limits.percentage = "80";
  options.limits.duration = "30m";
  options.hosts = {"h1", "h2", "nobody"};
  CHECK(sla_probe_hosts(f.session, options) == 0);
  CHECK(f.out.str() == "h1\tdevcluster/www/prod/web\t70.00\tFalse\t1740\nh2\tdevcluster/www/prod/web\t80.00\tTrue\t0\n");
  f.out.str("");
  options.limits.percentage = "85";
  CHECK(sla_probe_hosts(f.session, options) == 0);
  CHECK(f.out.str().starts_with("h1\tdevcluster/www/prod/web\t70.00\tFalse\tn/a\n"));
  f.out.str("");
  options.is_json = true;
  CHECK(sla_probe_hosts(f.session, options) == 0);
  const auto rows = codec::JsonValue::parse(f.out.str());
  CHECK(rows->items().at(0).find("safeInSecs") == nullptr);
  CHECK(rows->items().at(1).int_or("safeInSecs", 0) == 1740);
}

TEST_CASE("limits and hosts that make no sense are refused before anything is asked") {
  const auto refused = [](const std::function<void(SafeDomainOptions&)>& change) {
    SessionFixture f(Grammar::Admin);
    SafeDomainOptions options = domain("95", "30m");
    change(options);
    CHECK(sla_list_safe_domain(f.session, options) == 1);
    CHECK(f.http.requests().empty());
    return f.err.str();
  };
  CHECK(refused([](auto& o) { o.limits.percentage = "0"; }) == "FATAL] Invalid percentage 0. Must be within (0, 100].\n");
  CHECK(refused([](auto& o) { o.limits.percentage = "many"; }) == "FATAL] Invalid percentage many. Must be within (0, 100].\n");
  CHECK(refused([](auto& o) { o.limits.duration = "1.5h"; }) == "FATAL] Invalid time span: 1.5h\n");
  CHECK(refused([](auto& o) { o.limits.grouping = "by_row"; }) ==
        "FATAL] Unknown grouping function by_row. Must be one of: ['by_host', 'by_rack', 'none']\n");
  CHECK(refused([](auto& o) { o.limits.min_instances = 0; }).find("must be above 0") != std::string::npos);
  CHECK(refused([](auto& o) {
          o.included.hosts = {"h1"};
          o.included.filename = "f";
        }) == "FATAL] Cannot specify both filename and list for the same option.\n");
  CHECK(refused([](auto& o) { o.override_file = "/no/such"; }) == "FATAL] Cannot read /no/such\n");
  SessionFixture f(Grammar::Admin);
  ProbeHostsOptions options;
  options.limits.percentage = "95";
  options.limits.duration = "30m";
  CHECK(sla_probe_hosts(f.session, options) == 1);
  CHECK(f.err.str() == "FATAL] Please specify either --filename or --hosts\n");
}

TEST_CASE("admin verbs fail as classic ones, but no update is blamed for what they are refused") {
  SessionFixture f(Grammar::Admin);
  f.reply("POST /v1/recovery/commit", 409, R"({"code": "FAILED_PRECONDITION", "message": "No backup loaded.", "details": []})");
  CHECK(scheduler_commit_recovery(f.session, {"devcluster", "", {}, false}) == 1);
  CHECK(f.err.str() == " INFO] Response from scheduler: INVALID_REQUEST (message: No backup loaded.)\n");
  f.session.set_bypass_leader_redirect(true);
  CHECK(scheduler_commit_recovery(f.session, {"devcluster", "", {}, false}) == 1);
  CHECK(f.http.requests().front().headers.count("Bypass-Leader-Redirect") == 0);
  CHECK(f.http.requests().back().headers.find("Bypass-Leader-Redirect")->second == "true");
}

}  // namespace
}  // namespace aurora::client
