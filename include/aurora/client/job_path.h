// How a user names jobs: cluster/role/env/name, with instances, or with shell patterns (spec/client.md §3.1 to §3.3).
// Errors say which part is wrong; no cluster is looked up here.
#pragma once

#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "aurora/base/result.h"
#include "aurora/core/ids.h"

namespace aurora::client {

struct JobPath {
  std::string cluster;
  core::JobKey job;
  friend bool operator==(const JobPath&, const JobPath&) = default;
};
std::string to_string(const JobPath& path);
Result<JobPath> parse_job_path(const std::string& text);

// "0-3,7": inclusive ranges, no blanks.
Result<std::set<int32_t>> parse_instances(const std::string& text);
// [0, 1, 7]
std::string format_instances(const std::set<int32_t>& instances);
// [0-1], [7]
std::string format_ranges(const std::set<int32_t>& instances);

struct InstancesPath {
  JobPath path;
  std::optional<std::set<int32_t>> instances;  // absent: all
};
// cluster/role/env/name[/instances]
Result<InstancesPath> parse_instances_path(const std::string& text);

struct InstancePath {
  JobPath path;
  int32_t instance = 0;
};
// cluster/role/env/name/instance
Result<InstancePath> parse_instance_path(const std::string& text);

// One to four parts, each but the cluster a shell pattern; parts left out are "*".
struct JobPattern {
  std::string cluster = "*";  // "*": every configured cluster
  std::string role = "*";
  std::string environment = "*";
  std::string name = "*";

  bool is_exact() const;  // names one job
  bool matches(const core::JobKey& job) const;
};
std::string to_string(const JobPattern& pattern);
Result<JobPattern> parse_job_pattern(const std::string& text);

// The pattern with what 0.7 had options for, --role and --job (a whole key); either may be empty. Refuses those that name
// other jobs than the pattern does.
Result<std::string> narrow_pattern(const std::string& pattern, const std::string& role, const std::string& job);

bool has_wildcard(const std::string& text);

}  // namespace aurora::client
