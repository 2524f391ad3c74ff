// What the commands of `aurora thermos` decide without touching the machine.
#include <catch2/catch.hpp>

#include "modes/python_text.h"
#include "modes/thermos_gc.h"
#include "modes/thermos_log.h"
#include "modes/thermos_run.h"
#include "modes/thermos_show.h"
#include "modes/thermos_task.h"
#include "support/temp_folder.h"

using namespace aurora;

TEST_CASE("values are printed as Python's pprint printed them") {
  const auto pretty = [](const char* json) { return pretty_python(*codec::JsonValue::parse(json)); };
  CHECK(pretty(R"({"b": [1, 2.0, true, null], "a": "it's"})") ==
        R"({'a': "it's", 'b': (1, 2.0, True, None)})");
  CHECK(pretty(R"([{}, [], ["x"], "\n\\", "'\""])") == R"(({}, (), ('x',), '\n\\', '\'"'))");
  const std::string word(40, 'x');
  CHECK(pretty(("{\"name\": \"" + word + "\", \"other\": [\"" + word + "\"]}").c_str()) ==
        "{   'name': '" + word + "',\n    'other': ('" + word + "',)}");
  CHECK(python_list({"a", "it's"}) == R"(['a', "it's"])");
}

TEST_CASE("ports and bindings of Thermos") {
  CHECK(parse_thermos_ports({"http:80", "admin:8080"})->at("admin") == 8080);
  const auto problem = [](const char* text) { return parse_thermos_ports({text}).error().message; };
  CHECK(problem("http") == "Invalid value for --port: http should be of form NAME:PORT");
  CHECK(problem("a:1:2") == "Invalid value for --port: a:1:2 should be of form NAME:PORT");
  CHECK(problem("a:b") == "Port does not appear to be an integer: b");
  CHECK(problem("a:") == "Port does not appear to be an integer: ");
  CHECK(problem("a:70000") == "Port 70000 is not within 1 and 65535");
  CHECK(parse_thermos_bindings({"a=b", "c="})->at("c").empty());
  CHECK_FALSE(parse_thermos_bindings({"a"}).ok());
  CHECK_FALSE(parse_thermos_bindings({"a=b=c"}).ok());
}

TEST_CASE("a task's id is the name of a folder") {
  const std::string id = make_thermos_task_id("my task/x", Instant{1'700'000'000'123}, 4'567);
  CHECK(id.starts_with("my-task-x-2023111"));
  CHECK(id.ends_with(".123567"));
  CHECK(check_thermos_task_id(id).ok());
  CHECK(check_thermos_task_id(make_thermos_task_id(std::string(1000, 'x'), Instant{}, 1)).ok());
  CHECK(make_thermos_task_id("", Instant{}, 1).starts_with("task-"));
  for (const std::string& bad : {std::string(), std::string(".."), std::string("a/b"), std::string("a b"),
                                 std::string("a\nb"), std::string(201, 'x'), std::string("a\0b", 3)}) {
    CHECK_FALSE(check_thermos_task_id(bad).ok());
  }
}

TEST_CASE("a task becomes what a scheduler would have sent") {
  const auto json = codec::JsonValue::parse(
      R"({"name": "t", "processes": [], "resources": {"cpu": 0.5, "ram": 268435456, "disk": 1048576}})");
  const core::Task task = make_thermos_task(*json, "id", "www", {{"http", 80}});
  CHECK(task.id.value() == "id");
  CHECK(task.config->job == core::JobKey{"www", "thermos", "t"});
  CHECK(task.config->resources == core::Resources{0.5, 256, 1, 0, {"http"}});
  CHECK(task.config->executor_config->data.starts_with(R"({"task":{"name":"t")"));
}

TEST_CASE("patterns match the beginning of an id") {
  const auto matches = [](const char* pattern, const char* id) {
    return TaskPatterns::parse({"never", pattern})->matches(id);
  };
  CHECK(matches("simple", "simple-1"));
  CHECK(matches("simple.*", "simple-1"));
  CHECK_FALSE(matches("imple", "simple-1"));
  CHECK_FALSE(matches("simple-1$", "simple-12"));
  CHECK(TaskPatterns::parse({"["}).error().message == "'[' is no regular expression");
  CHECK_FALSE(TaskPatterns::parse({std::string(2000, 'x')}).ok());
}

TEST_CASE("garbage is what is too old, then what is beyond the space, then beyond the number") {
  const std::vector<GcTask> tasks{
      {"b", hours(2), 1, 10, 100}, {"a", hours(1), 1, 10, 100}, {"c", hours(3), 1, 10, 100}};
  using Chosen = std::vector<size_t>;
  const auto choose = [&](GcPolicy policy) { return choose_garbage(tasks, policy).tasks; };
  CHECK(choose({}) == Chosen{});
  CHECK(choose({.age_max = hours(2)}) == Chosen{2});
  CHECK(choose({.tasks_max = 1}) == Chosen{2, 0});
  CHECK(choose({.tasks_max = 0}) == Chosen{2, 0, 1});
  CHECK(choose({.bytes_max = 200}) == Chosen{2});
  CHECK(choose({.bytes_max = 219, .counts_logs = true}) == Chosen{2, 0});
  CHECK(choose({.bytes_max = 220, .counts_logs = true}) == Chosen{2});
  CHECK(choose({.bytes_max = 221, .counts_metadata = true, .counts_logs = true}) == Chosen{2, 0});
  const GcChoice all = choose_garbage(tasks, {.age_max = hours(2), .bytes_max = 100, .tasks_max = 0});
  CHECK((all.after_age == 1 && all.after_size == 2 && all.after_count == 3));
}

TEST_CASE("ages and spaces as people write them") {
  CHECK(*parse_age("2d5h") == hours(53));
  CHECK(parse_age("7200s")->ms == 7'200'000);
  CHECK(parse_age("0s")->ms == 0);
  CHECK(*parse_space("20G") == int64_t{20} << 30);
  CHECK(*parse_space("1mb") == 1 << 20);
  for (const char* bad : {"", "5", "d", "5x", "1d2", "99999999999999d", "-1d", "1.5d"})
    CHECK_FALSE(parse_age(bad).ok());
  for (const char* bad : {"", "5", "G", "5X", "9999999999999T", "999999999999T"})
    CHECK_FALSE(parse_space(bad).ok());
}

TEST_CASE("what happens to a process in one line") {
  const auto line = [](core::ProcessState state, std::optional<int32_t> code, const char* detail,
                       size_t run) {
    return describe(core::ProcessRecord{0, state, {}, 5, code, detail, 0}, "p", run);
  };
  CHECK(line(core::ProcessState::Waiting, {}, "", 0).empty());
  CHECK(line(core::ProcessState::Running, {}, "", 0) == "p: RUNNING, pid 5");
  CHECK(line(core::ProcessState::Failed, 7, "", 2) == "p: FAILED, exit code 7 (run 3)");
  CHECK(line(core::ProcessState::Killed, -15, "", 0) == "p: KILLED, signal 15");
  CHECK(line(core::ProcessState::Killed, -1, "", 0) == "p: KILLED");
  CHECK(line(core::ProcessState::Failed, 127, "no such file", 0) == "p: FAILED, exit code 127: no such file");
}

TEST_CASE("how a task ended is the exit code") {
  CHECK(thermos_exit_code(core::RunState::Success) == 0);
  CHECK(thermos_exit_code(core::RunState::Failed) == 1);
  CHECK(thermos_exit_code(core::RunState::Killed) == 4);
  CHECK(thermos_exit_code(core::RunState::Lost) == 5);
}

TEST_CASE("a log is read as it grows, shrinks and rotates") {
  const test::TempFolder folder;
  const std::string path = folder.path() + "/stdout";
  GrowingLog log(folder.path(), "stdout");
  CHECK(log.read_new().empty());
  CHECK_FALSE(log.is_open());
  REQUIRE(os::write_file(path, "one\ntwo\n").ok());
  CHECK(log.read_new() == "one\ntwo\n");
  CHECK(log.read_new().empty());
  {
    const auto file = os::open_for_append(path);
    REQUIRE(os::append_all(*file, "three\n").ok());
    REQUIRE(os::rename_file(path, path + ".1").ok());
    CHECK(log.read_new() == "three\n");
  }
  CHECK(log.read_new().empty());  // there is none at the moment
  REQUIRE(os::write_file(path, "four\n").ok());
  CHECK(log.read_new() == "four\n");
  REQUIRE(os::write_file(path, "5\n").ok());  // the same file, shorter
  CHECK(log.read_new() == "5\n");
}

TEST_CASE("the last lines of a log") {
  const test::TempFolder folder;
  const auto last = [&](const std::string& text, int lines) {
    REQUIRE(os::write_file(folder.path() + "/log", text).ok());
    GrowingLog log(folder.path(), "log");
    log.skip_to_last(lines);
    return log.read_new();
  };
  CHECK(last("a\nb\nc\n", 2) == "b\nc\n");
  CHECK(last("a\nb\nc", 2) == "b\nc");
  CHECK(last("a\n", 10) == "a\n");
  CHECK(last("\n\n\n", 2) == "\n\n");
  CHECK(last("", 2).empty());
  CHECK(last(std::string(3 << 20, 'x'), 2).size() == 1 << 20);
}

TEST_CASE("a log leads nowhere else") {
  const test::TempFolder folder;
  REQUIRE(os::make_folders(folder.path() + "/sandbox").ok());
  REQUIRE(os::write_file(folder.path() + "/secret", "secret").ok());
  REQUIRE(os::make_link("../secret", folder.path() + "/sandbox/log").ok());
  CHECK(GrowingLog(folder.path() + "/sandbox", "log").read_new().empty());
}
