// What has a text in its name: for the search box of the pages.
#include <algorithm>

#include "api/handler.h"
#include "api/read.h"
#include "api/routes.h"
#include "aurora/core/summary/job_summary.h"

namespace aurora::api {
namespace {

constexpr size_t kFoundMax = 8;       // of each kind
constexpr size_t kTextBytesMax = 512;
constexpr size_t kPerLook = 512;

struct Found {
  std::string text;  // in lower case
  std::vector<std::string> roles = {};
  std::vector<core::JobKey> jobs = {};
  std::vector<std::string> hosts = {};
  std::vector<core::UpdateKey> updates = {};
  std::optional<std::pair<core::TaskId, core::InstanceKey>> task = {};
  scheduler::RoundNumber round = 0;
};

std::string lower(std::string text) {
  std::ranges::transform(text, text.begin(), [](char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : c; });
  return text;
}

bool has(const std::string& name, const std::string& text) { return lower(name).find(text) != std::string::npos; }

// Looks at a list in parts, until the last one or until there is enough: `part`: size_t(cluster, window), how many it saw.
template <typename Part, typename Items>
void walk(const SchedulerServices& services, const net::Request& request, Found& found, const Items& items, const Part& part) {
  for (size_t offset = 0; items.size() < kFoundMax && !request.is_abandoned(); offset += kPerLook) {
    const auto reading = services.engine.look([&](const core::Cluster& cluster) { return part(cluster, core::Window{offset, kPerLook}); });
    found.round = std::max(found.round, reading.round);
    if (reading.value < kPerLook) return;
  }
}

template <typename Item>
void keep(std::vector<Item>& items, const Item& item) {
  if (items.size() < kFoundMax) items.push_back(item);
}

void find_by_id(const core::Cluster& cluster, const std::string& text, Found& found) {
  if (const core::Task* task = cluster.find_task(core::TaskId(text))) found.task = {task->id, task->instance()};
  if (text.size() < 4) return;  // most ids have such a part
  for (const core::JobUpdate* update : cluster.list_active_updates()) {
    if (update->key.id.value().starts_with(text)) keep(found.updates, update->key);
  }
}

Result<net::Response> search(const SchedulerServices& services, const net::Request& request) {
  TRY(check_query(request, {"text"}));
  const std::string text = request.find_query("text").value_or("");
  if (text.empty() || text.size() > kTextBytesMax) {
    return Error{ErrorCode::InvalidArgument, "Query parameter 'text' is what to look for: 1 to " + std::to_string(kTextBytesMax) + " bytes"};
  }
  Found found{lower(text)};
  walk(services, request, found, found.roles, [&](const core::Cluster& cluster, const core::Window& window) {
    const core::RolePage page = cluster.list_role_page(window);
    for (const core::RoleCounts& role : page.roles) if (has(role.role, found.text)) keep(found.roles, role.role);
    return page.roles.size();
  });
  walk(services, request, found, found.jobs, [&](const core::Cluster& cluster, const core::Window& window) {
    const core::JobPage page = cluster.list_job_page("", window);
    for (const core::JobCounts& job : page.jobs) if (has(to_string(*job.job), found.text)) keep(found.jobs, *job.job);
    return page.jobs.size();
  });
  const auto rest = services.engine.look([&](const core::Cluster& cluster) {
    for (const core::Host* host : cluster.list_hosts()) {
      if (found.hosts.size() < kFoundMax && has(host->id.value(), found.text)) found.hosts.push_back(host->id.value());
    }
    find_by_id(cluster, text, found);
    return true;
  });
  std::string out;
  codec::json::ObjectWriter json(out);
  json.add("roles", found.roles);
  json.add("jobs", found.jobs);
  json.add("hosts", found.hosts);
  json.add("updates", found.updates);
  if (found.task) {
    json.add("taskId", found.task->first);
    json.add("taskInstance", to_string(found.task->second));
  }
  json.end();
  return hold(services, std::max(found.round, rest.round), json_answer(std::move(out)));
}

}  // namespace

std::vector<net::Route> search_routes(const SchedulerServices& services) {
  return {make_route("GET", "/v1/search", [services](const net::Request& request) { return search(services, request); })};
}

}  // namespace aurora::api
