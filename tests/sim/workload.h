// Clients: they create, kill, restart, add, update, pulse, read, and remember what was acknowledged and what
// they read.
#pragma once

#include <map>
#include <set>

#include "sim/scheduler.h"

namespace aurora::sim {

class Workload {
 public:
  Workload(World& world, Scheduler& scheduler) : world_(world), scheduler_(scheduler) {}

  void run();   // requests, one after the other, until stop()
  void read();  // of all tasks, and of those of one job, again and again, until stop()
  void read_job(const core::JobKey& key);
  void stop() { running_ = false; }
  // From now on keeps updates moving: pulses them, resumes the paused ones.
  void finish_updates();
  // Asks for the end of all maintenance until it is acknowledged.
  void finish_maintenance();
  bool is_maintenance_over() const { return maintenance_over_; }

  // The store has forgotten what it acknowledged.
  void expect_nothing();
  // The first acknowledged request that `cluster` does not know of.
  std::optional<std::string> find_forgotten(const core::Cluster& cluster);

 private:
  struct Read {
    core::TaskStatus status;
    size_t moves = 0;
  };
  struct Job {
    bool exists = false;            // a create was acknowledged, and nothing that takes tasks was asked for
    std::set<int32_t> instances;    // of a service, as long as nothing that takes tasks is asked for
    std::set<core::TaskId> killed;  // active when a kill was acknowledged
    std::set<core::TaskId> restarted;        // the same of a restart
    std::set<core::UpdateKey> updates;       // acknowledged
    std::set<core::UpdateKey> open_updates;  // of these, not seen to be over
    std::set<core::UpdateKey> aborted;
    uint64_t version = 0;  // counts requests that take tasks away
    void expect_nothing() {
      exists = false;
      instances.clear();
      ++version;
    }
  };
  void request();
  void work_on_cron();
  void schedule_cron(const core::JobKey& key);
  void create();
  void kill(const core::JobKey& key, Job& job);
  void restart(const core::JobKey& key);
  void add(const core::JobKey& key, const Job& job);
  void expect_instances(const core::JobKey& key, uint64_t version);
  std::vector<core::TaskId> list_active(const core::JobKey& key, core::TaskStatus status);
  void update(const core::JobKey& key, Job& job);
  void maintain();
  void set_quota();
  void control(const core::UpdateKey& key, core::UpdateControl control);
  template <typename C>
  void send(const std::string& what, C command, std::function<void(const typename C::Answer&)> acknowledged);
  // The same of a request that is sometimes sent twice, under one key. `sending`: called before each.
  template <typename C>
  void send_repeatably(const std::string& what, C command, std::function<void(const core::Message&)> acknowledged,
                       std::function<void()> sending = [] {});

  core::TaskConfig make_config(const std::string& name);
  std::set<int32_t> some_instances();
  core::SlaPolicy some_policy();
  std::set<core::HostId> some_hosts();
  std::optional<std::string> find_forgotten(const core::Cluster& cluster, const core::JobKey& key, Job& job);
  std::optional<std::string> find_undone(const core::Cluster& cluster) const;
  std::optional<std::string> find_forgotten_update(const core::Cluster& cluster, Job& job);

  World& world_;
  Scheduler& scheduler_;
  std::map<core::JobKey, Job> jobs_;
  struct CronJob {
    bool exists = false;  // was scheduled, acknowledged, and nobody has asked for its end
    uint64_t version = 0;  // counts requests that may end it
  };
  std::map<core::JobKey, CronJob> cron_jobs_;
  std::map<core::TaskId, Read> read_;  // as readers were told last
  bool running_ = true;
  bool maintenance_over_ = false;
  uint64_t stores_lost_ = 0;  // and with each what was acknowledged
};

}  // namespace aurora::sim
