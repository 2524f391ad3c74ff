// `admin unknown_tasks [list|kill|adopt] CLUSTER`: tasks that hosts run and that the scheduler does not know.
#include <algorithm>

#include "aurora/client/verbs.h"
#include "aurora/codec/json.h"
#include "client/scheduler_client.h"

namespace aurora::client {
namespace {

constexpr const char* kRoute = "/v1/unknownTasks";

std::string line_of(const codec::JsonValue& task) {
  std::string text = task.string_or("taskId", "") + "  " + task.string_or("status", "") + " on " +
                     task.string_or("host", "");
  const codec::JsonValue* summary = task.find("summary");
  if (summary != nullptr && !summary->is_null()) {
    const codec::JsonValue* job = summary->find("job");
    if (job != nullptr) {
      text += "  " + job->string_or("role", "") + "/" + job->string_or("environment", "") + "/" +
              job->string_or("name", "") + "/" + std::to_string(summary->int_or("instanceId", 0));
    }
  }
  return text + (task.bool_or("isCondemned", false) ? "  (being killed)" : "");
}

int fail_call(Session& session, const Error& error) {
  return session.fail(error, "The scheduler refused:", ExitCode::ApiError);
}

int list(Session& session, SchedulerClient& scheduler, const UnknownTasksOptions& options) {
  Query query;
  for (const std::string& host : options.hosts) query.emplace("host", host);
  const auto tasks = scheduler.list("getUnknownTasks", kRoute, std::move(query), "tasks");
  if (!tasks.ok()) return fail_call(session, tasks.error());
  if (options.is_json) {
    codec::JsonArray all;
    for (const codec::JsonValue& task : *tasks) all.add_raw(task.to_json());
    session.console().print(codec::indent_json(all.text(), 2));
    return 0;
  }
  if (tasks->empty()) session.console().print("No host runs a task that the scheduler does not know.");
  for (const codec::JsonValue& task : *tasks) session.console().print(line_of(task));
  return 0;
}

int kill_unknown(Session& session, SchedulerClient& scheduler, const UnknownTasksOptions& options) {
  codec::JsonArray ids;
  for (const std::string& id : options.task_ids) ids.add(id);
  codec::JsonArray hosts;
  for (const std::string& host : options.hosts) hosts.add(host);
  const std::string body = codec::JsonObject()
                               .add_raw("taskIds", ids.text())
                               .add_raw("hosts", hosts.text())
                               .add("all", options.all)
                               .text();
  const auto reply = scheduler.post("killUnknownTasks", std::string(kRoute) + "/kill", body);
  if (!reply.ok()) return fail_call(session, reply.error());
  session.console().print(reply->string_or("message", ""));
  return 0;
}

int adopt(Session& session, SchedulerClient& scheduler, const UnknownTasksOptions& options) {
  for (const std::string& id : options.task_ids) {
    const auto reply = scheduler.post("adoptUnknownTask", std::string(kRoute) + "/adopt",
                                      codec::JsonObject().add("taskId", id).text());
    if (!reply.ok()) return fail_call(session, reply.error());
    session.console().print(reply->string_or("message", ""));
  }
  return 0;
}

}  // namespace

int unknown_tasks(Session& session, const UnknownTasksOptions& options) {
  const bool names_some = options.all || !options.task_ids.empty() || !options.hosts.empty();
  if (options.action == "kill" && !names_some)
    return session.fail(ExitCode::Usage, "name the tasks to kill, their hosts with --host, or --all");
  if (options.action != "kill" && options.all) return session.fail(ExitCode::Usage, "--all is for kill");
  if (options.action == "adopt" && (options.task_ids.empty() || !options.hosts.empty()))
    return session.fail(ExitCode::Usage, "name the tasks to adopt, each by itself");
  auto scheduler = SchedulerClient::find(session, options.cluster);
  if (!scheduler.ok()) return session.fail(ExitCode::InvalidConfiguration, scheduler.error().message);
  if (options.action == "kill") return kill_unknown(session, *scheduler, options);
  if (options.action == "adopt") return adopt(session, *scheduler, options);
  return list(session, *scheduler, options);
}

}  // namespace aurora::client
