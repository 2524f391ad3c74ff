// The moments of logs, with real processes.
#include "aurora/executor/log_times.h"

#include <csignal>
#include <filesystem>
#include <thread>

#include "aurora/executor/log_reader.h"
#include "executor/log_index.h"
#include "real_host.h"

using namespace aurora;
using namespace aurora::executor;
using core::TaskId;

namespace {

LogPage read(const test::RealHost& host, const std::string& id, LogQuery query = {}) {
  const TaskPaths paths = host.work().paths_of(TaskId(id));
  const auto plan = read_plan(paths.plan);
  const core::RunHistory history = host.history_of(TaskId(id));
  REQUIRE(plan.ok());
  GrowingLogIndex index;
  const auto page = read_logs({paths.sandbox, index.refresh(paths.log_times), plan->plan, history}, query, SystemClock().now(),
                              [](const auto&...) { return Error{ErrorCode::NotFound, "none"}; });
  REQUIRE(page.ok());
  return *page;
}

std::string texts(const LogPage& page) {
  std::string text;
  for (const LogLine& line : page.lines) text += line.text + " ";
  return text;
}

bool all_have_times(const LogPage& page) {
  return std::ranges::all_of(page.lines, [](const LogLine& line) { return line.at.has_value(); });
}

const char* const kAlternating = "for i in 1 2 3 4; do echo out$i; sleep 0.2; echo err$i >&2; sleep 0.2; done";

}  // namespace

TEST_CASE("what a process writes to both streams is read in the order in which it was written") {
  test::RealHost host;
  const SystemClock clock;
  LogTimes times(host.work(), clock);
  const Instant begin = clock.now();
  const uint64_t before = times.changes_of(TaskId("t"));
  host.run("t", {{"p", kAlternating}});
  host.wait_until([&] { return read(host, "t").lines.size() == 8 && all_have_times(read(host, "t")); });
  const LogPage page = read(host, "t");
  CHECK(texts(page) == "out1 err1 out2 err2 out3 err3 out4 err4 ");
  CHECK(*page.lines.front().at >= begin);
  CHECK(*page.lines.back().at <= clock.now());
  CHECK(*page.lines.back().at - *page.lines.front().at >= seconds(1));
  CHECK(times.changes_of(TaskId("t")) > before);
}

TEST_CASE("a log that rotates several times between two looks is read in order, every line with its time") {
  test::RealHost host;
  const SystemClock clock;
  const LogTimes times(host.work(), clock);
  const std::string line = std::string(200, '.');
  host.run("t", {{"p", "for i in 1 2 3 4 5 6 7 8; do echo $i" + line + "; echo error $i >&2; sleep 0.12; done",
                  R"(, "logger": {"destination": "file", "mode": "rotate", "rotate": {"log_size": 150, "backups": 20}})"}});
  host.wait_until([&] { return read(host, "t").lines.size() == 16 && all_have_times(read(host, "t")); });
  std::string order;
  for (const LogLine& one : read(host, "t").lines) order += one.stream == LogStream::Stdout ? one.text[0] : 'e';
  CHECK(order == "1e2e3e4e5e6e7e8e");
  CHECK(os::exists(host.sandbox_of("t") + "/.logs/p/0/stdout.5"));
}

TEST_CASE("after a restart the moments go on, and those of before stay") {
  test::RealHost host;
  const SystemClock clock;
  std::optional<LogTimes> times(std::in_place, host.work(), clock);
  REQUIRE(host.start("t", {{"p", "echo one; while [ ! -e go ]; do sleep 0.05; done; echo two; sleep 60"}}).ok());
  host.wait_for_start("t");
  LogPage before;
  host.wait_until([&] {
    before = read(host, "t", {.leaves_unmarked = true});
    return texts(before) == "one ";
  });
  times.reset();
  times.emplace(host.work(), clock);
  REQUIRE(os::write_file(host.sandbox_of("t") + "/go", "").ok());
  host.wait_until([&] { return read(host, "t").lines.size() == 2 && read(host, "t", {.leaves_unmarked = true}).lines.size() == 2; });
  const LogPage after = read(host, "t");
  CHECK(after.lines[0].at == before.lines[0].at);
  CHECK(*after.lines[1].at > *before.lines[0].at);
}

TEST_CASE("the runs of a process and of many tasks have their moments; who waits for a change is woken") {
  test::RealHost host;
  const SystemClock clock;
  LogTimes times(host.work(), clock);
  const uint64_t before = times.changes_of(TaskId("t3"));
  for (const char* id : {"t1", "t2", "t3"}) {
    REQUIRE(host.start(id, {{"p", "echo run; exit 1", R"(, "max_failures": 3, "min_duration": 0)"}, {"q", "echo other >&2"}}, R"(, "max_failures": 3)").ok());
  }
  bool was_woken = false;
  std::thread waiting([&] { was_woken = times.wait_for_change(TaskId("t3"), before, minutes(10)); });
  host.wait_until([&] { return times.changes_of(TaskId("t3")) > before; });
  waiting.join();
  CHECK(was_woken);
  for (const char* id : {"t1", "t2", "t3"}) {
    host.wait_for_exit(id);
    host.wait_until([&] {
      const LogPage page = read(host, id, {.runs = LogQuery::Runs::All});
      return page.lines.size() == 4 && all_have_times(page);
    });
  }
  times.let_go();
  CHECK_FALSE(times.wait_for_change(TaskId("t1"), times.changes_of(TaskId("t1")), seconds(60)));
}

TEST_CASE("a log that goes on in a new folder, after its folder was deleted, has moments again") {
  test::RealHost host;
  const SystemClock clock;
  const LogTimes times(host.work(), clock);
  const uint64_t before = times.changes_of(TaskId("t"));
  REQUIRE(host.start("t", {{"p", "i=0; while :; do echo $((i++)); sleep 0.05; done",
                            R"(, "logger": {"destination": "file", "mode": "rotate"})"}})
              .ok());
  host.wait_until([&] { return times.changes_of(TaskId("t")) > before + 3; });
  std::filesystem::remove_all(host.sandbox_of("t") + "/.logs");
  host.wait_until([&] {
    const LogPage page = read(host, "t", {.leaves_unmarked = true});
    return page.lines.size() > 5 && page.lines.front().text != "0";
  });
}

TEST_CASE("logs have times, also if the kernel has told of more than it keeps meanwhile") {
  test::RealHost host;
  const SystemClock clock;
  const LogTimes times(host.work(), clock);
  const std::string noise = host.work().state + "/tasks/.noise";
  const auto make_noise = [&] {  // its queue holds 16,384 events, and is read each 50 ms
    for (int i = 0; i < 100'000; ++i) {
      static_cast<void>(os::write_file(noise + std::to_string(i % 2), ""));
      os::remove_file(noise + std::to_string(i % 2));
    }
  };
  std::thread one(make_noise);
  std::thread other([&] {
    for (int i = 0; i < 10; ++i) {
      REQUIRE(host.start("t" + std::to_string(i), {{"p", "echo line; sleep 30"}}).ok());
      host.wait_for_start("t" + std::to_string(i));
    }
  });
  other.join();
  one.join();
  for (int i = 0; i < 10; ++i) {
    const std::string id = "t" + std::to_string(i);
    host.wait_until([&] { return read(host, id).lines.size() == 1 && all_have_times(read(host, id)); });
    host.host().request_kill(TaskId(id));
  }
}

TEST_CASE("an executor that begins adds nothing to the moments of tasks that are over") {
  test::RealHost host;
  const SystemClock clock;
  std::optional<LogTimes> times(std::in_place, host.work(), clock);
  REQUIRE(host.start("t", {{"p", "echo one; while [ ! -e seen ]; do sleep 0.05; done"}}).ok());
  host.wait_for_start("t");
  host.wait_until([&] { return read(host, "t", {.leaves_unmarked = true}).lines.size() == 1; });
  REQUIRE(os::write_file(host.sandbox_of("t") + "/seen", "").ok());
  host.wait_for_exit("t");
  times.reset();
  const std::string path = host.work().paths_of(TaskId("t")).log_times;
  const auto before = os::read_file(path);
  times.emplace(host.work(), clock);
  const uint64_t unchanged = times->changes_of(TaskId("later"));
  // It lives until it is seen: what has ended before the first look is over, too.
  REQUIRE(host.start("later", {{"p", "while :; do echo two; sleep 0.05; done"}}).ok());
  host.wait_until([&] { return times->changes_of(TaskId("later")) > unchanged; });
  CHECK(*os::read_file(path) == *before);
}
