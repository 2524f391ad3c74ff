#include "aurora/client/console.h"

#include <catch2/catch.hpp>
#include <sstream>

#include "aurora/client/session.h"

using namespace aurora;
using namespace aurora::client;

TEST_CASE("levels are right-aligned to five characters") {
  std::ostringstream out;
  std::ostringstream err;
  Console console(out, err, {});
  console.log(Severity::Debug, "hidden");
  console.log(Severity::Info, "a\nb");
  console.log(Severity::Warning, "c");
  console.log(Severity::Error, "d");
  console.log(Severity::Fatal, "e");
  CHECK(err.str() == " INFO] a\nb\n WARN] c\nERROR] d\nFATAL] e\n");
  CHECK(out.str().empty());
}

TEST_CASE("quiet means no log line at all") {
  std::ostringstream out;
  std::ostringstream err;
  ConsoleConfig config;
  config.is_quiet = true;
  Console console(out, err, config);
  console.log(Severity::Fatal, "x");
  console.print("result");
  CHECK(err.str().empty());
  CHECK(out.str() == "result\n");
}

TEST_CASE("progress is drawn on a terminal only, and moves out of the way of lines") {
  std::ostringstream out;
  std::ostringstream err;
  Console plain(out, err, {});
  plain.show_progress("Waiting", 1, 2);
  CHECK(err.str().empty());
  ConsoleConfig config;
  config.is_terminal = true;
  config.columns = 40;
  Console console(out, err, config);
  console.show_progress("Waiting", 1, 2);
  console.info("line");
  console.clear_progress();
  CHECK(err.str() ==
        "Waiting [############.............] 1/2\r\033[K INFO] line\nWaiting [############.............] 1/2\r\033[K");
}

TEST_CASE("names and messages of others cannot command the terminal") {
  std::ostringstream out;
  std::ostringstream err;
  ConsoleConfig config;
  config.is_terminal = true;
  Console console(out, err, config);
  const std::string hostile = "\033]0;owned\007 \xc2\x9b 2J\r";
  console.print(hostile);
  console.write(hostile);
  console.info(hostile);
  console.print_error(hostile);
  console.show_progress(hostile, 1, 2);
  for (const std::string& text : {out.str(), err.str()}) {
    for (const char* command : {"\033]", "\007", "\xc2\x9b", " 2J\r"}) CHECK(text.find(command) == std::string::npos);
  }
}

TEST_CASE("durations need units, in order") {
  const struct {
    const char* text;
    int64_t ms;
  } good[] = {{"90s", 90'000}, {"1h30m", 5'400'000}, {"1D", 86'400'000}, {"10m5s", 605'000}};
  for (const auto& c : good) CHECK(parse_duration(c.text)->ms == c.ms);
  for (const char* wrong : {"", "5", "1.5h", "2h1d", "-1s", "0s", "s", "1m1m"}) {
    INFO(wrong);
    CHECK(parse_duration(wrong).error().message == std::string("Invalid time span: ") + wrong);
  }
}

TEST_CASE("a progress line fits the terminal, however narrow it is") {
  for (const int columns : {1, 5, 20, 40}) {
    std::ostringstream out;
    std::ostringstream err;
    ConsoleConfig config;
    config.is_terminal = true;
    config.columns = columns;
    Console console(out, err, config);
    console.show_progress("Waiting for tasks to end", 1, 2);
    INFO(err.str());
    CHECK(static_cast<int>(err.str().size()) <= std::max(4, columns - 1));
  }
}

TEST_CASE("a line has a colour only where stdout has colours, and cannot bring its own") {
  std::ostringstream out;
  std::ostringstream err;
  Console console(out, err, {});
  console.print(Tone::Bad, "plain");
  ConsoleConfig config;
  config.is_terminal_out = true;
  config.has_colour_out = true;
  console.configure(config);
  console.print(Tone::Plain, "plain");
  console.print(Tone::Removed, "-\033[0m");
  CHECK(out.str() == "plain\nplain\n\033[31m-\xef\xbf\xbd[0m\033[0m\n");
}
