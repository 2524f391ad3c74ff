#include "modes/help_format.h"

#include <CLI/CLI.hpp>
#include <catch2/catch.hpp>
#include <cstdlib>
#include <sstream>

using namespace aurora;

TEST_CASE("text is wrapped at blanks, behind what the first line has already") {
  CHECK(wrap("one two three", 0, 2, 7) == "one two\n  three");
  CHECK(wrap("one two three", 5, 2, 7) == "one\n  two\n  three");
  CHECK(wrap("unbreakable", 0, 2, 4) == "unbreakable");
  CHECK(wrap("", 0, 2, 4).empty());
}

TEST_CASE("a help page shows values, defaults and choices within the terminal's width") {
  setenv("COLUMNS", "60", 1);
  CLI::App app("What it is for, told in so many words that one line of the terminal cannot hold them.",
               "aurora x");
  set_help_format(app);
  int port = 8081;
  std::string format = "text";
  std::string name;
  app.add_option("--http_port,--port", port, "Where it answers; a rather long text that needs a second line")
      ->check(CLI::Range(0, 65'535))
      ->capture_default_str();
  app.add_option("--log_format", format, "How lines look")
      ->check(CLI::IsMember({"text", "json"}))
      ->capture_default_str();
  app.add_option("--name", name, "Of it")->required();
  const std::string page = app.help();
  unsetenv("COLUMNS");
  CHECK(page.find("--http_port,--port N [8081]") != std::string::npos);
  CHECK(page.find("--log_format {text,json} [text]") != std::string::npos);
  CHECK(page.find("--name TEXT (required)") != std::string::npos);
  std::istringstream lines(page);
  for (std::string line; std::getline(lines, line);) CHECK(line.size() <= 60);
}

TEST_CASE("what cannot be parsed ends with 2") {
  CLI::App app("", "aurora x");
  set_help_format(app);
  std::string name;
  app.add_option("--name", name, "Of it");
  int count = 1;
  app.add_option("--count", count, "How many")->check(above_zero());
  for (const char* words : {"--nam", "-x", "extra", "--name", "--count=0", "--count=x"}) {
    INFO(words);
    try {
      app.parse(std::vector<std::string>{words});
      FAIL("parsed");
    } catch (const CLI::ParseError& error) {
      CHECK(end_parsing(app, error) == 2);
    }
  }
}
