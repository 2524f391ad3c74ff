// What the verbs that get into tasks decide: command lines, paths, wrong arguments.
#include "aurora/client/inside.h"

#include <catch2/catch.hpp>

#include "client/copy_path.h"
#include "client/exec_call.h"
#include "client/live_tasks.h"
#include "client/local_terminal.h"
#include "client/remote_line.h"
#include "client/ssh_command.h"
#include "session_fixture.h"

namespace aurora::client {
namespace {

using test::SessionFixture;
using Words = std::vector<std::string>;

constexpr char kTasks[] = "GET /v1/tasks";
constexpr char kKey[] = "devcluster/www/prod/web";
constexpr char kTwo[] = R"({"tasks": [
  {"taskId": "www-prod-web-3-b", "instanceId": 3, "status": "RUNNING", "host": "h2", "assignedPorts": {"http": 31002}},
  {"taskId": "www-prod-web-0-a", "instanceId": 0, "status": "DRAINING", "host": "h1", "assignedPorts": {"http": 31001, "admin": 31003}}],
  "configs": {}, "total": 2})";
constexpr char kNone[] = R"({"tasks": [], "configs": {}, "total": 0})";

LiveTask task() { return {"www-prod-web-0-a", 0, "h1", {{"http", 31001}, {"admin", 31003}}}; }

Cluster cluster(const std::string& root = "/var/lib/mesos", const std::string& run = "latest") {
  Cluster made;
  made.name = "east";
  made.slave_root = root;
  made.slave_run_directory = run;
  made.file = "/etc/aurora/clusters.json";
  return made;
}

TEST_CASE("a command is bound to each task, and other braces stay") {
  CHECK(bind_command("echo {{thermos.task_id}} {{mesos.instance}}", task()) == "echo www-prod-web-0-a 0");
  CHECK(bind_command("{{thermos.ports[http]}}:{{thermos.ports[admin]}}", task()) == "31001:31003");
  CHECK(bind_command("{{thermos.ports[none]}} {{other}} {{", task()) == "{{thermos.ports[none]}} {{other}} {{");
  CHECK(bind_command("{{{mesos.instance}}}", task()) == "{0}");
  CHECK(bind_command("awk '{print $1}'", task()) == "awk '{print $1}'");
  CHECK(bind_command("", task()).empty());
}

TEST_CASE("live tasks are asked for by status, and by instance if they are few") {
  SessionFixture f(Grammar::NounVerb);
  f.reply(kTasks, 200, kTwo);
  auto scheduler = SchedulerClient::find(f.session, "devcluster");
  const core::JobKey job{"www", "prod", "web"};
  const auto all = list_live_tasks(*scheduler, job, std::nullopt);
  REQUIRE(all->size() == 2);
  CHECK(all->front().id == "www-prod-web-0-a");
  CHECK(all->front().ports.at("admin") == 31003);
  CHECK_THAT(f.http.requests().back().url, Catch::Contains("status=RUNNING") && Catch::Contains("status=PARTITIONED") && !Catch::Contains("PENDING"));
  std::set<int32_t> many;
  for (int i = 0; i < 10'000; ++i) many.insert(i + 1);
  CHECK(list_live_tasks(*scheduler, job, many)->size() == 1);
  CHECK(f.http.requests().back().url.size() < 1000);
  CHECK(list_live_tasks(*scheduler, job, std::set<int32_t>{3})->size() == 1);
  CHECK_THAT(f.http.requests().back().url, Catch::Contains("instance=3"));
}

TEST_CASE("the path of a command in a task carries its words and its terminal") {
  const core::JobKey job{"www", "prod", "web"};
  CHECK(exec_path(job, 7, {{"printf", "%s", "a b&c"}, {}, "xterm"}) ==
        "/v1/jobs/www/prod/web/7:exec?terminal=false&command=printf&command=%25s&command=a%20b%26c");
  CHECK(exec_path(job, 0, {{}, TerminalSize{40, 120}, "xterm"}) ==
        "/v1/jobs/www/prod/web/0:exec?terminal=true&rows=40&columns=120&term=xterm");
  CHECK(exec_path(job, 0, {{}, TerminalSize{0, 99'999}, ""}) == "/v1/jobs/www/prod/web/0:exec?terminal=true&rows=1&columns=10000");
}

TEST_CASE("ssh gets the original's command lines") {
  const std::string folder = *task_folder(cluster(), "www-prod-web-0-a", false);
  CHECK(folder == "/var/lib/mesos/slaves/*/frameworks/*/executors/thermos-www-prod-web-0-a/runs/latest/sandbox");
  CHECK(*task_folder(cluster(), "t", true) == "/var/lib/mesos/slaves/*/frameworks/*/executors/thermos-t/runs/latest");
  CHECK_THAT(task_folder(cluster(""), "t", false).error().message, Catch::StartsWith("Cluster east has no slave_root in clusters.json"));
  CHECK_THAT(task_folder(cluster("/x", ""), "t", false).error().message,
             Catch::StartsWith("Cluster east has no slave_run_directory in clusters.json"));
  const SshTarget plain = ssh_target({}, "www", "h1");
  const SshTarget other = ssh_target({false, "root", " -v  -o A=b "}, "www", "h1");
  CHECK(ssh_run_words(plain, "cd x;ls") == Words{"ssh", "-n", "-q", "www@h1", "cd x;ls"});
  CHECK(ssh_run_words(other, "ls") == Words{"ssh", "-n", "-q", "-v", "-o", "A=b", "root@h1", "ls"});
  CHECK(ssh_shell_words(other, {{8080, "http", 31001}, {8081, "admin", 31003}}, "bash") ==
        Words{"ssh", "-t", "-v", "-o", "A=b", "-L", "8080:h1:31001", "-L", "8081:h1:31003", "root@h1", "bash"});
}

TEST_CASE("a tunnel is PORT:NAME") {
  CHECK(parse_tunnel("8080:http", task())->port == 31001);
  CHECK(parse_tunnel("8080:http", task())->local_port == 8080);
  for (const char* wrong : {"8080", "x:http", ":http", "0:http", "65536:http", "80 :http", ""}) {
    INFO(wrong);
    CHECK(parse_tunnel(wrong, task()).error().message == "Could not parse tunnel: " + std::string(wrong) + ".  Must be of form PORT:NAME");
  }
  CHECK(parse_tunnel("8080:none", task()).error().message == "Task www-prod-web-0-a has no port named none");
}

TEST_CASE("paths of copies are this machine's or a task's") {
  const auto remote = parse_copy_path("east/www/prod/web/3:a:b");
  REQUIRE(remote.ok());
  CHECK(to_string(*remote) == "east/www/prod/web/3:a:b");
  CHECK(remote->task->instance == 3);
  CHECK(remote->path == "a:b");
  CHECK_FALSE(parse_copy_path("east/www/prod/web/3")->task);
  CHECK(parse_copy_path("east/www/prod/web:x").error().message ==
        "Task instance specifier east/www/prod/web is not in the form CLUSTER/ROLE/ENV/NAME/INSTANCE");
  CHECK_THAT(parse_copy_path("h:x").error().message, Catch::StartsWith("Task instance specifier h is not in the form"));
  CHECK(parse_copy_path("east/www/prod/web/x:y").error().message == "Instance must be an integer, but got x");
  CHECK_FALSE(parse_copy_path("east/www/prod/web/-1:y").ok());
  CHECK_FALSE(parse_copy_path("east/w w/prod/web/1:y").ok());
}

TEST_CASE("paths in a task are below its sandbox, unless they say otherwise") {
  const std::pair<const char*, const char*> cases[] = {
      {"a/../b", "b"}, {"/a/../b", "/a/../b"}, {"", "."},       {".", "."},        {"a//b/./c/", "a/b/c"},
      {"..", ".."},    {"a/../../b", "../b"},  {"~user", "~user"}, {"../..", "../.."},
  };
  for (const auto& [path, expected] : cases) {
    INFO(path);
    CHECK(*path_in_task(path) == expected);
  }
  for (const char* tilde : {"~", "~/x"})
    CHECK(path_in_task(tilde).error().message == std::string("Command does not support tilde expansion for path: ") + tilde);
  CHECK(normal_path("/..//a/..") == "/");
  CHECK(*base_name("a/b/") == "b");
  CHECK(*base_name("/etc/passwd") == "passwd");
  for (const char* none : {"/", ".", "..", "a/.."}) CHECK_FALSE(base_name(none).ok());
}

TEST_CASE("~. after a line feed leaves, and other tildes are typed") {
  const auto typed = [](const Words& pieces) {
    TypedText text;
    std::string passed;
    for (const std::string& piece : pieces) passed += text.take(piece);
    return passed + (text.asks_for_end() ? "<end>" : "");
  };
  CHECK(typed({"~."}) == "<end>");
  CHECK(typed({"ls\r~", ".more"}) == "ls\r<end>");
  CHECK(typed({"a~.b"}) == "a~.b");
  CHECK(typed({"\r~~."}) == "\r~.");
  CHECK(typed({"\r~x~."}) == "\r~x~.");
  CHECK(typed({"\r~\r~."}) == "\r~\r<end>");
  CHECK(typed({"cd ~/x\n"}) == "cd ~/x\n");
}

TEST_CASE("wrong words of task ssh are told before anything is sent") {
  const auto outcome = [](Grammar grammar, const TaskShellOptions& options, const std::string& tasks = kTwo) {
    SessionFixture f(grammar, "task ssh");
    f.reply(kTasks, 200, tasks);
    const int code = task_ssh(f.session, options);
    return std::to_string(code) + " " + f.err.str();
  };
  using Catch::Contains;
  const Grammar noun = Grammar::NounVerb;
  CHECK(outcome(noun, {.key = kKey, .command = {"ls"}}) == "6 INSTANCE must be specified when --command option is given\n");
  CHECK(outcome(noun, {.key = kKey}, kNone) == "6 Job devcluster/www/prod/web not found\n");
  CHECK(outcome(noun, {.key = "devcluster/www/prod/web/9"}, kNone) == "6 Job devcluster/www/prod/web not found\n");
  CHECK(outcome(noun, {.key = kKey, .tunnels = {"http"}}) == "6 Could not parse tunnel: http.  Must be of form PORT:NAME\n");
  CHECK(outcome(noun, {.key = kKey, .tunnels = {"80:x"}}) == "6 Task www-prod-web-0-a has no port named x\n");
  CHECK_THAT(outcome(noun, {.key = kKey, .ssh = {.is_asked_for = true}}),
             Catch::StartsWith("3 Cluster devcluster has no slave_root in clusters.json"));
  CHECK_THAT(outcome(noun, {.key = "nope/www/prod/web"}), Catch::StartsWith("3 Unknown cluster: nope"));
  CHECK_THAT(outcome(noun, {.key = "www/prod/web"}), Catch::StartsWith("2 "));
  const Grammar classic = Grammar::Classic;
  CHECK(outcome(classic, {}) == "1 FATAL] Job path is required\n");
  CHECK(outcome(classic, {.key = kKey}) == "1 FATAL] Shard is required\n");
  CHECK(outcome(classic, {.key = kKey, .shard = "x"}) == "1 FATAL] Shard must be an integer\n");
  CHECK_THAT(outcome(classic, {.key = "a/b", .shard = "0"}), Catch::StartsWith("1 FATAL] Invalid job path \"a/b\": "));
  CHECK_THAT(outcome(classic, {.key = kKey, .shard = "5"}, kNone),
             Contains(" INFO] Response from scheduler: OK (message: )\nFATAL] Job devcluster/www/prod/web not found\n"));
}

TEST_CASE("wrong words of task run and task scp are told before anything is run") {
  SessionFixture f(Grammar::NounVerb, "task run");
  f.reply(kTasks, 200, kNone);
  const auto told = [&](int code) {
    std::string text = std::to_string(code) + " " + f.err.str();
    f.err.str("");
    return text;
  };
  CHECK(told(task_run(f.session, {.key = kKey, .command = {"ls"}})) == "6 Job devcluster/www/prod/web not found\n");
  CHECK(told(task_scp(f.session, {.paths = {"devcluster/www/prod/web/0:x", "y"}})) == "6 Job or instance devcluster/www/prod/web/0 not found\n");
  CHECK(told(task_scp(f.session, {.paths = {"devcluster/www/prod/web:x", "y"}})) ==
        "6 Task instance specifier devcluster/www/prod/web is not in the form CLUSTER/ROLE/ENV/NAME/INSTANCE\n");
  f.reply(kTasks, 200, kTwo);
  CHECK_THAT(told(task_scp(f.session, {.paths = {"x"}})), Catch::StartsWith("2 too few arguments"));
  SessionFixture g(Grammar::NounVerb, "task scp");
  g.reply(kTasks, 200, kTwo);
  CHECK(task_scp(g.session, {.paths = {"devcluster/www/prod/web/0:~/x", "y"}}) == 6);
  CHECK(g.err.str() == "Command does not support tilde expansion for path: ~/x\n");
  SessionFixture classic(Grammar::Classic, "run");
  CHECK(task_run(classic.session, {}) == 1);
  CHECK(classic.err.str() == "FATAL] job path is required\n");
}

TEST_CASE("a query that is refused is told with the scheduler's words") {
  SessionFixture f(Grammar::NounVerb, "task ssh");
  f.reply(kTasks, 400, R"({"code":"INVALID_ARGUMENT","message":"no such thing","details":[]})");
  CHECK(task_ssh(f.session, {.key = kKey}) == 10);
  CHECK(f.err.str() == "Unable to get information about instance: no such thing\n\tno such thing\n");
}

TEST_CASE("a scheduler that is gone, and a secret that cannot be read, end it with their codes") {
  SessionFixture f(Grammar::NounVerb, "task ssh");
  f.reply(kTasks, 200, kTwo);
  CHECK(task_ssh(f.session, {.key = "devcluster/www/prod/web/0", .command = {"ls"}}) == 7);
  CHECK_THAT(f.err.str(), Catch::Contains("Cannot reach http://scheduler:8081/v1/jobs/www/prod/web/0:exec"));
  f.session.set_secret_file("/nowhere/secret");
  CHECK(task_ssh(f.session, {.key = "devcluster/www/prod/web/0", .command = {"ls"}}) == 30);
  CHECK_THAT(f.err.str(), Catch::Contains("Cannot read the cluster's secret in /nowhere/secret"));
  CHECK(task_run(f.session, {.key = kKey, .command = {"ls"}}) == 30);
  CHECK(task_scp(f.session, {.paths = {"devcluster/www/prod/web/0:x", "y"}}) == 30);
  f.session.set_secret_file("");
  CHECK(task_run(f.session, {.key = kKey, .command = {"ls"}}) == 7);
  CHECK(task_scp(f.session, {.paths = {"devcluster/www/prod/web/0:x", f.folder.path() + "/y"}}) == 7);
}

}  // namespace
}  // namespace aurora::client
