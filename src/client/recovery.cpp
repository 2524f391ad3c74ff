// `admin scheduler_...` and `admin reconcile_tasks`: copies of the scheduler's database, the way back to one of them while
// it runs, and hosts that are asked for their lists (spec/client.md §11.1, §11.4).
#include "aurora/base/printable.h"
#include "aurora/base/split.h"
#include "aurora/client/verbs.h"
#include "aurora/codec/json.h"
#include "client/host_names.h"
#include "client/scheduler_client.h"

namespace aurora::client {
namespace {

using codec::JsonValue;

constexpr const char* kBackups = "/v1/backups";
constexpr const char* kRecovery = "/v1/recovery";
constexpr Duration kPatience = hours(1);  // a copy takes as long as the database is large
constexpr Duration kPollInterval = seconds(1);

template <typename Run>
int with_scheduler(Session& session, const std::string& cluster, const Run& run) {
  auto scheduler = SchedulerClient::find(session, cluster);
  if (!scheduler.ok()) return session.fail(ExitCode::InvalidConfiguration, scheduler.error().message);
  scheduler->wait_for_answers(kPatience);
  return run(*scheduler);
}

int report(Session& session, const Result<JsonValue>& reply, const std::string& message) {
  if (!reply.ok()) return fail_call(session, reply.error());
  report_response(session, "OK", printable_line(message.empty() ? reply->string_or("message", "") : message));
  return 0;
}

int make_backup(Session& session, const std::string& cluster, const char* method) {
  return with_scheduler(session, cluster, [&](SchedulerClient& scheduler) {
    const auto made = scheduler.post(method, kBackups, "{}");
    return report(session, made, made.ok() ? made->string_or("backup", "") + " is made and verified" : "");
  });
}

// What came of loading it.
Result<JsonValue> wait_until_loaded(Session& session, SchedulerClient& scheduler) {
  session.set_parting_words("The scheduler goes on loading the copy.");
  for (;;) {
    JsonValue now = TRY(scheduler.get("stageRecovery", kRecovery));
    if (now.string_or("state", "") != "LOADING") return now;
    if (!session.world().pause(kPollInterval)) return session.note_interrupt();
  }
}

// "3 tasks, 1 hosts"
std::string counts_in(const JsonValue& recovery) {
  std::string text;
  const JsonValue* counts = recovery.find("counts");
  if (counts == nullptr) return text;
  for (const codec::JsonMember& member : counts->members())
    text += (text.empty() ? "" : ", ") + member.value.to_json() + " " + member.name;
  return text;
}

void print_task(Console& console, const JsonValue& task) {
  const JsonValue* config = task.find("task");
  const JsonValue* job = config == nullptr ? nullptr : config->find("job");
  const auto part = [&](const char* name) { return job == nullptr ? "" : printable_line(job->string_or(name, "")); };
  console.info(part("role") + "\t" + part("name") + "\t" + std::to_string(task.int_or("instanceId", 0)) + "\t" +
               task.string_or("status", "") + "\t" + printable_line(task.string_or("taskId", "")));
}

void print_all(Session& session, const std::vector<JsonValue>& items) {
  codec::JsonArray all;
  for (const JsonValue& item : items) all.add_raw(item.to_json());
  session.console().print(codec::indent_json(all.text(), 2));
}

}  // namespace

int scheduler_backup_now(Session& session, const RecoveryOptions& options) {
  return make_backup(session, options.cluster, "performBackup");
}

int scheduler_snapshot(Session& session, const RecoveryOptions& options) {
  return make_backup(session, options.cluster, "snapshot");
}

int scheduler_list_backups(Session& session, const RecoveryOptions& options) {
  return with_scheduler(session, options.cluster, [&](SchedulerClient& scheduler) {
    const auto backups = scheduler.list("listBackups", kBackups, {}, "backups");
    if (!backups.ok()) return fail_call(session, backups.error());
    report_response(session, "OK", "");
    if (options.is_json) {
      print_all(session, *backups);
      return 0;
    }
    session.console().print(std::to_string(backups->size()) + " available backups:");
    for (const JsonValue& backup : *backups) session.console().print(printable_line(backup.string_or("backup", "")));
    return 0;
  });
}

int scheduler_stage_recovery(Session& session, const RecoveryOptions& options) {
  return with_scheduler(session, options.cluster, [&](SchedulerClient& scheduler) {
    const std::string body = codec::JsonObject().add("backup", options.backup).text();
    const auto begun = scheduler.post("stageRecovery", kRecovery, body);
    if (!begun.ok()) return fail_call(session, begun.error());
    const auto loaded = wait_until_loaded(session, scheduler);
    if (!loaded.ok()) return fail_call(session, loaded.error());
    if (loaded->string_or("state", "") == "STAGED")
      return report(session, loaded, loaded->string_or("backup", "") + " is loaded: " + counts_in(*loaded));
    const std::string why = loaded->string_or("message", "");
    return fail_call(session, {ErrorCode::FailedPrecondition, why.empty() ? "The backup was unloaded meanwhile." : why});
  });
}

int scheduler_print_recovery_tasks(Session& session, const RecoveryOptions& options) {
  return with_scheduler(session, options.cluster, [&](SchedulerClient& scheduler) {
    Query query{{"active", "true"}};
    if (!options.is_json) query.emplace("fields", "taskId,instanceId,status,task.job");
    const auto tasks = scheduler.list("queryRecovery", std::string(kRecovery) + "/tasks", std::move(query), "tasks");
    if (!tasks.ok()) return fail_call(session, tasks.error());
    report_response(session, "OK", "");
    if (options.is_json) {
      print_all(session, *tasks);
      return 0;
    }
    session.console().info("Role\tJob\tShard\tStatus\tTask ID");
    for (const JsonValue& task : *tasks) print_task(session.console(), task);
    return 0;
  });
}

int scheduler_delete_recovery_tasks(Session& session, const RecoveryOptions& options) {
  codec::JsonArray ids;
  for (const std::string& list : options.task_ids) {
    for (const std::string& id : split(list, ',')) {
      if (!id.empty()) ids.add(id);
    }
  }
  return with_scheduler(session, options.cluster, [&](SchedulerClient& scheduler) {
    return report(session, scheduler.post("deleteRecoveryTasks", std::string(kRecovery) + "/tasks/delete",
                                          codec::JsonObject().add_raw("taskIds", ids.text()).text()), "");
  });
}

int scheduler_commit_recovery(Session& session, const RecoveryOptions& options) {
  return with_scheduler(session, options.cluster, [&](SchedulerClient& scheduler) {
    return report(session, scheduler.post("commitRecovery", std::string(kRecovery) + "/commit", "{}"), "");
  });
}

int scheduler_unload_recovery(Session& session, const RecoveryOptions& options) {
  return with_scheduler(session, options.cluster, [&](SchedulerClient& scheduler) {
    return report(session, scheduler.remove("unloadRecovery", kRecovery), "");
  });
}

int reconcile_tasks(Session& session, const ReconcileOptions& options) {
  if (options.batch_size <= 0) return session.fail(ExitCode::Usage, "Batch size must be greater than zero.");
  return with_scheduler(session, options.cluster, [&](SchedulerClient& scheduler) {
    const bool is_explicit = options.type == "explicit";
    return report(session,
                  scheduler.post(is_explicit ? "triggerExplicitTaskReconciliation" : "triggerImplicitTaskReconciliation",
                                 "/v1/reconciliation", codec::JsonObject().add("kind", options.type).text()), "");
  });
}

}  // namespace aurora::client
