// Job files in, one JSON document out (spec/config-language.md, spec/client.md §6.9). Core values are made
// from the document by codec: every object named below as a core type decodes with codec::decode_json<T>.
//
// One thread at a time, always the same one: the embedded interpreter belongs to the first caller.
// Evaluations are isolated from each other: what one file binds, patches or imports is gone for the next.
// Standard output of a file goes to stderr, so that the document stays alone on stdout.
#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "aurora/base/result.h"

namespace aurora::config {

enum class Ask {
  Dump,     // {"jobs": [JOB...]}: each job as JSON with the standard bindings; no validation
  List,     // {"keys": ["cluster/role/env/name"...]}: only the four fields of the key are evaluated
  Eval,     // {"keys": [...], "problems": [PROBLEM...], "configurations": [core::JobConfiguration or null...]}: every job
            // checked as `create` would; the configurations are of the keys, null for jobs with problems
  Load,     // JOB DOCUMENT of the job with `key`; see below
  Thermos,  // a .thermos file (or, with read_json, one task as JSON): {"tasks": [TASK...]}, bound and
            // type-checked
};

// The JOB DOCUMENT of Ask::Load:
//   "key"            "cluster/role/env/name"
//   "cluster"        text
//   "job"            core::JobConfiguration, complete: with the tier back-fill of spec §7.5 in it and in its
//   payload
//                    when the request has `tiers`; else with `tier` "" and `production` as in the file
//   "tier"           text or null: as the file has it;  "production" boolean: as the file has it
//   "update_settings"  core::UpdateSettings; update_only_these_instances is empty (or absent:
//   "update_settings" null
//                    when "update_error" holds the reason why the update_config cannot be converted)
//   "update_error"   text or null
//   "is_service", "is_cron", "enable_hooks"   booleans
//   "instances"      integer
//   "raw"            JOB: what `inspect --write-json` prints, on one line
//   "inspect"        {"job": {"name", "role", "contact"?, "cluster", "instances", "cron"?: {"schedule",
//   "policy"},
//                    "constraints"?: {name: value}, "partition_policy"?: {"reschedule", "delay_secs"},
//                    "service", "production"}, "task": {"name", "orders": [[name...]...]}, "processes":
//                    [{"name", "daemon", "ephemeral", "final", "cmdline"}...]}: what `inspect` shows, in that
//                    order; values are text unless boolean
//   "hooks"          number of API hooks around calls for this job: those of the site, and with enable_hooks
//                    the objects in the file's `hooks` list

// PROBLEM of Ask::Eval: {"job": "cluster/role/env/name", "path": "jobs[2].task.processes[0].cmdline" or "",
//                        "kind": "loading" | "invalid" | "fatal", "file": and "line": of the call that set the
//                        field ("" and 0 if unknown), "text": one line, "hint": what may have been meant, or ""}

enum class FailureKind {
  Usage,    // a malformed binding: exit 2
  Loading,  // the file cannot be evaluated, the job not chosen or not typed:
            // "Error loading configuration: <text>", exit 3 (v1: "Error: <text>" on stdout, exit 1)
  Invalid,  // presence checks and conversion: "The configuration was invalid: <text>", exit 3
  Fatal,    // the checks marked "die" in spec §7.5: FATAL log line with <text>, exit 3
};

struct Failure {
  FailureKind kind = FailureKind::Loading;
  std::string text;       // without the prefix that the verb puts in front
  std::string traceback;  // frames of the user's own files, empty if there are none; for -v
  // The same in parts: `summary` is one line without place and hint; file is empty and line 0 if unknown.
  std::string file;
  int line = 0;
  std::string summary;
  std::string hint;
};

// `text` with the noun-verb prefix of its kind.
std::string to_message(const Failure& failure);

struct Limits {
  // Of one evaluation, wall clock, without the time in `tiers` and `resolve_image`; 0 = none. A file that is
  // busy inside one call and cannot be interrupted (say, sum(range(10**12))) ends the process with exit code
  // 3 and the same message 5 s later.
  int64_t time_ms = 60'000;
  int64_t memory_bytes = 2ll << 30;   // address space on top of what the process has; 0 = none
  int64_t output_bytes = 16ll << 20;  // printed by the file
};

struct JobSelector {
  std::string cluster, role, environment, name;
};

// The scheduler's tiers, in its order.
struct Tier {
  std::string name;
  bool preemptible = false;
  bool revocable = false;
};
struct Tiers {
  std::string default_name;
  std::vector<Tier> tiers;
};

// Something wrong with one field of a job: "cron_schedule", what is wrong, and what may help.
struct FieldProblem {
  std::string field, text, hint;
};

struct EvaluateRequest {
  Ask ask = Ask::Load;
  std::string path;                   // of the .aurora or JSON file
  bool read_json = false;             // --read-json
  std::vector<std::string> bindings;  // as typed: NAME=VALUE
  std::optional<JobSelector> key;     // Load only; unset: the only job of the file
  std::string user;                   // JobConfiguration.owner
  // Load only, called once the job has passed its checks. Its error ends the evaluation and is returned as it
  // is.
  std::function<Result<Tiers>()> tiers;
  // {{docker.image[name][tag]}} -> name@digest, by the cluster's registry. Unset: such a reference is an
  // error.
  std::function<Result<std::string>(const std::string& cluster, const std::string& name,
                                    const std::string& tag)>
      resolve_image;
  // Eval only: what a scheduler would say about a schedule, in the time zone that the job names if it names one. Unset: not
  // checked.
  std::function<std::vector<FieldProblem>(const std::string& schedule, const std::optional<std::string>& zone)>
      check_cron;
  Limits limits;
};

struct Evaluation {
  std::string document;               // empty when there is a failure
  std::vector<std::string> warnings;  // for stderr, whole lines
  std::optional<Failure> failure;
};

// An Error only if the interpreter itself cannot start, or from `tiers`.
Result<Evaluation> evaluate(const EvaluateRequest& request);

// `aurora python ARGS`: SCRIPT, -c CODE or - as in spec/client.md §6.9. Returns the exit status.
int run_python(const std::vector<std::string>& arguments);

// Calls the API hooks of the site and of the file of the last Load (spec/client.md §9.1). `event` is pre, post or err;
// `arguments` is a JSON object {"args": [...], "kw": {...}}, where the string "@config" stands for the job's
// config and
// {"@job_key": "c/r/e/n"} for a key; with "or": {"method", "arguments"} hooks without a method for this call are asked
// as for that one. `outcome` is "OK" for post and "CODE: text" for err.
// False: a pre hook refused. Problems inside hooks are warnings.
struct HookOutcome {
  bool allowed = true;
  std::vector<std::string> warnings;  // for WARN
  std::vector<std::string> notes;     // for DEBUG
};
HookOutcome call_hooks(const std::string& event, const std::string& method, const std::string& arguments,
                       const std::string& outcome);

// --- Hooks of the site (spec/client.md §9.2, §9.3).

struct LoadedHooks {
  int api_hooks = 0;      // how many run around every job's calls
  std::string failure;    // names the file that is broken; empty: none is
  std::string traceback;  // frames of that file
};
// Runs these Python files, which register hooks for the rest of the process. Without `with_api_hooks` only
// those around commands stay.
Result<LoadedHooks> load_hook_files(const std::vector<std::string>& paths, bool with_api_hooks);

// Runs the hooks around a command. `event` is pre or post; `request` a JSON object with noun (empty for
// classic verbs), verb, words (as typed), arguments (those without options), options ({name: text or list}),
// skipped (names, comma separated, or all) and for post the result.
struct CommandHookOutcome {
  std::optional<int> exit_code;  // what the command ends with, instead of going on
  std::vector<std::string> out, err;  // lines to print
  std::string traceback;
};
Result<CommandHookOutcome> call_command_hooks(const std::string& event, const std::string& request);

}  // namespace aurora::config
