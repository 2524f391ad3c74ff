// The noun-verb form: `aurora job create KEY FILE`, `aurora update start KEY FILE` (spec/client.md §6).
#include "aurora/client/job_path.h"
#include "aurora/client/logs.h"
#include "aurora/client/sla.h"
#include "modes/help_format.h"
#include "modes/verb_options.h"

namespace aurora {
namespace {

void add_hook_options(CLI::App& app, client::JobFile& file) {
  app.add_option("--config", file.path, "A job file, for its hooks")->option_text("FILE");
  app.add_option("--bind", file.bindings, "Bind a template variable of that file")
      ->option_text("NAME=VALUE")
      ->allow_extra_args(false)
      ->multi_option_policy(CLI::MultiOptionPolicy::TakeAll);
  app.add_flag("--read-json", file.read_json, "That file is JSON");
}

void add_unchanged_since(CLI::App& app, std::string& state) {
  add_text(app, "--if-unchanged-since", state, "TEXT",
           "Refuse unless the job, its quota and the room for it are as in this state, which `aurora job plan` named");
}

VerbRun define_plan(CLI::App& app) {
  auto options = std::make_shared<client::PlanOptions>();
  add_key(app, options->key, "CLUSTER/ROLE/ENV/NAME[/INSTANCES]");
  add_file(app, options->file, FileSpelling::NounVerb);
  app.add_flag("--create", options->is_create, "Plan `aurora job create`, also for a service; else `aurora update start`");
  add_json(app, options->is_json);
  app.footer(app.get_footer() +
             "\nThe plan says where instances would go, whom they would preempt and what quota is left.\n"
             "Exit codes: 0 nothing to do, 1 changes, 2 it would not fit, or words that are not understood, 3 and above an error");
  return run_with(options, client::job_plan);
}

VerbRun define_create(CLI::App& app) {
  auto options = std::make_shared<client::CreateOptions>();
  add_key(app, options->key);
  add_file(app, options->file, FileSpelling::NounVerb);
  add_text(app, "--wait-until", options->wait_until, "STATE",
           "Return once all tasks are PENDING (at once), RUNNING or FINISHED");
  add_unchanged_since(app, options->unchanged_since);
  add_browser(app, options->open_browser);
  return run_with(options, client::create);
}

VerbRun define_add(CLI::App& app) {
  auto options = std::make_shared<client::AddInstancesOptions>();
  add_key(app, options->key, "CLUSTER/ROLE/ENV/NAME/INSTANCE");
  app.add_option("count", options->count, "So many more")->required()->option_text(" ");
  add_text(app, "--wait-until", options->wait_until, "STATE",
           "Return once the new tasks are PENDING (at once), RUNNING or FINISHED");
  add_hook_options(app, options->hook_file);
  add_browser(app, options->open_browser);
  return run_with(options, client::add_instances);
}

VerbRun define_kill_job(CLI::App& app, bool is_all) {
  auto options = std::make_shared<client::KillOptions>();
  add_key(app, options->key, is_all ? "CLUSTER/ROLE/ENV/NAME" : "CLUSTER/ROLE/ENV/NAME/INSTANCES, e.g. .../0-3,7");
  add_number(app, "--batch-size", options->batch_size, "Instances killed at a time")->check(above_zero());
  add_number(app, "--max-total-failures", options->max_total_failures, "Batches that may fail before giving up");
  app.add_flag_callback("--no-batching", [options] { options->batch_size = 0; }, "Kill all of them with one call");
  add_text(app, "-m,--message", options->message, "TEXT", "Recorded in the tasks' events");
  if (!is_all) app.add_flag("--strict", options->is_strict, "Refuse instances that are not active");
  add_hook_options(app, options->hook_file);
  add_browser(app, options->open_browser);
  return run_with(options, is_all ? client::killall : client::kill);
}

VerbRun define_killall(CLI::App& app) { return define_kill_job(app, true); }
VerbRun define_kill(CLI::App& app) { return define_kill_job(app, false); }

VerbRun define_restart(CLI::App& app) {
  auto options = std::make_shared<client::RestartOptions>();
  add_key(app, options->key, "CLUSTER/ROLE/ENV/NAME[/INSTANCES]");
  add_number(app, "--batch-size", options->batch_size, "Instances restarted at a time")->check(above_zero());
  add_number(app, "--max-per-instance-failures", options->max_per_instance_failures,
             "Failures of one instance before it counts as failed; negative: without limit");
  add_number(app, "--max-total-failures", options->max_total_failures, "Failed instances before giving up");
  add_number(app, "--watch-secs", options->watch_secs, "Seconds an instance must stay RUNNING");
  add_number(app, "--healthcheck-interval-seconds", options->healthcheck_interval_seconds, "Look this often, in seconds");
  app.add_option("--restart-threshold", options->restart_threshold_secs,
                 "Seconds an instance may take to reach RUNNING; default: twice --watch-secs and a minute")
      ->option_text("N");
  app.add_flag("--strict", options->is_strict, "Refuse instances that are not active");
  add_ignored_flag(app, "--force", "Accepted for old scripts; has no effect");
  add_ignored_flag(app, "--rollback-on-failure", "Accepted for old scripts; has no effect");
  add_hook_options(app, options->hook_file);
  add_browser(app, options->open_browser);
  return run_with(options, client::restart);
}

VerbRun define_status(CLI::App& app) {
  auto options = std::make_shared<client::StatusOptions>();
  add_key(app, options->key, "CLUSTER[/ROLE[/ENV[/NAME]]]; each part may be a pattern");
  add_json(app, options->is_json);
  app.add_flag("--classic", options->is_original, "The original's text on a terminal, too, with every event");
  return run_with(options, client::status);
}

VerbRun define_list(CLI::App& app) {
  auto options = std::make_shared<client::ListJobsOptions>();
  add_key(app, options->pattern, "CLUSTER[/ROLE[/ENV[/NAME]]]; each part may be a pattern");
  return run_with(options, client::list_jobs);
}

VerbRun define_logs(CLI::App& app) {
  auto options = std::make_shared<client::JobLogsOptions>();
  add_key(app, options->key, "CLUSTER/ROLE/ENV/NAME[/INSTANCES]");
  app.add_flag("-f,--follow", options->follows, "Go on with what is written, also by tasks that take an instance's place, until all have ended");
  app.add_option("-p,--process", options->processes, "Only of this process; may be given several times")
      ->option_text("NAME")
      ->allow_extra_args(false)
      ->multi_option_policy(CLI::MultiOptionPolicy::TakeAll);
  app.add_flag("--stdout", options->is_stdout, "Only what was written to stdout");
  app.add_flag("--stderr", options->is_stderr, "Only what was written to stderr");
  add_text(app, "--since", options->since, "TIME", "Only what was written from then on: 90s, 10m, 2h or 1d ago, or 2026-01-31T23:59:59Z");
  app.add_option("-n,--tail", options->tail, "Only the last so many lines of each instance, 10000 at most; with -f all of tasks that begin later")
      ->option_text("N")
      ->check(CLI::Range(0, 10'000));
  add_text(app, "--grep", options->grep, "RE", "Only lines in which this regular expression (of RE2) is; --tail counts before");
  app.add_flag("--ignore-case", options->ignores_case, "Of letters, in --grep");
  app.add_flag("--timestamps", options->has_times, "With the time by which each line was written, to about 0.1 s");
  app.add_flag("--write-json,--json", options->is_json, "Print each line as a JSON object on a line");
  app.footer(app.get_footer() +
             "\nAt most 1000 instances on 200 hosts are read at once.\n"
             "Exit codes: 0 all was printed, 6 no such job or instances, or too many, 7 a host did not answer, 130 ^C");
  return run_with(options, client::job_logs);
}

VerbRun define_inspect(CLI::App& app) {
  auto options = std::make_shared<client::InspectOptions>();
  add_key(app, options->key);
  add_file(app, options->file, FileSpelling::NounVerb);
  app.add_flag("--raw", options->is_raw, "Print the request that would be sent");
  add_ignored_flag(app, "--local", "Accepted for old scripts; has no effect");
  add_json(app, options->is_json);
  return run_with(options, client::inspect);
}

VerbRun define_diff(CLI::App& app) {
  auto options = std::make_shared<client::DiffOptions>();
  add_key(app, options->key, "CLUSTER/ROLE/ENV/NAME[/INSTANCES]");
  add_file(app, options->file, FileSpelling::NounVerb);
  add_text(app, "--from", options->from, "KEY", "Compare with this live job instead of the file");
  app.add_flag("--exit-code", options->has_exit_code, "End with 1 when there is a difference");
  return run_with(options, client::diff);
}

VerbRun define_open(CLI::App& app) {
  auto options = std::make_shared<client::OpenOptions>();
  add_key(app, options->target, "CLUSTER[/ROLE[/ENV[/NAME]]]");
  return run_with(options, client::open);
}

VerbRun define_cron_schedule(CLI::App& app) {
  auto options = std::make_shared<client::CreateOptions>();
  add_key(app, options->key);
  add_file(app, options->file, FileSpelling::NounVerb);
  return run_with(options, client::cron_schedule);
}

VerbRun define_cron_deschedule(CLI::App& app) {
  auto options = std::make_shared<client::CronOptions>();
  add_key(app, options->key);
  return run_with(options, client::cron_deschedule);
}

VerbRun define_cron_start(CLI::App& app) {
  auto options = std::make_shared<client::CronOptions>();
  add_key(app, options->key);
  add_hook_options(app, options->hook_file);
  add_browser(app, options->open_browser);
  return run_with(options, client::cron_start);
}

VerbRun define_cron_show(CLI::App& app) {
  auto options = std::make_shared<client::CronOptions>();
  add_key(app, options->key);
  app.add_flag("--write-json,--json", options->is_json, "Print all that is known, with next and past runs, as JSON");
  return run_with(options, client::cron_show);
}

void add_update_options(CLI::App& app, client::UpdateOptions& options) {
  add_key(app, options.key, "CLUSTER/ROLE/ENV/NAME[/INSTANCES]");
  add_file(app, options.file, FileSpelling::NounVerb);
  add_text(app, "-m,--message", options.message, "TEXT", "Recorded with the update");
  app.add_flag("--dry-run", options.is_dry_run, "Print what would be done to which instances, and do nothing");
  add_ignored_flag(app, "--strict", "Accepted for old scripts; has no effect");
  add_browser(app, options.open_browser);
}

VerbRun define_job_update(CLI::App& app) {
  auto options = std::make_shared<client::UpdateOptions>();
  add_update_options(app, *options);
  add_number(app, "--healthcheck-interval-seconds", options->poll_secs, "Look this often, in seconds");
  add_ignored_flag(app, "--force", "Accepted for old scripts; has no effect");
  return run_with(options, client::update);
}

VerbRun define_cancel_update(CLI::App& app) {
  auto options = std::make_shared<client::UpdateControlOptions>();
  add_key(app, options->key);
  add_hook_options(app, options->hook_file);
  return run_with(options, client::cancel_update);
}

VerbRun define_start(CLI::App& app) {
  struct Options {
    client::UpdateOptions update;
    bool waits = false;
  };
  auto options = std::make_shared<Options>();
  add_update_options(app, options->update);
  add_unchanged_since(app, options->update.unchanged_since);
  app.add_flag("--wait", options->waits, "Wait until the update has ended; exit code 0: forward, 4: rolled back, 20: else");
  app.add_option("--healthcheck-interval-seconds", "Accepted for old scripts; has no effect")->option_text("N");
  return [options](client::Session& session) {
    return client::update_start(session, options->update, options->waits ? client::UpdateWait::Yes : client::UpdateWait::No);
  };
}

VerbRun define_control(CLI::App& app, client::UpdateAction action) {
  struct Options {
    client::UpdateControlOptions control;
    bool waits = false;
  };
  auto options = std::make_shared<Options>();
  add_key(app, options->control.key);
  add_text(app, "-m,--message", options->control.message, "TEXT", "Recorded with the update");
  if (action == client::UpdateAction::Rollback) {
    app.add_flag("--wait", options->waits, "Wait until the update has ended; exit code 0: rolled back, 4: forward, 20: else");
  }
  return [options, action](client::Session& session) {
    options->control.wait = options->waits ? client::UpdateWait::Yes : client::UpdateWait::No;
    return client::update_control(session, action, options->control);
  };
}

VerbRun define_pause(CLI::App& app) { return define_control(app, client::UpdateAction::Pause); }
VerbRun define_resume(CLI::App& app) { return define_control(app, client::UpdateAction::Resume); }
VerbRun define_abort(CLI::App& app) { return define_control(app, client::UpdateAction::Abort); }
VerbRun define_rollback(CLI::App& app) { return define_control(app, client::UpdateAction::Rollback); }

VerbRun define_update_list(CLI::App& app) {
  struct Options : client::UpdateListOptions {
    std::string role;
    std::string job;
  };
  auto options = std::make_shared<Options>();
  add_key(app, options->filter, "CLUSTER[/ROLE[/ENV[/NAME]]]; each part may be a pattern");
  app.add_option("--status", options->statuses,
                 "A status, or active, all, blocked, failed, inactive, paused, succeeded; may be given several times")
      ->option_text("STATUS")
      ->allow_extra_args(false)
      ->multi_option_policy(CLI::MultiOptionPolicy::TakeAll);
  add_text(app, "--user", options->user, "USER", "Only updates that this user started");
  add_text(app, "--role", options->role, "ROLE", "The same as CLUSTER/ROLE");
  add_text(app, "--job", options->job, "KEY", "The same as the job's key");
  add_json(app, options->is_json);
  return [options](client::Session& session) {
    auto narrowed = client::narrow_pattern(options->filter, options->role, options->job);
    if (!narrowed.ok()) return session.fail_option(narrowed.error().message);
    options->filter = std::move(*narrowed);
    return client::update_list(session, *options);
  };
}

VerbRun define_info(CLI::App& app) {
  auto options = std::make_shared<client::UpdateInfoOptions>();
  add_key(app, options->key);
  app.add_option("id", options->id, "The update's id; default: the active one")->option_text(" ");
  add_json(app, options->is_json);
  return run_with(options, client::update_info);
}

VerbRun define_wait(CLI::App& app) {
  auto options = std::make_shared<client::UpdateInfoOptions>();
  add_key(app, options->key);
  app.add_option("id", options->id, "The update's id; default: the active one")->option_text(" ");
  return run_with(options, client::update_wait);
}

VerbRun define_config(CLI::App& app, int (*verb)(client::Session&, const client::ConfigOptions&)) {
  auto options = std::make_shared<client::ConfigOptions>();
  auto file = std::make_shared<client::JobFile>();
  add_file(app, *file, FileSpelling::NounVerb);
  return [options, file, verb](client::Session& session) {
    options->files = {*file};
    return verb(session, *options);
  };
}

VerbRun define_config_list(CLI::App& app) { return define_config(app, client::config_list); }

VerbRun define_config_dump(CLI::App& app) {
  add_ignored_flag(app, "--json,--write-json", "JSON is printed with and without it");
  return define_config(app, client::config_dump);
}

VerbRun define_config_eval(CLI::App& app) {
  struct Options {
    std::vector<std::string> paths;
    client::JobFile file;
    bool is_json = false;
  };
  auto options = std::make_shared<Options>();
  app.add_option("files", options->paths, "The job files")
      ->required()
      ->option_text(" ")
      ->multi_option_policy(CLI::MultiOptionPolicy::TakeAll);
  app.add_option("--bind,-E", options->file.bindings, "Bind a template variable; may be given several times")
      ->option_text("NAME=VALUE")
      ->allow_extra_args(false)
      ->multi_option_policy(CLI::MultiOptionPolicy::TakeAll);
  app.add_flag("--read-json", options->file.read_json, "The files are JSON");
  add_json(app, options->is_json);
  return [options](client::Session& session) {
    client::ConfigOptions config;
    config.is_json = options->is_json;
    for (const std::string& path : options->paths) {
      config.files.push_back(options->file);
      config.files.back().path = path;
    }
    return client::config_eval(session, config);
  };
}

VerbRun define_quota_get(CLI::App& app) {
  auto options = std::make_shared<client::QuotaOptions>();
  add_key(app, options->role, "CLUSTER/ROLE");
  add_json(app, options->is_json);
  return run_with(options, client::quota_get);
}

VerbRun define_task_up_count(CLI::App& app) {
  auto options = std::make_shared<client::TaskUpCountOptions>();
  add_key(app, options->key);
  add_text(app, "--durations", options->durations, "LIST", "For how long they must have been up, such as 1h30m");
  return run_with(options, client::task_up_count);
}

VerbRun define_job_uptime(CLI::App& app) {
  auto options = std::make_shared<client::JobUptimeOptions>();
  add_key(app, options->key);
  add_text(app, "--percentiles", options->percentiles, "LIST", "Percentages of the instances");
  return run_with(options, client::job_uptime);
}

}  // namespace

std::vector<ClientVerb> job_verbs() {
  return {
      {"job", "create", "KEY FILE", "Create a job.", "aurora job create devcluster/www-data/devel/web web.aurora", define_create},
      {"job", "add", "KEY/INSTANCE COUNT", "Add instances like one that is active, with the next free numbers.",
       "aurora job add devcluster/www-data/devel/web/0 3", define_add},
      {"job", "update", "KEY[/INSTANCES] FILE", "Update a service and wait for the end.",
       "aurora job update devcluster/www-data/devel/web web.aurora", define_job_update},
      {"job", "cancel-update", "KEY", "Abort the active update.", "aurora job cancel-update devcluster/www-data/devel/web",
       define_cancel_update},
      {"job", "status", "PATTERN", "Show tasks of one or several jobs.", "aurora job status 'devcluster/www-data/*/web'",
       define_status},
      {"job", "list", "PATTERN", "List jobs.", "aurora job list devcluster/www-data", define_list},
      {"job", "logs", "KEY[/INSTANCES]", "Show what the instances of a job write, as one text.",
       "aurora job logs -f devcluster/www-data/devel/web/0-3 --since 10m", define_logs},
      {"job", "killall", "KEY", "Kill all tasks of a job.", "aurora job killall devcluster/www-data/devel/web", define_killall},
      {"job", "kill", "KEY/INSTANCES", "Kill some instances of a job.", "aurora job kill devcluster/www-data/devel/web/0-3,7",
       define_kill},
      {"job", "restart", "KEY[/INSTANCES]", "Restart a job batch by batch.",
       "aurora job restart devcluster/www-data/devel/web/0", define_restart},
      {"job", "diff", "KEY[/INSTANCES] FILE", "Compare a job file with what runs.",
       "aurora job diff devcluster/www-data/devel/web web.aurora", define_diff},
      {"job", "plan", "KEY[/INSTANCES] FILE",
       "Show step by step what an update, or a new job, would do.",
       "aurora job plan devcluster/www-data/devel/web web.aurora", define_plan},
      {"job", "inspect", "KEY FILE", "Show what a job file says.",
       "aurora job inspect devcluster/www-data/devel/web web.aurora", define_inspect},
      {"job", "open", "CLUSTER[/ROLE[/ENV[/NAME]]]", "Open the scheduler's page.", "aurora job open devcluster/www-data",
       define_open},
  };
}

std::vector<ClientVerb> cron_verbs() {
  return {
      {"cron", "schedule", "KEY FILE", "Run a job by the clock, or change one that does; its next run is by the file.",
       "aurora cron schedule devcluster/www-data/devel/nightly nightly.aurora", define_cron_schedule},
      {"cron", "deschedule", "KEY", "Run a job by the clock no more; tasks that run go on.",
       "aurora cron deschedule devcluster/www-data/devel/nightly", define_cron_deschedule},
      {"cron", "start", "KEY", "Start a run now, by the job's collision policy.",
       "aurora cron start devcluster/www-data/devel/nightly", define_cron_start},
      {"cron", "show", "KEY", "Show a job's schedule.", "aurora cron show devcluster/www-data/devel/nightly", define_cron_show},
  };
}

std::vector<ClientVerb> update_verbs() {
  return {
      {"update", "start", "KEY[/INSTANCES] FILE", "Start an update; the scheduler drives it.",
       "aurora update start devcluster/www-data/devel/web web.aurora --wait", define_start},
      {"update", "info", "KEY [ID]", "Show an update and its events.", "aurora update info devcluster/www-data/devel/web",
       define_info},
      {"update", "list", "CLUSTER[/ROLE[/ENV[/NAME]]]", "List updates.",
       "aurora update list devcluster/www-data --status active", define_update_list},
      {"update", "wait", "KEY [ID]", "Wait until an update has ended.", "aurora update wait devcluster/www-data/devel/web",
       define_wait},
      {"update", "pause", "KEY", "Pause the active update.", "aurora update pause devcluster/www-data/devel/web", define_pause},
      {"update", "resume", "KEY", "Resume a paused update.", "aurora update resume devcluster/www-data/devel/web",
       define_resume},
      {"update", "abort", "KEY", "Abort the active update; instances stay as they are.",
       "aurora update abort devcluster/www-data/devel/web", define_abort},
      {"update", "rollback", "KEY", "Take the active update back.",
       "aurora update rollback devcluster/www-data/devel/web --wait", define_rollback},
  };
}

std::vector<ClientVerb> quota_verbs() {
  return {
      {"quota", "get", "CLUSTER/ROLE", "Show what a role may use in production, and what it uses.",
       "aurora quota get devcluster/www-data", define_quota_get},
  };
}

std::vector<ClientVerb> sla_verbs() {
  return {
      {"sla", "get-task-up-count", "KEY", "Show how many instances of a job have been up for how long.",
       "aurora sla get-task-up-count devcluster/www-data/devel/web", define_task_up_count},
      {"sla", "get-job-uptime", "KEY", "Show for how long how many instances of a job have been up.",
       "aurora sla get-job-uptime devcluster/www-data/devel/web --percentiles 99,50", define_job_uptime},
  };
}

std::vector<ClientVerb> config_verbs() {
  return {
      {"config", "dump", "FILE", "Print the jobs of a file as JSON, evaluated.", "aurora config dump hello_world.aurora --json",
       define_config_dump},
      {"config", "list", "FILE", "List the keys of a file's jobs.", "aurora config list hello_world.aurora",
       define_config_list},
      {"config", "eval", "FILE...", "Check every job of these files as `create` would, down to what a host would refuse (limits: README).", "aurora config eval jobs/*.aurora",
       define_config_eval},
  };
}

}  // namespace aurora
