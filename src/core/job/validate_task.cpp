#include "core/job/validate_task.h"

#include <algorithm>

namespace aurora::core {
namespace {

constexpr char kAuroraExecutor[] = "AuroraExecutor";

Status check_docker(const DockerContainer& docker, bool has_executor, const JobLimits& limits) {
  if (docker.image.empty()) return invalid("A container must specify an image.");
  if (!docker.parameters.empty() && !limits.allow_docker_parameters) {
    return invalid("This scheduler is configured to disallow Docker parameters.");
  }
  if (!has_executor && limits.require_docker_use_executor) {
    return invalid("This scheduler is configured to require an executor for Docker-based tasks.");
  }
  if (!limits.allow_docker_containers) {
    return invalid("This scheduler is not configured to allow the container type DOCKER");
  }
  return Unit{};
}

}  // namespace

Status apply_tier(TaskConfig& config, const JobLimits& limits) {
  if (!config.tier.empty() && !is_identifier(config.tier)) {
    return invalid("Tier contains illegal characters: " + config.tier);
  }
  if (config.tier.empty()) config.tier = limits.default_tier;
  const auto tier = limits.tiers.find(config.tier);
  if (tier == limits.tiers.end()) return invalid("Invalid tier '" + config.tier + "' in TaskConfig.");
  config.production = !tier->second.preemptible && !tier->second.revocable;
  config.revocable = tier->second.revocable && limits.enable_revocable_cpus;
  return Unit{};
}

Status check_executor(const TaskConfig& config) {
  if (!config.executor_config) {
    if (std::holds_alternative<DockerContainer>(config.container)) return Unit{};
    return invalid("Configuration may not be null.");
  }
  const std::string& name = config.executor_config->name;
  if (name.empty()) return invalid("Executor name may not be left unset.");
  if (name != kAuroraExecutor) return invalid("Configuration for executor '" + name + "' doesn't exist.");
  return Unit{};
}

Status check_dedicated(const TaskConfig& config) {
  const Constraint* dedicated = find_dedicated(config.constraints);
  if (dedicated == nullptr) return Unit{};
  const auto* wanted = std::get_if<ValueConstraint>(&dedicated->constraint);
  if (wanted == nullptr) return invalid("A dedicated constraint must be of value type.");
  if (wanted->values.size() != 1) return invalid("A dedicated constraint must have exactly one value");
  const std::string prefix = wanted->values.begin()->substr(0, wanted->values.begin()->find('/'));
  if (prefix == "*" || prefix == config.job.role) return Unit{};
  return invalid("Only " + prefix + " may use hosts dedicated for that role.");
}

Status check_container(const TaskConfig& config, const JobLimits& limits) {
  const auto* docker = std::get_if<DockerContainer>(&config.container);
  return docker == nullptr ? Unit{} : check_docker(*docker, config.executor_config.has_value(), limits);
}

Status check_resources(const TaskConfig& config, const JobLimits& limits) {
  if (!(config.resources.cpus > 0)) return invalid("num_cpus must be greater than 0.0");
  if (config.resources.ram_mb <= 0) return invalid("ram_mb must be greater than 0.0");
  if (config.resources.disk_mb <= 0) return invalid("disk_mb must be greater than 0.0");
  if (config.resources.gpus != 0 && !limits.allow_gpu_resource) {
    return invalid("GPU resource support is disabled in this cluster.");
  }
  if (config.resources.gpus < 0) return invalid("num_gpus must not be negative");
  if (!config.mesos_fetcher_uris.empty() && !limits.enable_mesos_fetcher) {
    return invalid("Mesos Fetcher for individual jobs is disabled in this cluster.");
  }
  const auto* mesos = std::get_if<MesosContainer>(&config.container);
  if (mesos != nullptr && !mesos->volumes.empty() && !limits.allow_container_volumes) {
    return invalid("This scheduler is configured to disallow container volumes.");
  }
  return Unit{};
}

void add_default_links(TaskConfig& config) {
  if (!config.task_links.empty()) return;
  for (const char* port : {"health", "http"}) {
    if (config.resources.ports.contains(port)) {
      config.task_links[port] = std::string("http://%host%:%port:") + port + "%";
    }
  }
}

}  // namespace aurora::core
