// What to run and what it needs. Immutable once made; shared by all tasks that have it; compared by value
// (Aurora 0.22, spec/scheduler.md §1.4, spec/api.md §6.3).
#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "aurora/base/fields.h"
#include "aurora/core/ids.h"
#include "aurora/core/job/constraint.h"
#include "aurora/core/job/container.h"
#include "aurora/core/job/resources.h"

namespace aurora::core {

struct Identity {
  std::string user;
  friend bool operator==(const Identity&, const Identity&) = default;
};
void fields(Is<Identity> auto& i, auto&& visit) { visit("user", i.user); }

struct ExecutorConfig {
  std::string name;  // AuroraExecutor
  std::string data;  // the job as JSON: what the executor runs
  friend bool operator==(const ExecutorConfig&, const ExecutorConfig&) = default;
};
void fields(Is<ExecutorConfig> auto& e, auto&& visit) {
  visit("name", e.name);
  visit("data", e.data);
}

struct FetcherUri {
  std::string value;
  bool extract = false;
  bool cache = false;
  std::string output_file;
  friend bool operator==(const FetcherUri&, const FetcherUri&) = default;
};
void fields(Is<FetcherUri> auto& u, auto&& visit) {
  visit("value", u.value);
  visit("extract", u.extract);
  visit("cache", u.cache);
  visit("outputFile", u.output_file);
}

struct Metadata {
  std::string key;
  std::string value;
  friend auto operator<=>(const Metadata&, const Metadata&) = default;
};
void fields(Is<Metadata> auto& m, auto&& visit) {
  visit("key", m.key);
  visit("value", m.value);
}

struct PartitionPolicy {
  bool reschedule = true;
  int64_t delay_secs = 0;
  friend bool operator==(const PartitionPolicy&, const PartitionPolicy&) = default;
};
void fields(Is<PartitionPolicy> auto& p, auto&& visit) {
  visit("reschedule", p.reschedule);
  visit("delaySecs", p.delay_secs);
}

struct PercentageSlaPolicy {
  double percentage = 0;
  int64_t duration_secs = 0;
  friend bool operator==(const PercentageSlaPolicy&, const PercentageSlaPolicy&) = default;
};
void fields(Is<PercentageSlaPolicy> auto& p, auto&& visit) {
  visit("percentage", p.percentage);
  visit("durationSecs", p.duration_secs);
}

struct CountSlaPolicy {
  int64_t count = 0;
  int64_t duration_secs = 0;
  friend bool operator==(const CountSlaPolicy&, const CountSlaPolicy&) = default;
};
void fields(Is<CountSlaPolicy> auto& p, auto&& visit) {
  visit("count", p.count);
  visit("durationSecs", p.duration_secs);
}

struct CoordinatorSlaPolicy {
  std::string coordinator_url;
  std::string status_key;
  friend bool operator==(const CoordinatorSlaPolicy&, const CoordinatorSlaPolicy&) = default;
};
void fields(Is<CoordinatorSlaPolicy> auto& p, auto&& visit) {
  visit("coordinatorUrl", p.coordinator_url);
  visit("statusKey", p.status_key);
}

using SlaPolicy = std::variant<PercentageSlaPolicy, CountSlaPolicy, CoordinatorSlaPolicy>;

struct TaskConfig {
  JobKey job;
  Identity owner;
  bool is_service = false;
  int32_t priority = 0;
  int32_t max_task_failures = 0;
  bool production = false;  // always derived from the tier
  bool revocable = false;   // likewise: its cores are of those that its host offers as revocable
  std::string tier;         // empty = the default tier until validation fills it in
  Resources resources;
  std::vector<Constraint> constraints;        // sorted by name
  std::vector<FetcherUri> mesos_fetcher_uris;
  std::map<std::string, std::string> task_links;  // label -> URL with %host%, %port:name%, %shard_id%
  std::optional<std::string> contact_email;
  std::optional<ExecutorConfig> executor_config;
  std::vector<Metadata> metadata;  // sorted
  std::optional<PartitionPolicy> partition_policy;
  std::optional<SlaPolicy> sla_policy;
  Container container;
  friend bool operator==(const TaskConfig&, const TaskConfig&) = default;
};
void fields(Is<TaskConfig> auto& c, auto&& visit) {
  visit("job", c.job);
  visit("owner", c.owner);
  visit("isService", c.is_service);
  visit("priority", c.priority);
  visit("maxTaskFailures", c.max_task_failures);
  visit("production", c.production);
  visit("revocable", c.revocable);
  visit("tier", c.tier);
  visit("resources", c.resources);
  visit("constraints", c.constraints);
  visit("mesosFetcherUris", c.mesos_fetcher_uris);
  visit("taskLinks", c.task_links);
  visit("contactEmail", c.contact_email);
  visit("executorConfig", c.executor_config);
  visit("metadata", c.metadata);
  visit("partitionPolicy", c.partition_policy);
  visit("slaPolicy", c.sla_policy);
  visit("container", c.container);
}

// Sorts what is a set and drops nothing, so that equal configurations have equal bytes.
void make_canonical(TaskConfig& config);
// Over the canonical form; equal exactly when the configurations are equal.
ConfigHash hash_of(const TaskConfig& config);

// A configuration in use, with its hash. Copying shares; a default-made one holds nothing.
class TaskConfigRef {
 public:
  TaskConfigRef() = default;
  explicit TaskConfigRef(TaskConfig config);  // makes it canonical and hashes it
  const TaskConfig& operator*() const { return held_->config; }
  const TaskConfig* operator->() const { return &held_->config; }
  const ConfigHash& hash() const { return held_->hash; }
  bool empty() const { return held_ == nullptr; }
  friend bool operator==(const TaskConfigRef& a, const TaskConfigRef& b) {
    return a.held_ == b.held_ || (a.held_ && b.held_ && a.held_->hash == b.held_->hash);
  }

 private:
  struct Held {
    TaskConfig config;
    ConfigHash hash;
  };
  std::shared_ptr<const Held> held_;
};

}  // namespace aurora::core

template <>
struct aurora::UnionNames<aurora::core::SlaPolicy> {
  static constexpr std::array<std::string_view, 3> values{"percentageSlaPolicy", "countSlaPolicy",
                                                          "coordinatorSlaPolicy"};
};
