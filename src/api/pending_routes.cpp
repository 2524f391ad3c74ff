// What waits for a host: one entry for each configuration of which tasks are pending, who waits longest first
// (spec/scheduler.md §4.1, §4.6).
#include <algorithm>

#include "api/handler.h"
#include "api/paged_list.h"
#include "api/read.h"
#include "api/routes.h"
#include "api/task_views.h"
#include "aurora/base/split.h"

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

// --- /pendingtasks: the same with every task, as the original's servlet told it.

constexpr size_t kTasksPerLook = 512;

struct WaitingGroup {
  core::ConfigHash hash;
  core::JobKey job;
  std::vector<core::TaskId> tasks = {};
  std::string reason = {};  // vetoes joined with ','
};

// Where the next look begins.
struct GroupCursor {
  struct Place {
    Instant since;
    int32_t instance_id = 0;
  };
  core::ConfigHash group = {};
  std::optional<Place> last = {};  // of the group's tasks, that was seen
};

struct GroupsSeen {
  std::vector<WaitingGroup> groups;
  std::optional<GroupCursor> next;
};

GroupsSeen look_at_groups(const core::Cluster& cluster, const GroupCursor& cursor) {
  const auto& groups = cluster.pending_groups();
  GroupsSeen seen;
  size_t tasks = 0;
  for (auto next = groups.lower_bound(cursor.group); next != groups.end() && !seen.next; ++next) {
    const auto& [hash, group] = *next;
    WaitingGroup found{.hash = hash, .job = group.front().task->job()};
    if (const core::PendingReason* reason = cluster.find_pending_reason(hash)) found.reason = reason->reason;
    auto last = hash == cursor.group ? cursor.last : std::nullopt;
    const auto is_seen = [&](const core::WaitingTask& task) {
      return task.since < last->since || (task.since == last->since && task.instance_id <= last->instance_id);
    };
    for (auto task = last ? group.lower_bound(is_seen) : group.begin(); task != group.end(); ++task) {
      if (tasks++ == kTasksPerLook) {
        seen.next = {hash, last};
        break;
      }
      found.tasks.push_back(task->task->id);
      last = {task->since, task->instance_id};
    }
    if (!found.tasks.empty()) seen.groups.push_back(std::move(found));
  }
  return seen;
}

// As Java prints a list.
std::string in_brackets(const std::string& reasons) {
  std::string text;
  for (const std::string& reason : split(reasons, ',')) text += (text.empty() ? "" : ", ") + reason;
  return "[" + text + "]";
}

void write_waiting(std::string& out, const WaitingGroup& group, const scheduler::Engine& engine) {
  codec::json::ObjectWriter json(out);
  json.add("penaltyMs", engine.penalty_of(group.hash).value_or(Duration{}).ms);
  json.add("taskIds", group.tasks);
  json.add("name", to_string(group.job));
  json.add("reason", in_brackets(group.reason));
  json.end();
}

void append(std::vector<WaitingGroup>& all, std::vector<WaitingGroup> more) {
  for (WaitingGroup& group : more) {
    if (!all.empty() && all.back().hash == group.hash) {  // the rest of it
      all.back().tasks.insert(all.back().tasks.end(), group.tasks.begin(), group.tasks.end());
    } else {
      all.push_back(std::move(group));
    }
  }
}

Result<net::Response> show_pending_tasks(const SchedulerServices& services, const net::Request& request) {
  TRY(check_query(request, {}));
  std::vector<WaitingGroup> groups;
  scheduler::RoundNumber newest = 0;
  for (std::optional<GroupCursor> next = GroupCursor{}; next && !request.is_abandoned();) {
    auto seen = services.engine.look([&](const core::Cluster& cluster) { return look_at_groups(cluster, *next); });
    newest = std::max(newest, seen.round);
    append(groups, std::move(seen.value.groups));
    next = seen.value.next;
  }
  std::string text = "[";
  for (const WaitingGroup& group : groups) {
    if (text.size() > 1) text += ',';
    write_waiting(text, group, services.engine);
    if (text.size() > kAnswerBytesMax) {
      return Error{ErrorCode::ResourceExhausted, "the answer has more than " + std::to_string(kAnswerBytesMax) +
                                                     " bytes; /v1/pendingGroups has it in pages"};
    }
  }
  return hold(services, newest, json_answer(text + "]"));
}

}  // namespace

std::vector<net::Route> pending_routes(const SchedulerServices& services) {
  const auto bind = [&](auto handler) {
    return [services, handler](const net::Request& request) { return handler(services, request); };
  };
  return {make_route("GET", "/v1/pendingGroups", bind(list_pending_groups)),
          make_route("GET", "/pendingtasks", bind(show_pending_tasks))};
}

}  // namespace aurora::api
