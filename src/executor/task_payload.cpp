#include "executor/task_payload.h"

#include <algorithm>
#include <set>

#include "aurora/codec/json_value.h"

namespace aurora::executor {
namespace {

using codec::JsonValue;
using Values = std::map<std::string, std::string>;

constexpr int kHopsMax = 100;  // from one port's name to the next

Error invalid(std::string text) { return Error{ErrorCode::InvalidArgument, std::move(text)}; }

// Every string of a document, interpolated.
JsonValue interpolate_all(const JsonValue& value, const Values& values, std::set<std::string>& unbound) {
  switch (value.kind()) {
    case JsonValue::Kind::String: {
      Interpolated done = interpolate(*value.as_string(), values);
      unbound.insert(done.unbound.begin(), done.unbound.end());
      return JsonValue(std::move(done.text));
    }
    case JsonValue::Kind::Array: {
      JsonValue::Items items;
      for (const JsonValue& item : value.items()) items.push_back(interpolate_all(item, values, unbound));
      return JsonValue(std::move(items));
    }
    case JsonValue::Kind::Object: {
      JsonValue::Members members;
      for (const codec::JsonMember& member : value.members()) {
        members.push_back({member.name, interpolate_all(member.value, values, unbound)});
      }
      return JsonValue(std::move(members));
    }
    case JsonValue::Kind::Null:
    case JsonValue::Kind::Bool:
    case JsonValue::Kind::Integer:
    case JsonValue::Kind::Double:
      return value;
  }
  return value;
}

// The announcer's port map overlaid by the assigned ports; names that lead to names are followed, and those
// that do not lead to a number are dropped.
std::map<std::string, int32_t> resolve_ports(const JsonValue& job,
                                             const std::map<std::string, int32_t>& assigned) {
  Values map;
  if (const JsonValue* announce = job.find("announce")) {
    if (const JsonValue* portmap = announce->find("portmap")) {
      for (const codec::JsonMember& alias : portmap->members()) {
        const Result<std::string> text = alias.value.as_string();
        map[alias.name] = text.ok() ? *text : alias.value.to_json();
      }
    }
  }
  for (const auto& [name, port] : assigned) map[name] = std::to_string(port);

  std::map<std::string, int32_t> ports;
  for (const auto& [name, first] : map) {
    std::string target = first;
    for (int hops = kHopsMax; hops > 0 && map.contains(target); --hops) target = map.at(target);
    const bool is_number =
        !target.empty() && target.size() <= 5 && target.find_first_not_of("0123456789") == std::string::npos;
    if (is_number) ports[name] = std::stoi(target);
  }
  return ports;
}

Values values_of(const core::Task& task, const std::map<std::string, int32_t>& ports) {
  Values values{{"thermos.task_id", task.id.value()}, {"thermos.user", task.config->job.role}};
  for (const auto& [name, port] : ports) values["thermos.ports[" + name + "]"] = std::to_string(port);
  return values;
}

Status check_bound(const std::set<std::string>& unbound) {
  if (unbound.empty()) return Unit{};
  std::string missing;
  for (const std::string& name : unbound) {
    constexpr std::string_view kPort = "thermos.ports[";
    if (name.starts_with(kPort)) {
      return invalid("Task requires unbound port " +
                     name.substr(kPort.size(), name.size() - kPort.size() - 1) + "!");
    }
    missing += (missing.empty() ? "" : " ") + name;
  }
  return invalid("Failed to interpolate task, missing: " + missing);
}

int32_t count_of(const JsonValue& json, std::string_view name, int32_t fallback) {
  return static_cast<int32_t>(std::clamp<int64_t>(json.int_or(name, fallback), INT32_MIN, INT32_MAX));
}

Duration duration_of(const JsonValue& json, std::string_view name, int64_t fallback_secs) {
  constexpr int64_t kLongestSecs = int64_t{100} * 365 * 86'400;  // sums of them stay far from overflow
  return seconds(std::clamp<int64_t>(json.int_or(name, fallback_secs), 0, kLongestSecs));
}

template <NamedEnum E>
Result<E> parse_choice(const JsonValue& json, std::string_view name, const std::string& what, E fallback) {
  const JsonValue* value = json.find(name);
  if (value == nullptr) return fallback;
  const std::string text = TRY(value->as_string());
  const std::optional<E> choice = find_enum<E>(text);
  if (!choice) return invalid("Logger " + what + " " + text + " is invalid.");
  return *choice;
}

Result<core::LogPolicy> parse_log(const JsonValue& process) {
  core::LogPolicy log;
  const JsonValue* json = process.find("logger");
  if (json == nullptr) return log;
  log.destination = TRY(parse_choice(*json, "destination", "destination", log.destination));
  log.mode = TRY(parse_choice(*json, "mode", "mode", log.mode));
  const JsonValue* rotate = json->find("rotate");
  if (log.mode != core::LogMode::Rotate || rotate == nullptr) return log;
  log.bytes_max = rotate->int_or("log_size", log.bytes_max);
  log.backups = count_of(*rotate, "backups", log.backups);
  if (log.bytes_max < 1) return invalid("Log size cannot be less than one byte.");
  if (log.backups < 1) return invalid("Log backups cannot be less than one.");
  return log;
}

Result<core::ProcessPlan> parse_process(const JsonValue& json) {
  core::ProcessPlan process;
  process.name = TRY(json.get_string("name"));
  process.cmdline = TRY(json.get_string("cmdline"));
  process.max_failures = count_of(json, "max_failures", 1);
  process.daemon = json.bool_or("daemon", false);
  process.ephemeral = json.bool_or("ephemeral", false);
  process.final = json.bool_or("final", false);
  process.min_duration = duration_of(json, "min_duration", 5);
  process.log = TRY(parse_log(json));
  if (process.cmdline.find('\0') != std::string::npos) {
    return invalid("Task has invalid process: the command line of " + process.name +
                   " holds a NUL character");
  }
  return process;
}

Result<core::TaskPlan> parse_plan(const JsonValue& json) {
  core::TaskPlan plan;
  if (const JsonValue* processes = json.find("processes")) {
    for (const JsonValue& process : processes->items()) plan.processes.push_back(TRY(parse_process(process)));
  }
  if (const JsonValue* constraints = json.find("constraints")) {
    for (const JsonValue& constraint : constraints->items()) {
      const JsonValue* order = constraint.find("order");
      if (order == nullptr) continue;
      std::vector<std::string>& names = plan.orders.emplace_back();
      for (const JsonValue& name : order->items()) names.push_back(TRY(name.as_string()));
    }
  }
  plan.max_failures = count_of(json, "max_failures", 1);
  plan.max_concurrency = count_of(json, "max_concurrency", 0);
  plan.finalization_wait = duration_of(json, "finalization_wait", 30);
  TRY(validate(plan));
  return plan;
}

Result<JsonValue> parse_job(const core::Task& task) {
  const auto& config = task.config->executor_config;
  if (!config || config->data.empty()) return invalid("Task did not have a thermos config!");
  Result<JsonValue> job = JsonValue::parse(config->data);
  if (!job.ok()) return invalid("Could not deserialize thermos config: " + job.error().message);
  if (job->find("task") == nullptr) return invalid("Could not deserialize thermos config: it has no task");
  return job;
}

}  // namespace

Result<BoundTask> bind_payload(const core::Task& task, const std::string& hostname) {
  const JsonValue job = TRY(parse_job(task));
  BoundTask bound;
  bound.ports = resolve_ports(job, task.assigned_ports);
  // Two passes, as executor and runner made them: each takes one & off an escaped reference.
  const Values mesos{{"mesos.instance", std::to_string(task.instance_id)}, {"mesos.hostname", hostname}};
  std::set<std::string> unbound;
  const JsonValue first = interpolate_all(*job.find("task"), mesos, unbound);
  unbound.clear();
  const JsonValue json = interpolate_all(first, values_of(task, bound.ports), unbound);
  TRY(check_bound(unbound));
  bound.plan = TRY(parse_plan(json));
  bound.task_json = json.to_json();
  return bound;
}

}  // namespace aurora::executor
