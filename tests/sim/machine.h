// A host's machine: the runners of its tasks, which outlive the executor's process, and the disk with its
// journal, which outlives the machine's power.
#pragma once

#include <map>
#include <optional>

#include "aurora/executor/host_journal.h"
#include "aurora/executor/runner_host.h"
#include "sim/health.h"
#include "sim/runner.h"
#include "support/sim_disk.h"

namespace aurora::sim {

class Machine final : public executor::RunnerHost, public executor::HostJournal {
 public:
  Machine(World& world, std::string name, LiveRuns& live);

  // RunnerHost
  Status start(const core::Task& task, const std::vector<std::string>& gpus) override;
  void request_kill(const core::TaskId& task_id) override;
  void destroy(const core::TaskId& task_id) override;
  core::HostTasks::FoundRunner adopt(const core::TaskId& task_id) override;
  std::vector<FoundFolder> list_found() override;
  core::TaskAccepted recover(const core::TaskId& task_id) override;
  std::vector<core::HostEvent> wait(Duration max) override;
  void wake() override { on_wake(); }

  Health& health() { return health_; }

  // HostJournal
  Status append(const std::vector<core::HostRecord>& records) override;
  Result<std::vector<core::HostRecord>> load() override;
  Status compact(const std::vector<core::HostRecord>& all) override;

  void forget_events();                // the executor's process is gone; its runners are orphans now
  void pause_a_runner(Duration time);  // SIGSTOP of one of those that live
  void pause_nursery(Duration time);   // nobody is born meanwhile
  void damage_journal();               // some bytes of what was written long ago change
  void lose_power();                   // every runner dies, unsynced bytes may be lost

  std::function<void()> on_wake = [] {};
  std::function<void(const core::TaskId&)> on_birth = [](const auto&) {};
  std::function<void(const core::TaskId&)> on_kill = [](const auto&) {};  // a runner is asked to end
  test::SimDisk disk;

  // Planted bugs: a restarted executor takes newborns for dead; damage is taken for a torn tail, and what
  // runs is not looked for; each request to kill reaches the process.
  bool buries_newborns = false;
  bool cuts_tails = false;
  bool forgets_health = false;  // the journal does not keep it
  void repeat_kills() { setting_.repeats_kills = true; }

 private:
  struct Folder {  // of a task
    core::TaskAccepted accepted;
    std::unique_ptr<Runner> runner;
    bool is_child = true;  // of the present executor process
  };
  Runner* find_runner(const core::TaskId& task_id);
  std::optional<core::TaskId> find_user(const std::string& gpu) const;
  core::RunnerEnd end_of(const Folder& folder) const;
  bool is_held(const Folder& folder) const;

  World& world_;
  std::string name_;
  Runner::Setting setting_;
  Health::Setting health_setting_;
  Health health_{health_setting_};
  std::map<core::TaskId, Folder> folders_;
  std::set<core::TaskId> started_;
  std::vector<core::HostEvent> events_;
  Instant births_at_;  // not before
};

}  // namespace aurora::sim
