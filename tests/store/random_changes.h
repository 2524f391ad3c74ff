// Random changes that a cluster could make, and the model of what a store must remember of them.
#pragma once

#include <map>
#include <string>
#include <vector>

#include "aurora/base/rng.h"
#include "aurora/core/cluster/change.h"

namespace aurora::store {

struct StoreModel {
  std::map<core::TaskId, core::Task> tasks;
  std::map<core::HostId, core::Host> hosts;
  std::map<core::UpdateKey, core::JobUpdate> updates;
  std::map<core::TaskId, core::Tombstone> tombstones;
  std::map<std::string, core::Quota> quotas;
  std::map<core::JobKey, core::CronJob> cron_jobs;
  std::map<core::JobKey, core::CronProgress> cron_progress;
  std::map<std::string, core::AnsweredRequest> answered_requests;
  friend bool operator==(const StoreModel&, const StoreModel&) = default;

  void apply(const std::vector<core::Change>& changes);
};

core::Change random_task(Rng& rng);
// One to eight changes that follow from `model`; now and then nothing durable among them.
std::vector<core::Change> random_changes(Rng& rng, const StoreModel& model);

}  // namespace aurora::store
