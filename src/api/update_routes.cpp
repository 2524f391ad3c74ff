// Rolling updates: start, look at, control.
#include <algorithm>
#include <map>

#include "api/access.h"
#include "api/admission.h"
#include "api/handler.h"
#include "api/paged_list.h"
#include "api/read.h"
#include "api/routes.h"
#include "api/start_request.h"
#include "api/submit.h"
#include "api/task_views.h"
#include "api/tone.h"
#include "aurora/core/summary/job_summary.h"
#include "aurora/core/summary/task_figures.h"
#include "aurora/core/update/job_diff.h"
#include "aurora/core/update/update_summary.h"

namespace aurora::api {
namespace {

using codec::json::append_list;
using codec::json::ObjectWriter;
using core::JobUpdate;
using core::UpdateKey;

struct ControlRequest {
  std::string message;
};
void fields(Is<ControlRequest> auto& r, auto&& visit) { visit("message", r.message); }

struct Diff {
  std::vector<core::ConfigGroup> add, remove, update, unchanged;
};
void fields(Is<Diff> auto& d, auto&& visit) {
  visit("add", d.add);
  visit("remove", d.remove);
  visit("update", d.update);
  visit("unchanged", d.unchanged);
}

UpdateKey update_param(const net::Request& request) {
  return {job_param(request), core::UpdateId(param(request, "id"))};
}

// --- Commands.

Result<net::Response> start_update(const SchedulerServices& services, const net::Request& request) {
  StartRequest wanted = TRY(codec::decode_json<StartRequest>(request.body));
  TRY(check_admission(wanted.request.task_config.job, wanted.request.task_config));
  core::StartUpdate command{std::move(wanted.request), std::move(wanted.message), user_of(request),
                            demanded_state(request)};
  return submit(services.engine, std::move(command),
                [](const Result<core::StartUpdate::Answer>& answer) -> Result<net::Response> {
                  TRY(answer);
                  return json_answer(codec::encode_json(*answer), answer->key ? 201 : 200);
                });
}

Result<net::Response> control_update(const SchedulerServices& services, const net::Request& request,
                                     core::UpdateControl control) {
  ControlRequest wanted = TRY(decode_body<ControlRequest>(request));
  core::ControlUpdate command{update_param(request), control, std::move(wanted.message), user_of(request)};
  return submit(services.engine, std::move(command), [](const Result<Unit>& answer) -> Result<net::Response> {
    TRY(answer);
    return json_answer("{}");
  });
}

Result<net::Response> pulse_update(const SchedulerServices& services, const net::Request& request) {
  core::PulseUpdate command{update_param(request)};
  return submit(services.engine, std::move(command));
}

// --- Queries.

std::vector<core::ConfigGroup> group(const std::map<int32_t, core::TaskConfigRef>& configs,
                                     const std::set<int32_t>* ids = nullptr) {
  std::vector<core::ConfigGroup> groups;
  for (core::InstanceTaskConfig& one : group_by_config(configs, ids)) {
    groups.push_back({std::move(one.task), std::move(one.instances)});
  }
  return groups;
}

Result<net::Response> diff_update(const SchedulerServices& services, const net::Request& request) {
  const auto wanted = TRY(codec::decode_json<core::JobUpdateRequest>(request.body));
  const core::JobLimits& limits = services.engine.settings().limits;
  TRY(check_instance_count(wanted.instance_count, limits));
  const core::TaskConfigRef config(TRY(validate(wanted.task_config, wanted.instance_count, limits)));
  TRY(check_admission(config->job, *config));
  const std::set<int32_t> scope = TRY(read_scope(wanted.settings.update_only_these_instances, limits));
  const auto look = [&](const core::Cluster& cluster) {
    return diff_job(cluster.list_active(config->job), config, wanted.instance_count, scope);
  };
  return read_job(services, config->job, look, [&](const core::JobDiff& plan) -> Result<net::Response> {
    const std::set<int32_t> removed = plan.removed();
    const std::set<int32_t> updated = plan.updated();
    Diff diff{{}, group(plan.replaced, &removed), group(plan.replaced, &updated), group(plan.unchanged)};
    if (const std::set<int32_t> added = plan.added(); !added.empty())
      diff.add.push_back({config, core::to_ranges(added)});
    return json_answer(codec::encode_json(diff));
  });
}

void add_summary(ObjectWriter& json, const core::UpdateSummary& summary) {
  json.add_fields(summary);
  json.add_text("tone", tone_of(summary.status));
}

// Each event with the tone of what happened.
template <typename E, typename M>
void write_events(std::string& out, const std::vector<E>& events, M what) {
  append_list(out, events, [what](std::string& to, const E& event) {
    ObjectWriter json(to);
    json.add_fields(event);
    json.add_text("tone", tone_of(event.*what));
    json.end();
  });
}

void write_instance(std::string& out, const core::UpdatedInstance& instance) {
  const bool is_plain = !instance.action || instance.is_removed;
  const std::string_view state = instance.is_removed ? "removed"
                                 : instance.action   ? enum_name(*instance.action)
                                                     : "pending";
  ObjectWriter json(out);
  json.add("instanceId", instance.instance_id);
  json.add_text("state", state);
  json.add_text("tone", is_plain ? std::string_view("neutral") : tone_of(*instance.action));
  json.end();
}

struct UpdateFilter {
  std::string role, environment, name, user;
  std::set<core::UpdateStatus> statuses;
  std::optional<bool> active;

  bool accepts(const JobUpdate& update) const {
    const core::JobKey& job = update.key.job;
    const core::UpdateStatus status = status_of(update);
    return (role.empty() || job.role == role) && (environment.empty() || job.environment == environment) &&
           (name.empty() || job.name == name) && (user.empty() || update.user == user) &&
           (statuses.empty() || statuses.contains(status)) && (!active || is_active(status) == *active);
  }
};

std::vector<const JobUpdate*> select_updates(const core::Cluster& cluster, const UpdateFilter& filter) {
  const bool one_job = !filter.role.empty() && !filter.environment.empty() && !filter.name.empty();
  std::vector<const JobUpdate*> updates =
      one_job ? cluster.list_updates({filter.role, filter.environment, filter.name}) : cluster.list_updates();
  std::erase_if(updates, [&](const JobUpdate* update) { return !filter.accepts(*update); });
  std::stable_sort(updates.begin(), updates.end(), [](const JobUpdate* a, const JobUpdate* b) {
    return last_modified(*a) > last_modified(*b);
  });
  return updates;
}

Result<net::Response> list_updates(const SchedulerServices& services, const net::Request& request) {
  TRY(check_query(request, {"role", "environment", "name", "user", "status", "active", "offset", "limit"}));
  UpdateFilter filter;
  filter.statuses = TRY(list_enums<core::UpdateStatus>(request, "status"));
  filter.active = TRY(find_bool(request, "active"));
  const auto text = [&](const char* name) { return request.find_query(name).value_or(""); };
  filter.role = text("role");
  filter.environment = text("environment");
  filter.name = text("name");
  filter.user = text("user");
  const Page page = TRY(page_of(request));
  const auto look = [&](const core::Cluster& cluster) {
    const std::vector<const JobUpdate*> updates = select_updates(cluster, filter);
    std::vector<core::UpdateSummary> selected;
    for (const JobUpdate* update : slice(updates, page)) selected.push_back(summary_of(*update));
    return std::pair(std::move(selected), updates.size());
  };
  return read(services, look, [&](const auto& seen) -> Result<net::Response> {
    PagedList updates("updates");
    updates.add_all(request, seen.first, [](std::string& out, const core::UpdateSummary& summary) {
      ObjectWriter json(out);
      add_summary(json, summary);
      json.end();
    });
    updates.end(page, seen.second);
    return updates.answer();
  });
}

Error no_update(const UpdateKey& key) { return {ErrorCode::NotFound, "No update " + to_string(key)}; }

Result<net::Response> get_update(const SchedulerServices& services, const net::Request& request) {
  TRY(check_query(request, {"instanceEvents"}));
  const bool with_instance_events = TRY(find_bool(request, "instanceEvents")).value_or(true);
  const UpdateKey key = update_param(request);
  const auto look = [&](const core::Cluster& cluster) {
    const JobUpdate* found = cluster.find_update(key);
    return found ? std::optional(*found) : std::nullopt;
  };
  return read_job(services, key.job, look, [&](const std::optional<JobUpdate>& update) -> Result<net::Response> {
    if (!update) return no_update(key);
    std::string text;
    ObjectWriter answer(text);
    add_summary(answer, summary_of(*update));
    answer.add("instructions", update->instructions);
    write_events(answer.begin("updateEvents"), update->events, &core::UpdateEvent::status);
    append_list(answer.begin("instances"), list_instances(*update), write_instance);
    if (with_instance_events)
      write_events(answer.begin("instanceEvents"), update->instance_events, &core::InstanceUpdateEvent::action);
    answer.end();
    return json_answer(std::move(text));
  });
}

bool is_failure(const core::InstanceUpdateEvent& event) {
  return event.action == core::InstanceAction::UpdateFailed || event.action == core::InstanceAction::RollbackFailed;
}

using Events = std::vector<core::InstanceUpdateEvent>;

// By instance, each oldest first; instances by their latest one, newest first.
std::vector<Events> events_by_instance(const JobUpdate& update) {
  std::map<int32_t, Events> by_instance;
  for (const core::InstanceUpdateEvent& event : update.instance_events)
    by_instance[event.instance_id].push_back(event);
  std::vector<Events> instances;
  for (auto& [id, events] : by_instance) instances.push_back(std::move(events));
  std::ranges::stable_sort(instances, std::greater(),
                           [](const Events& events) { return events.back().timestamp; });
  return instances;
}

// Of the instances that failed, the stderr of the run that did it last.
std::map<int32_t, std::string> find_stderr(const core::Cluster& cluster, const core::JobKey& job,
                                           const std::vector<Events>& instances) {
  std::map<int32_t, std::string> urls;
  for (const auto& events : instances) {
    const auto failure = std::find_if(events.rbegin(), events.rend(), is_failure);
    if (failure == events.rend()) continue;
    core::TaskQuery query;
    query.job_keys = {job};
    query.instance_ids = {failure->instance_id};
    Instant newest;
    for (const core::Task* task : cluster.list_tasks(query)) {
      const Instant at = last_event_at(*task);
      if (!is_terminal(task->status) || at > failure->timestamp || at < newest) continue;
      const std::string url = stderr_url(cluster, *task);
      if (url.empty() || task->end_reason->cause == core::EndCause::Killed) continue;
      newest = at;
      urls[failure->instance_id] = url;
    }
  }
  return urls;
}

Result<net::Response> list_instance_events(const SchedulerServices& services, const net::Request& request) {
  TRY(check_query(request, {"offset", "limit"}));
  const Page page = TRY(page_of(request));
  const UpdateKey key = update_param(request);
  struct Seen {
    std::vector<Events> shown;
    size_t total = 0;
    std::map<int32_t, std::string> urls;
  };
  const auto look = [&](const core::Cluster& cluster) -> std::optional<Seen> {
    const JobUpdate* update = cluster.find_update(key);
    if (update == nullptr) return std::nullopt;
    const std::vector<Events> instances = events_by_instance(*update);
    std::vector<Events> shown = slice(instances, page);
    std::map<int32_t, std::string> urls = find_stderr(cluster, key.job, shown);
    return Seen{std::move(shown), instances.size(), std::move(urls)};
  };
  return read_job(services, key.job, look, [&](const std::optional<Seen>& seen) -> Result<net::Response> {
    if (!seen) return no_update(key);
    PagedList list("instances");
    list.add_all(request, seen->shown, [&](std::string& out, const Events& events) {
      ObjectWriter json(out);
      json.add("instanceId", events.back().instance_id);
      write_events(json.begin("events"), events, &core::InstanceUpdateEvent::action);
      if (const auto url = seen->urls.find(events.back().instance_id); url != seen->urls.end())
        json.add("stderrUrl", url->second);
      json.end();
    });
    list.end(page, seen->total);
    return list.answer();
  });
}

}  // namespace

std::vector<net::Route> update_routes(const SchedulerServices& services) {
  const auto bind = [&](auto handler) {
    return [services, handler](const net::Request& request) { return handler(services, request); };
  };
  const std::string one = "/v1/updates/{role}/{environment}/{name}/{id}";
  std::vector<net::Route> routes = {
      with_body(make_route("POST", "/v1/updates", bind(start_update)), kConfigBytesMax),
      with_body(make_route("POST", "/v1/updates/diff", bind(diff_update)), kConfigBytesMax),
      make_route("GET", "/v1/updates", bind(list_updates)),
      make_route("GET", one, bind(get_update)),
      make_route("GET", one + "/instances", bind(list_instance_events)),
      make_route("POST", one + "/pulse", bind(pulse_update)),
  };
  for (const auto& [control, name] : EnumNames<core::UpdateControl>::values) {
    routes.push_back(
        make_route("POST", one + "/" + std::string(name), [services, control = control](const net::Request& request) {
          return control_update(services, request, control);
        }));
  }
  return routes;
}

}  // namespace aurora::api
