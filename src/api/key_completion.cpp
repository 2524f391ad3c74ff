#include "api/key_completion.h"

#include <array>
#include <compare>

#include "aurora/base/split.h"

namespace aurora::api {
namespace {

using core::Cluster;
using core::JobKey;

constexpr size_t kParts = 3;

const JobKey& key_at(const Cluster& cluster, size_t position) {
  return *cluster.list_job_page("", {position, 1}).jobs.front().job;
}

// How many keys are below, in the order in which the cluster has them.
size_t count_below(const Cluster& cluster, const JobKey& key, size_t first = 0) {
  size_t last = cluster.list_job_page("", {0, 0}).total;
  while (first < last) {
    const size_t middle = first + (last - first) / 2;
    if (key_at(cluster, middle) < key) first = middle + 1;
    else last = middle;
  }
  return first;
}

JobKey to_key(const std::vector<std::string>& parts) {
  std::array<std::string, kParts> all;
  std::copy(parts.begin(), parts.end(), all.begin());
  return {all[0], all[1], all[2]};
}

// The first key whose part at the end of `parts`, and what is before it, is beyond this one's.
JobKey key_beyond(std::vector<std::string> parts, char beyond) {
  parts.back() += beyond;
  return to_key(parts);
}

std::vector<std::string> first_parts(const JobKey& key, size_t count) {
  std::vector<std::string> parts{key.role, key.environment, key.name};
  parts.resize(count);
  return parts;
}

std::string to_text(const std::vector<std::string>& parts) {
  std::string text;
  for (const std::string& part : parts) text += part + "/";
  if (parts.size() == kParts) text.pop_back();
  return text;
}

}  // namespace

KeyCompletions complete_key(const Cluster& cluster, const std::string& prefix, size_t count_max) {
  const std::vector<std::string> parts = split(prefix, '/');
  if (parts.size() > kParts) return {};
  constexpr char kSmallest = '\0';
  constexpr char kLargest = '\xff';  // of bytes; parts are ASCII
  const size_t end = count_below(cluster, key_beyond(parts, kLargest));
  KeyCompletions found;
  for (size_t at = count_below(cluster, to_key(parts)); at < end;) {
    const bool is_full = found.keys.size() + 1 == count_max;
    const std::vector<std::string> typed = first_parts(key_at(cluster, at), parts.size());
    const std::vector<std::string> last = first_parts(key_at(cluster, end - 1), parts.size());
    found.keys.push_back(to_text(is_full ? last : typed));
    found.is_complete = !is_full || typed == last;
    if (is_full) break;
    at = parts.size() == kParts ? at + 1 : count_below(cluster, key_beyond(typed, kSmallest), at);
  }
  return found;
}

}  // namespace aurora::api
