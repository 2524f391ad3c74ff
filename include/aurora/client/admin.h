// Admin verbs that tell what a cluster has, and `prune_tasks` (spec/client.md §11.1, §11.3). src/modes parses their options;
// each prints what it has to say and returns the exit code.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "aurora/client/verbs.h"

namespace aurora::client {

struct QueryOptions {
  std::vector<std::string> words;  // CLUSTER [ROLE [JOB]]
  bool is_forced = false;          // what is expensive, too
  std::string shards;              // "0,1"; empty: all
  std::string states = "RUNNING";  // with commas; empty: all
  std::string format = "%role%/%name%/%instanceId% %status%";
  bool is_json = false;
};
int query_tasks(Session& session, const QueryOptions& options);

struct PruneOptions {
  std::string cluster;
  std::string states;  // with commas; empty: all that are terminal
  std::string role;
  std::string environment;
  std::optional<int64_t> limit;  // tasks; absent: all
};
int prune_tasks(Session& session, const PruneOptions& options);

struct ClusterOptions {
  std::string cluster;
  bool is_json = false;
};
int get_scheduler(Session& session, const ClusterOptions& options);
int get_locks(Session& session, const ClusterOptions& options);  // active updates: they lock their jobs

struct ClusterConfigOptions {
  std::string cluster;
  bool is_shell = false;     // AURORA_CLUSTER_NAME=value lines instead of JSON
  bool is_exported = false;  // with these: `export ` in front
};
int get_cluster_config(Session& session, const ClusterConfigOptions& options);

// How many instances of which jobs must have been up for how long.
struct SlaLimits {
  std::string percentage;
  std::string duration;
  int64_t min_instances = 10;  // smaller jobs are not looked at
  std::string grouping = "by_host";
};

struct SafeDomainOptions {
  std::string cluster;
  SlaLimits limits;
  HostsOptions excluded;      // its hosts or its file; neither: none
  HostsOptions included;      // neither: all
  std::string override_file;  // lines of `cluster/role/env/job percentage duration`
  bool lists_jobs = false;
  bool is_json = false;
};
int sla_list_safe_domain(Session& session, const SafeDomainOptions& options);

struct ProbeHostsOptions : HostsOptions {
  SlaLimits limits;
};
int sla_probe_hosts(Session& session, const ProbeHostsOptions& options);

}  // namespace aurora::client
