#include "aurora/executor/exec_file.h"

#include <catch2/catch.hpp>

#include "aurora/os/files.h"
#include "support/temp_folder.h"

namespace aurora::executor {
namespace {

ExecRecord a_record(const std::string& id) {
  return {.id = id, .who = "alice at ::1", .command = {"ls", "-l"}, .has_terminal = true, .began_at = Instant{7}};
}

TEST_CASE("a command that was run is kept, and so is its end") {
  const test::TempFolder folder;
  const std::string path = folder.path() + "/execs";
  CHECK(read_execs(path).empty());
  REQUIRE(append_exec(path, a_record("1")).ok());
  REQUIRE(append_exec(path, a_record("2")).ok());
  ExecRecord ended = a_record("1");
  ended.ended_at = Instant{9};
  ended.signal = "KILL";
  ended.reason = "its task has ended";
  REQUIRE(append_exec(path, ended).ok());
  const std::vector<ExecRecord> records = read_execs(path);
  REQUIRE(records.size() == 2);
  CHECK(records[0].id == "1");
  CHECK(records[0].command == std::vector<std::string>{"ls", "-l"});
  CHECK(records[0].signal == "KILL");
  CHECK(records[0].reason == "its task has ended");
  CHECK_FALSE(records[1].ended_at.has_value());
}

TEST_CASE("the file has a bound, and the latest are kept") {
  const test::TempFolder folder;
  const std::string path = folder.path() + "/execs";
  for (int i = 0; i < 400; ++i) {
    ExecRecord record = a_record(std::to_string(i));
    record.command = {std::string(100'000, '"'), "more"};
    record.who = std::string(10'000, 'w');
    REQUIRE(append_exec(path, record).ok());
    REQUIRE(os::read_file(path)->size() < 200u << 10);
  }
  const std::vector<ExecRecord> records = read_execs(path);
  REQUIRE(records.size() >= kExecsKept);
  CHECK(records.back().id == "399");
  CHECK(records.back().command[0].size() == 1000);
}

TEST_CASE("what is damaged in the file costs nothing else") {
  const test::TempFolder folder;
  const std::string path = folder.path() + "/execs";
  REQUIRE(append_exec(path, a_record("1")).ok());
  const std::string line = *os::read_file(path);
  REQUIRE(os::write_file(path, line.substr(0, 20) + "\n\n[]\nnull\n{\"id\":3}\n" + line + line.substr(0, 30)).ok());
  const std::vector<ExecRecord> records = read_execs(path);
  REQUIRE(records.size() == 1);
  CHECK(records[0].who == "alice at ::1");
}

}  // namespace
}  // namespace aurora::executor
