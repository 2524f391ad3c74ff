#include "client/update_plan.h"

#include "aurora/codec/json.h"

namespace aurora::client {
namespace {

std::vector<UpdatePlan::Group> read_groups(const codec::JsonValue& reply, const char* name) {
  std::vector<UpdatePlan::Group> groups;
  const codec::JsonValue* list = reply.find(name);
  if (list == nullptr) return groups;
  for (const codec::JsonValue& entry : list->items()) {
    UpdatePlan::Group group;
    if (const auto* config = entry.find("config")) group.config = *config;
    std::vector<core::InstanceRange> ranges;
    if (const auto* instances = entry.find("instances")) {
      for (const auto& range : instances->items()) {
        ranges.push_back({static_cast<int32_t>(range.int_or("first", 0)), static_cast<int32_t>(range.int_or("last", 0))});
      }
    }
    group.instances = core::to_set(ranges);
    if (!group.instances.empty()) groups.push_back(std::move(group));
  }
  return groups;
}

}  // namespace

std::set<int32_t> instances_of(const std::vector<UpdatePlan::Group>& groups) {
  std::set<int32_t> all;
  for (const auto& group : groups) all.insert(group.instances.begin(), group.instances.end());
  return all;
}

core::JobUpdateRequest make_update_request(const LoadedJob& loaded, const std::set<int32_t>& only,
                                           const std::string& update_id) {
  core::JobUpdateRequest request;
  request.task_config = loaded.job.task_config;
  request.instance_count = loaded.job.instance_count;
  request.settings = *loaded.update_settings;
  request.settings.update_only_these_instances = core::to_ranges(only);
  // By this a request that is sent again recognises the update that its first sending started.
  request.metadata = {{"org.apache.aurora.client.update_id", update_id}};
  return request;
}

Result<UpdatePlan> plan_update(SchedulerClient& scheduler, const core::JobUpdateRequest& request) {
  const auto reply = TRY(scheduler.post_repeatable("getJobUpdateDiff", "/v1/updates/diff", codec::encode_json(request)));
  UpdatePlan plan;
  plan.add = read_groups(reply, "add");
  plan.remove = read_groups(reply, "remove");
  plan.update = read_groups(reply, "update");
  plan.unchanged = read_groups(reply, "unchanged");
  return plan;
}

void print_plan(Console& console, const UpdatePlan& plan, const std::function<void(const UpdatePlan::Group&)>& on_update) {
  console.print("This job update will:");
  if (const auto ids = instances_of(plan.add); !ids.empty()) console.print("add instances: " + format_ranges(ids));
  if (const auto ids = instances_of(plan.remove); !ids.empty()) console.print("remove instances: " + format_ranges(ids));
  for (const auto& group : plan.update) {
    console.print("update instances: " + format_ranges(group.instances));
    if (on_update) on_update(group);
  }
  if (const auto ids = instances_of(plan.unchanged); !ids.empty()) {
    console.print("not change instances: " + format_ranges(ids));
  }
}

}  // namespace aurora::client
