// Clients: they create, kill, restart, add, update, pulse, and remember what was acknowledged.
#pragma once

#include <map>
#include <set>

#include "sim/scheduler.h"

namespace aurora::sim {

class Workload {
 public:
  Workload(World& world, Scheduler& scheduler) : world_(world), scheduler_(scheduler) {}

  void run();  // requests, one after the other, until stop()
  void stop() { running_ = false; }
  // From now on keeps updates moving: pulses them, resumes the paused ones.
  void finish_updates();

  // The first acknowledged request that `cluster` does not know of.
  std::optional<std::string> find_forgotten(const core::Cluster& cluster);

 private:
  struct Job {
    core::TaskConfig config;
    bool created = false;                    // acknowledged
    bool touched = false;                    // something else was asked for, so its instances may be fewer
    std::set<int32_t> instances;             // acknowledged
    std::set<core::TaskId> killed;           // active when a kill was acknowledged
    std::set<core::UpdateKey> updates;       // acknowledged
    std::set<core::UpdateKey> open_updates;  // of these, not seen to be over
  };
  void request();
  void create();
  void kill(const core::JobKey& key, Job& job);
  void restart(const core::JobKey& key);
  void add(const core::JobKey& key, Job& job);
  void update(const core::JobKey& key, Job& job);
  void control(const core::UpdateKey& key, core::UpdateControl control);
  template <typename C>
  void send(const std::string& what, C command, std::function<void(const typename C::Answer&)> acknowledged);

  core::TaskConfig make_config(const std::string& name);
  std::set<int32_t> some_instances();
  static std::optional<std::string> find_forgotten(const core::Cluster& cluster, const core::JobKey& key,
                                                   Job& job);

  World& world_;
  Scheduler& scheduler_;
  std::map<core::JobKey, Job> jobs_;
  bool running_ = true;
};

}  // namespace aurora::sim
