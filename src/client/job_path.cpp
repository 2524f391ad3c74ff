#include "aurora/client/job_path.h"

#include <fnmatch.h>

#include <charconv>

#include "aurora/base/split.h"
#include "aurora/core/job/job.h"

namespace aurora::client {
namespace {

Error invalid(std::string message) { return Error{ErrorCode::InvalidArgument, std::move(message)}; }

// One number, no sign, no blanks; at most 9 digits.
std::optional<int32_t> parse_number(std::string_view text) {
  int32_t value = 0;
  const auto [end, code] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (text.empty() || code != std::errc() || end != text.data() + text.size() || value < 0) return std::nullopt;
  return value;
}

constexpr size_t kInstancesMax = 1'000'000;  // far above what a job may have; keeps a typing error from filling memory

bool matches_pattern(const std::string& pattern, const std::string& text) {
  return fnmatch(pattern.c_str(), text.c_str(), FNM_NOESCAPE) == 0;
}

Result<JobPath> make_job_path(const std::vector<std::string>& parts, const std::string& text) {
  if (parts.size() != 4) {
    return invalid("Invalid path '" + text + "'. path should be a string in the form CLUSTER/ROLE/ENV/NAME");
  }
  constexpr std::string_view kNames[] = {"cluster", "role", "env", "name"};
  for (size_t i = 1; i < 4; ++i) {
    if (!core::is_identifier(parts[i])) return invalid("Invalid " + std::string(kNames[i]) + " '" + parts[i] + "'");
  }
  return JobPath{parts[0], {parts[1], parts[2], parts[3]}};
}

}  // namespace

bool has_wildcard(const std::string& text) { return text.find_first_of("*?[") != std::string::npos; }

std::string to_string(const JobPath& path) { return path.cluster + "/" + core::to_string(path.job); }

Result<JobPath> parse_job_path(const std::string& text) { return make_job_path(split(text, '/'), text); }

Result<std::set<int32_t>> parse_instances(const std::string& text) {
  std::set<int32_t> instances;
  for (const std::string& part : split(text, ',')) {
    const std::vector<std::string> ends = split(part, '-');
    const auto first = parse_number(ends[0]);
    const auto last = parse_number(ends.back());
    if (!first || !last || ends.size() > 2) {
      return invalid("invalid instance_specifier value: '" + text + "': instances are numbers and ranges like 0-3,7");
    }
    const size_t more = *last < *first ? 0 : static_cast<size_t>(*last - *first) + 1;
    if (more == 0 || instances.size() + more > kInstancesMax) {
      return invalid("Invalid instance range: ['" + ends[0] + "', '" + ends.back() + "']");
    }
    for (int64_t i = *first; i <= *last; ++i) instances.insert(static_cast<int32_t>(i));
  }
  return instances;
}

std::string format_instances(const std::set<int32_t>& instances) {
  std::string text = "[";
  for (const int32_t i : instances) text += (text.size() > 1 ? ", " : "") + std::to_string(i);
  return text + "]";
}

std::string format_ranges(const std::set<int32_t>& instances) {
  std::string text;
  for (const core::InstanceRange& range : core::to_ranges(instances)) {
    if (!text.empty()) text += ", ";
    text += "[" + std::to_string(range.first);
    if (range.last != range.first) text += "-" + std::to_string(range.last);
    text += "]";
  }
  return text;
}

Result<InstancesPath> parse_instances_path(const std::string& text) {
  if (text.empty()) return invalid("Instance specifier must be non-empty");
  std::vector<std::string> parts = split(text, '/');
  if (parts.size() != 4 && parts.size() != 5) {
    return invalid("Invalid path '" + text + "': Instance specifier must be a CLUSTER/ROLE/ENV/JOB/INSTANCES tuple");
  }
  InstancesPath result;
  if (parts.size() == 5 && !parts[4].empty()) result.instances = TRY(parse_instances(parts[4]));
  parts.resize(4);
  result.path = TRY(make_job_path(parts, text));
  return result;
}

Result<InstancePath> parse_instance_path(const std::string& text) {
  std::vector<std::string> parts = split(text, '/');
  if (parts.size() != 5) {
    return invalid("Task instance specifier " + text + " is not in the form CLUSTER/ROLE/ENV/NAME/INSTANCE");
  }
  const auto instance = parse_number(parts[4]);
  if (!instance) return invalid("Instance must be an integer, but got " + parts[4]);
  parts.resize(4);
  return InstancePath{TRY(make_job_path(parts, text)), *instance};
}

bool JobPattern::is_exact() const {
  return cluster != "*" && !has_wildcard(role) && !has_wildcard(environment) && !has_wildcard(name);
}

bool JobPattern::matches(const core::JobKey& job) const {
  return matches_pattern(role, job.role) && matches_pattern(environment, job.environment) &&
         matches_pattern(name, job.name);
}

std::string to_string(const JobPattern& pattern) {
  return pattern.cluster + "/" + pattern.role + "/" + pattern.environment + "/" + pattern.name;
}

Result<std::string> narrow_pattern(const std::string& pattern, const std::string& role, const std::string& job) {
  const auto is_within = [](const std::string& a, const std::string& b) { return a == b || a.starts_with(b + "/"); };
  std::string narrowed = pattern;
  for (const std::string& wanted : {role.empty() ? "" : split(pattern, '/').front() + "/" + role, job}) {
    if (wanted.empty() || is_within(narrowed, wanted)) continue;
    if (!is_within(wanted, narrowed)) return invalid("'" + wanted + "' is not among the jobs of '" + narrowed + "'");
    narrowed = wanted;
  }
  return narrowed;
}

Result<JobPattern> parse_job_pattern(const std::string& text) {
  const std::vector<std::string> parts = split(text, '/');
  if (parts.size() > 4 || parts[0].empty()) {
    return invalid("Invalid path '" + text + "': must be a path of the form CLUSTER/ROLE/ENV/JOB");
  }
  JobPattern pattern;
  std::string* const fields[] = {&pattern.cluster, &pattern.role, &pattern.environment, &pattern.name};
  for (size_t i = 0; i < parts.size(); ++i) {
    if (!parts[i].empty()) *fields[i] = parts[i];
  }
  return pattern;
}

}  // namespace aurora::client
