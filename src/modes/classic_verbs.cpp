// The classic verbs: `aurora create KEY FILE` and its like (spec/client.md §5).
#include "modes/help_format.h"
#include "modes/verb_options.h"

namespace aurora {
namespace {

using client::Session;

// A second argument names a file whose hooks matter only.
void add_hook_file(CLI::App& app, client::JobFile& file) {
  app.add_option("file", file.path, "A job file, for its hooks")->option_text(" ");
}

void add_cluster_filter(CLI::App& app) {
  app.add_option("--cluster", "Accepted for old scripts; the key names the cluster")->option_text("CLUSTER");
}

void add_environment_filter(CLI::App& app) {
  add_cluster_filter(app);
  app.add_option("--env", "Accepted for old scripts; the key names the environment")->option_text("ENV");
}

VerbRun define_create(CLI::App& app) {
  auto options = std::make_shared<client::CreateOptions>();
  add_key(app, options->key);
  add_file(app, options->file, FileSpelling::Classic);
  add_text(app, "--wait-until", options->wait_until, "STATE",
           "Return once all tasks are PENDING (at once), RUNNING or FINISHED");
  add_browser(app, options->open_browser);
  add_environment_filter(app);
  return run_with(options, client::create);
}

VerbRun define_update(CLI::App& app) {
  auto options = std::make_shared<client::UpdateOptions>();
  add_key(app, options->key);
  add_file(app, options->file, FileSpelling::Classic);
  add_text(app, "--shards", options->shards, "LIST", "Update these instances only, e.g. 0-3,7");
  add_number(app, "--updater-health-check-interval-seconds", options->poll_secs, "Look this often, in seconds");
  add_text(app, "-m,--message", options->message, "TEXT", "Recorded with the update");
  app.add_flag("--dry-run", options->is_dry_run, "Print what would be done to which instances, and do nothing");
  add_ignored_flag(app, "--force", "Accepted for old scripts; has no effect");
  add_environment_filter(app);
  return run_with(options, client::update);
}

VerbRun define_cancel_update(CLI::App& app) {
  auto options = std::make_shared<client::UpdateControlOptions>();
  add_key(app, options->key);
  add_hook_file(app, options->hook_file);
  add_cluster_filter(app);
  return run_with(options, client::cancel_update);
}

void add_kill_options(CLI::App& app, client::KillOptions& options) {
  options.batch_size = 0;
  options.max_total_failures = 1;
  add_key(app, options.key);
  add_hook_file(app, options.hook_file);
  app.add_option("--batch-size", options.batch_size,
                 "Kill this many instances at a time and wait for them; default: all at once")
      ->option_text("N")
      ->check(above_zero());
  add_number(app, "--max-total-failures", options.max_total_failures, "With --batch-size: failed batches before giving up");
  add_text(app, "-m,--message", options.message, "TEXT", "Recorded in the tasks' events");
  add_browser(app, options.open_browser);
  add_cluster_filter(app);
}

VerbRun define_killall(CLI::App& app) {
  auto options = std::make_shared<client::KillOptions>();
  add_kill_options(app, *options);
  return run_with(options, client::killall);
}

VerbRun define_kill(CLI::App& app) {
  auto options = std::make_shared<client::KillOptions>();
  add_kill_options(app, *options);
  add_text(app, "--shards", options->shards, "LIST", "The instances to kill, e.g. 0-3,7 (required)");
  return run_with(options, client::kill);
}

VerbRun define_restart(CLI::App& app) {
  auto options = std::make_shared<client::RestartOptions>();
  options->restart_threshold_secs = 60;
  add_key(app, options->key);
  add_hook_file(app, options->hook_file);
  add_text(app, "--shards", options->shards, "LIST", "Restart these instances only, e.g. 0-3,7");
  add_number(app, "--batch-size", options->batch_size, "Instances restarted at a time")->check(above_zero());
  add_number(app, "--max-per-shard-failures", options->max_per_instance_failures,
             "Failures of one instance before it counts as failed; negative: without limit");
  add_number(app, "--max-total-failures", options->max_total_failures, "Failed instances before giving up");
  add_number(app, "--watch-secs", options->watch_secs, "Seconds an instance must stay RUNNING");
  add_number(app, "--restart-threshold", options->restart_threshold_secs, "Seconds an instance may take to reach RUNNING");
  add_number(app, "--updater-health-check-interval-seconds", options->healthcheck_interval_seconds,
             "Look this often, in seconds");
  add_browser(app, options->open_browser);
  add_cluster_filter(app);
  return run_with(options, client::restart);
}

VerbRun define_start_cron(CLI::App& app) {
  auto options = std::make_shared<client::CronOptions>();
  add_key(app, options->key);
  add_hook_file(app, options->hook_file);
  add_browser(app, options->open_browser);
  add_cluster_filter(app);
  return run_with(options, client::cron_start);
}

VerbRun define_status(CLI::App& app) {
  auto options = std::make_shared<client::StatusOptions>();
  add_key(app, options->key);
  add_json(app, options->is_json);
  app.add_flag("--classic", options->is_original, "The original's text on a terminal, too, with every event");
  add_cluster_filter(app);
  return run_with(options, client::status);
}

VerbRun define_list_jobs(CLI::App& app) {
  auto options = std::make_shared<client::ListJobsOptions>();
  add_key(app, options->pattern, "CLUSTER/ROLE");
  app.add_flag("-c,--show-cron", options->show_cron, "Show cron schedules");
  app.add_flag("--pretty", options->is_pretty, "With -c: several lines a job");
  add_cluster_filter(app);
  return run_with(options, client::list_jobs);
}

VerbRun define_inspect(CLI::App& app) {
  auto options = std::make_shared<client::InspectOptions>();
  add_key(app, options->key);
  add_file(app, options->file, FileSpelling::Classic);
  app.add_flag("--raw", options->is_raw, "Print the request that would be sent");
  app.add_flag("--write-json", options->is_json, "Print the job as JSON");
  add_ignored_flag(app, "--local", "Accepted for old scripts; has no effect");
  add_environment_filter(app);
  return run_with(options, client::inspect);
}

VerbRun define_diff(CLI::App& app) {
  auto options = std::make_shared<client::DiffOptions>();
  add_key(app, options->key);
  add_file(app, options->file, FileSpelling::Classic);
  add_text(app, "--from", options->from, "KEY", "Compare with this live job instead of the file");
  app.add_flag("--exit-code", options->has_exit_code, "End with 1 when there is a difference");
  add_environment_filter(app);
  return run_with(options, client::diff);
}

VerbRun define_open(CLI::App& app) {
  auto options = std::make_shared<client::OpenOptions>();
  app.add_option("target", options->target, "CLUSTER[/ROLE[/ENV[/JOB]]]")->option_text(" ");
  return run_with(options, client::open);
}

VerbRun define_explain(CLI::App& app) {
  auto options = std::make_shared<client::ExplainOptions>();
  add_key(app, options->what, "A job's key, with or without one instance; or a task's id; or a host");
  add_text(app, "--cluster", options->cluster, "CLUSTER", "Of the task or host; may be left out if only one is known");
  add_text(app, "--update", options->update_id, "ID", "Explain this update of the job");
  add_json(app, options->is_json);
  return run_with(options, client::explain);
}

VerbRun define_get_quota(CLI::App& app) {
  auto options = std::make_shared<client::QuotaOptions>();
  app.add_option("role", options->role, "The role")->required()->option_text(" ");
  app.add_option("--cluster", options->cluster, "The cluster")->required()->option_text("CLUSTER");
  return run_with(options, client::quota_get);
}

}  // namespace

std::vector<ClientVerb> classic_verbs() {
  return {
      {"", "create", "cluster/role/env/job config", "Create a job: its tasks start as soon as there is room for them.",
       "aurora create devcluster/www-data/devel/hello_world hello_world.aurora", define_create},
      {"", "update", "cluster/role/env/job config",
       "Change a running service to what the file says, watch it, go back if it fails.",
       "aurora update devcluster/www-data/devel/hello_world hello_world.aurora", define_update},
      {"", "cancel_update", "cluster/role/env/job", "Abort the update of a job; its instances stay as they are.",
       "aurora cancel_update devcluster/www-data/devel/hello_world", define_cancel_update},
      {"", "status", "cluster/role/env/job", "Show a job's tasks and what happened to them.",
       "aurora status devcluster/www-data/devel/hello_world", define_status},
      {"", "killall", "cluster/role/env/job", "Kill all tasks of a job and wait until they are gone.",
       "aurora killall devcluster/www-data/devel/hello_world", define_killall},
      {"", "kill", "--shards=LIST cluster/role/env/job", "Kill some instances of a job and wait until they are gone.",
       "aurora kill --shards=0-3,7 devcluster/www-data/devel/hello_world", define_kill},
      {"", "restart", "cluster/role/env/job", "Restart a job batch by batch, watching each.",
       "aurora restart --batch_size=2 devcluster/www-data/devel/hello_world", define_restart},
      {"", "start_cron", "cluster/role/env/job", "Start a run of a cron job now.",
       "aurora start_cron devcluster/www-data/devel/nightly", define_start_cron},
      {"", "list_jobs", "cluster/role", "List the jobs of a role.", "aurora list_jobs devcluster/www-data", define_list_jobs},
      {"", "get_quota", "--cluster=CLUSTER role", "Show what a role may use in production, and what it uses.",
       "aurora get_quota --cluster=devcluster www-data", define_get_quota},
      {"", "inspect", "cluster/role/env/job config", "Show what a job file says, without sending anything.",
       "aurora inspect devcluster/www-data/devel/hello_world hello_world.aurora", define_inspect},
      {"", "diff", "cluster/role/env/job config", "Compare a job file with what runs.",
       "aurora diff devcluster/www-data/devel/hello_world hello_world.aurora", define_diff},
      {"", "explain", "KEY[/INSTANCE]",
       "Tell why a job, an instance, a task or a host is as it is, and what it waits for.",
       "aurora explain devcluster/www-data/devel/hello_world/0", define_explain},
      {"", "open", "cluster[/role[/env[/job]]]", "Open the scheduler's page in the browser, or print its address.",
       "aurora open devcluster/www-data", define_open},
  };
}

}  // namespace aurora
