#include "api/webhook_body.h"

#include <set>

#include "aurora/codec/json.h"
#include "aurora/codec/json_value.h"

namespace aurora::api {
namespace {

using codec::JsonArray;
using codec::JsonObject;
using codec::JsonValue;

// percentageSlaPolicy: PERCENTAGE_SLA_POLICY
std::string union_name(const std::string& field) {
  std::string name;
  for (const char c : field) {
    if (c >= 'A' && c <= 'Z') name += '_';
    name += c >= 'a' && c <= 'z' ? static_cast<char>(c - 'a' + 'A') : c;
  }
  return name;
}

template <typename Value>
std::string union_text(const std::string& field, const Value& value) {
  return JsonObject().add("setField", union_name(field)).add("value", value).text();
}

std::string resources_text(const core::Resources& resources) {
  JsonArray list;
  list.add_raw(union_text("numCpus", resources.cpus));
  list.add_raw(union_text("ramMb", resources.ram_mb));
  list.add_raw(union_text("diskMb", resources.disk_mb));
  for (const std::string& port : resources.ports) list.add_raw(union_text("namedPort", port));
  if (resources.gpus > 0) list.add_raw(union_text("numGpus", resources.gpus));
  return list.text();
}

// Our names are the original's; its unions are objects of two members.
std::string dump(const JsonValue& value, const std::string& name) {
  static const std::set<std::string> kUnions = {"container", "constraint", "image", "slaPolicy"};
  if (value.is_array()) {
    JsonArray list;
    for (const JsonValue& item : value.items()) list.add_raw(dump(item, ""));
    return list.text();
  }
  if (!value.is_object()) return value.to_json();
  if (kUnions.contains(name) && value.members().size() == 1) {
    const codec::JsonMember& only = value.members().front();
    return JsonObject().add("setField", union_name(only.name)).add_raw("value", dump(only.value, "")).text();
  }
  JsonObject out;
  for (const codec::JsonMember& member : value.members()) {
    if (!member.value.is_null()) out.add_raw(member.name, dump(member.value, member.name));
  }
  return out.text();
}

std::string config_text(const core::TaskConfig& config) {
  const auto document = JsonValue::parse(codec::encode_json(config));
  JsonObject out;
  for (const codec::JsonMember& member : document->members()) {
    if (member.name == "revocable" || member.value.is_null()) continue;
    out.add_raw(member.name, member.name == "resources" ? resources_text(config.resources) : dump(member.value, member.name));
  }
  return out.text();
}

std::string events_text(const std::vector<core::TaskEvent>& events) {
  JsonArray list;
  for (const core::TaskEvent& event : events) {
    JsonObject out;
    out.add("timestamp", event.timestamp.ms).add("status", enum_name(event.status));
    if (event.message) out.add("message", *event.message);
    if (event.scheduler) out.add("scheduler", *event.scheduler);
    list.add_raw(out.text());
  }
  return list.text();
}

std::string assigned_text(const scheduler::TaskTransition& transition) {
  const core::Task& task = transition.task;
  JsonObject ports;
  for (const auto& [name, number] : task.assigned_ports) ports.add(name, number);
  JsonObject out;
  out.add("taskId", task.id.value());
  if (!task.host.empty()) out.add("slaveId", transition.agent_id).add("slaveHost", task.host.value());
  return out.add_raw("task", config_text(*task.config))
      .add_raw("assignedPorts", ports.text())
      .add("instanceId", task.instance_id)
      .text();
}

}  // namespace

std::string webhook_body(const scheduler::TaskTransition& transition) {
  const core::Task& task = transition.task;
  JsonObject out;
  out.add_raw("assignedTask", assigned_text(transition))
      .add("status", enum_name(task.status))
      .add("failureCount", task.failure_count)
      .add("timesPartitioned", task.times_partitioned)
      .add_raw("taskEvents", events_text(task.events));
  if (task.ancestor_id) out.add("ancestorId", task.ancestor_id->value());
  return JsonObject()
      .add_raw("task", out.text())
      .add_raw("oldState", JsonObject().add("value", enum_name(transition.from)).text())
      .text();
}

}  // namespace aurora::api
