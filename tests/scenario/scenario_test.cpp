// Runs tests/scenario/scripts/*.txt and compares what they print with what they say. UPDATE=1 rewrites them.
#include <catch2/catch.hpp>

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <iterator>

#include "scenario/verbs.h"
#include "support/golden.h"

using namespace aurora;
using namespace aurora::scenario;

namespace {

const std::string kFolder = "tests/scenario/scripts/";

std::vector<std::string> list_scripts() {
  std::vector<std::string> names;
  for (const auto& entry :
       std::filesystem::directory_iterator(AURORA_SOURCE_DIR + std::string("/") + kFolder)) {
    names.push_back(entry.path().filename().string());
  }
  std::sort(names.begin(), names.end());
  return names;
}

std::string read_script(const std::string& name) {
  std::ifstream stream(AURORA_SOURCE_DIR + std::string("/") + kFolder + name, std::ios::binary);
  return {std::istreambuf_iterator<char>(stream), std::istreambuf_iterator<char>()};
}

// The script with the output that its commands really have.
std::string play(const std::string& script) {
  std::vector<Step> steps = parse_script(script);
  Stage stage;
  for (Step& step : steps) {
    if (step.command.empty()) continue;
    const std::string told = perform(stage, parse_command(step.command));
    step.output = (told.empty() ? "" : told + '\n') + stage.transcript().take();
  }
  return print_script(steps);
}

}  // namespace

TEST_CASE("scenarios go as written") {
  const std::vector<std::string> scripts = list_scripts();
  REQUIRE(scripts.size() >= 12);
  for (const std::string& name : scripts) {
    DYNAMIC_SECTION(name) {
      const std::string actual = play(read_script(name));
      const test::GoldenResult golden = test::compare_golden(kFolder + name, actual);
      INFO(actual);
      CHECK(golden.matches);
    }
  }
}

TEST_CASE("a script is read and printed without a change") {
  const std::string script =
      "# why\nadd-host h1 cpus=4\n----\n\n# only a remark\n\nkill a/b/c message=\"two words\"\n----\nerror: "
      "x\nmore\n";
  CHECK(print_script(parse_script(script)) == script);
  const Arguments kill = parse_command(parse_script(script).back().command);
  CHECK(kill.verb == "kill");
  CHECK(kill.word(0) == "a/b/c");
  CHECK(kill.text("message") == "two words");
}

TEST_CASE("an unknown verb is told what there is") {
  Stage stage;
  CHECK(perform(stage, parse_command("destroy everything"))
            .starts_with("error: unknown verb 'destroy'; there are:\n"));
  CHECK(perform(stage, parse_command("advance soon")) ==
        "error: 'soon' is not a time such as 250ms, 30s, 5m or 2h");
}
