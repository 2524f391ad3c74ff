// Hosts that are emptied and given back: requests, progress, and the original's pages about them (spec/scheduler.md §11,
// spec/api.md §8).
#include <algorithm>
#include <map>

#include "api/access.h"
#include "api/handler.h"
#include "aurora/api/html.h"
#include "api/paged_list.h"
#include "api/read.h"
#include "api/routes.h"
#include "api/submit.h"
#include "aurora/core/maintenance/drain.h"

namespace aurora::api {
namespace {

using codec::json::append_list;
using codec::json::ObjectWriter;
using core::MaintenanceMode;

struct HostsRequest {
  std::vector<core::HostId> hosts;
};
void fields(Is<HostsRequest> auto& r, auto&& visit) { visit("hosts", r.hosts); }

struct DrainRequest {
  std::vector<core::HostId> hosts;
  std::optional<core::SlaPolicy> policy;
  std::optional<int64_t> timeout_secs;
};
void fields(Is<DrainRequest> auto& r, auto&& visit) {
  visit("hosts", r.hosts);
  visit("policy", r.policy);
  visit("timeoutSecs", r.timeout_secs);
}

std::set<core::HostId> to_set(const std::vector<core::HostId>& hosts) { return {hosts.begin(), hosts.end()}; }

template <typename Command>
Result<net::Response> change_mode(const SchedulerServices& services, const net::Request& request) {
  const auto body = TRY(codec::decode_json<HostsRequest>(request.body));
  return submit(services.engine, Command{to_set(body.hosts), user_of(request)});
}

Result<net::Response> drain(const SchedulerServices& services, const net::Request& request) {
  auto body = TRY(codec::decode_json<DrainRequest>(request.body));
  core::DrainHosts command{to_set(body.hosts), std::nullopt, user_of(request)};
  if (body.timeout_secs && !body.policy) {
    return Error{ErrorCode::InvalidArgument, "timeoutSecs needs a policy: without one the tasks are ended at once."};
  }
  if (body.policy) command.terms = core::DrainHosts::Terms{*body.policy, body.timeout_secs.value_or(0)};
  return submit(services.engine, std::move(command));
}

// --- Progress.

constexpr size_t kTasksShownMax = 200;  // of a host; `taskCount` is of all

struct HoldView {
  core::TaskId task_id;
  std::string instance;
  core::TaskStatus status = core::TaskStatus::Running;
  bool is_leaving = false;
  std::string why;
  std::optional<Instant> again_at;
};
struct DrainView {
  core::HostId host;
  MaintenanceMode mode = MaintenanceMode::None;
  std::optional<core::DrainRequest> request = {};
  Instant forced_at = {};
  size_t task_count = 0;
  size_t unknown_task_count = 0;
  std::vector<HoldView> tasks = {};
};

void write_hold(std::string& out, const HoldView& hold) {
  ObjectWriter json(out);
  json.add("taskId", hold.task_id.value());
  json.add("instance", hold.instance);
  json.add_text("status", enum_name(hold.status));
  json.add("isLeaving", hold.is_leaving);
  json.add("why", hold.why);
  if (hold.again_at) json.add("againAtMs", *hold.again_at);
  json.end();
}

void write_drain(std::string& out, const DrainView& view) {
  ObjectWriter json(out);
  json.add("host", view.host.value());
  json.add_text("mode", enum_name(view.mode));
  if (view.request) {
    json.add("drain", *view.request);
    json.add("forcedAtMs", view.forced_at);
  }
  json.add("taskCount", view.task_count);
  json.add("unknownTaskCount", view.unknown_task_count);
  append_list(json.begin("tasks"), view.tasks, write_hold);
  json.end();
}

std::string why_of(const core::DrainHold& hold) {
  if (hold.is_leaving) return "it is being ended";
  return hold.why.empty() ? "nothing: it goes with the next look" : hold.why;
}

DrainView view_of(const core::Cluster& cluster, const core::Host& host, core::SlaBudget& budget,
                  const core::SchedulerSettings& settings) {
  DrainView view{.host = host.id,
                 .mode = host.mode,
                 .task_count = cluster.list_host_tasks(host.id).size(),
                 .unknown_task_count = cluster.list_unknown_tasks(host.id).size()};
  if (!host.drain) return view;
  view.request = *host.drain;
  view.forced_at = forced_at(*host.drain, settings);
  for (const core::DrainHold& hold : list_holds(cluster, host, budget, kTasksShownMax)) {
    view.tasks.push_back({hold.task->id, core::to_string(hold.task->instance()), hold.task->status, hold.is_leaving,
                          why_of(hold), hold.again_at});
  }
  return view;
}

struct Selected {
  std::vector<DrainView> views;
  size_t total = 0;
  std::vector<std::string> unknown;
};

struct Wanted {
  std::set<std::string> hosts;  // none: all in maintenance
  std::set<MaintenanceMode> modes;
  Page page;
};

Selected select_hosts(const core::Cluster& cluster, const Wanted& wanted, const core::SchedulerSettings& settings,
                      Instant now) {
  Selected selected;
  std::vector<const core::Host*> hosts;
  if (wanted.hosts.empty()) {
    hosts = cluster.list_hosts();
    std::erase_if(hosts, [](const core::Host* host) { return host->mode == MaintenanceMode::None; });
  }
  for (const std::string& name : wanted.hosts) {
    const core::Host* host = cluster.find_host(core::HostId(name));
    host != nullptr ? hosts.push_back(host) : selected.unknown.push_back(name);
  }
  std::erase_if(hosts, [&](const core::Host* host) {
    return !wanted.modes.empty() && !wanted.modes.contains(host->mode);
  });
  selected.total = hosts.size();
  const core::Decision nothing;
  core::SlaBudget budget(cluster, settings.limits, now, nothing);
  for (const core::Host* host : slice(hosts, wanted.page))
    selected.views.push_back(view_of(cluster, *host, budget, settings));
  return selected;
}

Result<net::Response> list_maintenance(const SchedulerServices& services, const net::Request& request) {
  TRY(check_query(request, {"host", "mode", "offset", "limit"}));
  Wanted wanted;
  wanted.hosts = list_texts(request, "host");
  wanted.modes = TRY(list_enums<MaintenanceMode>(request, "mode"));
  wanted.page = TRY(page_of(request));
  const auto look = [&](const core::Cluster& cluster) {
    return select_hosts(cluster, wanted, services.engine.settings(), services.clock.now());
  };
  return read(services, look, [&](const Selected& seen) -> Result<net::Response> {
    PagedList hosts("hosts");
    hosts.add_all(request, seen.views, write_drain);
    codec::JsonArray unknown;
    for (const std::string& name : seen.unknown) unknown.add(name);
    hosts.end(wanted.page, seen.total).begin("unknown") += unknown.text();
    return hosts.answer();
  });
}

// --- The original's pages.

// {"DRAINED":[host...],"SCHEDULED":[host...],"DRAINING":{host:[taskId...]}}; of draining hosts those with tasks.
Result<net::Response> get_old_maintenance(const SchedulerServices& services) {
  struct Seen {
    codec::JsonArray drained, scheduled;
    codec::JsonObject draining;
  };
  const auto look = [](const core::Cluster& cluster) {
    Seen seen;
    for (const core::Host* host : cluster.list_hosts()) {
      if (host->mode == MaintenanceMode::Drained) seen.drained.add(host->id.value());
      if (host->mode == MaintenanceMode::Scheduled) seen.scheduled.add(host->id.value());
      if (host->mode != MaintenanceMode::Draining) continue;
      codec::JsonArray tasks;
      const auto left = cluster.list_host_tasks(host->id);
      for (const core::Task* task : left) tasks.add(task->id.value());
      if (!left.empty()) seen.draining.add_raw(host->id.value(), tasks.text());
    }
    return seen;
  };
  return read(services, look, [](const Seen& seen) -> Result<net::Response> {
    return json_answer(codec::JsonObject()
                           .add_raw("DRAINED", seen.drained.text())
                           .add_raw("SCHEDULED", seen.scheduled.text())
                           .add_raw("DRAINING", seen.draining.text())
                           .text());
  });
}

std::string attributes_of(const core::Host& host) {
  std::string text;
  for (const auto& [name, values] : host.attributes) {
    std::string list;
    for (const std::string& value : values) list += (list.empty() ? "" : ", ") + value;
    text += (text.empty() ? "" : ", ") + name + "=[" + list + "]";
  }
  return text;
}

std::string agent_row(const core::Host& host) {
  const std::string name = escape_html(host.id.value());
  const std::string link = "<a href=\"" + escape_html(host.executor_url) + "\">" + name + "</a>";
  return "<tr><td>" + link + "</td><td>" + escape_html(host.agent_id) + "</td><td>" +
         std::string(enum_name(host.mode)) + "</td><td>" + escape_html(attributes_of(host)) + "</td></tr>\n";
}

Result<net::Response> get_agents(const SchedulerServices& services) {
  const auto look = [](const core::Cluster& cluster) {
    std::string rows;
    for (const core::Host* host : cluster.list_hosts()) {
      if (rows.size() > kAnswerBytesMax) break;
      rows += agent_row(*host);
    }
    return rows;
  };
  return read(services, look, [&](const std::string& rows) -> Result<net::Response> {
    const std::string title = escape_html("Agents of cluster " + services.cluster_name);
    net::Response response = text_answer("<!DOCTYPE html>\n<html><head><title>" + title + "</title></head><body>\n<h1>" +
                                         title +
                                         "</h1>\n<table>\n<tr><th>Host</th><th>Agent ID</th><th>Maintenance "
                                         "mode</th><th>Attributes</th></tr>\n" +
                                         rows + "</table>\n</body></html>\n");
    response.content_type = "text/html; charset=utf-8";
    return response;
  });
}

}  // namespace

std::vector<net::Route> maintenance_routes(const SchedulerServices& services) {
  const auto bind = [&](auto handler) {
    return [services, handler](const net::Request& request) { return handler(services, request); };
  };
  const auto get = [&](auto handler) {
    return [services, handler](const net::Request&) { return handler(services); };
  };
  return {
      make_route("GET", "/v1/maintenance", bind(list_maintenance)),
      make_route("POST", "/v1/maintenance/start", bind(change_mode<core::StartMaintenance>)),
      make_route("POST", "/v1/maintenance/drain", bind(drain)),
      make_route("POST", "/v1/maintenance/end", bind(change_mode<core::EndMaintenance>)),
      make_route("GET", "/maintenance", get(get_old_maintenance)),
      make_route("GET", "/agents", get(get_agents)),
      make_route("GET", "/slaves", get(get_agents)),
  };
}

}  // namespace aurora::api
