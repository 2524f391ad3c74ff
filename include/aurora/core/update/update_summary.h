// What lists and pages say of an update (spec/web-ui.md §7.2, spec/api.md §6.5). Pure.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "aurora/core/update/job_update.h"

namespace aurora::core {

struct UpdateSummary {
  UpdateKey key;
  std::string user;
  UpdateStatus status = UpdateStatus::RollingForward;
  bool is_active = false;
  Instant created;
  Instant last_modified;
  std::vector<Metadata> metadata;
  int32_t instances_total = 0;  // that the update adds, changes or removes
  int32_t instances_updated =
      0;  // that reached the new state at any time; a rollback does not take them back
};
void fields(Is<UpdateSummary> auto& s, auto&& visit) {
  visit("key", s.key);
  visit("user", s.user);
  visit("status", s.status);
  visit("isActive", s.is_active);
  visit("createdTimestampMs", s.created);
  visit("lastModifiedTimestampMs", s.last_modified);
  visit("metadata", s.metadata);
  visit("instancesTotal", s.instances_total);
  visit("instancesUpdated", s.instances_updated);
}
UpdateSummary summary_of(const JobUpdate& update);

struct UpdatedInstance {
  int32_t instance_id = 0;
  std::optional<InstanceAction> action = std::nullopt;  // the latest; absent: nothing has been done to it yet
  bool is_removed = false;                              // the update took it away
};
std::vector<UpdatedInstance> list_instances(const JobUpdate& update);  // by id

}  // namespace aurora::core
