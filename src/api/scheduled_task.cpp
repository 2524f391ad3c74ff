#include "api/scheduled_task.h"

#include "aurora/codec/json.h"

namespace aurora::api {
namespace {

using codec::JsonArray;
using codec::JsonObject;

// Each resource is an object of its own, as a Thrift union is written.
std::string encode_resources(const core::Resources& resources) {
  JsonArray list;
  list.add_raw(JsonObject().add("numCpus", resources.cpus).text());
  list.add_raw(JsonObject().add("ramMb", resources.ram_mb).text());
  list.add_raw(JsonObject().add("diskMb", resources.disk_mb).text());
  for (const std::string& port : resources.ports) list.add_raw(JsonObject().add("namedPort", port).text());
  if (resources.gpus > 0) list.add_raw(JsonObject().add("numGpus", resources.gpus).text());
  return list.text();
}

// Its other members have the original's names and shapes here, too.
std::string encode_config(const core::TaskConfig& config) {
  const auto document = codec::JsonValue::parse(codec::encode_json(config));
  JsonObject out;
  for (const codec::JsonMember& member : document->members()) {
    if (member.name == "revocable" || member.value.is_null()) continue;
    out.add_raw(member.name,
                member.name == "resources" ? encode_resources(config.resources) : member.value.to_json());
  }
  return out.text();
}

std::string encode_events(const std::vector<core::TaskEvent>& events) {
  JsonArray list;
  for (const core::TaskEvent& event : events) {
    JsonObject out;
    out.add("timestamp", event.timestamp.ms).add("status", static_cast<int32_t>(event.status));
    if (event.message) out.add("message", *event.message);
    if (event.scheduler) out.add("scheduler", *event.scheduler);
    list.add_raw(out.text());
  }
  return list.text();
}

}  // namespace

std::string encode_scheduled_task(const core::Task& task, const std::string& agent_id) {
  JsonObject ports;
  for (const auto& [name, number] : task.assigned_ports) ports.add(name, number);
  const std::string assigned = JsonObject()
                                   .add("taskId", task.id.value())
                                   .add("slaveId", agent_id)
                                   .add("slaveHost", task.host.value())
                                   .add_raw("task", encode_config(*task.config))
                                   .add_raw("assignedPorts", ports.text())
                                   .add("instanceId", task.instance_id)
                                   .text();
  JsonObject out;
  out.add_raw("assignedTask", assigned)
      .add("status", static_cast<int32_t>(task.status))
      .add("failureCount", task.failure_count)
      .add_raw("taskEvents", encode_events(task.events));
  if (task.ancestor_id) out.add("ancestorId", task.ancestor_id->value());
  return out.add("timesPartitioned", task.times_partitioned).text();
}

}  // namespace aurora::api
