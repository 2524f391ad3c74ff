// What an executor and its runners read: their own files, which a torn write may have damaged, and a task's
// payload, which anybody may have sent.
#include "aurora/codec/json_value.h"
#include "aurora/executor/host_journal.h"
#include "aurora/executor/task_files.h"
#include "aurora/os/files.h"
#include "executor/bytes.h"
#include "executor/task_payload.h"
#include "support/builders.h"
#include "support/temp_folder.h"
#include "targets.h"

namespace aurora::fuzz {
namespace {

// The input as a file that is replaced by the next.
const std::string& file_of(std::string_view input) {
  static const test::TempFolder folder;
  static const std::string path = folder.path() + "/input";
  promise(os::write_file(path, input, 0600).ok(), "the folder for temporary files can be written");
  return path;
}

}  // namespace

// Read as it is, and with a frame around it, since no fuzzer guesses a checksum.
void checkpoint(std::string_view input) {
  for (const std::string& bytes : {std::string(input), executor::frame(input)}) {
    const core::RunHistory history = executor::parse_history(bytes);
    promise(history.states.size() <= bytes.size() && history.processes.size() <= 100'000,
            "what a damaged file says is bounded");
  }
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

void task_plan(std::string_view input) {
  (void)executor::read_task_json(file_of(input));
  const auto plan = executor::read_plan(file_of(executor::frame(input)));
  if (!plan.ok()) return;
  const std::string& path = file_of("");
  promise(executor::write_plan(path, *plan, "{}").ok() && executor::read_plan(path).ok(),
          "a plan is written as it was read");
  promise(executor::read_task_json(path).ok(), "the task is written beside the plan");
}

void task_payload(std::string_view input) {
  core::TaskConfig config = test::a_config();
  config.executor_config = core::ExecutorConfig{"AuroraExecutor", std::string(input)};
  core::Task task = test::a_task();
  task.config = core::TaskConfigRef(config);
  task.assigned_ports = {{"http", 31005}};
  const auto bound = executor::bind_payload(task, "h1");
  if (!bound.ok()) return promise(!bound.error().message.empty(), "a refused payload has a reason");
  promise(codec::JsonValue::parse(bound->task_json).ok(), "the bound task is JSON");
}

}  // namespace aurora::fuzz
