// What executors of earlier versions left on disk (tests/executor/recorded/record) is read by this one.
#include <catch2/catch.hpp>
#include <filesystem>

#include "aurora/core/process/find_end_reason.h"
#include "aurora/executor/host_journal.h"
#include "aurora/executor/task_files.h"
#include "aurora/os/files.h"
#include "support/temp_folder.h"

using namespace aurora;
using namespace aurora::executor;

namespace {

std::string from_hexadecimal(const std::string& text) {
  std::string bytes;
  std::string digits;
  for (const char c : text) {
    if (c == '\n') continue;
    digits += c;
    if (digits.size() < 2) continue;
    bytes += static_cast<char>(std::stoi(digits, nullptr, 16));
    digits.clear();
  }
  return bytes;
}

// The files of one version, as that version left them.
class Recorded {
 public:
  explicit Recorded(const std::filesystem::path& folder) {
    for (const auto& entry : std::filesystem::directory_iterator(folder)) {
      const Result<std::string> text = os::read_file(entry.path().string());
      REQUIRE(text.ok());
      REQUIRE(os::write_file(path(entry.path().stem().string()), from_hexadecimal(*text)).ok());
    }
  }
  std::string path(const std::string& name) const { return folder_.path() + "/" + name; }

 private:
  test::TempFolder folder_;
};

void check_plan(const Recorded& recorded) {
  const Result<RunnerPlan> plan = read_plan(recorded.path("succeeds.plan"));
  REQUIRE(plan.ok());
  REQUIRE(validate(plan->plan).ok());
  REQUIRE(plan->plan.processes.size() == 2);
  CHECK(plan->plan.processes[1].cmdline == "echo two");
  CHECK(plan->plan.processes[0].log ==
        core::LogPolicy{core::LogDestination::File, core::LogMode::Rotate, 1'000'000, 3});
  CHECK(plan->plan.orders == std::vector<std::vector<std::string>>{{"first", "second"}});
  CHECK(plan->user.name == "www-data");
  CHECK(plan->switches_user);
  CHECK(plan->ports.at("http") == 31007);
  CHECK_FALSE(plan->traits().is_checked);
  CHECK(plan->sandbox.ends_with("/runs/1/sandbox"));
  const core::TaskAccepted accepted = recover_accepted(recorded.path("succeeds.plan"), plan->task_id);
  CHECK(accepted.summary.job == core::JobKey{"www-data", "devel", "succeeds"});
  CHECK(read_task_json(recorded.path("succeeds.plan")).ok());
}

// From the third version on.
void check_image(const Recorded& recorded) {
  TaskPaths paths;
  paths.plan = recorded.path("imaged.plan");
  paths.launched = recorded.path("imaged.launched");
  if (!os::exists(paths.plan)) return;
  const Result<RunnerPlan> plan = read_checked_plan(paths);
  REQUIRE(plan.ok());
  REQUIRE(plan->container);
  CHECK(plan->container->image.ends_with("/images/small"));
  CHECK(plan->container->sandbox == "/mnt/mesos/sandbox");
  REQUIRE(plan->health);
  CHECK(std::get<core::HttpCheck>(plan->health->checker).endpoint == "/alive");
  CHECK(plan->shutdown->graceful_endpoint == "/quit");
  CHECK_FALSE(plan->lacks_checks);
  paths.preparing = paths.launched;  // as it is until all is prepared
  CHECK(read_unprepared(paths)->config->job.name == "imaged");
}

void check_histories(const Recorded& recorded) {
  const auto history_of = [&](const std::string& name) {
    Result<core::RunHistory> history = read_history(recorded.path(name + ".checkpoint"));
    REQUIRE(history.ok());
    return *std::move(history);
  };
  const core::RunHistory succeeded = history_of("succeeds");
  CHECK(succeeded.state() == core::RunState::Success);
  REQUIRE(succeeded.processes.size() == 2);
  CHECK(succeeded.processes[1].back().return_code == 0);
  CHECK_FALSE(succeeded.boot_id().empty());
  const core::RunHistory failed = history_of("fails");
  CHECK(failed.state() == core::RunState::Failed);
  CHECK(failed.processes.at(0).back().return_code == 3);
  const core::RunHistory killed = history_of("killed");
  CHECK(killed.state() == core::RunState::Killed);
  CHECK(killed.processes.at(0).back().return_code == -15);
}

void check_journal(const Recorded& recorded) {
  auto journal = open_host_journal(recorded.path("journal"), Instant{1});
  REQUIRE(journal.ok());
  const auto records = (*journal)->load();
  REQUIRE(records.ok());
  core::HostTasks tasks({}, "session");
  for (const core::HostRecord& record : *records) tasks.apply(record);
  std::map<std::string, core::TaskStatus> ends;
  for (const auto& [task_id, task] : tasks.tasks()) ends[task.summary.job.name] = task.status;
  ends.erase("imaged");
  CHECK(ends == std::map<std::string, core::TaskStatus>{{"fails", core::TaskStatus::Failed},
                                                        {"killed", core::TaskStatus::Killed},
                                                        {"succeeds", core::TaskStatus::Finished}});
}

}  // namespace

TEST_CASE("what earlier executors left on disk is read") {
  size_t versions = 0;
  for (const auto& entry :
       std::filesystem::directory_iterator(AURORA_SOURCE_DIR "/tests/executor/recorded")) {
    if (!entry.is_directory()) continue;
    INFO(entry.path());
    const Recorded recorded(entry.path());
    check_plan(recorded);
    check_image(recorded);
    check_histories(recorded);
    check_journal(recorded);
    ++versions;
  }
  CHECK(versions >= 1);
}
