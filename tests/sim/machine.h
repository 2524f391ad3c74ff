// A host's machine: the runners of its tasks, which outlive the executor's process, and the disk with its
// journal, which outlives the machine's power.
#pragma once

#include <map>
#include <optional>

#include "aurora/executor/host_journal.h"
#include "aurora/executor/runner_host.h"
#include "sim/world.h"
#include "support/sim_disk.h"

namespace aurora::sim {

// Where each task is running now, over all hosts.
using LiveRuns = std::map<core::TaskId, std::string>;

class Machine final : public executor::RunnerHost, public executor::HostJournal {
 public:
  Machine(World& world, std::string name, LiveRuns& live)
      : world_(world), name_(std::move(name)), live_(live) {}

  // RunnerHost
  Status start(const core::Task& task) override;
  void request_kill(const core::TaskId& task_id) override;
  void destroy(const core::TaskId& task_id) override;
  core::HostTasks::FoundRunner adopt(const core::TaskId& task_id) override;
  std::vector<FoundFolder> list_found() override;
  core::TaskAccepted recover(const core::TaskId& task_id) override;
  std::vector<core::HostEvent> wait(Duration max) override;
  void wake() override { on_wake(); }

  // HostJournal
  Status append(const std::vector<core::HostRecord>& records) override;
  Result<std::vector<core::HostRecord>> load() override;
  Status compact(const std::vector<core::HostRecord>& all) override;

  void forget_events();                // the executor's process is gone; its runners are orphans now
  void pause_a_runner(Duration time);  // SIGSTOP of one of those that live
  void lose_power();                   // every runner dies, unsynced bytes may be lost

  std::function<void()> on_wake = [] {};
  test::SimDisk disk;

 private:
  struct Run {
    bool live = false;
    bool started = false;
    bool ignores_kill = false;
    bool is_child = true;  // of the present executor process
    Instant paused_until;
    core::RunnerEnd end;
    std::optional<core::TaskAccepted> accepted;
  };
  void begin(const core::TaskId& task_id);
  void end(const core::TaskId& task_id, std::optional<core::RunState> state, std::optional<int> exit_code);
  void end_unless_paused(const core::TaskId& task_id, core::RunState state);
  void end_later(const core::TaskId& task_id, Duration delay, core::RunState state);

  World& world_;
  std::string name_;
  LiveRuns& live_;
  std::map<core::TaskId, Run> runs_;
  std::vector<core::HostEvent> events_;
};

}  // namespace aurora::sim
