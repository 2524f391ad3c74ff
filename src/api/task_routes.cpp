// Tasks, and why they are pending.
#include <algorithm>
#include <cctype>
#include <map>

#include "api/handler.h"
#include "api/paged_list.h"
#include "api/read.h"
#include "api/routes.h"
#include "api/submit.h"
#include "api/task_views.h"
#include "api/tone.h"
#include "aurora/core/summary/task_figures.h"

namespace aurora::api {
namespace {

using codec::json::append_list;
using codec::json::ObjectWriter;
using core::Task;

std::string lower(std::string text) {
  for (char& c : text) c = static_cast<char>(std::tolower(static_cast<unsigned char>(c)));
  return text;
}

struct TaskFilter {
  core::TaskQuery query;
  std::optional<bool> active;
  std::string order;  // id, instance or newest
  bool reverse = false;
  std::string search;
};

Result<TaskFilter> filter_of(const net::Request& request) {
  TaskFilter filter;
  const auto text = [&](const char* name) {
    std::optional<std::string> value = request.find_query(name);
    return value && value->empty() ? std::nullopt : value;
  };
  filter.query.role = text("role");
  filter.query.environment = text("environment");
  filter.query.job_name = text("name");
  filter.query.statuses = TRY(list_enums<core::TaskStatus>(request, "status"));
  filter.query.instance_ids = TRY(list_ints(request, "instance"));
  for (const std::string& host : list_texts(request, "host")) filter.query.hosts.insert(core::HostId(host));
  for (const std::string& id : list_texts(request, "taskId")) filter.query.task_ids.insert(core::TaskId(id));
  filter.active = TRY(find_bool(request, "active"));
  filter.order = text("order").value_or("id");
  if (filter.order != "id" && filter.order != "instance" && filter.order != "newest") {
    return Error{ErrorCode::InvalidArgument,
                 "Query parameter 'order' is '" + filter.order + "'; use id, instance or newest"};
  }
  filter.reverse = TRY(find_bool(request, "reverse")).value_or(false);
  filter.search = lower(text("search").value_or(""));
  return filter;
}

// The instance starts with the text, or the host contains it, or the status starts with it (spec/web-ui.md
// §3.4).
bool matches(const Task& task, const std::string& text) {
  return std::to_string(task.instance_id).starts_with(text) ||
         lower(task.host.value()).find(text) != std::string::npos ||
         lower(std::string(enum_name(task.status))).starts_with(text);
}

// Those that the filter leaves, when it says something about being active.
std::set<core::TaskStatus> statuses_of(const TaskFilter& filter) {
  std::set<core::TaskStatus> statuses;
  for (const auto& [status, name] : EnumNames<core::TaskStatus>::values) {
    const bool is_chosen = filter.query.statuses.empty() || filter.query.statuses.contains(status);
    if (is_chosen && is_active(status) == *filter.active) statuses.insert(status);
  }
  return statuses;
}

// The one that all tasks which the query can match belong to.
std::optional<core::JobKey> job_of(const core::TaskQuery& query) {
  if (!query.role || !query.environment || !query.job_name) return std::nullopt;
  return core::JobKey{*query.role, *query.environment, *query.job_name};
}

bool is_newer(const Task* a, const Task* b) { return last_event_at(*a) > last_event_at(*b); }

std::vector<const Task*> select_tasks(const core::Cluster& cluster, const TaskFilter& filter) {
  std::vector<const Task*> tasks = cluster.list_tasks(filter.query);
  if (filter.active)
    std::erase_if(tasks, [&](const Task* task) { return is_active(task->status) != *filter.active; });
  if (!filter.search.empty())
    std::erase_if(tasks, [&](const Task* task) { return !matches(*task, filter.search); });
  if (filter.order == "newest") std::stable_sort(tasks.begin(), tasks.end(), is_newer);
  if (filter.order == "instance") {
    std::stable_sort(tasks.begin(), tasks.end(), [](const Task* a, const Task* b) {
      return a->instance_id != b->instance_id ? a->instance_id < b->instance_id : is_newer(a, b);
    });
  }
  if (filter.reverse) std::reverse(tasks.begin(), tasks.end());
  return tasks;
}

// What matches the filter and belongs on the page. In the order of ids, the usual one, nothing else is looked
// at.
core::TaskPage select_page(const core::Cluster& cluster, const TaskFilter& filter, const Page& page) {
  if (filter.order == "id" && filter.search.empty()) {
    core::TaskQuery query = filter.query;
    if (filter.active) query.statuses = statuses_of(filter);
    if (filter.active && query.statuses.empty()) return {};
    return cluster.list_task_page(query, {page.offset, page.limit, filter.reverse});
  }
  const std::vector<const Task*> tasks = select_tasks(cluster, filter);
  return {slice(tasks, page), tasks.size()};
}

struct StatusCount {
  core::TaskStatus status;
  int64_t count = 0;
};

void write_count(std::string& out, const StatusCount& one) {
  ObjectWriter json(out);
  json.add("status", one.status);
  json.add_text("tone", tone_of(one.status));
  json.add("count", one.count);
  json.end();
}

// How many tasks there are in each status before a status or a text is chosen: what one can choose.
std::vector<StatusCount> count_statuses(const core::Cluster& cluster, const TaskFilter& filter) {
  const core::StatusCounts counts = cluster.count_tasks(filter.query);
  std::set<core::TaskStatus> by_number;
  for (const auto& [status, name] : EnumNames<core::TaskStatus>::values) by_number.insert(status);
  std::vector<StatusCount> found;
  for (const core::TaskStatus status : by_number) {
    const bool is_left_out = filter.active && is_active(status) != *filter.active;
    const int64_t count = is_left_out || status == core::TaskStatus::Deleted ? 0 : counts.of(status);
    if (count > 0) found.push_back({status, count});
  }
  return found;
}

// Configurations, each encoded once however many tasks have it.
class EncodedConfigs {
 public:
  // Whether this call was the first with it, and the text.
  std::pair<bool, const std::string&> find(const core::TaskConfigRef& config) {
    const auto [found, is_new] = texts_.try_emplace(config.hash().value());
    if (is_new) found->second = codec::encode_json(config);
    return {is_new, found->second};
  }
  void forget(const core::TaskConfigRef& config) { texts_.erase(config.hash().value()); }
  void write(std::string& out) const {
    ObjectWriter json(out);
    for (const auto& [hash, config] : texts_) json.begin(hash) += config;
    json.end();
  }

 private:
  std::map<std::string, std::string> texts_;
};

Result<bool> wants_configs_by_hash(const net::Request& request) {
  const std::string form = request.find_query("configs").value_or("inline");
  if (form == "inline" || form == "byHash") return form == "byHash";
  return Error{ErrorCode::InvalidArgument,
               "Query parameter 'configs' is '" + form + "'; use inline or byHash"};
}

// As many as one answer may hold. After the lock: what was taken out under it shares the configurations.
void add_tasks(PagedList& tasks, const net::Request& request, const std::vector<TaskView>& views, Instant now,
               bool is_by_hash, EncodedConfigs& configs) {
  tasks.expect(views.size());
  for (const TaskView& view : views) {
    if (request.is_abandoned()) return;
    const auto [is_new, config] = configs.find(view.task.config);
    const auto write_task = [&, &text = config](std::string& out) {
      write(out, view, now, is_by_hash ? nullptr : &text);
    };
    if (tasks.add(write_task, is_by_hash && is_new ? config.size() : 0)) continue;
    if (is_new) configs.forget(view.task.config);
    return;
  }
}

struct ListRequest {
  TaskFilter filter;
  bool wants_counts = false;
  bool is_by_hash = false;
  Page page;
};

Result<ListRequest> list_request_of(const net::Request& request) {
  TRY(check_query(request, {"role", "environment", "name", "status", "instance", "host", "taskId", "active",
                            "search", "counts", "order", "reverse", "configs", "offset", "limit"}));
  ListRequest asked;
  asked.filter = TRY(filter_of(request));
  asked.wants_counts = TRY(find_bool(request, "counts")).value_or(false);
  asked.is_by_hash = TRY(wants_configs_by_hash(request));
  asked.page = TRY(page_of(request));
  return asked;
}

struct SeenTasks {
  std::vector<TaskView> views;
  size_t total = 0;
  std::vector<StatusCount> counts;
};

SeenTasks look_for(const core::Cluster& cluster, const ListRequest& asked, const scheduler::Engine& engine) {
  const core::TaskPage found = select_page(cluster, asked.filter, asked.page);
  SeenTasks seen{{}, found.total, {}};
  if (asked.wants_counts) seen.counts = count_statuses(cluster, asked.filter);
  seen.views.reserve(found.tasks.size());
  for (const Task* task : found.tasks) seen.views.push_back(view_of(cluster, *task, engine));
  return seen;
}

net::Response tell_tasks(const SeenTasks& seen, const ListRequest& asked, const net::Request& request, Instant now) {
  EncodedConfigs configs;
  PagedList tasks("tasks");
  add_tasks(tasks, request, seen.views, now, asked.is_by_hash, configs);
  ObjectWriter& answer = tasks.end(asked.page, seen.total);
  if (asked.is_by_hash) configs.write(answer.begin("configs"));
  if (asked.wants_counts) append_list(answer.begin("statuses"), seen.counts, write_count);
  return tasks.answer();
}

Result<net::Response> list_tasks(const SchedulerServices& services, const net::Request& request) {
  const ListRequest asked = TRY(list_request_of(request));
  const auto look = [&](const core::Cluster& cluster) { return look_for(cluster, asked, services.engine); };
  const auto say = [&](const SeenTasks& seen) -> Result<net::Response> {
    return tell_tasks(seen, asked, request, services.clock.now());
  };
  if (const auto job = job_of(asked.filter.query)) return read_job(services, *job, look, say);
  return read(services, look, say);
}

// The same of a copy of the store that is loaded beside it: nothing of that is in flight.
Result<net::Response> list_staged_tasks(const SchedulerServices& services, const net::Request& request) {
  const ListRequest asked = TRY(list_request_of(request));
  const SeenTasks seen = TRY(services.recovery->look(
      [&](const core::Cluster& cluster) { return look_for(cluster, asked, services.engine); }));
  return tell_tasks(seen, asked, request, services.clock.now());
}

Result<net::Response> get_task(const SchedulerServices& services, const net::Request& request) {
  const core::TaskId id(param(request, "taskId"));
  const auto look = [&](const core::Cluster& cluster) {
    const Task* task = cluster.find_task(id);
    return task ? std::optional(view_of(cluster, *task, services.engine)) : std::nullopt;
  };
  const auto job_of_task = [](const std::optional<TaskView>& view) {
    return view ? &view->task.job() : nullptr;
  };
  const auto say = [&](const std::optional<TaskView>& view) -> Result<net::Response> {
    if (!view) return Error{ErrorCode::NotFound, "No task " + id.value() + "; it may have been pruned"};
    const std::string config = codec::encode_json(view->task.config);
    std::string text;
    write(text, *view, services.clock.now(), &config);
    return json_answer(std::move(text));
  };
  return tell(services, services.engine.look_at_job(look, job_of_task), say);
}

void write_reason(std::string& out, const TaskView& view, Instant now) {
  ObjectWriter json(out);
  json.add("taskId", view.task.id);
  json.add("reason", view.not_before > now ? wait_sentence(view, now) : view.reason);
  if (view.pending) write(json.begin("pendingReason"), *view.pending);
  json.end();
}

Result<net::Response> list_pending(const SchedulerServices& services, const net::Request& request) {
  TRY(check_query(request, {"role", "environment", "name", "offset", "limit"}));
  TaskFilter filter = TRY(filter_of(request));
  filter.query.statuses = {core::TaskStatus::Pending};
  const Page page = TRY(page_of(request));
  const Instant now = services.clock.now();
  const auto look = [&](const core::Cluster& cluster) {
    const core::TaskPage selected = select_page(cluster, filter, page);
    std::vector<TaskView> views;
    for (const Task* task : selected.tasks) views.push_back(view_of(cluster, *task, services.engine));
    return std::pair(std::move(views), selected.total);
  };
  return read(services, look, [&](const auto& seen) -> Result<net::Response> {
    std::string text;
    ObjectWriter answer(text);
    append_list(answer.begin("reasons"), seen.first,
                [&](std::string& out, const TaskView& view) { write_reason(out, view, now); });
    answer.add("total", seen.second);
    answer.end();
    return json_answer(std::move(text));
  });
}

struct PruneRequest {
  std::string role;         // empty: all
  std::string environment;  // empty: all
  std::set<core::TaskStatus> statuses;
  int32_t limit = core::PruneTasks::kLimitMax;
};
void fields(Is<PruneRequest> auto& r, auto&& visit) {
  visit("role", r.role);
  visit("environment", r.environment);
  visit("statuses", r.statuses);
  visit("limit", r.limit);
}

Result<net::Response> prune_tasks(const SchedulerServices& services, const net::Request& request) {
  PruneRequest wanted = TRY(decode_body<PruneRequest>(request));
  if (wanted.limit < 1 || wanted.limit > core::PruneTasks::kLimitMax) {
    return Error{ErrorCode::InvalidArgument, "'limit' is " + std::to_string(wanted.limit) + "; 1 to " +
                                                 std::to_string(core::PruneTasks::kLimitMax) +
                                                 " tasks are pruned with one request"};
  }
  return submit(services.engine, core::PruneTasks{std::move(wanted.role), std::move(wanted.environment),
                                                  std::move(wanted.statuses), wanted.limit});
}

}  // namespace

std::vector<net::Route> task_routes(const SchedulerServices& services) {
  const auto bind = [&](auto handler) {
    return [services, handler](const net::Request& request) { return handler(services, request); };
  };
  return {
      make_route("GET", "/v1/tasks", bind(list_tasks)),
      make_route("GET", "/v1/tasks/{taskId}", bind(get_task)),
      make_route("POST", "/v1/tasks/prune", bind(prune_tasks)),
      make_route("GET", "/v1/pending", bind(list_pending)),
  };
}

std::vector<net::Route> staged_task_routes(const SchedulerServices& services) {
  return {make_route("GET", "/v1/recovery/tasks",
                     [services](const net::Request& request) { return list_staged_tasks(services, request); })};
}

}  // namespace aurora::api
