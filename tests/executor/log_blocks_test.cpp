// Logs in blocks: the lines that read_logs() gives, many at a time.
#include <algorithm>
#include <string>

#include "aurora/base/rng.h"
#include "logged_task.h"

namespace aurora::executor {
namespace {

namespace fs = std::filesystem;
using Task = LoggedTask;

Instant at(int64_t ms) { return Instant{ms}; }

// As read_blocks() has it.
std::string text_with_times(const LogPage& page) {
  std::string text;
  for (const LogLine& line : page.lines) {
    text += line.process + std::to_string(line.run) + name_of(line.stream)[3] + " " + line.text + (line.is_finished ? "" : "~") + " @" +
            std::to_string(line.at.value_or(Instant{}).ms) + "\n";
  }
  return text;
}

TEST_CASE("blocks hold the same lines in the same order, with the same times, whatever their bound") {
  Rng rng(23);
  for (int round = 0; round < 40; ++round) {
    Task task({1, 2});
    const std::vector<std::string> logs = {"a/0/stdout", "a/0/stderr", "b/1/stdout"};
    int64_t now = 1'000;
    for (uint64_t step = rng.below(80); step > 0; --step) {
      const std::string& log = logs[rng.below(logs.size())];
      if (rng.below(8) == 0 && fs::exists(task.path_of(log)) && !fs::exists(task.path_of(log + ".9"))) task.rotate(log);
      std::string lines;
      for (uint64_t n = 1 + rng.below(4); n > 0; --n) lines += "line " + std::to_string(step * 10 + n) + (rng.below(10) == 0 ? std::string(70'000, 'x') : "") + "\n";
      task.write(log, lines, now += static_cast<int64_t>(rng.below(20)));
    }
    const LogPage page = task.read({.limit = kLogLinesMax});
    if (page.has_more) continue;  // very long lines
    const std::string expected = text_with_times(page);
    const std::string blocks = task.read_blocks({}, 1 + rng.below(5'000));
    if (expected.find("xxx") == std::string::npos) CHECK(blocks == expected);
    CHECK(std::ranges::count(blocks, '\n') == std::ranges::count(expected, '\n'));
    CHECK(task.read_blocks({.since = at(1'100)}, 1'000).size() <= blocks.size());
  }
}

TEST_CASE("blocks: a line without an end comes last, once, or is waited for") {
  Task task;
  task.write("a/0/stdout", "one\nhal", 100);
  task.write("a/0/stderr", "two\n", 200);
  CHECK(task.read_blocks({}, 1) == "a0o one @100\na0e two @200\na0o hal~ @100\n");
  std::string cursor;
  CHECK(task.read_blocks({.leaves_unfinished = true}, 1, &cursor) == "a0o one @100\na0e two @200\n");
  task.write("a/0/stdout", "f\n", 300);
  CHECK(task.read_blocks({.cursor = cursor, .leaves_unfinished = true}) == "a0o half @300\n");
  CHECK(task.read_blocks({.tail = 2}) == "a0e two @200\na0o half @300\n");
}

TEST_CASE("blocks: nothing that was written after a moment, and not before its moment is known") {
  Task task;
  task.write("a/0/stdout", "old\n", 100);
  task.write("a/0/stderr", "new\n", 200);
  CHECK(task.read_blocks({.until = at(150)}) == "a0o old @100\n");
  task.write("a/0/stdout", "just now\n");
  CHECK(task.read_blocks({.leaves_unmarked = true}) == "a0o old @100\na0e new @200\n");
  CHECK(task.read_blocks() == "a0o old @100\na0e new @200\na0o just now @1000000\n");
}

TEST_CASE("blocks say when lines were rotated away before they were read") {
  Task task;
  task.write("a/0/stdout", "one\n", 100);
  std::string cursor;
  CHECK(task.read_blocks({}, 1, &cursor) == "a0o one @100\n");
  task.write("a/0/stdout", "two\n", 200);
  task.rotate("a/0/stdout");
  task.write("a/0/stdout", "three\n", 300);
  CHECK(task.read_blocks({.cursor = cursor}) == "a0o two @200\na0o three @300\n");
  fs::remove(task.path_of("a/0/stdout.1"));
  CHECK(task.read_blocks({.cursor = cursor}) == "(lost) a0o three @300\n");
}

}  // namespace
}  // namespace aurora::executor
