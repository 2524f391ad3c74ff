#include "client/api_hooks.h"

namespace aurora::client {
namespace {

bool has_hooks(const Session& session, const LoadedJob* job) {
  return job == nullptr ? session.has_site_hooks() : job->document.int_or("hooks", 0) > 0;
}

std::string job_key_argument(const JobPath& path) { return codec::JsonObject().add("@job_key", to_string(path)).text(); }

std::string instances_argument(const std::set<int32_t>& instances) {
  if (instances.empty()) return "null";
  codec::JsonArray list;
  for (const int32_t id : instances) list.add(id);
  return list.text();
}

HookedCall make_call(std::string method, const codec::JsonArray& args, const codec::JsonObject& kw) {
  codec::JsonObject arguments;
  arguments.add_raw("args", args.text()).add_raw("kw", kw.text());
  return {std::move(method), arguments.text()};
}

bool call(Session& session, const char* event, const HookedCall& hooked, const std::string& outcome) {
  const config::HookOutcome result = session.world().call_hooks(event, hooked.method, hooked.arguments, outcome);
  for (const std::string& note : result.notes) session.console().log(Severity::Debug, note);
  for (const std::string& warning : result.warnings) session.console().log(Severity::Warning, warning);
  return result.allowed;
}

}  // namespace

HookedCall hooked_create() { return make_call("create_job", codec::JsonArray().add("@config"), codec::JsonObject()); }

HookedCall hooked_add_instances(const JobPath& path, int32_t instance, int32_t count) {
  codec::JsonArray args;
  args.add_raw(job_key_argument(path)).add(instance).add(count);
  return make_call("add_instances", args, codec::JsonObject().add("config", "@config"));
}

HookedCall hooked_update(const std::string& message, const std::set<int32_t>& instances, const std::string& update_id) {
  codec::JsonObject metadata;
  metadata.add("org.apache.aurora.client.update_id", update_id);
  codec::JsonObject kw;
  kw.add_raw("instances", instances_argument(instances)).add_raw("metadata", metadata.text());
  return make_call("start_job_update", codec::JsonArray().add("@config").add(message), kw);
}

HookedCall hooked_kill(const JobPath& path, const std::set<int32_t>& instances, const std::string& message) {
  codec::JsonObject kw;
  kw.add_raw("instances", instances_argument(instances)).add("config", "@config").add("message", message);
  return make_call("kill_job", codec::JsonArray().add_raw(job_key_argument(path)), kw);
}

HookedCall hooked_start_cron(const JobPath& path) {
  return make_call("start_cronjob", codec::JsonArray().add_raw(job_key_argument(path)),
                   codec::JsonObject().add("config", "@config"));
}

HookedCall hooked_restart(const JobPath& path, const std::set<int32_t>& instances, const RestartOptions& settings) {
  codec::JsonObject object;
  object.add("batch_size", settings.batch_size).add("watch_secs", settings.watch_secs);
  object.add("max_per_instance_failures", settings.max_per_instance_failures);
  object.add("max_total_failures", settings.max_total_failures);
  object.add("health_check_interval_seconds", settings.healthcheck_interval_seconds);
  codec::JsonArray args;
  args.add_raw(job_key_argument(path)).add_raw(instances_argument(instances)).add_raw(object.text());
  return make_call("restart", args, codec::JsonObject().add("config", "@config"));
}

HookedCall hooked_classic_update(int64_t poll_secs, const std::set<int32_t>& instances, const HookedCall& start) {
  codec::JsonArray args;
  args.add("@config").add(poll_secs).add_raw(instances_argument(instances));
  codec::JsonObject arguments, other;
  other.add("method", start.method).add_raw("arguments", start.arguments);
  arguments.add_raw("args", args.text()).add_raw("or", other.text());
  return {"update_job", arguments.text()};
}

HookedCall hooked_cancel_update(const JobPath& path) {
  return make_call("cancel_update", codec::JsonArray().add_raw(job_key_argument(path)),
                   codec::JsonObject().add("config", "@config"));
}

std::optional<Stopped> run_pre_hooks(Session& session, const LoadedJob* job, const HookedCall& hooked) {
  if (!has_hooks(session, job) || call(session, "pre", hooked, "")) return std::nullopt;
  return Stopped{session.fail(ExitCode::CommandFailure, "Pre hooks stopped call to " + hooked.method)};
}

void run_after_hooks(Session& session, const LoadedJob* job, const HookedCall& hooked, const Error* error) {
  if (!has_hooks(session, job)) return;
  if (error == nullptr) {
    call(session, "post", hooked, "OK");
  } else {
    call(session, "err", hooked, std::string(response_code_name(error->code)) + ": " + error->message);
  }
}

}  // namespace aurora::client
