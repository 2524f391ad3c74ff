// How the cluster is, in one answer: what its first page shows.
#include <memory>
#include <mutex>

#include "api/handler.h"
#include "api/read.h"
#include "api/routes.h"
#include "aurora/core/summary/overview.h"

namespace aurora::api {
namespace {

constexpr size_t kJobsPerLook = 256;
constexpr size_t kHostsPerLook = 128;
constexpr size_t kRolesPerLook = 256;
constexpr Duration kKept = seconds(2);  // however many pages ask

struct Seen {
  core::Overview overview = {};
  std::vector<std::pair<std::string, int64_t>> tasks = {};  // by status, those that there are
  int64_t updates = 0;
  scheduler::RoundNumber round = 0;
};

// Jobs and roles that come or go meanwhile may be counted twice or not at all: it is a look, not an account.
Seen look(const SchedulerServices& services) {
  Seen seen;
  const Instant now = services.clock.now();
  const auto take = [&](const auto& part) {
    auto reading = services.engine.look(part);
    seen.round = std::max(seen.round, reading.round);
    return reading.value;
  };
  for (size_t offset = 0;; offset += kJobsPerLook) {
    const core::Window window{offset, kJobsPerLook};
    if (take([&](const core::Cluster& c) { return add_jobs(seen.overview, c, window, now); }) < kJobsPerLook) break;
  }
  for (size_t from = 0;; from += kHostsPerLook) {
    if (!take([&](const core::Cluster& c) { return add_hosts(seen.overview, c, from, kHostsPerLook); })) break;
  }
  for (size_t offset = 0;; offset += kRolesPerLook) {
    const core::Window window{offset, kRolesPerLook};
    if (take([&](const core::Cluster& c) { return add_roles(seen.overview, c, window); }) < kRolesPerLook) break;
  }
  take([&](const core::Cluster& cluster) {
    explain_troubled(seen.overview, cluster);
    for (const auto& [status, name] : EnumNames<core::TaskStatus>::values) {
      const size_t count = status == core::TaskStatus::Deleted ? 0 : cluster.task_count(status);
      if (count > 0) seen.tasks.emplace_back(name, count);
    }
    seen.updates = static_cast<int64_t>(cluster.list_active_updates().size());
    return true;
  });
  return seen;
}

std::string encode(const Seen& seen) {
  const core::Overview& overview = seen.overview;
  codec::JsonObject tasks;
  for (const auto& [status, count] : seen.tasks) tasks.add(status, count);
  codec::JsonObject troubles;
  for (const auto& [trouble, name] : EnumNames<core::Trouble>::values)
    troubles.add(std::string(name), overview.troubled_counts[static_cast<size_t>(trouble)]);
  std::string text;
  codec::json::ObjectWriter json(text);
  json.begin("tasks") += tasks.text();
  json.begin("troubledJobCounts") += troubles.text();
  json.add("troubledJobs", overview.troubled);
  json.add("activeUpdateCount", seen.updates);
  json.add("hostCount", overview.hosts);
  json.add("connectedHostCount", overview.connected_hosts);
  json.add("missingHosts", overview.missing);
  json.add("drainingHostCount", overview.draining_hosts);
  json.add("drainingHosts", overview.draining);
  json.add("capacity", overview.capacity);
  json.add("available", overview.available);
  json.add("roles", overview.roles);
  json.end();
  return text;
}

class KeptOverview {
 public:
  net::Response answer(const SchedulerServices& services) {
    const std::lock_guard lock(mutex_);
    const Duration now = services.clock.monotonic();
    if (text_.empty() || now - at_ >= kKept) {
      const Seen seen = look(services);
      text_ = encode(seen);
      round_ = seen.round;
      at_ = now;
    }
    return hold(services, round_, json_answer(text_));
  }

 private:
  std::mutex mutex_;
  std::string text_;
  scheduler::RoundNumber round_ = 0;
  Duration at_;
};

}  // namespace

std::vector<net::Route> overview_routes(const SchedulerServices& services) {
  return {make_route("GET", "/v1/overview",
                     [services, kept = std::make_shared<KeptOverview>()](const net::Request& request) -> Result<net::Response> {
                       TRY(check_query(request, {}));
                       return kept->answer(services);
                     })};
}

}  // namespace aurora::api
