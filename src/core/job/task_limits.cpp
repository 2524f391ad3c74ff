#include "aurora/core/job/task_limits.h"

#include "aurora/base/digits.h"
#include "core/job/canonical_bytes.h"
#include "core/job/validate_task.h"

namespace aurora::core {
namespace {

Status check_at_most(const std::string& what, int64_t found, int64_t max, const std::string& advice) {
  if (found <= max) return Unit{};
  return invalid(what + " " + grouped_digits(found) + "; at most " + grouped_digits(max) + " " + advice);
}

template <typename Collection>
Status check_count(const std::string& what, const Collection& found, size_t max, const std::string& advice) {
  return check_at_most("the number of " + what + " is", static_cast<int64_t>(found.size()),
                       static_cast<int64_t>(max), advice);
}

Status check_key(const JobKey& key) {
  return check_at_most("role, environment and name together have a length of",
                       static_cast<int64_t>(key.role.size() + key.environment.size() + key.name.size()),
                       int64_t{kJobKeyBytesMax},
                       "fit into the id of a task, which is the name of a folder; shorten one of them");
}

Status check_constraints(const std::vector<Constraint>& constraints) {
  TRY(check_count("constraints", constraints, kConstraintsMax, "are compared with every host"));
  for (const Constraint& constraint : constraints) {
    const auto* wanted = std::get_if<ValueConstraint>(&constraint.constraint);
    if (wanted == nullptr) continue;
    TRY(check_count("values of constraint '" + constraint.name + "'", wanted->values, kConstraintValuesMax,
                    "are compared with every host; give the hosts an attribute in common"));
  }
  return Unit{};
}

Status check_container_lists(const Container& container) {
  if (const auto* mesos = std::get_if<MesosContainer>(&container)) {
    return check_count("container volumes", mesos->volumes, kVolumesMax, "are mounted");
  }
  return check_count("docker parameters", std::get<DockerContainer>(container).parameters, kVolumesMax,
                     "are passed on");
}

Status check_amounts(const Resources& resources) {
  const std::string advice = "can be asked for one task";
  if (resources.cpus > static_cast<double>(kCpusMax)) {
    return invalid("num_cpus is more than " + grouped_digits(kCpusMax) + ", which is the most that " +
                   advice);
  }
  TRY(check_at_most("ram_mb is", resources.ram_mb, kRamMbMax, advice));
  TRY(check_at_most("disk_mb is", resources.disk_mb, kDiskMbMax, advice));
  TRY(check_at_most("num_gpus is", resources.gpus, kGpusMax, advice));
  return check_count("ports", resources.ports, kPortsMax, advice);
}

}  // namespace

Status check_limits(const TaskConfig& config) {
  TRY(check_key(config.job));
  TRY(check_constraints(config.constraints));
  TRY(check_amounts(config.resources));
  TRY(check_count("metadata entries", config.metadata, kMetadataMax, "are kept with a task"));
  TRY(check_count("task links", config.task_links, kTaskLinksMax, "are shown with a task"));
  TRY(check_count("URIs to fetch", config.mesos_fetcher_uris, kFetcherUrisMax, "are fetched for a task"));
  TRY(check_container_lists(config.container));
  CanonicalBytes canonical;  // last: it copies everything
  canonical.add(config);
  return check_at_most("the size of the task configuration in bytes is",
                       static_cast<int64_t>(canonical.bytes().size()), int64_t{kTaskConfigBytesMax},
                       "are kept and sent to hosts; put what is large into a file that the task fetches");
}

}  // namespace aurora::core
