#include "aurora/executor/thermos_stream.h"

#include <catch2/catch.hpp>

#include "aurora/executor/task_files.h"

using namespace aurora;
using namespace aurora::executor;
using namespace std::string_literals;

namespace {

std::string number(uint64_t value, int bytes) {
  std::string out;
  for (int i = bytes - 1; i >= 0; --i) out += static_cast<char>(value >> (8 * i));
  return out;
}
std::string head(int type, int field) {
  return number(static_cast<uint64_t>(type), 1) + number(static_cast<uint64_t>(field), 2);
}
std::string i32(int field, int32_t value) { return head(8, field) + number(static_cast<uint32_t>(value), 4); }
std::string i64(int field, int64_t value) {
  return head(10, field) + number(static_cast<uint64_t>(value), 8);
}
std::string real(int field, double value) {
  return head(4, field) + number(std::bit_cast<uint64_t>(value), 8);
}
std::string text(int field, const std::string& value) {
  return head(11, field) + number(value.size(), 4) + value;
}
std::string record(int kind, const std::string& fields) {
  const std::string body = head(12, kind) + fields + "\0\0"s;
  return number(body.size(), 4) + body;
}
std::string status(int state) { return record(3, i32(1, state) + i64(2, 1000) + i32(3, 77) + i32(4, 0)); }

std::string error_of(const std::string& bytes) {
  const auto parsed = parse_stream(bytes, "");
  return parsed.ok() ? "none" : parsed.error().message;
}

}  // namespace

TEST_CASE("a runner's stream of Thermos is read") {
  const std::string ports =
      head(13, 6) + number(11, 1) + number(10, 1) + number(1, 4) + number(4, 4) + "http" + number(31000, 8);
  const std::string header = text(1, "id") + i64(2, 5) + text(3, "/s") + text(4, "h") + text(5, "www") +
                             ports + text(7, "/s/.logs") + i32(8, 33);
  const auto process = [](int seq, int state, const std::string& more) {
    return record(2, i64(1, seq) + text(3, "p") + i32(5, state) + more);
  };
  const std::string bytes = status(0) + record(1, header) + process(0, 0, "") +
                            process(1, 1, real(11, 1.5) + i32(10, 9)) +
                            process(2, 2, real(6, 2.5) + i32(7, 10)) +
                            process(3, 5, real(8, 3.5) + i32(9, 7)) + status(5) + status(2);
  const auto records = parse_stream(bytes, "");
  REQUIRE(records.ok());
  CHECK(records->size() == 8);
  const StreamState state = replay(*records);
  REQUIRE(state.header);
  CHECK(state.header->user == "www");
  CHECK(state.header->ports == std::map<std::string, int64_t>{{"http", 31000}});
  CHECK(state.statuses.size() == 3);
  CHECK(state.statuses.back().state == core::RunState::Failed);
  REQUIRE(state.processes.size() == 1);
  const StreamProcessStatus& run = state.processes[0].runs.at(0);
  CHECK(run.pid == 10);
  CHECK(run.coordinator_pid == 9);
  CHECK(run.return_code == 7);
  CHECK(run.stop_time == 3.5);
  CHECK(to_text(records->front()) ==
        "RunnerCkpt(runner_header=None, process_status=None, task_status=TaskStatus(state=0, "
        "timestamp_ms=1000, runner_pid=77, runner_uid=0))");
}

TEST_CASE("fields that are not known are skipped, and a torn end is the end") {
  const std::string list = head(15, 99) + number(12, 1) + number(2, 4) + i32(1, 1) + "\0"s + "\0"s;
  const std::string map =
      head(13, 98) + number(8, 1) + number(11, 1) + number(1, 4) + number(1, 4) + number(2, 4) + "ab";
  const std::string bytes = record(3, list + i32(1, 3) + map + head(2, 50) + number(1, 1));
  const auto whole = parse_stream(bytes, "");
  REQUIRE(whole.ok());
  CHECK(std::get<StreamTaskStatus>(whole->at(0)).state == core::RunState::Killed);
  for (size_t cut = 0; cut < status(0).size(); ++cut) {
    const auto torn = parse_stream(bytes + status(0).substr(0, cut), "");
    REQUIRE(torn.ok());
    CHECK(torn->size() == 1);
  }
}

TEST_CASE("what is no checkpoint is refused, however it is made") {
  CHECK(error_of("") == "none");
  CHECK(error_of("this is no checkpoint") ==
        "record 0 would be 1952999795 bytes long; none is longer than 67108864");
  CHECK(error_of(record(3, i32(1, 9))) == "record 0 is no RunnerCkpt");       // no such state
  CHECK(error_of(status(0) + record(9, "")) == "record 1 is no RunnerCkpt");  // an empty union
  CHECK(error_of(record(3, head(15, 9) + number(2, 1) + number(0xFFFFFFFF, 4))) ==
        "record 0 is no RunnerCkpt");
  CHECK(error_of(record(3, head(11, 9) + number(0xFFFFFFFF, 4))) == "record 0 is no RunnerCkpt");
  std::string deep = head(12, 9);
  for (int i = 0; i < 1000; ++i) deep += head(12, 1);
  CHECK(error_of(record(3, deep)) == "record 0 is no RunnerCkpt");
  for (size_t i = 4; i < status(0).size(); ++i) {  // no byte makes it anything but read or refused
    for (const int byte : {0, 1, 12, 15, 127, 255}) {
      std::string bytes = status(0);
      bytes[i] = static_cast<char>(byte);
      static_cast<void>(parse_stream(bytes, ""));
    }
  }
}

TEST_CASE("our own checkpoints are shown as the same records") {
  const Instant at{1'000'000};
  std::string bytes = encode_record(core::RunStateRecord{core::RunState::Active, at, 7, "boot"});
  for (const auto& [state, code] : std::vector<std::pair<core::ProcessState, std::optional<int32_t>>>{
           {core::ProcessState::Waiting, {}},
           {core::ProcessState::Forked, {}},
           {core::ProcessState::Running, {}},
           {core::ProcessState::Killed, -15}}) {
    bytes += encode_record(core::ProcessRecord{1, state, at, 42, code, {}, 0});
  }
  const auto records = parse_stream(bytes, "");
  REQUIRE(records.ok());
  const StreamState state = replay(*records);
  CHECK_FALSE(state.header);  // it is in the plan, and there is none
  REQUIRE(state.processes.size() == 1);
  CHECK(state.processes[0].name == "1");
  const StreamProcessStatus& run = state.processes[0].runs.at(0);
  CHECK(run.seq == 3);
  CHECK(run.pid == 42);
  CHECK(run.return_code == -15);
  CHECK(run.stop_time == 1000.0);
}
