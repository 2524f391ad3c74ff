#include "client/task_document.h"

namespace aurora::client {
namespace {

// Each resource is an object of its own, as a Thrift union is written.
std::string resource_list(const codec::JsonValue& resources) {
  codec::JsonArray list;
  const auto add = [&](const char* name, const codec::JsonValue& value) {
    list.add_raw(codec::JsonObject().add_raw(name, value.to_json()).text());
  };
  constexpr std::pair<const char*, const char*> kNames[] = {
      {"cpus", "numCpus"}, {"ramMb", "ramMb"}, {"diskMb", "diskMb"}};
  for (const auto& [ours, theirs] : kNames) {
    if (const codec::JsonValue* amount = resources.find(ours)) add(theirs, *amount);
  }
  if (const codec::JsonValue* ports = resources.find("ports")) {
    for (const codec::JsonValue& port : ports->items()) add("namedPort", port);
  }
  if (resources.int_or("gpus", 0) > 0) add("numGpus", *resources.find("gpus"));
  return list.text();
}

std::string config_document(const codec::JsonValue& config) {
  codec::JsonObject document;
  for (const codec::JsonMember& member : config.members()) {
    if (member.name == "executorConfig") continue;
    document.add_raw(member.name,
                     member.name == "resources" ? resource_list(member.value) : member.value.to_json());
  }
  return document.text();
}

std::string event_list(const codec::JsonValue& events) {
  codec::JsonArray list;
  for (const codec::JsonValue& event : events.items()) {
    codec::JsonObject document;
    for (const char* name : {"timestamp", "status", "message", "scheduler"}) {
      if (const codec::JsonValue* value = event.find(name)) document.add_raw(name, value->to_json());
    }
    list.add_raw(document.text());
  }
  return list.text();
}

}  // namespace

std::string task_document(const codec::JsonValue& task, const codec::JsonValue* config) {
  codec::JsonObject assigned;
  codec::JsonObject document;
  const auto copy = [&](codec::JsonObject& into, const char* name, const char* as) {
    if (const codec::JsonValue* value = task.find(name)) into.add_raw(as, value->to_json());
  };
  copy(assigned, "taskId", "taskId");
  copy(assigned, "host", "slaveHost");
  if (config != nullptr) assigned.add_raw("task", config_document(*config));
  copy(assigned, "assignedPorts", "assignedPorts");
  copy(assigned, "instanceId", "instanceId");
  document.add_raw("assignedTask", assigned.text());
  copy(document, "status", "status");
  copy(document, "failureCount", "failureCount");
  if (const codec::JsonValue* events = task.find("taskEvents"))
    document.add_raw("taskEvents", event_list(*events));
  copy(document, "ancestorId", "ancestorId");
  copy(document, "timesPartitioned", "timesPartitioned");
  for (const char* name : {"waitReason", "endSentence", "endReason", "stderrUrl"}) copy(document, name, name);
  return document.text();
}

}  // namespace aurora::client
