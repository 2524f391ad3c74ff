#include "aurora/executor/task_files.h"
#include "executor/bytes.h"

namespace aurora::executor {
namespace {

constexpr uint32_t kPlanFormat = 2;

void add_process(ByteWriter& out, const core::ProcessPlan& process) {
  out.add(process.name);
  out.add(process.cmdline);
  out.add(process.max_failures);
  out.add(process.daemon);
  out.add(process.ephemeral);
  out.add(process.final);
  out.add(process.min_duration.ms);
  out.add(process.log.destination);
  out.add(process.log.mode);
  out.add(process.log.bytes_max);
  out.add(process.log.backups);
}

core::ProcessPlan get_process(ByteReader& in) {
  core::ProcessPlan process;
  process.name = in.get_string();
  process.cmdline = in.get_string();
  process.max_failures = in.get<int32_t>();
  process.daemon = in.get<bool>();
  process.ephemeral = in.get<bool>();
  process.final = in.get<bool>();
  process.min_duration = milliseconds(in.get<int64_t>());
  process.log.destination = in.get<core::LogDestination>();
  process.log.mode = in.get<core::LogMode>();
  process.log.bytes_max = in.get<int64_t>();
  process.log.backups = in.get<int32_t>();
  return process;
}

void add_task_plan(ByteWriter& out, const core::TaskPlan& plan) {
  out.add(static_cast<uint32_t>(plan.processes.size()));
  for (const core::ProcessPlan& process : plan.processes) add_process(out, process);
  out.add(static_cast<uint32_t>(plan.orders.size()));
  for (const auto& order : plan.orders) {
    out.add(static_cast<uint32_t>(order.size()));
    for (const std::string& name : order) out.add(name);
  }
  out.add(plan.max_failures);
  out.add(plan.max_concurrency);
  out.add(plan.finalization_wait.ms);
}

core::TaskPlan get_task_plan(ByteReader& in) {
  core::TaskPlan plan;
  for (uint32_t left = in.get_count(); left > 0; --left) plan.processes.push_back(get_process(in));
  for (uint32_t left = in.get_count(); left > 0; --left) {
    std::vector<std::string>& order = plan.orders.emplace_back();
    for (uint32_t names = in.get_count(); names > 0; --names) order.push_back(in.get_string());
  }
  plan.max_failures = in.get<int32_t>();
  plan.max_concurrency = in.get<int32_t>();
  plan.finalization_wait = milliseconds(in.get<int64_t>());
  return plan;
}

void add_user(ByteWriter& out, const os::User& user) {
  out.add(user.name);
  out.add(user.uid);
  out.add(user.gid);
  out.add(static_cast<uint32_t>(user.groups.size()));
  for (const int group : user.groups) out.add(group);
}

os::User get_user(ByteReader& in) {
  os::User user;
  user.name = in.get_string();
  user.uid = in.get<int>();
  user.gid = in.get<int>();
  for (uint32_t left = in.get_count(); left > 0; --left) user.groups.push_back(in.get<int>());
  return user;
}

// What was added to plans later is in sections with a name, so that versions before and after ours read a
// plan without those that they do not know.
constexpr const char* kConfinement = "confinement";
constexpr const char* kContainer = "container";
constexpr const char* kGpus = "gpus";

std::string encode(const Confinement& confinement) {
  ByteWriter out;
  out.add(static_cast<uint32_t>(confinement.cgroups.size()));
  for (const std::string& folder : confinement.cgroups) out.add(folder);
  out.add(confinement.process_cgroup);
  out.add(confinement.has_private_tmp);
  out.add(confinement.hides_processes);
  out.add(confinement.no_new_privileges);
  out.add(confinement.disk_max_bytes);
  return out.take();
}

Confinement decode_confinement(ByteReader& in) {
  Confinement confinement;
  for (uint32_t left = in.get_count(); left > 0; --left) confinement.cgroups.push_back(in.get_string());
  confinement.process_cgroup = in.get_string();
  confinement.has_private_tmp = in.get<bool>();
  confinement.hides_processes = in.get<bool>();
  confinement.no_new_privileges = in.get<bool>();
  if (!in.is_at_end()) confinement.disk_max_bytes = in.get<int64_t>();
  return confinement;
}

constexpr const char* kHealth = "health";

std::string encode(const core::HealthPlan& health) {
  ByteWriter out;
  out.add(static_cast<uint8_t>(health.checker.index()));
  if (const auto* http = std::get_if<core::HttpCheck>(&health.checker)) {
    out.add(http->port);
    out.add(http->endpoint);
    out.add(http->expected_response);
    out.add(http->expected_response_code);
  } else {
    out.add(std::get<core::ShellCheck>(health.checker).command);
  }
  out.add(health.policy.initial_interval.ms);
  out.add(health.policy.interval.ms);
  out.add(health.policy.timeout.ms);
  out.add(health.policy.max_consecutive_failures);
  out.add(health.policy.min_consecutive_successes);
  return out.take();
}

std::optional<core::HealthPlan> decode_health(ByteReader& in) {
  core::HealthPlan health;
  const auto kind = in.get<uint8_t>();
  if (kind == 0) {
    core::HttpCheck http;
    http.port = in.get<int32_t>();
    http.endpoint = in.get_string();
    http.expected_response = in.get_string();
    http.expected_response_code = in.get<int32_t>();
    health.checker = std::move(http);
  } else if (kind == 1) {
    health.checker = core::ShellCheck{in.get_string()};
  } else {
    in.fail();
  }
  health.policy.initial_interval = milliseconds(in.get<int64_t>());
  health.policy.interval = milliseconds(in.get<int64_t>());
  health.policy.timeout = milliseconds(in.get<int64_t>());
  health.policy.max_consecutive_failures = in.get<int32_t>();
  health.policy.min_consecutive_successes = in.get<int32_t>();
  return health;
}

constexpr const char* kShutdown = "shutdown";

std::string encode(const core::ShutdownPlan& shutdown) {
  ByteWriter out;
  out.add(shutdown.port);
  out.add(shutdown.graceful_endpoint);
  out.add(shutdown.endpoint);
  out.add(shutdown.graceful_wait.ms);
  out.add(shutdown.wait.ms);
  return out.take();
}

std::optional<core::ShutdownPlan> decode_shutdown(ByteReader& in) {
  core::ShutdownPlan shutdown;
  shutdown.port = in.get<int32_t>();
  shutdown.graceful_endpoint = in.get_string();
  shutdown.endpoint = in.get_string();
  shutdown.graceful_wait = milliseconds(in.get<int64_t>());
  shutdown.wait = milliseconds(in.get<int64_t>());
  return shutdown;
}

void add_list(ByteWriter& out, const std::vector<std::string>& list) {
  out.add(static_cast<uint32_t>(list.size()));
  for (const std::string& text : list) out.add(text);
}

std::vector<std::string> get_list(ByteReader& in) {
  std::vector<std::string> list;
  for (uint32_t left = in.get_count(); left > 0; --left) list.push_back(in.get_string());
  return list;
}

std::string encode(const Container& container) {
  ByteWriter out;
  out.add(container.image);
  out.add(container.folder);
  out.add(container.runtime);
  out.add(container.sandbox);
  out.add(container.shell);
  add_list(out, container.environment);
  return out.take();
}

Container decode_container(ByteReader& in) {
  Container container;
  container.image = in.get_string();
  container.folder = in.get_string();
  container.runtime = in.get_string();
  container.sandbox = in.get_string();
  container.shell = in.get_string();
  container.environment = get_list(in);
  return container;
}

void add_sections(ByteWriter& out, const RunnerPlan& plan) {
  std::map<std::string, std::string> sections{{kConfinement, encode(plan.confinement)}};
  if (plan.health) sections[kHealth] = encode(*plan.health);
  if (plan.shutdown) sections[kShutdown] = encode(*plan.shutdown);
  if (plan.container) sections[kContainer] = encode(*plan.container);
  if (!plan.variables.empty()) {
    ByteWriter gpus;
    add_list(gpus, plan.gpus);
    add_list(gpus, plan.variables);
    sections[kGpus] = gpus.take();
  }
  out.add(static_cast<uint32_t>(sections.size()));
  for (const auto& [name, bytes] : sections) {
    out.add(name);
    out.add(bytes);
  }
}

void get_sections(ByteReader& in, RunnerPlan& plan) {
  for (uint32_t left = in.get_count(); left > 0; --left) {
    const std::string name = in.get_string();
    const std::string bytes = in.get_string();
    ByteReader section(bytes);
    if (name == kConfinement) plan.confinement = decode_confinement(section);
    if (name == kHealth) plan.health = decode_health(section);
    if (name == kShutdown) plan.shutdown = decode_shutdown(section);
    if (name == kContainer) plan.container = decode_container(section);
    if (name == kGpus) {
      plan.gpus = get_list(section);
      plan.variables = get_list(section);
    }
    if (!section.is_good()) in.fail();
  }
}

}  // namespace

std::string encode_plan(const RunnerPlan& plan, std::string_view task_json) {
  ByteWriter out;
  out.add(kPlanFormat);
  out.add(plan.task_id.value());
  add_task_plan(out, plan.plan);
  out.add(plan.sandbox);
  add_user(out, plan.user);
  out.add(plan.switches_user);
  out.add(plan.search_path);
  out.add(plan.hostname);
  out.add(static_cast<uint32_t>(plan.ports.size()));
  for (const auto& [name, port] : plan.ports) {
    out.add(name);
    out.add(port);
  }
  out.add(plan.launched_at);
  out.add(plan.health.has_value());  // as versions before the sections read it
  add_sections(out, plan);
  return frame(out.take()) + frame(task_json);
}

std::optional<RunnerPlan> decode_plan(std::string_view bytes) {
  const Frames frames = split_frames(bytes);
  if (frames.payloads.empty()) return std::nullopt;
  ByteReader in(frames.payloads.front());
  if (in.get<uint32_t>() != kPlanFormat) return std::nullopt;
  RunnerPlan plan;
  plan.task_id = core::TaskId(in.get_string());
  plan.plan = get_task_plan(in);
  plan.sandbox = in.get_string();
  plan.user = get_user(in);
  plan.switches_user = in.get<bool>();
  plan.search_path = in.get_string();
  plan.hostname = in.get_string();
  for (uint32_t left = in.get_count(); left > 0; --left) {
    std::string name = in.get_string();
    plan.ports[std::move(name)] = in.get<int32_t>();
  }
  plan.launched_at = in.get_instant();
  const bool wants_check = !in.is_at_end() && in.get<bool>();
  const bool has_sections = !in.is_at_end();
  if (has_sections) get_sections(in, plan);
  plan.lacks_checks = !has_sections || (wants_check && !plan.health);
  return in.is_good() ? std::optional(std::move(plan)) : std::nullopt;
}

}  // namespace aurora::executor
