// The hooks of the site and of a job file around a call to the scheduler (Aurora 0.22, spec/client.md §9.1, §9.2): all pre
// hooks run, and one that returns nothing refuses; post and err hooks only watch.
#pragma once

#include <string>
#include <utility>

#include "client/loaded_job.h"

namespace aurora::client {

struct HookedCall {
  std::string method;     // "create_job"
  std::string arguments;  // as config::call_hooks() takes them
};
HookedCall hooked_create();
HookedCall hooked_add_instances(const JobPath& path, int32_t instance, int32_t count);
HookedCall hooked_update(const std::string& message, const std::set<int32_t>& instances, const std::string& update_id);
HookedCall hooked_kill(const JobPath& path, const std::set<int32_t>& instances, const std::string& message);
HookedCall hooked_start_cron(const JobPath& path);
HookedCall hooked_restart(const JobPath& path, const std::set<int32_t>& instances, const RestartOptions& settings);
// `update` and `cancel_update` in both grammars. A hook that knows no update_job is asked as for start_job_update.
HookedCall hooked_classic_update(int64_t poll_secs, const std::set<int32_t>& instances, const HookedCall& start);
HookedCall hooked_cancel_update(const JobPath& path);

// Whether the call may be made; a refusal is printed. `job` may be null: then there are only the site's.
std::optional<Stopped> run_pre_hooks(Session& session, const LoadedJob* job, const HookedCall& call);
// `error` is null after a success.
void run_after_hooks(Session& session, const LoadedJob* job, const HookedCall& call, const Error* error);

template <typename T, typename Send>
OrStopped<Result<T>> with_hooks(Session& session, const LoadedJob* job, const HookedCall& call, Send send) {
  if (const auto stopped = run_pre_hooks(session, job, call)) return *stopped;
  Result<T> result = send();
  run_after_hooks(session, job, call, result.ok() ? nullptr : &result.error());
  return result;
}

}  // namespace aurora::client
