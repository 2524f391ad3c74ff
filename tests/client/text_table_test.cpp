#include "client/text_table.h"

#include <catch2/catch.hpp>

#include "client/task_table.h"

using namespace aurora;
using namespace aurora::client;

namespace {

std::vector<std::string> texts(const std::vector<TextTable::Line>& lines) {
  std::vector<std::string> result;
  for (const auto& line : lines) result.push_back(line.text);
  return result;
}

using Lines = std::vector<std::string>;

TaskView task(int32_t instance, const std::string& status, int64_t at, bool is_active = true) {
  TaskView view;
  view.instance = instance;
  view.status = status;
  view.is_active = is_active;
  view.host = "h1";
  view.events = {{Instant{at}, "PENDING", {}}, {Instant{at + 1'000}, status, {}}};
  return view;
}

constexpr int64_t kStart = 1'700'000'000'000;

}  // namespace

TEST_CASE("a table gives up columns by their importance, and cuts what may be cut before") {
  TextTable table({{"ID", 9, 0, true}, {"NAME", 1}, {"WHY", 5, 6}});
  table.add({"7", "web", "no room on any host"});
  table.add({"12", "", ""});
  CHECK(table.width() == 29);
  CHECK(texts(table.lines(80)) == Lines{"ID  NAME  WHY", " 7  web   no room on any host", "12"});
  CHECK(texts(table.lines(20)) == Lines{"ID  NAME  WHY", " 7  web   no room...", "12"});
  CHECK(texts(table.lines(12)) == Lines{"ID  WHY", " 7  no ro...", "12"});
  CHECK(texts(table.lines(3)) == Lines{"ID", " 7", "12"});
  CHECK(texts(table.lines(1)) == Lines{"I", " ", "1"});
}

TEST_CASE("widths count characters, and what would command the terminal is spelled out") {
  CHECK(width_of("h\xc3\xa9llo") == 5);
  CHECK(cut("h\xc3\xa9\xc3\xa9\xc3\xa9\xc3\xa9\xc3\xa9\xc3\xa9\xc3\xa9", 7) == "h\xc3\xa9\xc3\xa9\xc3\xa9...");
  CHECK(cut("abcdef", 3) == "abc");
  CHECK(cut("abc", 3) == "abc");
  TextTable table({{"A"}});
  table.add({"x\033[2J\ny"});
  CHECK(texts(table.lines(40)).back() == "x\\x1b[2J\\ny");
}

TEST_CASE("text is broken at blanks, and within a word that is longer than a line") {
  CHECK(broken("one two three", 7) == Lines{"one two", "three"});
  CHECK(broken("a/very/long/key: 3 active", 8) == Lines{"a/very/l", "ong/key:", "3 active"});
  CHECK(broken("", 8) == Lines{""});
}

TEST_CASE("ages are never negative, and a clock that is wrong gives a date") {
  const Instant now{kStart};
  const struct {
    int64_t seconds_ago;
    const char* text;
  } cases[] = {{0, "now"},    {-30, "now"},   {-86'400, "2023-11-15"}, {59, "59s"},      {119, "119s"},
               {120, "2m"},   {7'199, "119m"}, {7'200, "2h"},          {172'800, "2d"}};
  for (const auto& c : cases) CHECK(format_age(Instant{kStart - c.seconds_ago * 1'000}, now) == c.text);
  CHECK(format_age(Instant{0}, now) == "-");
}

TEST_CASE("a line is for the newest run of an instance, and knows of those before") {
  TaskTable table;
  table.add(task(1, "PENDING", kStart));
  TaskView failed = task(0, "FAILED", kStart, false);
  failed.end = "process 'web' exited with code 1";
  table.add(failed);
  table.add(task(0, "RUNNING", kStart + 60'000));
  table.add(task(2, "FINISHED", kStart, false));
  CHECK(table.counts() == "2 active (1 PENDING, 1 RUNNING), 1 ended (FINISHED)");
  CHECK(texts(table.lines(100, Instant{kStart + 121'000})) ==
        Lines{"INSTANCE  STATE     SINCE  HOST  RESTARTS  REASON",
              "       0  RUNNING     60s  h1           1  the run before: FAILED: process 'web' exited with code 1",
              "       1  PENDING      2m  h1           0", "       2  FINISHED     2m  h1           0"});
}

TEST_CASE("ten thousand instances fit every terminal") {
  TaskTable table;
  for (int32_t i = 0; i < 10'000; ++i) {
    TaskView view = task(i, i % 3 == 0 ? "PENDING" : "RUNNING", kStart);
    view.host = "host-" + std::to_string(i) + ".example.com";
    view.wait = i % 3 == 0 ? "Insufficient: CPU on 40 hosts: asked 4, most free 2.5 on h3" : "";
    table.add(view);
  }
  for (const size_t width : {1u, 20u, 80u, 200u}) {
    const auto lines = table.lines(width, Instant{kStart});
    CHECK(lines.size() == 10'001);
    CHECK(std::all_of(lines.begin(), lines.end(), [&](const auto& line) { return width_of(line.text) <= width; }));
  }
  CHECK(table.lines(20, Instant{kStart}).at(2).text == "       1  RUNNING");
}
