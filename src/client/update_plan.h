// What an update would do to each instance: the scheduler's own diff, printable before anything happens
// (spec/client.md §6.5, spec/scheduler.md §9.2).
#pragma once

#include <set>
#include <string>
#include <vector>

#include "aurora/codec/json_value.h"
#include "aurora/core/commands/command.h"
#include "client/loaded_job.h"

namespace aurora::client {

struct UpdatePlan {
  struct Group {
    codec::JsonValue config;  // as it runs now; for `add` as it will run
    std::set<int32_t> instances;
  };
  std::vector<Group> add;
  std::vector<Group> remove;
  std::vector<Group> update;
  std::vector<Group> unchanged;

  bool is_empty() const { return add.empty() && remove.empty() && update.empty(); }
};
std::set<int32_t> instances_of(const std::vector<UpdatePlan::Group>& groups);

// The request for these instances only, if any are given. REQUIRES: job.update_settings.
core::JobUpdateRequest make_update_request(const LoadedJob& job, const std::set<int32_t>& only, const std::string& update_id);

Result<UpdatePlan> plan_update(SchedulerClient& scheduler, const core::JobUpdateRequest& request);

// "This job update will:" and its lines. `on_update` is called after each line of instances that change.
void print_plan(Console& console, const UpdatePlan& plan, const std::function<void(const UpdatePlan::Group&)>& on_update);

}  // namespace aurora::client
