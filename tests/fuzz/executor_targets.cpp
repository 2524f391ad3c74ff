// What an executor and its runners read: their own files, which a torn write may have damaged, and a task's
// payload, which anybody may have sent.
#include "aurora/codec/json_value.h"
#include "aurora/executor/host_journal.h"
#include "aurora/executor/task_files.h"
#include "aurora/executor/thermos_stream.h"
#include "executor/bytes.h"
#include "executor/log_cursor.h"
#include "executor/log_index.h"
#include "aurora/codec/task_payload.h"
#include "support/builders.h"
#include "targets.h"

namespace aurora::fuzz {
// Read as it is, and with a frame around it, since no fuzzer guesses a checksum.
void checkpoint(std::string_view input) {
  for (const std::string& bytes : {std::string(input), executor::frame(input)}) {
    const core::RunHistory history = executor::parse_history(bytes);
    promise(history.states.size() <= bytes.size() && history.processes.size() <= 100'000,
            "what a damaged file says is bounded");
  }
}

// Only what Thermos wrote: ours is `checkpoint`.
void thermos_stream(std::string_view input) {
  const auto records = executor::parse_stream(input, "");
  if (!records.ok()) return promise(!records.error().message.empty(), "what is refused has a reason");
  promise(records->size() <= input.size(), "what a damaged file says is bounded");
  for (const executor::StreamRecord& record : *records) promise(!executor::to_text(record).empty(), "a record has a text");
  const executor::StreamState state = executor::replay(*records);
  promise(state.statuses.size() <= records->size() && state.processes.size() <= records->size(), "nothing is made up");
}

void host_journal(std::string_view input) {
  for (const std::string_view payload : executor::split_frames(input).payloads)
    (void)executor::decode_record(payload);
  const auto record = executor::decode_record(input);
  if (!record.ok()) return;
  const std::string encoded = executor::encode_record(*record);
  const auto again = executor::decode_record(encoded);
  promise(again.ok() && executor::encode_record(*again) == encoded, "a record encodes to the same record");
}

namespace {

void read_marks(const std::string& bytes) {
  const std::vector<executor::LogMark> marks = executor::parse_marks(bytes);
  std::string encoded;
  for (const executor::LogMark& mark : marks) encoded += executor::encode_mark(mark);
  promise(executor::parse_marks(encoded) == marks, "marks are written as they were read");
  const executor::LogIndex index(marks);
  for (const executor::LogMark& mark : marks) {
    const std::optional<Instant> time = index.find_time(mark.file, mark.bytes);
    promise(!time || index.bytes_before(mark.file, *time) < std::max<int64_t>(mark.bytes, 1),
            "what was there before the time of a line does not hold the line");
  }
  promise(executor::thin_out(marks).size() <= marks.size(), "fewer marks are fewer");
}

void read_cursor(std::string_view text) {
  const auto cursor = executor::parse_cursor(text);
  if (!cursor) return;
  promise(executor::parse_cursor(executor::encode_cursor(*cursor)) == cursor, "a cursor is written as it was read");
}

}  // namespace

// Marks as they are, and in frames, since no fuzzer guesses a checksum.
void log_marks(std::string_view input) {
  if (input.empty()) return;
  const std::string_view rest = input.substr(1);
  if (input[0] == 'c') return read_cursor(rest);
  std::string framed;
  constexpr size_t kPayload = 24;
  for (size_t at = 0; at < rest.size(); at += kPayload) framed += executor::frame(rest.substr(at, kPayload));
  read_marks(std::string(rest));
  read_marks(framed);
}

void task_plan(std::string_view input) {
  (void)executor::decode_plan(input);
  const auto plan = executor::decode_plan(executor::frame(input));
  if (!plan) return;
  const std::string encoded = executor::encode_plan(*plan, "{}");
  const auto again = executor::decode_plan(encoded);
  promise(again && executor::encode_plan(*again, "{}") == encoded, "a plan is written as it was read");
}

void task_payload(std::string_view input) {
  core::TaskConfig config = test::a_config();
  config.executor_config = core::ExecutorConfig{"AuroraExecutor", std::string(input)};
  core::Task task = test::a_task();
  task.config = core::TaskConfigRef(config);
  task.assigned_ports = {{"http", 31005}};
  const Status runnable = codec::check_runnable(config);
  promise(runnable.ok() || !runnable.error().message.empty(), "a refused configuration has a reason");
  for (const std::string& line : codec::list_unsupported(config)) promise(!line.empty(), "what is not done has a name");
  const auto bound = codec::bind_payload(task, "h1");
  if (!bound.ok()) return promise(!bound.error().message.empty(), "a refused payload has a reason");
  promise(codec::JsonValue::parse(bound->task_json).ok(), "the bound task is JSON");
}

}  // namespace aurora::fuzz
