#include "support/builders.h"

namespace aurora::test {
namespace {

using core::TaskStatus;

// What a task goes through on its way to `status`, which comes last.
std::vector<TaskStatus> history_of(TaskStatus status) {
  switch (status) {
    case TaskStatus::Init:
    case TaskStatus::Deleted:
      return {};
    case TaskStatus::Pending:
    case TaskStatus::Throttled:
      return {status};
    case TaskStatus::Assigned:
      return {TaskStatus::Pending, status};
    case TaskStatus::Starting:
      return {TaskStatus::Pending, TaskStatus::Assigned, status};
    case TaskStatus::Running:
      return {TaskStatus::Pending, TaskStatus::Assigned, TaskStatus::Starting, status};
    case TaskStatus::Killed:
      return {TaskStatus::Pending, TaskStatus::Assigned, TaskStatus::Starting,
              TaskStatus::Running, TaskStatus::Killing,  status};
    case TaskStatus::Finished:
    case TaskStatus::Failed:
    case TaskStatus::Lost:
    case TaskStatus::Killing:
    case TaskStatus::Restarting:
    case TaskStatus::Preempting:
    case TaskStatus::Draining:
    case TaskStatus::Partitioned:
      return {TaskStatus::Pending, TaskStatus::Assigned, TaskStatus::Starting, TaskStatus::Running, status};
  }
  return {};
}

}  // namespace

core::JobKey a_key(const std::string& text) {
  const size_t first = text.find('/');
  const size_t second = text.find('/', first + 1);
  AURORA_CHECK(second != std::string::npos);
  return {text.substr(0, first), text.substr(first + 1, second - first - 1), text.substr(second + 1)};
}

core::TaskConfig a_config(const std::string& job) {
  core::TaskConfig config;
  config.job = a_key(job);
  config.owner.user = "ann";
  config.max_task_failures = 1;
  config.tier = "preemptible";
  config.resources.cpus = 1;
  config.resources.ram_mb = 128;
  config.resources.disk_mb = 64;
  config.executor_config = core::ExecutorConfig{
      "AuroraExecutor", R"({"task":{"processes":[{"name":"run","cmdline":"true"}]}})"};
  return config;
}

core::TaskConfig a_service(const std::string& job) {
  core::TaskConfig config = a_config(job);
  config.is_service = true;
  return config;
}

core::JobConfiguration a_job(const std::string& job, int32_t instances) {
  return a_job_of(a_config(job), instances);
}

core::JobConfiguration a_job_of(const core::TaskConfig& config, int32_t instances) {
  core::JobConfiguration job;
  job.key = config.job;
  job.owner = config.owner;
  job.task_config = config;
  job.instance_count = instances;
  return job;
}

core::Task a_task(const TaskRecipe& recipe) {
  core::Task task;
  task.config = core::TaskConfigRef(recipe.config);
  task.instance_id = recipe.instance;
  task.id = core::make_task_id(task.instance(), recipe.suffix);
  task.status = recipe.status;
  for (const TaskStatus status : history_of(recipe.status)) {
    task.events.push_back({recipe.at, status, std::nullopt, "scheduler"});
    if (core::is_assigned(status)) task.host = core::HostId(recipe.host);
  }
  return task;
}

core::Task a_task(TaskStatus status) {
  TaskRecipe recipe;
  recipe.status = status;
  return a_task(recipe);
}

core::Host a_host(const std::string& name, const std::string& rack) {
  core::Host host;
  host.id = core::HostId(name);
  host.agent_id = name + "-agent";
  host.executor_url = "http://" + name + ":1338";
  host.attributes = {{"host", {name}}, {"rack", {rack}}};
  host.capacity = {16, 16 * 1024, 64 * 1024, 0, 1001};
  host.port_ranges = {{31000, 32000}};
  return host;
}

}  // namespace aurora::test
