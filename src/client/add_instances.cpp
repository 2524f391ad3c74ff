// `job add KEY/INSTANCE COUNT` (spec/client.md §6.1): more instances of a job, like one that is active.
#include "aurora/client/verbs.h"
#include "client/api_hooks.h"
#include "client/job_page.h"
#include "client/job_wait.h"
#include "client/missing_job.h"
#include "client/sla_policy.h"
#include "client/task_view.h"

namespace aurora::client {
namespace {

// The ids that follow the highest active one: the scheduler gives out these.
std::set<int32_t> new_instances(const std::set<int32_t>& active, int32_t count) {
  std::set<int32_t> ids;
  for (int32_t i = 1; i <= count; ++i) ids.insert(*active.rbegin() + i);
  return ids;
}

Result<codec::JsonValue> send(SchedulerClient& scheduler, const InstancePath& like, int32_t count) {
  const std::string body = codec::JsonObject().add("instanceId", like.instance).add("count", count).text();
  return scheduler.change("addInstances", "POST", job_route(like.path.job) + "/instances", body);
}

}  // namespace

int add_instances(Session& session, const AddInstancesOptions& options) {
  const auto like = parse_instance_path(options.key);
  if (!like.ok()) return session.fail(ExitCode::Usage, like.error().message);
  const auto wait_for = parse_wait_for(options.wait_until);
  if (!wait_for.ok()) return session.fail_option(wait_for.error().message);
  auto scheduler = SchedulerClient::find(session, like->path.cluster);
  if (!scheduler.ok()) return session.fail(ExitCode::InvalidConfiguration, scheduler.error().message);
  const auto active = active_instances(*scheduler, like->path.job);
  if (!active.ok()) return session.fail(active.error(), "Command failure:", ExitCode::ApiError);
  if (const auto code = fail_if_inactive(session, *scheduler, like->path, {like->instance}, *active)) return *code;
  const auto hooks = load_for_hooks(session, like->path, options.hook_file);
  if (const auto* stopped = std::get_if<Stopped>(&hooks)) return stopped->exit_code;
  const auto& job = std::get<std::optional<LoadedJob>>(hooks);

  Console& console = session.console();
  if (has_counting_policy(*scheduler, like->path.job)) console.print("WARNING: Adding instances without updating SlaPolicy.");
  console.info("Adding " + std::to_string(options.count) + " instances to " + to_string(like->path) +
               " using the task config of instance " + std::to_string(like->instance));
  const auto outcome = with_hooks<codec::JsonValue>(session, job ? &*job : nullptr,
                                                    hooked_add_instances(like->path, like->instance, options.count),
                                                    [&] { return send(*scheduler, *like, options.count); });
  if (const auto* stopped = std::get_if<Stopped>(&outcome)) return stopped->exit_code;
  const auto& reply = std::get<Result<codec::JsonValue>>(outcome);
  if (!reply.ok()) return session.fail(reply.error(), "Command failure:", ExitCode::ApiError);
  console.info(reply->string_or("message", ""));
  session.set_parting_words("The new instances stay.");
  const auto end = wait_until(session, *scheduler, like->path.job, new_instances(*active, options.count), *wait_for);
  if (!end.ok()) return session.fail(end.error(), "Command failure:", ExitCode::ApiError);
  if (*end == WaitEnd::Interrupted) return session.end_interrupted();
  if (options.open_browser) open_job_page(session, *scheduler, like->path.job);
  return 0;
}

}  // namespace aurora::client
