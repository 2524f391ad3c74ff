// What a plan for one job needs of the cluster, taken in short looks of a few hundred records each, so that a writer
// waits for none of them for longer than for other reads. Values only: nothing in it refers to the cluster.
//
// Tasks of other jobs are not copied: a host is copied with what they leave of it, a role with what they use of its
// quota. Those that may have to go are, if they are asked for. Not thread-safe.
#pragma once

#include <map>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "aurora/core/cluster/cluster.h"
#include "aurora/core/decision/decision.h"

namespace aurora::core {

class PlanCopy {
 public:
  enum class Extent { JobAndHosts, WithVictims };
  static constexpr size_t kVictimsMax = 20'000;  // more are not looked at

  // `config`: what is to run. Both outlive the copy.
  PlanCopy(TaskConfigRef config, const SchedulerSettings& settings, Extent extent);

  // Takes the next part. False when there is none.
  bool look(const Cluster& live);
  // The job has changed since its tasks were copied: begin again, with a new copy. After the last look.
  bool is_stale(const Cluster& live) const;

  // REQUIRES: look() has said that there is no more; `cluster` is empty.
  void fill(Cluster& cluster) const;
  const TaskConfigRef& config() const { return config_; }
  Extent extent() const { return extent_; }
  size_t host_count() const { return hosts_.size(); }
  // Tasks of other jobs that wait for hosts as well: they may take what becomes free.
  size_t others_waiting() const { return others_waiting_; }
  bool has_all_victims() const { return victims_ < kVictimsMax; }

 private:
  struct CopiedHost {
    Host host;  // its capacity and ports are what other jobs' tasks leave
    bool is_connected = false;
    std::vector<UnknownTask> occupants = {};  // that run what instances of the job would: these wait
  };
  void look_at_job(const Cluster& live);
  bool look_at_tasks(const Cluster& live);
  bool look_at_hosts(const Cluster& live);
  void copy_host(const Cluster& live, size_t position);
  bool is_copied(const Task& task) const;

  const TaskConfigRef config_;
  const SchedulerSettings& settings_;
  const Extent extent_;
  enum class Stage { Job, Tasks, Hosts, Done } stage_ = Stage::Job;
  std::vector<Change> job_;          // quota, cron job, update, reservations and the like
  QuotaUse role_use_;                // of production tasks on shared hosts, all of the role
  std::vector<Task> tasks_;          // of the job, by instance
  std::vector<Task> others_;         // that may have to go
  std::vector<CopiedHost> hosts_;
  size_t next_host_ = 0;
  size_t victims_ = 0;
  size_t others_waiting_ = 0;
  bool has_ports_ = false;           // tasks of the job have ports
};

}  // namespace aurora::core
