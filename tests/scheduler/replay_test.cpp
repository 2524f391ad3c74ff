// What an engine did is recorded, and gone through again.
#include "aurora/scheduler/replay.h"

#include <filesystem>
#include <fstream>

#include "aurora/scheduler/recorder.h"
#include "aurora/store/recorded_fields.h"
#include "scheduler/engine_bench.h"
#include "support/temp_folder.h"

namespace aurora::scheduler {
namespace {

namespace fs = std::filesystem;

struct RecordedBench {
  test::TempFolder folder;
  Bench bench;
  std::unique_ptr<Recorder> recorder;

  explicit RecordedBench(uint64_t bytes_max = 256 << 20, uint64_t waiting_bytes_max = 64 << 20) {
    recorder = std::make_unique<Recorder>(RecorderConfig{folder.path(), bytes_max, waiting_bytes_max, milliseconds(5)}, bench.counters);
    bench.config.recorder = recorder.get();
    bench.config.settings.cluster_id = "c1";
    bench.restart();
  }
  void work() {
    bench.add_host("h1");
    bench.add_host("h2");
    bench.submit(CreateJob{a_job("www/prod/web", 3), "user"});
    bench.settle(seconds(1));
    bench.submit(CreateJob{a_job("www/prod/web", 3), "user"});  // refused: it is there
    bench.submit(CreateJob{a_job("www/prod/other", 2), "user"});
    bench.settle(seconds(20));
    bench.submit(KillTasks{.job = a_key("www/prod/other"), .instances = {}, .message = {}, .user = "user"});
    bench.settle(minutes(2));  // hosts are silent by then
  }
  void stop() {
    bench.engine.reset();
    recorder.reset();
    bench.config.recorder = nullptr;
  }
  std::vector<store::RecordingFile> files() const { return store::list_recordings(folder.path()); }
};

Replay replayed(const std::string& path, std::optional<Instant> until = std::nullopt) {
  auto reader = store::RecordingReader::open(path);
  REQUIRE(reader.ok());
  Replay replay(utc_alone());
  const Status done = replay.run(*reader, until);
  INFO((done.ok() ? "" : done.error().message));
  REQUIRE(done.ok());
  return replay;
}

std::string refusal(const std::string& path) {
  auto reader = store::RecordingReader::open(path);
  if (!reader.ok()) return reader.error().message;
  Replay replay(utc_alone());
  const Status done = replay.run(*reader, std::nullopt);
  return done.ok() ? "" : done.error().message;
}

std::vector<std::string> lines_of(const std::string& path) {
  std::ifstream in(path);
  std::vector<std::string> lines;
  for (std::string line; std::getline(in, line);) lines.push_back(line);
  return lines;
}

void write_lines(const std::string& path, const std::vector<std::string>& lines) {
  std::ofstream out(path, std::ios::trunc);
  for (const std::string& line : lines) out << line << "\n";
}

std::string first_difference(const Replay& replay) {
  if (replay.report().differences.empty()) return "";
  const ReplayDifference& difference = replay.report().differences.front();
  return difference.command + "\nthen " + difference.recorded + "\nnow " + difference.decided;
}

TEST_CASE("a recording gives the same cluster, and every decision is the same again") {
  RecordedBench recorded;
  recorded.work();
  const std::vector<Task> tasks = recorded.bench.tasks();
  const Instant middle = recorded.bench.clock.now() - minutes(2);
  recorded.stop();
  const Replay replay = replayed(recorded.folder.path());
  CHECK(first_difference(replay) == "");
  CHECK(replay.report().difference_count == 0);
  CHECK(replay.report().commands > 10);
  CHECK(replay.report().cluster_id == "c1");
  CHECK(replay.report().remarks.empty());
  std::vector<Task> again;
  for (const Task* task : replay.cluster().list_tasks({})) again.push_back(*task);
  CHECK(again == tasks);

  const Replay earlier = replayed(recorded.folder.path(), middle - seconds(1));
  CHECK(earlier.report().to < middle);
  CHECK(earlier.cluster().count_tasks(a_key("www/prod/other")).of(TaskStatus::Assigned) == 2);
  CHECK(replay.cluster().count_tasks(a_key("www/prod/other")).of(TaskStatus::Assigned) == 0);
}

TEST_CASE("a scheduler that starts again goes on in a file of its own, and with its own rounds") {
  RecordedBench recorded;
  recorded.work();
  recorded.stop();
  recorded.recorder = std::make_unique<Recorder>(RecorderConfig{.folder = recorded.folder.path()}, recorded.bench.counters);
  recorded.bench.config.recorder = recorded.recorder.get();
  recorded.bench.restart();
  recorded.bench.add_host("h9");
  recorded.bench.settle(seconds(30));
  recorded.stop();
  CHECK(recorded.files().size() == 2);
  const Replay replay = replayed(recorded.folder.path());
  CHECK(first_difference(replay) == "");
  REQUIRE(replay.report().remarks.size() == 1);
  CHECK_THAT(replay.report().remarks[0], Catch::StartsWith("the scheduler began anew at "));
  CHECK(replay.cluster().find_host(HostId("h9")) != nullptr);
  CHECK(first_difference(replayed(recorded.files()[1].path)) == "");  // each file can be the first
}

TEST_CASE("what is decided in another way is told with its round and command, once") {
  RecordedBench recorded;
  recorded.work();
  recorded.stop();
  const std::string file = recorded.files().front().path;
  std::vector<std::string> lines = lines_of(file);
  const auto line = std::ranges::find_if(lines, [](const std::string& text) { return text.find("{\"createJob\"") != std::string::npos; });
  REQUIRE(line != lines.end());
  const size_t count = line->find("\"instanceCount\":3");
  REQUIRE(count != std::string::npos);
  line->replace(count, 17, "\"instanceCount\":2");
  write_lines(file, lines);
  const Replay replay = replayed(file);
  CHECK(replay.report().difference_count == 1);
  REQUIRE(replay.report().differences.size() == 1);
  const ReplayDifference& difference = replay.report().differences[0];
  CHECK(difference.round > 0);
  CHECK_THAT(difference.command, Catch::StartsWith("{\"createJob\""));
  CHECK_THAT(difference.recorded, Catch::Contains("\"instanceId\":2"));
  CHECK(difference.decided == "");
  CHECK(replay.cluster().count_tasks(a_key("www/prod/web")).total() >= 3);  // what was recorded counts
}

TEST_CASE("a recording that was cut off is used up to there, and says so") {
  RecordedBench recorded;
  recorded.work();
  recorded.stop();
  const std::string file = recorded.files().front().path;
  const int64_t commands = replayed(file).report().commands;
  fs::resize_file(file, fs::file_size(file) - 5);
  const Replay replay = replayed(file);
  CHECK(replay.report().commands == commands - 1);
  REQUIRE(replay.report().remarks.size() == 1);
  CHECK_THAT(replay.report().remarks[0], Catch::StartsWith(file + " was cut off in line "));
  fs::resize_file(file, lines_of(file).front().size() + 4);
  CHECK(refusal(file) == file + " ends within its snapshot: nothing of it can be used");
}

TEST_CASE("what is no recording, or another version's, is refused with a sentence") {
  RecordedBench recorded;
  recorded.work();
  recorded.stop();
  const std::string file = recorded.files().front().path;
  std::vector<std::string> lines = lines_of(file);
  const size_t format = lines[0].find("\"format\":1");
  REQUIRE(format != std::string::npos);
  lines[0].replace(format, 10, "\"format\":7");
  write_lines(file, lines);
  CHECK(refusal(file) ==
        file + ", line 1: the recording has format 7; this version reads format 1: replay it with the version that made it");
  write_lines(file, {"{\"export\":\"aurora\"}"});
  CHECK(refusal(file) == file + ", line 1: this is no recording of a scheduler; --record makes one");
  CHECK_THAT(refusal(recorded.folder.path() + "/none"), Catch::StartsWith("there is nothing at "));
  fs::remove(file);
  CHECK_THAT(refusal(recorded.folder.path()), Catch::StartsWith("there is no recording in "));
}

TEST_CASE("a folder of recordings stays within its bound, and what is left can be replayed") {
  RecordedBench recorded(100'000);
  recorded.bench.add_host("h1");
  for (int i = 0; i < 60; ++i) {
    const std::string job = "www/prod/job" + std::to_string(i);
    recorded.bench.submit(CreateJob{a_job(job, 2), "user"});
    recorded.bench.settle(seconds(1));
    recorded.bench.submit(KillTasks{.job = a_key(job), .instances = {}, .message = {}, .user = "user"});
    recorded.bench.settle(seconds(1));
    for (const Task& task : recorded.bench.tasks()) {  // so that snapshots stay small
      if (task.status == TaskStatus::Killing)
        recorded.bench.submit(ChangeTask{.task_id = task.id, .expected = {}, .expected_since = {}, .to = TaskStatus::Killed, .message = {}});
    }
    recorded.bench.submit(PruneTasks{.role = "www", .environment = {}, .statuses = {}});
  }
  recorded.stop();
  uint64_t bytes = 0;
  for (const auto& file : recorded.files()) bytes += file.bytes;
  CHECK(recorded.files().front().number > 1);
  CHECK(bytes <= 110'000);  // one round more than the part that a file has
  const Replay replay = replayed(recorded.folder.path());
  CHECK(first_difference(replay) == "");
  CHECK(replay.report().remarks.empty());
  for (const auto& file : recorded.files()) CHECK(first_difference(replayed(file.path)) == "");
}

TEST_CASE("an engine never waits for its recorder: what is too much is left out, and told") {
  RecordedBench recorded(256 << 20, 1'000);  // next to nothing may wait
  recorded.work();
  recorded.bench.submit(CreateJob{a_job("www/prod/huge", 50), "user"});  // alone more than may wait
  recorded.bench.settle(seconds(10));
  recorded.bench.settle(minutes(1));
  recorded.stop();
  CHECK(recorded.bench.counters.values()["recording_rounds_left_out"] > 0);
  const Replay replay = replayed(recorded.folder.path());
  CHECK(first_difference(replay) == "");
}

TEST_CASE("a recording that cannot be written goes on once it can, with all that there is then") {
  RecordedBench recorded(100'000);
  recorded.bench.add_host("h1");
  const auto left_out = [&] { return recorded.bench.counters.values()["recording_rounds_left_out"]; };
  const auto work_until = [&](const auto& is_done) {
    const SystemClock clock;
    const Duration deadline = clock.monotonic() + minutes(1);
    while (!is_done() && clock.monotonic() < deadline)
      recorded.bench.submit(CreateJob{a_job("www/prod/web", 1), "user"});  // refused but for the first
    REQUIRE(is_done());
  };
  fs::remove_all(recorded.folder.path());  // the next file cannot be made
  work_until([&] { return left_out() > 5; });
  fs::create_directory(recorded.folder.path());
  work_until([&] { return !recorded.files().empty(); });
  recorded.bench.submit(CreateJob{a_job("www/prod/last", 1), "user"});
  const std::vector<Task> tasks = recorded.bench.tasks();
  recorded.stop();
  const Replay replay = replayed(recorded.folder.path());
  CHECK(first_difference(replay) == "");
  std::vector<Task> again;
  for (const Task* task : replay.cluster().list_tasks({})) again.push_back(*task);
  CHECK(again == tasks);
}

}  // namespace
}  // namespace aurora::scheduler
