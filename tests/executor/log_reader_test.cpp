// Logs as a service, over files and moments that the test writes.
#include "aurora/executor/log_reader.h"

#include <catch2/catch.hpp>
#include <filesystem>

#include "aurora/base/rng.h"
#include "aurora/os/files.h"
#include "executor/log_cursor.h"
#include "executor/log_index.h"
#include "logged_task.h"

namespace aurora::executor {
namespace {

namespace fs = std::filesystem;
using enum core::ProcessState;

Instant at(int64_t ms) { return Instant{ms}; }

using Task = LoggedTask;

// "a0o one | a0e two": process, run, stream and text of each line.
std::string text_of(const LogPage& page) {
  std::string text;
  for (const LogLine& line : page.lines) {
    if (!text.empty()) text += " | ";
    text += line.process + std::to_string(line.run) + name_of(line.stream)[3] + " " + line.text;
  }
  return text;
}
// The texts alone; those that were found are marked, and so are gaps.
std::string found(const LogPage& page) {
  std::string text;
  for (const LogLine& line : page.lines) {
    if (line.begins_group) text += "... ";
    text += (line.is_match ? "*" : "") + line.text + " ";
  }
  return text;
}

TEST_CASE("both streams of all processes are read in the order of time") {
  Task task;
  task.write("a/0/stdout", "1\n", 100);
  task.write("b/0/stderr", "2\n", 200);
  task.write("a/0/stderr", "3\n4\n", 300);
  task.write("a/0/stdout", "5\n", 300);  // the same moment: stdout first
  task.write("b/0/stdout", "6\n", 400);
  const LogPage page = task.read();
  CHECK(text_of(page) == "a0o 1 | b0e 2 | a0o 5 | a0e 3 | a0e 4 | b0o 6");
  CHECK(page.lines[0].at == at(100));
  CHECK(page.lines[4].at == at(300));
  CHECK_FALSE(page.has_more);
  CHECK(text_of(task.read({.processes = {"a"}, .stream = LogStream::Stderr})) == "a0e 3 | a0e 4");
  CHECK(text_of(task.read({.cursor = page.cursor})).empty());
}

// name_of() has 'o' and 'e' at the same place.
static_assert(std::string_view("stdout")[3] == 'o' && std::string_view("stderr")[3] == 'e');

TEST_CASE("without moments stdout comes before stderr, process by process, and lines have no times") {
  Task task;
  task.write("a/0/stderr", "2\n");
  task.write("a/0/stdout", "1\n");
  task.write("b/0/stderr", "4\n");
  task.write("b/0/stdout", "3\n");
  const LogPage page = task.read();
  CHECK(text_of(page) == "a0o 1 | a0e 2 | b0o 3 | b0e 4");
  CHECK_FALSE(page.lines[0].at);
  CHECK(text_of(task.read({.since = at(1)})) == text_of(page));
  CHECK(text_of(task.read({.since = Instant{INT64_MAX}})).empty());  // no file was written to since then
}

TEST_CASE("rotated files are read from the oldest on, with their times") {
  Task task;
  for (int i = 0; i < 5; ++i) {
    task.write("a/0/stdout", std::to_string(2 * i) + "\n", 100 + 200 * i);
    task.write("a/0/stderr", std::to_string(2 * i + 1) + "\n", 200 + 200 * i);
    if (i < 4) task.rotate("a/0/stdout");
  }
  CHECK(text_of(task.read()) ==
        "a0o 0 | a0e 1 | a0o 2 | a0e 3 | a0o 4 | a0e 5 | a0o 6 | a0e 7 | a0o 8 | a0e 9");
  CHECK(text_of(task.read({.since = at(600)})) == "a0e 5 | a0o 6 | a0e 7 | a0o 8 | a0e 9");
  CHECK(text_of(task.read({.tail = 3})) == "a0e 7 | a0o 8 | a0e 9");
}

TEST_CASE("pages follow one another without gaps, while the logs grow and rotate") {
  Rng rng(11);
  Task task({1, 2, 3});
  const std::vector<std::string> logs = {"a/0/stdout", "a/0/stderr", "b/1/stdout", "c/2/stderr"};
  std::map<std::string, int> written;
  std::map<std::string, int> read;
  std::string cursor;
  int64_t now = 1'000;
  const auto read_some = [&](size_t limit) {
    const LogPage page = task.read({.limit = limit, .cursor = cursor});
    CHECK(page.lines.size() <= limit);
    for (const LogLine& line : page.lines) {
      const std::string log = line.process + "/" + std::to_string(line.run) + "/" + name_of(line.stream);
      REQUIRE(line.text == std::to_string(read[log]++));
    }
    cursor = page.cursor;
    return page.has_more;
  };
  for (int step = 0; step < 300; ++step) {
    const std::string& log = logs[rng.below(logs.size())];
    if (rng.below(3) == 0 && written[log] > 0 && fs::exists(task.path_of(log)) && !fs::exists(task.path_of(log + ".9")))
      task.rotate(log);
    for (uint64_t n = rng.below(5); n > 0; --n) {
      task.write(log, std::to_string(written[log]++) + "\n", rng.below(4) == 0 ? 0 : now += 10);
    }
    if (rng.below(2) == 0) read_some(1 + rng.below(20));
  }
  while (read_some(7)) {
  }
  CHECK(read == written);
}

TEST_CASE("the latest runs are read unless others are named; a reading goes on into runs that begin later") {
  Task task({3, 1});
  for (const char* run : {"0", "1", "2"}) task.write("a/" + std::string(run) + "/stdout", "run " + std::string(run) + "\n", 100);
  CHECK(text_of(task.read()) == "a2o run 2");
  CHECK(text_of(task.read({.runs = LogQuery::Runs::All})) == "a0o run 0 | a1o run 1 | a2o run 2");
  CHECK(text_of(task.read({.runs = LogQuery::Runs::One, .run = 1})) == "a1o run 1");
  CHECK(task.ask({.runs = LogQuery::Runs::One, .run = 3}).error().code == ErrorCode::NotFound);

  const std::string cursor = task.read().cursor;
  task.write("a/2/stdout", "last words\n", 200);
  task.begin_run(0);
  task.begin_run(0);
  task.write("a/3/stderr", "in between\n", 300);
  task.write("a/4/stdout", "now\n", 400);
  const LogPage page = task.read({.cursor = cursor});
  CHECK(text_of(page) == "a2o last words | a3e in between | a4o now");
  task.write("a/4/stdout", "and then\n", 500);
  CHECK(text_of(task.read({.cursor = page.cursor})) == "a4o and then");
  CHECK(parse_cursor(page.cursor)->begin()->first.run == 4);  // what is over and read is not carried along
}

TEST_CASE("a process that restarts without a word is followed, too") {
  Task task({1});
  const std::string cursor = task.read().cursor;
  CHECK_FALSE(cursor.empty());
  task.begin_run(0);
  task.write("a/0/stdout", "late\n", 100);
  task.write("a/1/stdout", "new\n", 200);
  CHECK(text_of(task.read({.cursor = cursor})) == "a0o late | a1o new");
}

TEST_CASE("a line without an end says so and comes again whole, or is waited for") {
  Task task;
  task.write("a/0/stdout", "whole\nhal", 100);
  const LogPage page = task.read();
  CHECK(text_of(page) == "a0o whole | a0o hal");
  CHECK_FALSE(page.lines[1].is_finished);
  const LogPage waiting = task.read({.leaves_unfinished = true});
  CHECK(text_of(waiting) == "a0o whole");
  CHECK_FALSE(waiting.has_more);
  task.write("a/0/stdout", "f\n", 200);
  CHECK(text_of(task.read({.cursor = page.cursor})) == "a0o half");
  CHECK(text_of(task.read({.cursor = waiting.cursor, .leaves_unfinished = true})) == "a0o half");
  task.write("a/0/stdout", "last", 300);
  task.end_run(0);
  CHECK(text_of(task.read({.tail = 1, .leaves_unfinished = true})) == "a0o last");  // nobody will end it
}

TEST_CASE("a follower may wait for the moments of lines") {
  Task task;
  task.write("a/0/stdout", "known\n", 100);
  task.write("a/0/stdout", "not yet\n");
  CHECK(text_of(task.read({.leaves_unmarked = true})) == "a0o known");
  CHECK(text_of(task.read()) == "a0o known | a0o not yet");
  CHECK(task.read().lines[1].at == at(1'000'000));  // by now
}

TEST_CASE("lines whose moment nobody knows yet are neither of the future nor, after the clock was set back, of the past") {
  Task task;
  task.write("a/0/stdout", "a\n", 100);
  task.write("a/0/stdout", "just now\n");
  CHECK(text_of(task.read({.since = at(1'000'000)})) == "a0o just now");
  CHECK(task.read({.since = at(1'000'001)}).lines.empty());
  CHECK(task.read_blocks({.since = at(1'000'001)}).empty());
  task.write("b/0/stdout", "b\n", 5'000'000);
  CHECK(text_of(task.read()) == "a0o a | a0o just now | b0o b");
  CHECK(task.read().lines[1].at == at(5'000'000));
  task.write("b/0/stdout", "just now\n");
  CHECK(text_of(task.read({.tail = 1})) == "b0o just now");
  CHECK(task.read_blocks({.since = at(5'000'000)}) == "a0o just now @5000000\nb0o b @5000000\nb0o just now @5000000\n");
  CHECK(task.read_blocks({.since = at(5'000'001)}).empty());
}

TEST_CASE("the last lines of all logs together") {
  Task task;
  for (int i = 0; i < 1'000; ++i) {
    task.write(i % 3 == 0 ? "a/0/stdout" : i % 3 == 1 ? "a/0/stderr" : "b/0/stdout", std::to_string(i) + "\n", 100 + i);
  }
  for (const size_t tail : {0ul, 1ul, 2ul, 10ul, 999ul, 1'000ul, 2'000ul}) {
    const LogPage page = task.read({.tail = tail});
    REQUIRE(page.lines.size() == std::min(tail, 1'000ul));
    for (size_t i = 0; i < page.lines.size(); ++i) {
      REQUIRE(page.lines[i].text == std::to_string(1'000 - page.lines.size() + i));
    }
    CHECK(text_of(task.read({.cursor = page.cursor})).empty());
  }
}

TEST_CASE("lines since a moment, whole") {
  Task task;
  for (int i = 0; i < 10; ++i) task.write("a/0/stdout", "x" + std::to_string(i) + "\n", 100 + 100 * i);
  CHECK(text_of(task.read({.since = at(801)})) == "a0o x8 | a0o x9");
  CHECK(text_of(task.read({.since = at(900)})) == "a0o x8 | a0o x9");
  CHECK(text_of(task.read({.since = at(901)})) == "a0o x9");
  CHECK(task.read({.since = at(1)}).lines.size() == 10);
  CHECK(task.read({.since = at(1'001)}).lines.empty());
  CHECK(text_of(task.read({.since = at(801), .tail = 1})) == "a0o x9");
  CHECK(text_of(task.read({.since = at(901), .tail = 5})) == "a0o x9");
  task.write("a/0/stdout", "begun", 2'000);
  task.write("a/0/stdout", " and ended\n", 3'000);
  const LogPage page = task.read({.since = at(2'500)});
  CHECK(text_of(page) == "a0o begun and ended");
  CHECK(page.lines[0].at == at(3'000));
}

TEST_CASE("an answer has a bound in lines and bytes, and says that there is more") {
  Task task;
  task.write("a/0/stdout", std::string(3u << 20, 'x') + "\n", 100);
  const std::string long_line = std::string(50'000, 'y').append("\n");
  for (int i = 0; i < 40; ++i) task.write("a/0/stdout", long_line, 200);
  LogPage page = task.read();
  CHECK(page.has_more);
  CHECK(page.lines[0].text.size() == 64u << 10);
  CHECK(page.lines[0].cut_bytes == (3 << 20) - (64 << 10));
  size_t bytes = 0;
  for (const LogLine& line : page.lines) bytes += line.text.size();
  CHECK(bytes <= kLogAnswerBytesMax);
  CHECK(bytes > kLogAnswerBytesMax / 2);
  size_t lines = page.lines.size();
  while (page.has_more) {
    page = task.read({.cursor = page.cursor});
    lines += page.lines.size();
  }
  CHECK(lines == 41);
  const LogPage last = task.read({.tail = 41});
  CHECK(last.lines.size() < 41);
  CHECK(last.lines.back().text.front() == 'y');
}

// What grep -C says, line by line.
std::string grep(const std::vector<std::string>& lines, const std::string& text, size_t before, size_t after) {
  std::string result;
  size_t shown_until = 0;
  for (size_t i = 0; i < lines.size(); ++i) {
    if (lines[i].find(text) == std::string::npos) continue;
    const size_t begin = std::max(shown_until, i - std::min(i, before));
    size_t end = std::min(lines.size(), i + 1 + after);
    for (size_t next = i + 1; next < end && next < lines.size(); ++next) {
      if (lines[next].find(text) != std::string::npos) end = std::min(lines.size(), next + 1 + after);
    }
    if (begin != shown_until) result += "... ";
    for (size_t n = begin; n < end; ++n) result += (lines[n].find(text) != std::string::npos ? "*" : "") + lines[n] + " ";
    shown_until = end;
    i = end - 1;
  }
  return result;
}

TEST_CASE("a search shows what grep shows, with the lines around") {
  Rng rng(5);
  for (int round = 0; round < 60; ++round) {
    Task task;
    std::vector<std::string> lines;
    for (uint64_t n = rng.below(60); n > 0; --n) {
      lines.push_back((rng.below(6) == 0 ? "hit" : "miss") + std::to_string(lines.size()));
      if (rng.below(15) == 0) lines.back() += std::string(40'000, '.');
      task.write("a/0/stdout", lines.back() + "\n", 100);
      if (rng.below(20) == 0 && n > 1 && !fs::exists(task.path_of("a/0/stdout.9"))) task.rotate("a/0/stdout");
    }
    const size_t before = rng.below(4);
    const size_t after = rng.below(4);
    INFO(before << " " << after);
    CHECK(found(task.read({.search = "hit", .before = before, .after = after})) == grep(lines, "hit", before, after));
  }
}

TEST_CASE("a search goes on where the answer before has ended") {
  Task task;
  for (int i = 0; i < 500; ++i) {
    task.write(i % 2 == 0 ? "a/0/stdout" : "b/0/stderr", (i % 5 == 0 ? "HIT " : "miss ") + std::to_string(i) + "\n", 100 + i);
  }
  std::string cursor;
  std::vector<std::string> hits;
  for (bool has_more = true; has_more;) {
    const LogPage page = task.read({.search = "hit", .ignores_case = true, .limit = 7, .cursor = cursor});
    for (const LogLine& line : page.lines) hits.push_back(line.text);
    has_more = page.has_more;
    cursor = page.cursor;
  }
  REQUIRE(hits.size() == 100);
  for (int i = 0; i < 100; ++i) CHECK(hits[static_cast<size_t>(i)] == "HIT " + std::to_string(5 * i));
  CHECK(task.read({.search = "hit"}).lines.empty());
}

TEST_CASE("what was found in a very long line is in what is shown of it") {
  Task task;
  task.write("a/0/stdout", "before\n" + std::string(300'000, 'x') + "needle" + std::string(300'000, 'y') + "\nafter\n", 100);
  const LogPage page = task.read({.search = "needle", .before = 1, .after = 1});
  REQUIRE(page.lines.size() == 2);
  CHECK(page.lines[0].text.find("needle") != std::string::npos);
  CHECK(page.lines[0].has_begun_before);
  CHECK(page.lines[0].cut_bytes > 200'000);
  CHECK(page.lines[0].is_match);
  CHECK(page.lines[1].text == "after");
}

TEST_CASE("a query that chooses too much says what to name") {
  Task task({70, 1});
  for (int run = 0; run < 70; ++run) {
    for (const char* stream : {"stdout", "stderr"}) task.write("a/" + std::to_string(run) + "/" + stream, "x\n");
  }
  const auto page = task.ask({.runs = LogQuery::Runs::All});
  REQUIRE_FALSE(page.ok());
  CHECK(page.error().message ==
        "This chooses more than 128 logs, or 1024 files of rotated ones; name a process, a run or a stream");
  CHECK(task.read({.runs = LogQuery::Runs::All, .stream = LogStream::Stdout}).lines.size() == 70);
  CHECK(task.ask({.processes = {"x"}}).error().message == "The task has no process 'x'");
}

TEST_CASE("logs that are links, folders or pipes, and names that lead out of the sandbox, are not read") {
  Task task;
  task.write("a/0/stderr", "fine\n", 100);
  fs::create_symlink("/etc/passwd", task.path_of("a/0/stdout"));
  fs::create_directories(task.path_of("b/0/stdout"));
  fs::create_symlink("/etc", task.path_of("b/0/stderr"));
  CHECK(text_of(task.read()) == "a0e fine");
}

TEST_CASE("a cursor is read as it was written, and nothing else is one") {
  const LogCursor cursor = {{{0, 0, LogStream::Stdout}, {0x1f3a, 4096}}, {{7, 99, LogStream::Stderr}, {UINT64_MAX, INT64_MAX}}};
  CHECK(encode_cursor(cursor) == "0.0.o.1f3a.4096,7.99.e.ffffffffffffffff.9223372036854775807");
  CHECK(parse_cursor(encode_cursor(cursor)) == cursor);
  CHECK(parse_cursor("")->empty());
  for (const char* text : {"x", "0.0.o.1", "0.0.o.1.2.3", "0.0.x.1.2", "-1.0.o.1.2", "0.-1.o.1.2", "0.0.o.1.-2", "0.0.o..2",
                           "0.0.o.1.2,0.0.o.1.2", "0.0.o.1.99999999999999999999", ",", "0.0.o.1.2,,"}) {
    CAPTURE(text);
    CHECK_FALSE(parse_cursor(text));
  }
  CHECK(Task().ask({.cursor = "x"}).error().code == ErrorCode::InvalidArgument);
  Task task;
  task.write("a/0/stdout", "x\n", 100);
  CHECK(text_of(task.read({.cursor = "0.0.o.1.99,5.5.e.2.3"})) == "a0o x");  // of another task
}

}  // namespace
}  // namespace aurora::executor
