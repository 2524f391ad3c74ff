// The job that a key names in a job file, ready to be sent (spec/client.md §3.6, spec/config-language.md §7).
#pragma once

#include <optional>
#include <string>

#include "aurora/client/job_path.h"
#include "aurora/client/verbs.h"
#include "aurora/codec/json_value.h"
#include "aurora/core/job/job.h"
#include "aurora/core/update/job_update.h"
#include "client/scheduler_client.h"

namespace aurora::client {

struct LoadedJob {
  JobPath path;
  core::JobConfiguration job;
  std::optional<core::UpdateSettings> update_settings;  // absent: update_error says why
  std::string update_error;
  bool is_service = false;
  bool is_cron = false;
  codec::JsonValue document;  // all of it, as in aurora/config/evaluator.h
};

// A failure that has been printed already.
struct Stopped {
  int exit_code = 1;
};
template <typename T>
using OrStopped = std::variant<T, Stopped>;

// The job and instances that a verb's words name; --shards wins over KEY/INSTANCES. A failure is printed.
OrStopped<InstancesPath> choose_instances(Session& session, const std::string& key,
                                          const std::string& shards);

// Where a job's tier definitions come from: sets `tier` from `production`, or the reverse.
enum class Tiers {
  FromScheduler,         // of the job's cluster; asked once, since the call that follows may not be repeated either
  FromSchedulerPatient,  // the same, asked as patiently as the call that follows
  BuiltInIfUnreachable,  // says so with a warning
  BuiltIn,
};
// Refuses what no host would run; with the scheduler's own words.
OrStopped<LoadedJob> load_job(Session& session, const JobPath& path, const JobFile& file, Tiers tiers);

// What the job asks for and this version does not do, a line each on stderr: "warning: role/env/name: ...".
std::vector<std::string> unsupported_warnings(const core::JobConfiguration& job);
void warn_of_unsupported(Session& session, const LoadedJob& loaded);

// Asks the registry of the job's cluster; Docker Hub for a cluster that is not known, so that files can be checked.
// REQUIRES: the session outlives it.
using ImageResolver = decltype(config::EvaluateRequest::resolve_image);
ImageResolver image_resolver(Session& session);

// The same for a verb that needs only the file's hooks, if a file is given at all.
OrStopped<std::optional<LoadedJob>> load_for_hooks(Session& session, const JobPath& path, const JobFile& file);

// Prints why a file could not be evaluated, as the grammar does it.
int report_evaluation(Session& session, const config::Failure& failure);
// Evaluates and passes warnings on; the failure, if any, is printed.
OrStopped<config::Evaluation> evaluate(Session& session, const config::EvaluateRequest& request);

}  // namespace aurora::client
