// A cluster of its own in which a command is carried out to its end: what the engine and the hosts would do, without
// disk, delay and failure. It tells whoever listens what changes. Pure.
#pragma once

#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "aurora/core/cluster/task_after.h"
#include "aurora/core/commands/command.h"

namespace aurora::core {

class Rehearsal {
 public:
  // Called for every change before it is applied, with the task that it is about.
  using Watch = std::function<void(const Change&, const std::optional<TaskAfter>&)>;
  // `cluster` is changed. `job`: whose tasks and update are followed. All outlive the rehearsal.
  Rehearsal(Cluster& cluster, const JobKey& job, Instant now, uint64_t seed, const SchedulerSettings& settings, Watch watch);

  Result<Decided> submit(const Command& command);  // the decision is applied
  void run();                                      // until nothing happens any more

  Context context() { return {now_, rng_, scheduler_host_, settings_}; }
  Instant now() const { return now_; }
  // Time that has passed because the watch of an instance was waited for; and for anything else.
  Duration watched() const { return watched_; }
  Duration waited() const { return waited_; }
  int64_t decisions() const { return decisions_; }  // so far, that of the change which is watched included
  // What somebody else has to do for it to go on, since this was last asked: a pause ended, a pulse sent.
  std::vector<std::string> take_needs();
  bool is_cut_off() const { return is_cut_off_; }  // it was too much to follow to the end

 private:
  struct Moment {
    Instant at;
    bool is_watch = false;
  };
  void absorb(Decision decision);
  void take(Decision decision);
  void apply(const Change& change);
  bool hosts_act();
  bool place_new();
  bool place_waiting();
  bool place(std::set<ConfigHash> groups);
  bool others_act();
  bool time_passes();
  std::optional<Moment> next_moment() const;
  void need(const std::string& what);

  Cluster& cluster_;
  const JobKey& job_;
  const SchedulerSettings& settings_;
  const Watch watch_;
  const Instant begin_;
  Instant now_;
  Rng rng_;
  SharedText scheduler_host_ = "plan";
  std::vector<TaskId> to_run_;   // that hosts start
  std::vector<TaskId> to_end_;   // that hosts end
  std::vector<AskCoordinator> asked_;
  std::vector<Change> applied_;  // and not followed up yet
  std::set<ConfigHash> waiting_;  // groups that found no host
  bool has_room_ = true;         // placement may find more than the last time
  bool is_due_ = false;          // tasks have waited long enough to have others go
  int attempts_ = 0;             // of placement, on hosts that are many
  Instant placed_at_;
  int idle_moments_ = 0;         // since anything changed
  int64_t decisions_ = 0;
  int64_t changes_ = 0;
  bool is_cut_off_ = false;
  Duration watched_;
  Duration waited_;
  std::vector<std::string> needs_;
  std::set<std::string> needed_;
};

}  // namespace aurora::core
