#include "aurora/executor/task_files.h"

#include <catch2/catch.hpp>

#include "aurora/base/rng.h"
#include "aurora/codec/json.h"
#include "aurora/os/files.h"
#include "executor/bytes.h"
#include "support/builders.h"
#include "support/temp_folder.h"

using namespace aurora;
using namespace aurora::executor;

namespace {

RunnerPlan a_plan() {
  RunnerPlan plan;
  plan.task_id = core::TaskId("t");
  plan.plan.processes = {{"a", "echo a", 2, true, false, true, seconds(7)},
                         {"b", "echo b", 1, false, true, false, {}}};
  plan.plan.processes[1].log = {core::LogDestination::Both, core::LogMode::Rotate, 1000, 2};
  plan.plan.orders = {{"a", "b"}, {}};
  plan.plan.max_failures = 3;
  plan.plan.max_concurrency = 4;
  plan.plan.finalization_wait = seconds(5);
  plan.sandbox = "/sandbox";
  plan.user = {"www-data", 33, 33, {33, 4}, ""};
  plan.switches_user = true;
  plan.search_path = "/bin";
  plan.hostname = "h1";
  plan.ports = {{"http", 31000}};
  plan.launched_at = Instant{123};
  plan.health = core::HealthPlan{core::HttpCheck{31000, "/alive", "yes", 204},
                                 {seconds(1), milliseconds(1500), seconds(3), 4, 5}};
  plan.confinement.disk_max_bytes = 1 << 20;
  plan.gpus = {"/dev/nvidia1"};
  plan.variables = {"CUDA_VISIBLE_DEVICES=1"};
  plan.shutdown = core::ShutdownPlan{31001, "/q", "/a", seconds(1), seconds(2)};
  return plan;
}

core::HostTaskSummary a_summary() {
  return {{"www", "prod", "web"}, 3, 1.5, 128, 64, {{"http", 31000}}, {"/dev/nvidia1"}};
}

std::string a_history() {
  using enum core::ProcessState;
  return encode_record(core::RunStateRecord{core::RunState::Active, Instant{1}, 7}) +
         encode_record(core::ProcessRecord{0, Waiting, Instant{2}}) +
         encode_record(core::ProcessRecord{0, Forked, Instant{3}, 100}) +
         encode_record(core::ProcessRecord{0, Running, Instant{4}, 100}) +
         encode_record(core::ProcessRecord{0, Failed, Instant{5}, 100, 9}) +
         encode_record(core::RunStateRecord{core::RunState::Cleaning, Instant{6}, 7}) +
         encode_record(core::RunnerEndRecord{Instant{7}, 0, 9});
}

}  // namespace

TEST_CASE("a checkpoint says which kernel and which process, and those of before are still read") {
  core::ProcessRecord forked{0, core::ProcessState::Forked, Instant{3}, 100};
  forked.start_ticks = 123'456;
  const core::RunHistory history =
      parse_history(encode_record(core::RunStateRecord{core::RunState::Active, Instant{1}, 7, "boot"}) +
                    encode_record(core::ProcessRecord{0, core::ProcessState::Waiting, Instant{2}}) +
                    encode_record(forked));
  CHECK(history.boot_id() == "boot");
  CHECK(history.processes.at(0).at(0).start_ticks == 123'456);

  // As the first version wrote it: kind, state, moment and pid; kind, state, moment, process, pid and no return code.
  const auto state = frame(std::string("\0\0\1\0\0\0\0\0\0\0\7\0\0\0", 14));
  const auto waiting = frame(std::string("\1\0\2\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0", 23));
  const auto old_forked = frame(std::string("\1\1\3\0\0\0\0\0\0\0\0\0\0\0\x64\0\0\0\0\0\0\0\0", 23));
  const core::RunHistory old = parse_history(state + waiting + old_forked);
  CHECK(old.states.at(0) == core::RunStateRecord{core::RunState::Active, Instant{1}, 7});
  CHECK(old.boot_id().empty());
  CHECK(old.processes.at(0).at(0).pid == 100);
  CHECK(old.processes.at(0).at(0).start_ticks == 0);
}

TEST_CASE("what a plan of before lacks is in what the task was launched with") {
  const test::TempFolder folder;
  const TaskPaths paths = WorkFolder{folder.path(), folder.path() + "/state", "a"}.paths_of(core::TaskId("t"));
  REQUIRE(os::make_folders(paths.folder).ok());
  RunnerPlan plan = a_plan();
  plan.health.reset();
  plan.shutdown.reset();
  const std::string whole = encode_plan(plan, "{}");
  const Frames frames = split_frames(whole);
  // Before there were sections: the plan ended with whether there is a check.
  const std::string_view now = frames.payloads.at(0);
  const size_t sections = now.find("confinement") - 2 * sizeof(uint32_t);
  REQUIRE(os::write_file(paths.plan, frame(now.substr(0, sections)) + frame("{}")).ok());
  Result<RunnerPlan> read = read_checked_plan(paths);
  REQUIRE(read.ok());
  CHECK(read->lacks_checks);
  CHECK_FALSE(read->health);

  core::TaskConfig config = test::a_config();
  config.executor_config = core::ExecutorConfig{
      "AuroraExecutor", R"({"task": {"name": "n", "processes": [{"name": "p", "cmdline": "true"}]},
        "health_check_config": {"health_checker": {"shell": {"shell_command": "true"}}}})"};
  core::Task task = test::a_task();
  task.config = core::TaskConfigRef(config);
  REQUIRE(os::write_file(paths.launched, codec::encode_json(task)).ok());
  read = read_checked_plan(paths);
  REQUIRE(read.ok());
  CHECK(read->traits().is_checked);
  CHECK(read->traits().was_unchecked);

  REQUIRE(os::write_file(paths.plan, whole).ok());
  CHECK_FALSE(read_checked_plan(paths)->traits().is_checked);  // it says that there is none
}

TEST_CASE("a plan comes back as it was written, with the task beside it") {
  const test::TempFolder folder;
  const std::string path = folder.path() + "/plan";
  const RunnerPlan plan = a_plan();
  REQUIRE(write_plan(path, plan, R"({"name": "x"})", a_summary()).ok());
  const auto read = read_plan(path);
  REQUIRE(read.ok());
  CHECK(read->plan.processes.size() == 2);
  CHECK(read->plan.processes[0].cmdline == "echo a");
  CHECK(read->plan.processes[0].daemon);
  CHECK(read->plan.processes[0].min_duration == seconds(7));
  CHECK(read->plan.processes[0].log == core::LogPolicy{});
  CHECK(read->plan.processes[1].log == plan.plan.processes[1].log);
  CHECK(read->plan.orders == plan.plan.orders);
  CHECK(read->plan.finalization_wait == seconds(5));
  CHECK(read->user.groups == plan.user.groups);
  CHECK(read->ports == plan.ports);
  CHECK(read->launched_at == plan.launched_at);
  CHECK(*read_task_json(path) == R"({"name": "x"})");
  CHECK(read->health == plan.health);
  CHECK(read->shutdown == plan.shutdown);
}

TEST_CASE("a plan says how its task is checked, or that it is not") {
  RunnerPlan plan = a_plan();
  plan.health = core::HealthPlan{core::ShellCheck{"true"}};
  plan.shutdown.reset();
  const auto shell = decode_plan(encode_plan(plan, "{}"));
  CHECK(shell->health == plan.health);
  CHECK(shell->traits().is_checked);
  CHECK_FALSE(shell->traits().hears_shutdown);
  plan.health.reset();
  CHECK_FALSE(decode_plan(encode_plan(plan, "{}"))->traits().is_checked);
}

TEST_CASE("a history comes back record by record") {
  const core::RunHistory history = parse_history(a_history());
  CHECK(history.state() == core::RunState::Cleaning);
  REQUIRE(history.processes.size() == 1);
  const core::ProcessRun& run = history.processes[0].at(0);
  CHECK(run.state == core::ProcessState::Failed);
  CHECK(run.fork_time == Instant{3});
  CHECK(run.start_time == Instant{4});
  CHECK(run.stop_time == Instant{5});
  CHECK(run.return_code == 9);
  CHECK(run.pid == 100);
  REQUIRE(history.runner_end);
  CHECK(history.runner_end->signal == 9);
  CHECK_FALSE(history.runner_end->exit_code.has_value());
  CHECK(history.runner_end->last_state == core::RunState::Cleaning);
}

TEST_CASE("how a runner ended counts once, and only if it left the last word to others") {
  core::RunHistory history = parse_history(a_history());
  CHECK_FALSE(history.apply(core::RunnerEndRecord{Instant{8}, 101, 0}));
  CHECK(history.runner_end->signal == 9);
  core::RunHistory over;
  REQUIRE(over.apply(core::RunStateRecord{core::RunState::Success, Instant{1}, 7}));
  CHECK_FALSE(over.apply(core::RunnerEndRecord{Instant{2}, 0, 9}));
  CHECK_FALSE(over.runner_end.has_value());
}

TEST_CASE("what the journal knew of a task is found in its plan, as far as that can be read") {
  const test::TempFolder folder;
  const std::string path = folder.path() + "/plan";
  const core::TaskId id("t");
  REQUIRE(write_plan(path, a_plan(), R"({"name": "x"})", a_summary()).ok());
  CHECK(recover_accepted(path, id).summary == a_summary());
  CHECK(recover_accepted(path, id).at == Instant{123});

  std::string bytes = *os::read_file(path);
  bytes[20] ^= 1;  // in the plan
  REQUIRE(os::write_file(path, bytes).ok());
  CHECK(recover_accepted(path, id).summary == a_summary());

  REQUIRE(os::write_file(path, encode_plan(a_plan(), "{}")).ok());  // as it was written before
  CHECK(recover_accepted(path, id).summary.job.role == "www-data");
  CHECK(recover_accepted(path, id).summary.ports == a_plan().ports);

  REQUIRE(os::write_file(path, "nothing of use").ok());
  CHECK(recover_accepted(path, id).task_id == id);
  CHECK(recover_accepted(path, id).summary.job.role == "unknown");
  CHECK(recover_accepted(folder.path() + "/missing", id).summary.job.role == "unknown");
}

TEST_CASE("a damaged record of a history costs that record, not those behind it") {
  const std::string good = a_history();
  for (size_t at = 0; at < good.size(); ++at) {
    std::string bytes = good;
    bytes[at] ^= 0x10;
    const core::RunHistory history = parse_history(bytes);
    const bool in_last = at >= good.size() - encode_record(core::RunnerEndRecord{}).size();
    CHECK(history.runner_end.has_value() != in_last);
  }
}

TEST_CASE("damaged plans and histories are refused or cut short, never believed") {
  const test::TempFolder folder;
  const std::string path = folder.path() + "/plan";
  REQUIRE(write_plan(path, a_plan(), "{}", a_summary()).ok());
  const std::string plan = *os::read_file(path);
  const std::string history = a_history();
  const size_t records = parse_history(history).states.size();
  Rng rng(4711);
  for (int i = 0; i < 2000; ++i) {
    std::string bytes = i % 2 == 0 ? plan : history;
    for (uint64_t changes = 1 + rng.below(4); changes > 0; --changes) {
      bytes[rng.below(bytes.size())] = static_cast<char>(rng.below(256));
    }
    if (rng.below(3) == 0) bytes.resize(rng.below(bytes.size()));
    CHECK(parse_history(bytes).states.size() <= records);
    if (i % 20 != 0) continue;
    REQUIRE(os::write_file(path, bytes).ok());
    const auto read = read_plan(path);
    if (read.ok()) CHECK(read->task_id.value() == "t");
  }
}

TEST_CASE("a record says why a process could not be started, and one of before is still read") {
  const core::ProcessRecord record{0, core::ProcessState::Failed, Instant{5}, 0, 127, "cannot open 'x': it is a link"};
  const std::string begin = encode_record(core::ProcessRecord{0, core::ProcessState::Waiting, Instant{2}});
  const core::RunHistory history = parse_history(begin + encode_record(record));
  REQUIRE(history.processes.size() == 1);
  CHECK(history.processes[0].back().detail == "cannot open 'x': it is a link");

  const std::string old_record("\x01\x05\x05\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\x01\x7f\0\0\0", 23);
  const core::RunHistory old = parse_history(begin + frame(old_record));
  REQUIRE(old.processes.size() == 1);
  CHECK(old.processes[0].back().return_code == 127);
  CHECK(old.processes[0].back().detail.empty());
}
