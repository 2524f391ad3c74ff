// An update as the scheduler's API shows it, and finding the active one of a job.
#pragma once

#include <map>
#include <optional>
#include <string>
#include <vector>

#include "aurora/base/time.h"
#include "client/scheduler_client.h"

namespace aurora::client {

struct UpdateView {
  struct Event {
    std::string status;
    Instant at;
    std::string message;
  };
  struct InstanceEvent {
    int32_t instance = 0;
    Instant at;
    std::string action;
    std::string message;
  };
  struct Instance {
    int32_t id = 0;
    std::string state;  // pending, removed, or the latest action
    std::string tone;   // what that means to the eye
  };
  core::JobKey job;
  std::string id;
  std::string user;
  std::string status;
  bool is_active = false;
  Instant created;
  Instant last_modified;
  int64_t instances_total = 0;
  int64_t instances_updated = 0;
  std::map<std::string, std::string> metadata;
  std::vector<Event> events;                  // oldest first; empty in a summary
  std::vector<Instance> instances;            // all of it; empty in a summary
  std::vector<InstanceEvent> instance_events;  // oldest first; empty in a summary
};

std::string utc_seconds(Instant at);  // 2014-11-24T19:59:55

UpdateView to_update_view(const codec::JsonValue& update);
std::string update_route(const core::JobKey& job, const std::string& id);
Result<UpdateView> get_update(SchedulerClient& scheduler, const core::JobKey& job, const std::string& id);
// Summaries, the last modified first.
Result<std::vector<UpdateView>> list_updates(SchedulerClient& scheduler, const Query& query);
// The scheduler sees to it that there is at most one.
Result<std::vector<UpdateView>> list_active_updates(SchedulerClient& scheduler, const core::JobKey& job);

}  // namespace aurora::client
