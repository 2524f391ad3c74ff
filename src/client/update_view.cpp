#include "client/update_view.h"

namespace aurora::client {

std::string utc_seconds(Instant at) { return to_iso8601(at).substr(0, 19); }

UpdateView to_update_view(const codec::JsonValue& update) {
  UpdateView view;
  if (const auto* key = update.find("key")) {
    view.id = key->string_or("id", "");
    if (const auto* job = key->find("job")) {
      view.job = {job->string_or("role", ""), job->string_or("environment", ""), job->string_or("name", "")};
    }
  }
  view.user = update.string_or("user", "");
  view.status = update.string_or("status", "");
  view.is_active = update.bool_or("isActive", false);
  view.created = Instant{update.int_or("createdTimestampMs", 0)};
  view.last_modified = Instant{update.int_or("lastModifiedTimestampMs", 0)};
  view.instances_total = update.int_or("instancesTotal", 0);
  view.instances_updated = update.int_or("instancesUpdated", 0);
  if (const auto* metadata = update.find("metadata")) {
    for (const auto& entry : metadata->items()) view.metadata[entry.string_or("key", "")] = entry.string_or("value", "");
  }
  if (const auto* events = update.find("updateEvents")) {
    for (const auto& event : events->items()) {
      view.events.push_back(
          {event.string_or("status", ""), Instant{event.int_or("timestampMs", 0)}, event.string_or("message", "")});
    }
  }
  if (const auto* instances = update.find("instances")) {
    for (const auto& instance : instances->items()) {
      view.instances.push_back({static_cast<int32_t>(instance.int_or("instanceId", 0)), instance.string_or("state", ""),
                                instance.string_or("tone", "")});
    }
  }
  if (const auto* events = update.find("instanceEvents")) {
    for (const auto& event : events->items()) {
      view.instance_events.push_back({static_cast<int32_t>(event.int_or("instanceId", 0)),
                                      Instant{event.int_or("timestampMs", 0)}, event.string_or("action", ""),
                                      event.string_or("message", "")});
    }
  }
  return view;
}

std::string update_route(const core::JobKey& job, const std::string& id) {
  return "/v1/updates/" + net::url_encode(job.role) + "/" + net::url_encode(job.environment) + "/" +
         net::url_encode(job.name) + "/" + net::url_encode(id);
}

Result<UpdateView> get_update(SchedulerClient& scheduler, const core::JobKey& job, const std::string& id) {
  return to_update_view(TRY(scheduler.get("getJobUpdateDetails", update_route(job, id))));
}

Result<std::vector<UpdateView>> list_updates(SchedulerClient& scheduler, const Query& query) {
  std::vector<UpdateView> updates;
  for (const auto& update : TRY(scheduler.list("getJobUpdateSummaries", "/v1/updates", query, "updates"))) {
    updates.push_back(to_update_view(update));
  }
  return updates;
}

Result<std::vector<UpdateView>> list_active_updates(SchedulerClient& scheduler, const core::JobKey& job) {
  std::vector<UpdateView> active;
  Query query = job_query(job);
  query.emplace("active", "true");
  for (UpdateView& update : TRY(list_updates(scheduler, query))) {
    if (update.is_active) active.push_back(std::move(update));
  }
  return active;
}

}  // namespace aurora::client
