#include "aurora/executor/collector.h"

#include <catch2/catch.hpp>

#include "aurora/os/files.h"
#include "support/builders.h"
#include "support/fake_clock.h"
#include "support/fake_runner_host.h"
#include "support/temp_folder.h"

using namespace aurora;
using namespace aurora::executor;

namespace {

const core::TaskId kOld("old"), kRunning("running");

class NoSink final : public ReportSink {
 public:
  void post(core::ReportTasks) override {}
};

void make_files(const WorkFolder& work, const core::TaskId& task_id) {
  const TaskPaths paths = work.paths_of(task_id);
  REQUIRE(os::make_folders(paths.sandbox + "/deep/er").ok());
  REQUIRE(os::make_folders(paths.folder).ok());
  REQUIRE(os::write_file(paths.checkpoint, "").ok());
}

}  // namespace

TEST_CASE("what ended long ago loses its files and keeps its record; what runs keeps both") {
  const test::TempFolder folder;
  const WorkFolder work{folder.path(), folder.path() + "/state", "agent"};
  const test::FakeClock clock;
  const Instant now = clock.now();
  const core::HostTaskSummary summary{{"www", "prod", "web"}, 0, 1, 1, 1, {}};
  REQUIRE(os::make_folders(work.state).ok());
  const auto journal = open_host_journal(work.state + "/journal", now).value();
  make_files(work, kOld);
  make_files(work, kRunning);

  test::FakeRunnerHost runners;
  runners.found[kRunning] = {.alive = true, .started = true, .end = {}};
  NoSink sink;
  Counters counters;
  test::FakeClock loop_clock;
  core::HostTasks tasks(test::a_host("h1"), "session");
  tasks.apply(core::TaskAccepted{kOld, now - hours(24 * 20), summary});
  tasks.apply(core::TaskEnded{kOld, now - hours(24 * 19), core::TaskStatus::Finished, "Task finished."});
  tasks.apply(core::EndAcknowledged{kOld});
  tasks.apply(core::TaskAccepted{kRunning, now - hours(24 * 20), summary});
  HostLoop loop(std::move(tasks), runners, *journal, sink, loop_clock, counters);
  REQUIRE(loop.start().ok());

  const auto is_collected = [&](const core::TaskId& id) {
    return loop.query([&](const core::HostTasks& t) { return t.find(id)->collected_at.has_value(); });
  };
  {
    const Collector collector(loop, work, {}, clock);
    while (!is_collected(kOld)) loop.run_round();
  }
  CHECK_FALSE(os::exists(work.paths_of(kOld).folder));
  CHECK_FALSE(os::exists(work.paths_of(kOld).sandbox));
  CHECK(os::exists(work.paths_of(kRunning).sandbox + "/deep/er"));
  CHECK_FALSE(is_collected(kRunning));
}
