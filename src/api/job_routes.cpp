// Roles and jobs.
#include <algorithm>
#include <limits>

#include "api/access.h"
#include "api/admission.h"
#include "api/handler.h"
#include "api/key_completion.h"
#include "api/read.h"
#include "api/routes.h"
#include "api/start_request.h"
#include "api/submit.h"
#include "aurora/core/quota/consumption.h"
#include "aurora/core/summary/job_summary.h"

namespace aurora::api {
namespace {

using core::JobKey;
using core::JobSummary;

struct KillRequest {
  std::set<int32_t> instances;  // empty = all
  std::string message;
};
void fields(Is<KillRequest> auto& r, auto&& visit) {
  visit("instances", r.instances);
  visit("message", r.message);
}

struct RestartRequest {
  std::set<int32_t> instances;
};
void fields(Is<RestartRequest> auto& r, auto&& visit) { visit("instances", r.instances); }

struct AddInstancesRequest {
  int32_t instance_id = 0;
  int32_t count = 0;
};
void fields(Is<AddInstancesRequest> auto& r, auto&& visit) {
  visit("instanceId", r.instance_id);
  visit("count", r.count);
}

struct RoleSummary {
  std::string role;
  int64_t job_count = 0;
  int64_t cron_job_count = 0;
};
void fields(Is<RoleSummary> auto& r, auto&& visit) {
  visit("role", r.role);
  visit("jobCount", r.job_count);
  visit("cronJobCount", r.cron_job_count);
}

// --- Commands.

Result<net::Response> create_job(const SchedulerServices& services, const net::Request& request) {
  core::CreateJob command{TRY(codec::decode_json<core::JobConfiguration>(request.body)), user_of(request),
                          demanded_state(request)};
  TRY(check_admission(command.job.key, command.job.task_config));
  auto mark = TRY(mark_of(request));
  return submit(services.engine, std::move(command), 201, std::move(mark));
}

Result<net::Response> kill_tasks(const SchedulerServices& services, const net::Request& request) {
  KillRequest wanted = TRY(decode_body<KillRequest>(request));
  core::KillTasks command{job_param(request), std::move(wanted.instances), std::move(wanted.message),
                          user_of(request)};
  auto mark = TRY(mark_of(request));
  return submit(services.engine, std::move(command), 200, std::move(mark));
}

// What an earlier version accepted may be more than hosts run today: then nothing is killed or added for it.
template <typename C>
net::Response submit_if_runnable(const SchedulerServices& services, const JobKey& job, const std::set<int32_t>& instances,
                                 C command, std::optional<core::RequestMark> mark) {
  const auto list_configs = [&](const core::Cluster& cluster) {
    std::map<core::ConfigHash, core::TaskConfigRef> configs;
    for (const core::Task* task : cluster.list_active(job)) {
      if (instances.contains(task->instance_id)) configs.emplace(task->config.hash(), task->config);
    }
    return configs;
  };
  return read_job(services, job, list_configs, [&](const auto& configs) -> Result<net::Response> {
    for (const auto& [hash, config] : configs) TRY(check_admission(job, *config));
    return submit(services.engine, std::move(command), 200, std::move(mark));
  });
}

Result<net::Response> restart_tasks(const SchedulerServices& services, const net::Request& request) {
  const RestartRequest wanted = TRY(decode_body<RestartRequest>(request));
  const JobKey job = job_param(request);
  auto mark = TRY(mark_of(request));
  return submit_if_runnable(services, job, wanted.instances,
                            core::RestartTasks{job, wanted.instances, user_of(request)}, std::move(mark));
}

Result<net::Response> add_instances(const SchedulerServices& services, const net::Request& request) {
  const AddInstancesRequest wanted = TRY(decode_body<AddInstancesRequest>(request));
  const JobKey job = job_param(request);
  auto mark = TRY(mark_of(request));
  return submit_if_runnable(
      services, job, {wanted.instance_id},
      core::AddInstances{{job, wanted.instance_id}, wanted.count, user_of(request)}, std::move(mark));
}

// --- Queries.

// {"<name>": [...], "total": n}
template <typename T>
net::Response list_answer(std::string_view name, const std::vector<T>& items, size_t total) {
  std::string text;
  codec::json::ObjectWriter answer(text);
  answer.add(name, items);
  answer.add("total", total);
  answer.end();
  return json_answer(std::move(text));
}

struct JobFilter {
  std::string role;
  std::string environment;
  std::string name;
  std::string search;
  std::string sort;  // name, pending, active, finished or failed
  bool reverse = false;
};

// The name contains the text, or tier, environment or type starts with it (spec/web-ui.md §3.2).
bool matches(const core::Cluster& cluster, const JobKey& job, const std::string& text) {
  if (job.name.find(text) != std::string::npos || job.environment.starts_with(text)) return true;
  const core::TaskConfig* config = find_job_config(cluster, job);
  return config != nullptr && (config->tier.starts_with(text) || job_type(cluster, job).starts_with(text));
}

bool accepts(const core::Cluster& cluster, const JobFilter& filter, const JobKey& job) {
  return (filter.environment.empty() || job.environment == filter.environment) &&
         (filter.name.empty() || job.name == filter.name) &&
         (filter.search.empty() || matches(cluster, job, filter.search));
}

int32_t count_by(const core::JobStats& stats, const std::string& sort) {
  if (sort == "pending") return stats.pending;
  if (sort == "active") return stats.active;
  if (sort == "finished") return stats.finished;
  return stats.failed;
}

void sort_by(const std::string& sort, std::vector<core::JobCounts>& jobs) {
  std::vector<std::pair<int32_t, core::JobCounts>> counted;
  counted.reserve(jobs.size());
  for (const core::JobCounts& job : jobs) counted.emplace_back(count_by(core::job_stats(*job.counts), sort), job);
  std::ranges::stable_sort(counted, std::greater(), &std::pair<int32_t, core::JobCounts>::first);
  std::ranges::transform(counted, jobs.begin(), &std::pair<int32_t, core::JobCounts>::second);
}

// In the order of names, the usual one, only the page's jobs are looked at.
core::JobPage select_page(const core::Cluster& cluster, const JobFilter& filter, const Page& page) {
  const bool takes_all = filter.environment.empty() && filter.name.empty() && filter.search.empty();
  if (takes_all && filter.sort == "name")
    return cluster.list_job_page(filter.role, {page.offset, page.limit, filter.reverse});
  std::vector<core::JobCounts> jobs =
      cluster.list_job_page(filter.role, {0, std::numeric_limits<size_t>::max()}).jobs;
  std::erase_if(jobs, [&](const core::JobCounts& job) { return !accepts(cluster, filter, *job.job); });
  if (filter.sort != "name") sort_by(filter.sort, jobs);
  if (filter.reverse) std::ranges::reverse(jobs);
  return {slice(jobs, page), jobs.size()};
}

// Summaries are made of the page's jobs alone.
std::pair<std::vector<JobSummary>, size_t> select_jobs(const SchedulerServices& services, const core::Cluster& cluster,
                                                       const JobFilter& filter, const Page& page) {
  const Instant now = services.clock.now();
  const core::CronSettings& cron = services.engine.settings().cron;
  const core::JobPage found = select_page(cluster, filter, page);
  std::vector<JobSummary> jobs;
  for (const core::JobCounts& one : found.jobs) {
    if (auto job = find_job_summary(cluster, *one.job, now, cron)) jobs.push_back(std::move(*job));
  }
  return {std::move(jobs), found.total};
}

Result<net::Response> list_jobs(const SchedulerServices& services, const net::Request& request) {
  TRY(check_query(request, {"role", "environment", "name", "search", "sort", "reverse", "offset", "limit"}));
  const bool reverse = TRY(find_bool(request, "reverse")).value_or(false);
  const auto text = [&](const char* name) { return request.find_query(name).value_or(""); };
  JobFilter filter{text("role"), text("environment"), text("name"), text("search"), text("sort"), reverse};
  if (filter.sort.empty()) filter.sort = "name";
  if (!std::set<std::string>{"name", "pending", "active", "finished", "failed"}.contains(filter.sort)) {
    return Error{ErrorCode::InvalidArgument, "Query parameter 'sort' is '" + filter.sort +
                                                 "'; use name, pending, active, finished or failed"};
  }
  const Page page = TRY(page_of(request));
  return read(
      services,
      [&](const core::Cluster& cluster) { return select_jobs(services, cluster, filter, page); },
      [](const auto& found) -> Result<net::Response> {
        return list_answer("jobs", found.first, found.second);
      });
}

Result<net::Response> get_job(const SchedulerServices& services, const net::Request& request) {
  const JobKey key = job_param(request);
  const auto look = [&](const core::Cluster& cluster) {
    return std::pair(find_job_summary(cluster, key, services.clock.now(), services.engine.settings().cron),
                     list_config_groups(cluster, key));
  };
  return read_job(services, key, look, [&](const auto& found) -> Result<net::Response> {
    const auto& [job, groups] = found;
    if (!job) return Error{ErrorCode::NotFound, "No job " + to_string(key)};
    std::string text;
    codec::json::ObjectWriter answer(text);
    answer.add_fields(*job);
    answer.add("configGroups", groups);
    answer.end();
    return json_answer(std::move(text));
  });
}

Result<net::Response> list_roles(const SchedulerServices& services, const net::Request& request) {
  TRY(check_query(request, {"search", "sort", "reverse", "offset", "limit"}));
  const std::string search = request.find_query("search").value_or("");
  const std::string sort = request.find_query("sort").value_or("role");
  if (!std::set<std::string>{"role", "jobs", "crons"}.contains(sort)) {
    return Error{ErrorCode::InvalidArgument,
                 "Query parameter 'sort' is '" + sort + "'; use role, jobs or crons"};
  }
  const bool reverse = TRY(find_bool(request, "reverse")).value_or(false);
  const Page page = TRY(page_of(request));
  const auto look = [&](const core::Cluster& cluster) {
    if (sort == "role" && search.empty())
      return cluster.list_role_page({page.offset, page.limit, reverse});
    std::vector<core::RoleCounts> roles = cluster.list_role_counts();
    std::erase_if(roles, [&](const core::RoleCounts& role) { return role.role.find(search) == std::string::npos; });
    if (sort == "jobs") std::ranges::stable_sort(roles, {}, &core::RoleCounts::jobs);
    if (sort == "crons") std::ranges::stable_sort(roles, {}, &core::RoleCounts::crons);
    if (reverse) std::ranges::reverse(roles);
    return core::RolePage{slice(roles, page), roles.size()};
  };
  return read(services, look, [&](core::RolePage found) -> Result<net::Response> {
    std::vector<RoleSummary> roles;
    for (core::RoleCounts& role : found.roles) roles.push_back({std::move(role.role), role.jobs, role.crons});
    return list_answer("roles", roles, found.total);
  });
}

// What a shell asks at each press of its key: cheap for a cluster of any size.
Result<net::Response> list_job_keys(const SchedulerServices& services, const net::Request& request) {
  constexpr int64_t kMost = 200;
  TRY(check_query(request, {"prefix", "limit"}));
  const std::string prefix = request.find_query("prefix").value_or("");
  const int64_t limit = TRY(find_int(request, "limit")).value_or(kMost);
  if (limit < 2 || limit > kMost) {
    return Error{ErrorCode::InvalidArgument, "Query parameter 'limit' is " + std::to_string(limit) + "; use 2 to " +
                                                 std::to_string(kMost) + ", and a longer 'prefix'"};
  }
  const auto look = [&](const core::Cluster& cluster) { return complete_key(cluster, prefix, static_cast<size_t>(limit)); };
  return read(services, look, [](const KeyCompletions& found) -> Result<net::Response> {
    std::string text;
    codec::json::ObjectWriter answer(text);
    answer.add("keys", found.keys);
    answer.add("isComplete", found.is_complete);
    answer.end();
    return json_answer(std::move(text));
  });
}

Result<net::Response> get_role(const SchedulerServices& services, const net::Request& request) {
  const std::string& role = param(request, "role");
  return read(
      services,
      [&](const core::Cluster& cluster) {
        return std::pair(cluster.quota_of(role), consumption_of(cluster, role));
      },
      [&](const std::pair<core::ResourceTotals, core::RoleConsumption>& used) -> Result<net::Response> {
        codec::JsonObject resources;
        resources.add_raw("quota", codec::encode_json(used.first)).add_members(codec::encode_json(used.second));
        return json_answer(
            codec::JsonObject().add("role", role).add_raw("resources", resources.text()).text());
      });
}

}  // namespace

std::vector<net::Route> job_routes(const SchedulerServices& services) {
  const auto bind = [&](auto handler) {
    return [services, handler](const net::Request& request) { return handler(services, request); };
  };
  return {
      make_route("GET", "/v1/roles", bind(list_roles)),
      make_route("GET", "/v1/roles/{role}", bind(get_role)),
      make_route("GET", "/v1/jobs", bind(list_jobs)),
      make_route("GET", "/v1/jobKeys", bind(list_job_keys)),
      with_body(make_route("POST", "/v1/jobs", bind(create_job)), kConfigBytesMax),
      make_route("GET", "/v1/jobs/{role}/{environment}/{name}", bind(get_job)),
      make_route("POST", "/v1/jobs/{role}/{environment}/{name}/kill", bind(kill_tasks)),
      make_route("POST", "/v1/jobs/{role}/{environment}/{name}/restart", bind(restart_tasks)),
      make_route("POST", "/v1/jobs/{role}/{environment}/{name}/instances", bind(add_instances)),
  };
}

}  // namespace aurora::api
