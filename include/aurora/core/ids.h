// The names by which the domain's things are known.
#pragma once

#include <cstdint>
#include <string>

#include "aurora/base/fields.h"
#include "aurora/base/named.h"

namespace aurora::core {

using TaskId = Named<SharedText, struct TaskIdTag>;  // role-env-name-instance-UUID (spec/scheduler.md §1.1)
using HostId = Named<SharedText, struct HostIdTag>;  // the host's name
using UpdateId = Named<std::string, struct UpdateIdTag>;  // a UUID
using ConfigHash =
    Named<std::string, struct ConfigHashTag>;  // 16 bytes over the canonical bytes of a TaskConfig, in hex

struct JobKey {
  std::string role;
  std::string environment;
  std::string name;
  friend auto operator<=>(const JobKey&, const JobKey&) = default;
};
void fields(Is<JobKey> auto& k, auto&& visit) {
  visit("role", k.role);
  visit("environment", k.environment);
  visit("name", k.name);
}
std::string to_string(const JobKey& key);  // role/environment/name

struct InstanceKey {
  JobKey job;
  int32_t instance_id = 0;
  friend auto operator<=>(const InstanceKey&, const InstanceKey&) = default;
};
std::string to_string(const InstanceKey& key);  // role/environment/name/instance

struct UpdateKey {
  JobKey job;
  UpdateId id;
  friend auto operator<=>(const UpdateKey&, const UpdateKey&) = default;
};
void fields(Is<UpdateKey> auto& k, auto&& visit) {
  visit("job", k.job);
  visit("id", k.id);
}
std::string to_string(const UpdateKey& key);  // role/environment/name/id

// ^[\w\-\.]+$ and at most 255 characters (spec/scheduler.md §1.1).
bool is_identifier(const std::string& text);

// `uuid` makes the run unique; characters outside [A-Za-z0-9_-] become '-'.
TaskId make_task_id(const InstanceKey& instance, const std::string& uuid);

}  // namespace aurora::core

template <>
struct std::hash<aurora::core::JobKey> {
  size_t operator()(const aurora::core::JobKey& key) const;
};
