// The executor's own API: what its pages read, and what the scheduler sends.
#include <thread>

#include "executor_bench.h"

using namespace aurora;
using namespace aurora::api;

namespace {

std::string text(const codec::JsonValue& value, const std::string& name) { return value.string_or(name, "(none)"); }

// While it lives, posts are answered.
class RunningLoop {
 public:
  explicit RunningLoop(executor::HostLoop& loop) : loop_(loop), thread_([&loop] { loop.run(); }) {}
  ~RunningLoop() {
    loop_.stop();
    thread_.join();
  }

 private:
  executor::HostLoop& loop_;
  std::thread thread_;
};

}  // namespace

TEST_CASE("tasks are listed by state, newest first, in pages") {
  ExecutorBench bench;
  const core::TaskId first = bench.add_task("t1");
  bench.add_task("t2");
  bench.add_task("t3");
  bench.end_task(first);
  const auto active = bench.json("/v1/tasks?state=active");
  CHECK(active.int_or("total", -1) == 2);
  REQUIRE(active.find("tasks")->items().size() == 2);
  CHECK(text(active.find("tasks")->items()[0], "taskId") == "t3");
  const auto finished = bench.json("/v1/tasks?state=finished");
  CHECK(text(finished.find("tasks")->items().at(0), "state") == "FAILED");
  const auto page = bench.json("/v1/tasks?offset=1&limit=1");
  CHECK(page.int_or("total", -1) == 3);
  CHECK(text(page.find("tasks")->items().at(0), "taskId") == "t2");
  CHECK(bench.get("/v1/tasks?state=dead").status == 400);
  CHECK(bench.get("/v1/tasks?stat=active").status == 400);
  CHECK(bench.get("/v1/tasks?limit=-1").status == 400);
}

TEST_CASE("a task with its states and processes") {
  ExecutorBench bench;
  bench.add_task("t1");
  const auto task = bench.json("/v1/tasks/t1");
  CHECK(text(task, "role") == "www");
  CHECK(text(task, "user") == "www-data");
  CHECK(text(task, "state") == "ACTIVE");
  CHECK(text(task, "hostname") == "h1");
  CHECK(task.find("ports")->int_or("http", 0) == 31000);
  CHECK(text(task.find("statuses")->items().at(0), "state") == "ACTIVE");
  const auto& processes = task.find("processes")->items();
  REQUIRE(processes.size() == 2);
  CHECK(text(processes[0], "name") == "fetch");
  CHECK(processes[0].int_or("returnCode", 0) == 1);
  CHECK(processes[0].find("stopMs") != nullptr);
  CHECK(text(processes[1], "state") == "RUNNING");
  CHECK(processes[1].find("stopMs") == nullptr);
  CHECK(text(*task.find("task"), "name") == "<fetch>");
  CHECK(bench.json("/v1/tasks/t1/processes/run").find("runs")->items().size() == 1);
  CHECK(bench.get("/v1/tasks/t1/processes/none").status == 404);
  CHECK(bench.get("/v1/tasks/none").status == 404);
  CHECK(bench.get("/v1/tasks/..").status == 404);
}

TEST_CASE("logs are read in pieces, from the end if wanted") {
  ExecutorBench bench;
  const core::TaskId id = bench.add_task("t1");
  const std::string log = bench.sandbox(id) + "/.logs/fetch/0/stdout";
  const std::string target = "/v1/tasks/t1/processes/fetch/runs/0/stdout";
  REQUIRE(os::write_file(log, "0123456789").ok());
  const auto end = bench.json(target + "?offset=-1&length=4");
  CHECK(text(end, "data") == "6789");
  CHECK(end.int_or("offset", 0) == 6);
  CHECK(end.int_or("size", 0) == 10);
  REQUIRE(os::write_file(log + ".next", "0123456789").ok());
  std::filesystem::rename(log + ".next", log);
  CHECK(text(bench.json(target), "fileId") != text(end, "fileId"));
  CHECK(text(bench.json(target + "?offset=2&length=3"), "data") == "234");
  CHECK(text(bench.json(target + "?offset=100&length=3"), "data").empty());
  CHECK(bench.get(target + "?offset=x").status == 400);
  CHECK(bench.get("/v1/tasks/t1/processes/fetch/runs/0/stdin").status == 404);
  CHECK(bench.get("/v1/tasks/t1/processes/fetch/runs/7/stdout").status == 404);
  CHECK(bench.get("/v1/tasks/t1/processes/fetch/runs/-1/stdout").status == 400);
  CHECK(bench.get("/v1/tasks/t1/processes/../runs/0/stdout").status == 404);
}

TEST_CASE("a piece of a log does not cut a character in two") {
  ExecutorBench bench;
  const core::TaskId id = bench.add_task("t1");
  REQUIRE(os::write_file(bench.sandbox(id) + "/.logs/fetch/0/stdout", "a\xc3\xa4\xe2\x82\xac").ok());  // aä€
  const std::string target = "/v1/tasks/t1/processes/fetch/runs/0/stdout";
  const auto first = bench.json(target + "?offset=0&length=2");
  CHECK(text(first, "data") == "a");
  CHECK(first.int_or("length", 0) == 1);
  CHECK(text(bench.json(target + "?offset=1&length=4"), "data") == "\xc3\xa4");
  CHECK(text(bench.json(target + "?offset=-1&length=4"), "data") == "\xe2\x82\xac");
}

TEST_CASE("a folder is listed in pages; a name that is no text is opened by its bytes") {
  ExecutorBench bench;
  const core::TaskId id = bench.add_task("t1");
  const std::string folder = bench.sandbox(id) + "/many";
  REQUIRE(os::make_folders(folder).ok());
  for (int i = 0; i < 12; ++i) REQUIRE(os::write_file(folder + "/f" + std::to_string(10 + i), "").ok());
  REQUIRE(os::write_file(folder + "/caf\xe9 1", "coffee").ok());
  const auto page = bench.json("/v1/tasks/t1/files/many?offset=11&limit=1");
  CHECK(page.int_or("total", 0) == 13);
  CHECK(page.bool_or("isWhole", false));
  REQUIRE(page.find("entries")->items().size() == 1);
  CHECK(text(page.find("entries")->items()[0], "name") == "f20");
  CHECK(bench.json("/v1/tasks/t1/files/many?offset=-1&length=50000").find("entries")->items().size() == 13);
  CHECK(bench.get("/v1/tasks/t1/files/many?limit=0").status == 400);
  CHECK(bench.get("/v1/tasks/t1/files/many?limit=1001").status == 400);
  const auto first = bench.json("/v1/tasks/t1/files/many?limit=1").find("entries")->items()[0];
  CHECK(text(first, "encodedName") == "caf%E9%201");
  CHECK(text(bench.json("/v1/tasks/t1/files/many/caf\xe9 1?offset=0"), "data") == "coffee");
}

TEST_CASE("the sandbox is browsed and downloaded, and never left") {
  ExecutorBench bench;
  const core::TaskId id = bench.add_task("t1");
  std::filesystem::create_symlink("/etc/passwd", bench.sandbox(id) + "/link");
  std::filesystem::create_symlink("/etc", bench.sandbox(id) + "/folder");
  const auto listing = bench.json("/v1/tasks/t1/files/");
  REQUIRE(listing.find("entries")->items().size() == 4);
  CHECK(text(listing.find("entries")->items()[0], "name") == ".logs");
  CHECK(text(bench.json("/v1/tasks/t1/files/script.sh?offset=0"), "data") == "#!/bin/sh\n");
  CHECK(bench.get("/v1/tasks/t1/files").status == 200);
  const net::Response file = bench.get("/download/t1/script.sh");
  CHECK(file.status == 200);
  CHECK(file.content_length == 10);
  CHECK(file.stream(0) == "#!/bin/sh\n");
  CHECK(file.stream(10).empty());
  for (const char* path : {"..", "../..", "../../plan", "/etc/passwd", "link", "folder/passwd", "folder", "missing",
                           ".logs/../../x"}) {
    CAPTURE(path);
    for (const char* route : {"/v1/tasks/t1/files/", "/download/t1/"}) {
      const int status = bench.get(std::string(route) + path).status;
      CHECK((status == 403 || status == 404));
    }
    CHECK(bench.get(std::string("/filedata/t1/") + path).body == "{}");
  }
  CHECK(bench.get("/download/t1/.logs").status == 404);
}

TEST_CASE("launches and kills are answered once they are on disk, and only for plain ids") {
  ExecutorBench bench;
  const RunningLoop running(bench.loop());
  core::Task task = test::a_task(core::TaskStatus::Assigned);
  const auto launch = [&](const std::string& id) {
    task.id = core::TaskId(id);
    return bench.send("POST", "/v1/launch", R"({"tasks": [)" + codec::encode_json(task) + R"(], "newer": 1})").status;
  };
  CHECK(launch("fine-1") == 200);
  CHECK(launch("fine-1") == 200);
  for (const char* id : {"", "..", "a/b", "../../etc/cron.d/x", "a b"}) CHECK(launch(id) == 400);
  CHECK(launch(std::string(300, 'a')) == 400);
  CHECK(bench.send("POST", "/v1/kill", R"({"taskIds": ["fine-1", "never-seen"]})").status == 200);
  CHECK(bench.send("POST", "/v1/kill", R"({"taskIds": ["../x"]})").status == 400);
  CHECK(bench.send("POST", "/v1/kill", R"({"taskIds": "x"})").status == 400);
  CHECK(bench.send("POST", "/v1/launch", "not json").status == 400);
  CHECK(bench.send("GET", "/v1/launch").status == 405);
}

TEST_CASE("launches come in groups of one configuration each, or one by one as older schedulers send them") {
  ExecutorBench bench;
  const RunningLoop running(bench.loop());
  const std::string config = codec::encode_json(test::a_config());
  const auto launch = [&](const std::string& body) { return bench.send("POST", "/v1/launch", body); };
  const std::string two =
      R"([{"taskId": "a", "instanceId": 0, "newer": 1}, {"taskId": "b", "instanceId": 1, "assignedPorts": {"http": 31000}}])";
  const net::Response response =
      launch(R"({"groups": [{"configuration": )" + config + R"(, "tasks": )" + two + R"(, "newer": 1}]})");
  CHECK(response.status == 200);
  CHECK(response.body == R"({"accepted":2})");
  core::Task old = test::a_task(core::TaskStatus::Assigned);
  old.id = core::TaskId("c");
  CHECK(launch(R"({"tasks": [)" + codec::encode_json(old) + "]}").body == R"({"accepted":1})");
  const auto find = [&](const char* id) {
    return bench.loop().query([&](const core::HostTasks& tasks) {
      const core::HostTask* task = tasks.find(core::TaskId(id));
      return task ? std::optional(task->summary) : std::nullopt;
    });
  };
  REQUIRE(find("b").has_value());
  CHECK(find("b")->job == test::a_key());
  CHECK(find("b")->ports.at("http") == 31000);
  CHECK(find("b")->instance_id == 1);
  CHECK(find("a").has_value());
  CHECK(find("c").has_value());
  CHECK(launch(R"({"groups": [{"tasks": [{"taskId": "d"}]}]})").status == 400);
  CHECK(
      launch(R"({"groups": [{"configuration": )" + config + R"(, "tasks": [{"taskId": "../e"}]}]})").status ==
      400);
  CHECK(launch(R"({"groups": [{"configuration": 7, "tasks": []}]})").status == 400);
  CHECK(launch(R"({"groups": 7})").status == 400);
  CHECK_FALSE(find("d").has_value());
}

TEST_CASE("the host says who it is") {
  ExecutorBench bench;
  const auto host = bench.json("/v1/host");
  CHECK(text(host, "host") == "h1");
  CHECK(text(host, "runsTasksAs") == "roles");
  CHECK(bench.get("/health").body == "OK\n");
  CHECK(bench.json("/vars.json").int_or("executor_tasks_active", -1) == 0);
}

TEST_CASE("a task's page can be read without scripts, and an unknown task is not found") {
  ExecutorBench bench;
  bench.add_task("t1");
  const net::Response page = bench.get("/task/t1");
  CHECK(page.status == 200);
  for (const char* part :
       {"<div id=\"app\">", "status ACTIVE", "www-data", "<td>fetch</td>", "<td>FAILED</td>", "<td>1</td>"}) {
    CAPTURE(part);
    CHECK(page.body.find(part) != std::string::npos);
  }
  const net::Response unknown = bench.get("/task/<b>");
  CHECK(unknown.status == 404);
  CHECK(unknown.body.find("Unknown task_id: &lt;b&gt;") != std::string::npos);
  CHECK(unknown.body.find("<div id=\"app\">") != std::string::npos);
  CHECK(bench.json("/v1/tasks").find("tasks")->items().at(0).find("ports")->int_or("http", 0) == 31000);
}

TEST_CASE("the classic observer's addresses") {
  ExecutorBench bench;
  const core::TaskId id = bench.add_task("t1");
  const auto reply = bench.json("/j/task/t1");
  const codec::JsonValue* task = reply.find("t1");
  REQUIRE(task);
  CHECK(text(*task, "state") == "ACTIVE");
  CHECK(task->find("processes")->find("failed")->items().size() == 1);
  CHECK(*task->find("processes")->find("running")->items().at(0).as_string() == "run");
  CHECK(bench.get("/j/task?task_id=none").body == "{}");
  CHECK(bench.json("/j/process/t1/fetch").int_or("return_code", 0) == 1);
  CHECK(bench.json("/j/process/t1/fetch/-1").int_or("process_run", -1) == 0);
  CHECK(bench.get("/j/process/t1/fetch/5").body == "{}");
  CHECK(bench.get("/j/process/t1/none").body == "{}");
  CHECK(bench.get("/j/task_id_count").body == R"({"active":1,"finished":0,"all":1})");
  CHECK(bench.json("/j/task_ids/active").int_or("task_count", 0) == 1);
  CHECK(bench.get("/j/task_ids/dead").status == 404);
  CHECK(bench.json("/j/processes?task_id=t1").find("t1")->members().size() == 2);
  const auto data = bench.json("/logdata/t1/fetch/0/stdout?offset=0&length=1000");
  CHECK(text(data, "data") == "&lt;module&gt; &amp; \xef\xbf\xbd\n");
  CHECK(data.int_or("length", 0) == 13);
  CHECK(bench.get("/logdata/t1/fetch/0/stdout").body == R"({"offset":13,"length":0})");
  CHECK(bench.get("/logdata/t1/fetch/0/stdout?offset=x").body == "{}");
  CHECK(bench.get("/logdata/t1/fetch/9/stdout").body == "{}");
  CHECK(text(bench.json("/filedata/t1/script.sh?offset=0&length=2"), "data") == "#!");
  CHECK(bench.get("/rawtask/t1").body.find("&lt;fetch&gt;") != std::string::npos);
  CHECK(bench.get("/main/active").body.find("active tasks 0...0 of 1") != std::string::npos);
  CHECK(bench.get("/main/finished").body.find("finished tasks 0...-1 of 0") != std::string::npos);
  CHECK(bench.get("/main/all/x").status == 404);
}
