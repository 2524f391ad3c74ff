#include "aurora/codec/task_payload.h"

#include <algorithm>
#include <set>

#include "aurora/base/digits.h"
#include "aurora/codec/json_value.h"
#include "aurora/core/job/container_needs.h"
#include "aurora/core/job/task_limits.h"
#include "codec/health_payload.h"
#include "codec/interpolate.h"

namespace aurora::codec {
namespace {

using Values = std::map<std::string, std::string>;

constexpr char kExecutor[] = "AuroraExecutor";
constexpr int kHopsMax = 100;  // from one port's name to the next
constexpr int32_t kLogBackupsMax = 1000;
constexpr size_t kPortNamesMax = 1000;  // of the announcer's map: as many as a host has ports

// The run that a payload is bound to.
struct Run {
  core::TaskId task_id;
  std::string role;
  int32_t instance_id = 0;
  std::map<std::string, int32_t> assigned_ports;
  std::string hostname;
};

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
      for (const JsonMember& member : value.members()) {
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
Result<std::map<std::string, int32_t>> resolve_ports(const JsonValue& job,
                                                     const std::map<std::string, int32_t>& assigned) {
  Values map;
  if (const JsonValue* announce = job.find("announce")) {
    if (const JsonValue* portmap = announce->find("portmap")) {
      if (portmap->members().size() > kPortNamesMax) {
        return invalid("announce.portmap has " +
                       grouped_digits(static_cast<int64_t>(portmap->members().size())) + " names; at most " +
                       grouped_digits(int64_t{kPortNamesMax}) + " are followed");
      }
      for (const JsonMember& alias : portmap->members()) {
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

Values values_of(const Run& run, const std::map<std::string, int32_t>& ports) {
  Values values{{"thermos.task_id", run.task_id.value()}, {"thermos.user", run.role}};
  for (const auto& [name, port] : ports) values["thermos.ports[" + name + "]"] = std::to_string(port);
  return values;
}

// "http" of "thermos.ports[http]".
std::optional<std::string> find_port(const std::string& reference) {
  constexpr std::string_view kPort = "thermos.ports[";
  if (!reference.starts_with(kPort)) return std::nullopt;
  return reference.substr(kPort.size(), reference.size() - kPort.size() - 1);
}

Status check_bound(const std::set<std::string>& unbound) {
  if (unbound.empty()) return Unit{};
  std::string missing;
  for (const std::string& name : unbound) {
    if (const auto port = find_port(name)) return invalid("Task requires unbound port " + *port + "!");
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

Result<core::LogPolicy> parse_log(const JsonValue& process, const core::LogPolicy& unsaid) {
  const JsonValue* json = process.find("logger");
  if (json == nullptr) return unsaid;
  core::LogPolicy log;
  log.destination = TRY(parse_choice(*json, "destination", "destination", log.destination));
  log.mode = TRY(parse_choice(*json, "mode", "mode", log.mode));
  const JsonValue* rotate = json->find("rotate");
  if (log.mode != core::LogMode::Rotate || rotate == nullptr) return log;
  log.bytes_max = rotate->int_or("log_size", log.bytes_max);
  log.backups = count_of(*rotate, "backups", log.backups);
  if (log.bytes_max < 1) return invalid("Log size cannot be less than one byte.");
  if (log.backups < 1) return invalid("Log backups cannot be less than one.");
  if (log.backups > kLogBackupsMax) {  // each rotation renames them all
    return invalid("Log backups cannot be more than " + grouped_digits(kLogBackupsMax) + ".");
  }
  return log;
}

Result<core::ProcessPlan> parse_process(const JsonValue& json, const core::LogPolicy& log) {
  core::ProcessPlan process;
  process.name = TRY(json.get_string("name"));
  process.cmdline = TRY(json.get_string("cmdline"));
  process.max_failures = count_of(json, "max_failures", 1);
  process.daemon = json.bool_or("daemon", false);
  process.ephemeral = json.bool_or("ephemeral", false);
  process.final = json.bool_or("final", false);
  process.min_duration = duration_of(json, "min_duration", 5);
  process.log = TRY(parse_log(json, log));
  return process;
}

Result<core::TaskPlan> parse_plan(const JsonValue& json, const core::LogPolicy& log) {
  core::TaskPlan plan;
  if (const JsonValue* processes = json.find("processes")) {
    for (const JsonValue& process : processes->items()) plan.processes.push_back(TRY(parse_process(process, log)));
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

Result<JsonValue> parse_job(const core::TaskConfig& task) {
  const auto& config = task.executor_config;
  if (!config || config->data.empty()) return invalid("Task did not have a thermos config!");
  if (config->data.size() > core::kTaskConfigBytesMax) {
    return invalid("The thermos config is " + grouped_digits(static_cast<int64_t>(config->data.size())) +
                   " bytes long; at most " + grouped_digits(int64_t{core::kTaskConfigBytesMax}) +
                   " are read: put what is large into a file that the task fetches");
  }
  Result<JsonValue> job = JsonValue::parse(config->data);
  if (!job.ok()) return invalid("Could not deserialize thermos config: " + job.error().message);
  if (job->find("task") == nullptr) return invalid("Could not deserialize thermos config: it has no task");
  return job;
}

// What a reference brings in is looked at again: if it brought in itself twice, the text would double a
// hundred times. Of all values only the role is a text that users write.
Status check_role(const std::string& role) {
  if (core::is_identifier(role)) return Unit{};
  return invalid("the role '" + role +
                 "' is no name of a user: it may hold letters, digits, '_', '-' and '.'");
}

Result<BoundTask> bind(const core::TaskConfig& config, const Run& run, const core::LogPolicy& log = {}) {
  TRY(check_role(run.role));
  const JsonValue job = TRY(parse_job(config));
  BoundTask bound;
  bound.ports = TRY(resolve_ports(job, run.assigned_ports));
  // Two passes, as executor and runner made them: each takes one & off an escaped reference.
  const Values mesos{{"mesos.instance", std::to_string(run.instance_id)}, {"mesos.hostname", run.hostname}};
  std::set<std::string> unbound;
  const JsonValue first = interpolate_all(*job.find("task"), mesos, unbound);
  // A health command knows the assigned ports only, and what it does not know stays as it is.
  Values references = values_of(run, run.assigned_ports);
  references.insert(mesos.begin(), mesos.end());
  bound.health = TRY(parse_health(job, bound.ports, references));
  bound.shutdown = TRY(parse_shutdown(job, bound.ports, references));
  unbound.clear();
  const JsonValue json = interpolate_all(first, values_of(run, bound.ports), unbound);
  TRY(check_bound(unbound));
  bound.plan = TRY(parse_plan(json, log));
  bound.task_json = json.to_json();
  return bound;
}

// Nobody knows yet where it will run: with names and numbers of the usual lengths.
Run any_run_of(const core::TaskConfig& config) {
  Run run{core::make_task_id({config.job, 0}, std::string(36, '0')), config.job.role, 0, {}, "localhost"};
  int32_t port = 31'000;
  for (const std::string& name : config.resources.ports) run.assigned_ports[name] = port++;
  return run;
}

}  // namespace

Result<BoundTask> bind_payload(const core::Task& task, const std::string& hostname, const core::LogPolicy& log) {
  return bind(*task.config, {task.id, task.config->job.role, task.instance_id, task.assigned_ports, hostname}, log);
}

Status check_runnable(const core::TaskConfig& config) {
  TRY(check_limits(config));
  if (config.job.role == "root") {  // on every host the user with id 0
    return invalid("the role is root, which tasks must not become: name another user of the hosts");
  }
  if (!config.executor_config || config.executor_config->name != kExecutor)
    return Unit{};  // not for this payload's reader
  TRY(core::container_needs(config.container));
  TRY(bind(config, any_run_of(config)));
  return Unit{};
}

Result<std::vector<std::string>> list_ports(std::string_view task_json) {
  const JsonValue task = TRY(JsonValue::parse(task_json));
  std::set<std::string> unbound;
  if (const JsonValue* processes = task.find("processes")) interpolate_all(*processes, {}, unbound);
  std::vector<std::string> ports;
  for (const std::string& name : unbound) {
    if (auto port = find_port(name)) ports.push_back(*std::move(port));
  }
  return ports;
}

Result<std::string> bind_texts(std::string_view task_json, const std::map<std::string, std::string>& values) {
  const JsonValue task = TRY(JsonValue::parse(task_json));
  std::set<std::string> unbound;
  return interpolate_all(task, values, unbound).to_json();
}

std::vector<std::string> list_unsupported(const core::TaskConfig& config) {
  const Result<JsonValue> job = parse_job(config);
  if (!job.ok()) return {};
  std::vector<std::string> found;
  const auto add_if = [&](bool wanted, const char* field, const std::string& consequence) {
    if (wanted) found.push_back(std::string(field) + " is not acted upon by this version: " + consequence);
  };
  add_if(job->find("announce") != nullptr, "announce", "nothing is registered in ZooKeeper");
  return found;
}

}  // namespace aurora::codec
