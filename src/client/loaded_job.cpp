#include "client/loaded_job.h"

#include "aurora/codec/json.h"
#include "aurora/codec/task_payload.h"
#include "aurora/core/job/validate.h"
#include "client/docker_registry.h"

namespace aurora::client {
namespace {

config::Tiers built_in_tiers() {
  const core::JobLimits limits;
  config::Tiers result{limits.default_tier, {}};
  for (const auto& [name, tier] : limits.tiers) result.tiers.push_back({name, tier.preemptible, tier.revocable});
  return result;
}

config::Tiers to_tiers(const codec::JsonValue& reply) {
  config::Tiers result{reply.string_or("default", ""), {}};
  if (const auto* tiers = reply.find("tiers")) {
    for (const auto& [name, tier] : tiers->members()) {
      result.tiers.push_back({name, tier.bool_or("preemptible", false), tier.bool_or("revocable", false)});
    }
  }
  return result;
}

OrStopped<config::Tiers> find_tiers(Session& session, const std::string& cluster, Tiers source) {
  if (source == Tiers::BuiltIn) return built_in_tiers();
  auto scheduler = SchedulerClient::find(session, cluster);
  if (!scheduler.ok()) {
    const std::string prefix = session.is_classic() ? "" : "Error loading configuration: ";
    return Stopped{session.fail(ExitCode::InvalidConfiguration, prefix + scheduler.error().message)};
  }
  const auto reply = source == Tiers::FromSchedulerPatient ? scheduler->get("getTierConfigs", "/v1/tiers")
                                                           : scheduler->get_once("getTierConfigs", "/v1/tiers");
  if (reply.ok()) return to_tiers(*reply);
  if (source == Tiers::BuiltInIfUnreachable && !is_refusal(reply.error().code)) {
    session.console().log(Severity::Warning, "The scheduler of " + cluster + " cannot be reached: using the built-in tiers.");
    return built_in_tiers();
  }
  return Stopped{session.fail(reply.error(), "Error getting tier configurations.", ExitCode::ApiError)};
}

Result<LoadedJob> to_loaded_job(const JobPath& path, const std::string& text) {
  LoadedJob loaded;
  loaded.path = path;
  loaded.document = TRY(codec::JsonValue::parse(text));
  const codec::JsonValue* job = loaded.document.find("job");
  if (job == nullptr) return Error{ErrorCode::Internal, "the evaluator gave no job for " + to_string(path)};
  loaded.job = TRY(codec::decode_json<core::JobConfiguration>(job->to_json()));
  if (const auto* settings = loaded.document.find("update_settings")) {
    loaded.update_settings = TRY(codec::decode_json<core::UpdateSettings>(settings->to_json()));
  }
  loaded.update_error = loaded.document.string_or("update_error", "");
  loaded.is_service = loaded.document.bool_or("is_service", false);
  loaded.is_cron = loaded.document.bool_or("is_cron", false);
  return loaded;
}

// As the file has it, whether or not it can be run.
OrStopped<LoadedJob> load_unchecked(Session& session, const JobPath& path, const JobFile& file, Tiers source);

}  // namespace

ImageResolver image_resolver(Session& session) {
  return [&session](const std::string& cluster, const std::string& name, const std::string& tag) {
    const auto found = session.find_cluster(cluster);
    auto image = resolve_image(session.world().http, found.ok() ? found->docker_registry : Cluster{}.docker_registry, name, tag);
    if (image.ok()) session.console().info("Resolved " + name + ":" + tag + " => " + *image);
    return image;
  };
}

OrStopped<InstancesPath> choose_instances(Session& session, const std::string& key,
                                          const std::string& shards) {
  auto target = parse_instances_path(key);
  if (!target.ok()) {
    const auto path = parse_job_path(key);  // classic verbs have the instances in an option
    const bool is_key_wrong = session.is_classic() && !path.ok();
    return Stopped{session.fail(ExitCode::Usage, is_key_wrong ? path.error().message : target.error().message)};
  }
  if (shards.empty()) return std::move(*target);
  auto instances = parse_instances(shards);
  if (!instances.ok()) return Stopped{session.fail_option("--shards: " + instances.error().message)};
  target->instances = std::move(*instances);
  return std::move(*target);
}

int report_evaluation(Session& session, const config::Failure& failure) {
  if (!failure.traceback.empty()) session.console().log(Severity::Debug, failure.traceback);
  if (failure.kind == config::FailureKind::Usage) return session.fail_option(failure.text);
  if (failure.kind == config::FailureKind::Fatal) {
    session.console().log(Severity::Fatal, failure.text);
    return session.is_classic() ? 1 : static_cast<int>(ExitCode::InvalidConfiguration);
  }
  if (!session.is_classic()) return session.fail(ExitCode::InvalidConfiguration, config::to_message(failure));
  const bool is_invalid = failure.kind == config::FailureKind::Invalid;
  session.console().print("Error: " + (is_invalid ? config::to_message(failure) : failure.text));
  return 1;
}

OrStopped<config::Evaluation> evaluate(Session& session, const config::EvaluateRequest& request) {
  auto evaluation = session.world().evaluate(request);
  if (!evaluation.ok()) return Stopped{session.fail(ExitCode::Internal, evaluation.error().message)};
  for (const std::string& warning : evaluation->warnings) session.console().print_error(warning);
  if (evaluation->failure) return Stopped{report_evaluation(session, *evaluation->failure)};
  return std::move(evaluation).value();
}

OrStopped<LoadedJob> load_job(Session& session, const JobPath& path, const JobFile& file, Tiers source) {
  auto loaded = load_unchecked(session, path, file, source);
  if (const auto* job = std::get_if<LoadedJob>(&loaded)) {
    const Status runnable = core::about(job->job.key, codec::check_runnable(job->job.task_config));
    if (!runnable.ok()) {
      config::Failure failure;
      failure.kind = config::FailureKind::Invalid;
      failure.text = runnable.error().message;
      return Stopped{report_evaluation(session, failure)};
    }
  }
  return loaded;
}

std::vector<std::string> unsupported_warnings(const core::JobConfiguration& job) {
  std::vector<std::string> warnings;
  for (const std::string& text : codec::list_unsupported(job.task_config)) {
    warnings.push_back("warning: " + to_string(job.key) + ": " + text);
  }
  return warnings;
}

void warn_of_unsupported(Session& session, const LoadedJob& loaded) {
  for (const std::string& warning : unsupported_warnings(loaded.job)) session.console().print_error(warning);
}

namespace {

OrStopped<LoadedJob> load_unchecked(Session& session, const JobPath& path, const JobFile& file, Tiers source) {
  config::EvaluateRequest request;
  request.ask = config::Ask::Load;
  request.path = file.path;
  request.read_json = file.read_json;
  request.bindings = file.bindings;
  request.key = config::JobSelector{path.cluster, path.job.role, path.job.environment, path.job.name};
  request.user = login_name(session.world().variable);
  request.resolve_image = image_resolver(session);
  std::optional<Stopped> stopped_at_tiers;  // and printed
  request.tiers = [&]() -> Result<config::Tiers> {
    auto tiers = find_tiers(session, path.cluster, source);
    if (auto* found = std::get_if<config::Tiers>(&tiers)) return std::move(*found);
    stopped_at_tiers = std::get<Stopped>(tiers);
    return Error{ErrorCode::Internal, "no tiers"};
  };
  auto evaluation = session.world().evaluate(request);
  if (stopped_at_tiers) return *stopped_at_tiers;
  if (!evaluation.ok()) return Stopped{session.fail(ExitCode::Internal, evaluation.error().message)};
  for (const std::string& warning : evaluation->warnings) session.console().print_error(warning);
  if (evaluation->failure) return Stopped{report_evaluation(session, *evaluation->failure)};
  auto loaded = to_loaded_job(path, evaluation->document);
  if (!loaded.ok()) return Stopped{session.fail(ExitCode::Internal, loaded.error().message)};
  return std::move(loaded).value();
}

}  // namespace

OrStopped<std::optional<LoadedJob>> load_for_hooks(Session& session, const JobPath& path, const JobFile& file) {
  if (file.path.empty()) return std::optional<LoadedJob>();
  auto loaded = load_unchecked(session, path, file, Tiers::BuiltIn);
  if (const auto* stopped = std::get_if<Stopped>(&loaded)) return *stopped;
  return std::optional<LoadedJob>(std::move(std::get<LoadedJob>(loaded)));
}

}  // namespace aurora::client
