// What waits for a host: one entry for each configuration of which tasks are pending, who waits longest first
// (spec/scheduler.md §4.1, §4.6).
#include <algorithm>

#include "api/handler.h"
#include "api/paged_list.h"
#include "api/read.h"
#include "api/routes.h"
#include "api/task_views.h"

namespace aurora::api {
namespace {

struct PendingView {
  core::JobKey job;
  int64_t tasks = 0;
  Instant since;  // the first of them waits
  std::vector<core::InstanceRange> instances = {};
  core::TaskConfigRef config = {};
  std::optional<core::PendingReason> reason = {};
};

struct Group {
  Instant since;
  const core::PendingGroup* tasks = nullptr;
};

std::vector<Group> list_groups(const core::Cluster& cluster) {
  std::vector<Group> groups;
  groups.reserve(cluster.pending_groups().size());
  for (const auto& [hash, tasks] : cluster.pending_groups()) groups.push_back({tasks.front().since, &tasks});
  std::ranges::stable_sort(groups, {}, &Group::since);
  return groups;
}

PendingView view_of(const core::Cluster& cluster, const core::PendingGroup& group) {
  const core::Task& first = *group.front().task;
  PendingView view{first.job(), static_cast<int64_t>(group.size()), group.front().since};
  std::set<int32_t> instances;
  for (const core::WaitingTask& waiting : group) instances.insert(waiting.instance_id);
  view.instances = core::to_ranges(instances);
  view.config = first.config;
  if (const core::PendingReason* reason = cluster.find_pending_reason(first.config.hash())) view.reason = *reason;
  return view;
}

void write_view(std::string& out, const PendingView& view) {
  codec::json::ObjectWriter json(out);
  json.add("job", view.job);
  json.add("tasks", view.tasks);
  json.add("instances", view.instances);
  json.add("since", view.since);
  json.add("tier", view.config->tier);
  json.add("priority", view.config->priority);
  json.add("resources", view.config->resources);
  if (view.reason) write(json.begin("pendingReason"), *view.reason);
  json.end();
}

Result<net::Response> list_pending_groups(const SchedulerServices& services, const net::Request& request) {
  TRY(check_query(request, {"offset", "limit"}));
  const Page page = TRY(page_of(request));
  const auto look = [&](const core::Cluster& cluster) {
    const std::vector<Group> groups = list_groups(cluster);
    std::vector<PendingView> views;
    for (const Group& group : slice(groups, page)) views.push_back(view_of(cluster, *group.tasks));
    return std::pair(std::move(views), groups.size());
  };
  return read(services, look, [&](const auto& seen) -> Result<net::Response> {
    PagedList list("pending");
    list.add_all(request, seen.first, write_view);
    list.end(page, seen.second);
    return list.answer();
  });
}

}  // namespace

std::vector<net::Route> pending_routes(const SchedulerServices& services) {
  return {make_route("GET", "/v1/pendingGroups",
                     [services](const net::Request& request) { return list_pending_groups(services, request); })};
}

}  // namespace aurora::api
