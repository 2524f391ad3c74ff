#include "scenario/requests.h"

#include "support/builders.h"

namespace aurora::scenario {

using namespace core;

namespace {

int32_t to_int(const std::string& text) {
  return static_cast<int32_t>(std::strtol(text.c_str(), nullptr, 10));
}

int32_t integer(const Arguments& arguments, const std::string& option, int32_t otherwise) {
  return static_cast<int32_t>(arguments.number(option, otherwise));
}

std::set<std::string> set_of(const std::string& text) {
  const std::vector<std::string> parts = split(text, ',');
  return {parts.begin(), parts.end()};
}

void add_constraints(const Arguments& arguments, TaskConfig& config) {
  for (const auto& [option, text] : arguments.options) {
    const std::vector<std::string> parts = split(text, ':');
    if (option == "limit") config.constraints.push_back({parts.at(0), LimitConstraint{to_int(parts.at(1))}});
    if (option == "where" || option == "not") {
      config.constraints.push_back({parts.at(0), ValueConstraint{option == "not", set_of(parts.at(1))}});
    }
  }
}

TaskConfig read_config(const Arguments& arguments) {
  TaskConfig config = test::a_config(arguments.word(0));
  config.is_service = arguments.has("service");
  config.resources.cpus = arguments.number("cpus", 1);
  config.resources.ram_mb = integer(arguments, "ram", 128);
  config.resources.disk_mb = integer(arguments, "disk", 64);
  config.resources.ports = set_of(arguments.text("ports"));
  config.max_task_failures = integer(arguments, "max_failures", 1);
  config.priority = integer(arguments, "priority", 0);
  config.tier = arguments.text("tier");
  config.executor_config->data = arguments.text("data", "{}");
  add_constraints(arguments, config);
  config.sla_policy = read_policy(arguments);
  const std::string delay = arguments.text("partition_delay");
  if (delay == "never") config.partition_policy = PartitionPolicy{false, 0};
  if (const auto span = parse_duration(delay); span.ok())
    config.partition_policy = PartitionPolicy{true, span->ms / 1000};
  return config;
}

Result<int32_t> read_ms(const Arguments& arguments, const std::string& option, const std::string& otherwise) {
  const Duration span = TRY(parse_duration(arguments.text(option, otherwise)));
  return static_cast<int32_t>(span.ms);
}

}  // namespace

JobKey read_key(const std::string& text) {
  std::vector<std::string> parts = split(text, '/');
  parts.resize(3);
  return {parts[0], parts[1], parts[2]};
}

InstanceKey read_instance(const std::string& text) {
  const size_t slash = text.rfind('/');
  return {read_key(text.substr(0, slash)), slash == std::string::npos ? 0 : to_int(text.substr(slash + 1))};
}

std::set<int32_t> read_instances(const Arguments& arguments, const std::string& option) {
  std::set<int32_t> instances;
  for (const std::string& part : split(arguments.text(option), ',')) instances.insert(to_int(part));
  return instances;
}

std::set<HostId> read_hosts(const Arguments& arguments) {
  std::set<HostId> hosts;
  for (const std::string& name : split(arguments.word(0), ',')) hosts.insert(HostId(name));
  return hosts;
}

std::optional<SlaPolicy> read_policy(const Arguments& arguments) {
  const Result<Duration> up = parse_duration(arguments.text("up", "0s"));
  const int64_t secs = up.ok() ? up->ms / 1000 : 0;
  if (arguments.options.contains("coordinator")) return CoordinatorSlaPolicy{arguments.text("coordinator"), ""};
  if (arguments.options.contains("count")) return CountSlaPolicy{integer(arguments, "count", 0), secs};
  if (arguments.options.contains("percentage")) return PercentageSlaPolicy{arguments.number("percentage", 0), secs};
  return std::nullopt;
}

Host read_host(const Arguments& arguments) {
  Host host = test::a_host(arguments.word(0), arguments.text("rack", "r1"));
  const std::vector<std::string> ports = split(arguments.text("ports", "31000-31999"), '-');
  host.port_ranges = {{to_int(ports.at(0)), to_int(ports.at(1))}};
  host.capacity = {arguments.number("cpus", 4), integer(arguments, "ram", 8192),
                   integer(arguments, "disk", 65536), 0,
                   host.port_ranges[0].last - host.port_ranges[0].first + 1};
  const std::set<std::string> resources{"cpus", "ram", "disk", "ports", "rack"};
  for (const auto& [name, values] : arguments.options) {
    if (!resources.contains(name)) host.attributes[name] = set_of(values);
  }
  return host;
}

JobConfiguration read_job(const Arguments& arguments) {
  return test::a_job_of(read_config(arguments), integer(arguments, "instances", 1));
}

Result<JobConfiguration> read_cron_job(const Arguments& arguments) {
  JobConfiguration job = read_job(arguments);
  if (arguments.options.contains("schedule")) job.cron_schedule = arguments.text("schedule");
  if (arguments.options.contains("zone")) job.cron_time_zone = arguments.text("zone");
  const auto policy = find_enum<CronCollisionPolicy>(arguments.text("policy", "KILL_EXISTING"));
  if (!policy) return Error{ErrorCode::InvalidArgument, "there is no policy " + arguments.text("policy")};
  job.cron_collision_policy = *policy;
  return job;
}

Result<JobUpdateRequest> read_update(const Arguments& arguments) {
  JobUpdateRequest request;
  request.task_config = read_config(arguments);
  request.instance_count = integer(arguments, "instances", 1);
  UpdateSettings& settings = request.settings;
  settings.update_group_size = integer(arguments, "batch", 1);
  settings.min_wait_in_instance_running_ms = TRY(read_ms(arguments, "watch", "45s"));
  settings.max_failed_instances = integer(arguments, "failures", 0);
  settings.max_per_instance_failures = integer(arguments, "instance_failures", 0);
  settings.rollback_on_failure = !arguments.has("no-rollback");
  settings.wait_for_batch_completion = arguments.has("in-batches");
  settings.block_if_no_pulses_after_ms = TRY(read_ms(arguments, "pulse", "0s"));
  settings.sla_aware = arguments.has("sla");
  settings.update_only_these_instances = to_ranges(read_instances(arguments, "only"));
  return request;
}

}  // namespace aurora::scenario
