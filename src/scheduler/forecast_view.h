// What a forecast tells of a cluster at one moment, and what has become of it at a later one. Pure.
#pragma once

#include <map>
#include <set>
#include <string>

#include "aurora/scheduler/what_if.h"

namespace aurora::scheduler {

// Why tasks went: the first thing that happened to each, and who had to go for another.
class EndsOfTasks {
 public:
  void note(const core::Change& change);
  std::string why(const core::TaskId& task) const;  // "" when nothing happened to it
  const std::map<core::TaskId, std::string>& preempted() const { return preempted_; }  // and for whom

 private:
  std::map<core::TaskId, std::string> why_;
  std::map<core::TaskId, std::string> preempted_;
};

class ForecastView {
 public:
  struct Place {
    core::TaskId task;
    core::HostId host;
  };
  struct Wait {
    core::TaskStatus status = core::TaskStatus::Pending;
    core::ConfigHash config;
  };

  ForecastView(const core::Cluster& cluster, const std::string& attribute);

  std::map<core::InstanceKey, Place> running;
  std::map<core::InstanceKey, Wait> waiting;
  std::map<core::ConfigHash, core::PendingReason> reasons;
  std::map<std::string, Fill> by_attribute;
  std::map<std::string, Fill> by_role;
  Fill all;

 private:
  void add_hosts(const core::Cluster& cluster, const std::string& attribute);
  void add_task(const core::Cluster& cluster, const core::Task& task);
  std::set<std::pair<std::string, core::HostId>> role_hosts_;
};

void compare(const ForecastView& before, const ForecastView& after, const EndsOfTasks& ends, Forecast& forecast);
void describe_drains(const core::Cluster& cluster, const std::set<core::HostId>& hosts, Forecast& forecast);

}  // namespace aurora::scheduler
