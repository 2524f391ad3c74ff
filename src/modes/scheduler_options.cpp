#include "modes/scheduler_options.h"

#include <CLI/CLI.hpp>
#include <regex>

#include "aurora/base/split.h"
#include "aurora/codec/json_value.h"
#include "aurora/os/files.h"
#include "aurora/os/time_zones.h"
#include "aurora/store/maintenance.h"
#include "modes/executor_options.h"
#include "modes/help_format.h"

namespace aurora {
namespace {

// Of the JVM, Mesos and Guice, or of parts that work by themselves here.
const std::set<std::string> kIgnored = {"allow_container_types_for_kill",
                                        "async_worker_threads",
                                        "cron_scheduler_num_threads",
                                        "cron_scheduling_max_batch_size",
                                        "custom_executor_config",
                                        "dlog_max_entry_size",
                                        "dlog_snapshot_interval",
                                        "framework_announce_principal",
                                        "framework_authentication_file",
                                        "framework_failover_timeout",
                                        "framework_name",
                                        "global_container_mounts",
                                        "hold_offers_forever",
                                        "job_update_history_pruning_interval",
                                        "kerberos_debug",
                                        "max_leading_duration",
                                        "max_registration_delay",
                                        "max_reschedule_task_delay_on_startup",
                                        "max_schedule_attempts_per_sec",
                                        "max_status_update_batch_size",
                                        "max_task_event_batch_size",
                                        "max_tasks_per_schedule_attempt",
                                        "mesos_driver",
                                        "mesos_master_address",
                                        "mesos_role",
                                        "min_offer_hold_time",
                                        "native_log_election_retries",
                                        "native_log_election_timeout",
                                        "native_log_file_path",
                                        "native_log_quorum_size",
                                        "native_log_read_timeout",
                                        "native_log_write_timeout",
                                        "native_log_zk_group_path",
                                        "offer_filter_duration",
                                        "offer_hold_jitter_window",
                                        "offer_set_module",
                                        "offer_static_ban_cache_max_size",
                                        "populate_discovery_info",
                                        "preemption_reservation_max_batch_size",
                                        "preemption_slot_finder_modules",
                                        "preemption_slot_hold_time",
                                        "preemption_slot_search_interval",
                                        "receive_revocable_resources",
                                        "reconciliation_explicit_batch_interval",
                                        "reconciliation_explicit_batch_size",
                                        "scheduling_max_batch_size",
                                        "serverset_path",
                                        "shiro_after_auth_filter",
                                        "sla_aware_action_max_batch_size",
                                        "task_assigner_modules",
                                        "thermos_executor_flags",
                                        "thermos_executor_path",
                                        "thermos_executor_resources",
                                        "thermos_home_in_sandbox",
                                        "thrift_method_interceptor_modules",
                                        "unavailability_threshold",
                                        "zk_chroot_path",
                                        "zk_connection_timeout",
                                        "zk_digest_credentials",
                                        "zk_endpoints",
                                        "zk_in_proc",
                                        "zk_session_timeout"};

void add_identity(CLI::App& app, SchedulerOptions& options) {
  app.add_option("--cluster_name", options.cluster_name, "Name of the cluster, as in clusters.json")
      ->required();
  add_access_options(app, options.access,
                     "With it, executors must know it, and every request that changes something must carry it");
  app.add_option("--http_port,--port", options.http_port, "Port of API and pages; 0 is any free one")
      ->check(CLI::Range(0, 65'535))
      ->capture_default_str();
  options.hostname = machine_name();
  app.add_option("--hostname", options.hostname, "Name of this machine, for others to reach it by")
      ->capture_default_str();
  app.add_option("--viz_job_url_prefix", options.stats_url_prefix,
                 "A job's page links to PREFIX and ROLE.ENVIRONMENT.NAME, where your monitoring has its figures")
      ->check([](const std::string& text) {
        return text.empty() || text.starts_with("http://") || text.starts_with("https://")
                   ? std::string()
                   : "'" + text + "' must begin with http:// or https://";
      });
  app.add_option("--data_dir", options.data_dir, "Folder of the database")->type_name("DIR")->capture_default_str();
  app.add_flag("--initialize", options.initialize,
               "Begin a new cluster if there is no database in --data_dir. Without it an empty folder is refused, as "
               "of a disk that is not mounted");
  app.add_option("--backup_dir", options.backups.folder,
                 "Folder for copies of the database; another disk is better [backups in --data_dir]")
      ->type_name("DIR");
  add_duration(app, "backup_interval", options.backups.interval, "Time between two copies");
  app.add_option("--max_saved_backups", options.backups.kept_max, "Copies that are kept")
      ->check(CLI::Range(1, 10'000))
      ->capture_default_str();
  app.add_option("--record", options.recording.folder,
                 "Write down every command and decision there, for `aurora replay`; takes the memory of the tables once more")
      ->type_name("DIR");
  app.add_option_function<std::string>(
         "--record_max",
         [&recording = options.recording](const std::string& text) {
           const Result<int64_t> size = parse_megabytes(text);
           if (!size.ok() || *size < 4) throw CLI::ValidationError("--record_max", size.ok() ? "4MB is the least" : size.error().message);
           recording.bytes_max = static_cast<uint64_t>(*size) << 20;
         },
         "The oldest of what is recorded goes when it is more than this")
      ->type_name("SIZE")
      ->default_str(std::to_string(options.recording.bytes_max >> 20) + "MB");
  add_log_options(app, options.log);
}

void add_timing(CLI::App& app, core::SchedulerSettings& settings) {
  core::TaskTiming& t = settings.timing;
  add_duration(app, "flapping_task_threshold", t.flapping_task_threshold,
               "A task that runs for less is flapping");
  add_duration(app, "initial_flapping_task_delay", t.initial_flapping_task_delay,
               "First wait of a flapping task");
  add_duration(app, "max_flapping_task_delay", t.max_flapping_task_delay, "Longest wait of a flapping task");
  add_duration(app, "transient_task_state_timeout", t.transient_task_state_timeout,
               "A task that stays longer in a passing state is lost; also the longest wait between kills");
  add_duration(app, "initial_task_kill_retry_interval", t.initial_task_kill_retry_interval,
               "Wait before a kill is sent again; doubles each time");
  add_duration(app, "first_schedule_delay", t.first_schedule_delay, "Wait before a new task is first placed");
  add_duration(app, "initial_schedule_penalty", t.initial_schedule_penalty,
               "Wait after a task did not fit anywhere");
  add_duration(app, "max_schedule_penalty", t.max_schedule_penalty, "Longest such wait");
  add_duration(app, "history_prune_threshold", t.history_prune_threshold,
               "Ended tasks older than this are deleted");
  add_duration(app, "history_min_retention_threshold", t.history_min_retention_threshold,
               "Ended tasks younger than this are kept");
  app.add_option("--history_max_per_job_threshold", t.history_max_per_job_threshold,
                 "Ended tasks kept per job")
      ->capture_default_str();
  add_duration(app, "job_update_history_pruning_threshold", t.update_history_pruning_threshold,
               "Ended updates older than this are deleted");
  app.add_option("--job_update_history_per_job_threshold", t.update_history_per_job_threshold,
                 "Ended updates kept per job")
      ->capture_default_str();
  add_duration(app, "host_timeout", settings.host_timeout, "A host that is silent for longer is gone");
}

void add_sla(CLI::App& app, core::SchedulerSettings& settings) {
  core::SlaTiming& sla = settings.sla;
  core::JobLimits& limits = settings.limits;
  app.add_option("--min_required_instances_for_sla_check", limits.sla_instances_min,
                 "Jobs with fewer instances are ended without a look at their policy, and may have none that counts")
      ->check(CLI::Range(1, 1'000'000))
      ->capture_default_str();
  app.add_option("--sla_aware_kill_non_prod", limits.sla_aware_kill_non_prod,
                 "Tasks that are not of a production tier have policies, too")
      ->type_name("true|false")
      ->default_str("false");
  app.add_option_function<std::string>(
         "--max_sla_duration_secs",
         [&limits](const std::string& text) {
           const Result<Duration> parsed = parse_duration(text);
           if (!parsed.ok()) throw CLI::ValidationError("--max_sla_duration_secs", parsed.error().message);
           limits.sla_duration_secs_max = parsed->ms / 1000;
         },
         "Longest time for which a policy may want instances up")
      ->type_name("TIME")
      ->default_str("2hrs");
  add_duration(app, "host_maintenance_polling_interval", sla.host_maintenance_polling_interval,
               "A host that is being drained is looked at this often, besides when something changes");
  add_duration(app, "sla_aware_kill_retry_min_delay", sla.sla_aware_kill_retry_min_delay,
               "First wait of an update for an instance that its policy keeps");
  add_duration(app, "sla_aware_kill_retry_max_delay", sla.sla_aware_kill_retry_max_delay, "Longest such wait");
  add_duration(app, "sla_coordinator_timeout", sla.sla_coordinator_timeout, "A coordinator has so long to answer");
  app.add_option("--max_parallel_coordinated_maintenance", sla.max_parallel_coordinated_maintenance,
                 "Coordinators that are asked at a time")
      ->check(CLI::Range(1, 100))
      ->capture_default_str();
}

void add_categories(CLI::App& app, const std::string& name, core::SlaCategories& categories, const std::string& help) {
  std::string names;
  for (const core::SlaCategory category : categories) names += (names.empty() ? "" : ",") + std::string(enum_name(category));
  app.add_option_function<std::string>(
         "--" + name,
         [&categories, name](const std::string& text) {
           categories.clear();
           for (const std::string& word : text.empty() ? std::vector<std::string>() : split(text, ',')) {
             const auto category = find_enum<core::SlaCategory>(word);
             if (!category)
               throw CLI::ValidationError("--" + name, "'" + word + "' is no category; JOB_UPTIMES, PLATFORM_UPTIME and "
                                                       "MEDIANS are, separated by commas, or '' for none");
             categories.insert(*category);
           }
         },
         help)
      ->type_name("CATEGORIES")
      ->default_str(names);
}

void add_figures(CLI::App& app, SchedulerOptions& options) {
  scheduler::StatisticsConfig& statistics = options.statistics;
  const std::string most = std::to_string(core::kSlaJobsMax) + " jobs have figures of their own at most";
  add_duration(app, "sla_stat_refresh_interval", statistics.sla_interval,
               "The sla_ figures of /vars and /metrics are computed this often, over so long");
  add_categories(app, "sla_prod_metrics", statistics.sla.prod,
                 "Which of them there are for services of production, by job and for the cluster: JOB_UPTIMES, "
                 "PLATFORM_UPTIME, MEDIANS (times until tasks are assigned, starting and running); " + most);
  add_categories(app, "sla_non_prod_metrics", statistics.sla.non_prod, "The same for other services");
  add_duration(app, "async_task_stat_update_interval", statistics.role_interval,
               "What each role uses is computed for /vars this often; sums over all roles are always those of now");
  add_duration(app, "async_slot_stat_update_interval", statistics.host_interval,
               "The free slots of /vars are computed this often");
  add_duration(app, "stat_sampling_interval", options.sampling.interval, "Time between two samples for /graphdata");
  add_duration(app, "stat_retention_period", options.sampling.retention, "Samples are kept for so long");
}

void add_events(CLI::App& app, SchedulerOptions& options) {
  app.add_option("--events_max", options.events_max,
                 "Events that are kept in memory, about 400 bytes each: who follows them may have been away for so long")
      ->check(CLI::Range(100, 1'000'000))
      ->capture_default_str();
  app.add_option("--event_followers_max", options.followers.followers_max,
                 "Connections that may follow events (GET /v1/events), and a quarter of the descriptors of this process at "
                 "most; others are told to come back")
      ->check(CLI::Range(1, 100'000))
      ->capture_default_str();
}

void add_webhook(CLI::App& app, SchedulerOptions& options) {
  app.add_option("--webhook_config", options.webhook_file,
                 "JSON file of a webhook: {\"headers\": {}, \"targetURL\": \"http://...\", \"timeoutMsec\": 5000, \"statuses\": "
                 "[\"LOST\"]}. Every transition of a task to one of these statuses (without them: to any) is posted there [none]")
      ->type_name("FILE");
}

// "CPU,MEMORY", "RANDOM" or "SPREAD:rack".
std::string parse_offer_order(const std::string& text, core::OfferOrder& order) {
  constexpr std::string_view kSpread = "SPREAD:";
  core::OfferOrder parsed;
  if (text.starts_with(kSpread)) {
    parsed.spread_over = text.substr(kSpread.size());
    if (parsed.spread_over.empty() || parsed.spread_over.find(',') != std::string::npos)
      return "'" + text + "' names no attribute; write SPREAD:rack, alone";
  } else if (text != "RANDOM") {
    for (const std::string& word : split(text, ',')) {
      const auto key = find_enum<core::OfferKey>(word);
      if (!key) return "'" + word + "' is no order; CPU, MEMORY, DISK and REVOCABLE_CPU are, or RANDOM or SPREAD:ATTRIBUTE alone";
      if (std::ranges::find(parsed.keys, *key) != parsed.keys.end()) return word + " is named twice";
      parsed.keys.push_back(*key);
    }
  }
  order = std::move(parsed);
  return "";
}

void add_reconciliation(CLI::App& app, scheduler::ReconciliationTimes& times) {
  add_duration(app, "reconciliation_initial_delay", times.initial_delay,
               "After the start, until hosts are first asked for their lists of tasks. Their beats say the same by digests");
  add_duration(app, "reconciliation_explicit_interval", times.explicit_interval, "Between two rounds that ask hosts with tasks");
  add_duration(app, "reconciliation_implicit_interval", times.implicit_interval, "Between two rounds that ask all hosts");
  add_duration(app, "reconciliation_schedule_spread", times.schedule_spread,
               "After the first round that asks hosts with tasks, until the first that asks all");
}

void add_update_affinity(CLI::App& app, core::UpdateAffinity& affinity) {
  app.add_option("--enable_update_affinity", affinity.is_enabled,
                 "Instances that an update replaces go back to their hosts, where nothing else goes meanwhile")
      ->capture_default_str();
  add_duration(app, "update_affinity_reservation_hold_time", affinity.hold,
               "For so long an instance waits for its host before it goes to another");
}

void add_preemption(CLI::App& app, core::PreemptionSettings& preemption) {
  app.add_option("--enable_preemptor", preemption.is_enabled,
                 "Tasks that no host takes have preemptible ones, and ones of their role with a lower priority, go")
      ->type_name("true|false")
      ->default_str("true");
  add_duration(app, "preemption_delay", preemption.delay, "A task waits for so long before others have to go for it");
  add_duration(app, "preemption_slot_search_initial_delay", preemption.initial_delay,
               "Nobody has to go within this time after a start: hosts that are late may have room");
  add_duration(app, "offer_reservation_duration", preemption.reservation,
               "A host that tasks had to leave is kept for so long for the one that waits");
}

void add_limits(CLI::App& app, core::SchedulerSettings& settings) {
  core::JobLimits& limits = settings.limits;
  app.add_option("--max_tasks_per_job", limits.tasks_per_job_max, "Instances a job may have")
      ->capture_default_str();
  app.add_option("--max_update_instance_failures", limits.update_instance_failures_max,
                 "Failures that an update may allow over all instances")
      ->capture_default_str();
  app.add_option("--allowed_job_environments", limits.allowed_environments,
                 "Regular expression for environments")
      ->check([](const std::string& text) {
        try {
          std::regex parsed(text);
          return std::string();
        } catch (const std::regex_error&) {
          return "'" + text + "' is not a regular expression";
        }
      })
      ->capture_default_str();
  app.add_option_function<std::vector<std::string>>(
         "--allowed_container_types",
         [&limits](const std::vector<std::string>& types) {
           limits.allow_docker_containers = std::find(types.begin(), types.end(), "DOCKER") != types.end();
         },
         "Containers that jobs may use: MESOS and DOCKER, comma separated")
      ->delimiter(',')
      ->check(CLI::IsMember({"MESOS", "DOCKER"}))
      ->default_str("MESOS");
  struct Switch {
    const char* name;
    bool* value;
    const char* text;
  };
  const Switch switches[] = {
      {"--allow_docker_parameters", &limits.allow_docker_parameters, "Jobs may give Docker parameters"},
      {"--require_docker_use_executor", &limits.require_docker_use_executor,
       "Docker tasks need processes of ours; false: the image's own entry point will do"},
      {"--allow_gpu_resource", &limits.allow_gpu_resource, "Jobs may ask for GPUs"},
      {"--enable_revocable_cpus", &limits.enable_revocable_cpus,
       "Tasks of a revocable tier run on cores that executors offer for that (--revocable_cpus) and on no "
       "others; false: "
       "on cores like any others"},
      {"--enable_mesos_fetcher", &limits.enable_mesos_fetcher,
       "Jobs may name files to fetch into their sandbox"},
      {"--allow_container_volumes", &limits.allow_container_volumes, "Jobs may mount folders of the host"},
      {"--partition_aware", &settings.partition_aware,
       "Tasks of a host that is gone are PARTITIONED, which they may survive; false: LOST at once"}};
  for (const auto& [name, value, text] : switches) {
    app.add_option(name, *value, text)->type_name("true|false")->default_str(*value ? "true" : "false");
  }
  app.add_option("--thermos_executor_cpu", settings.overhead.cpus,
                 "Cores that a task counts more than it asks for, for its supervisor")
      ->check(CLI::Range(0.0, 1'000.0))
      ->capture_default_str();
  app.add_option_function<std::string>(
         "--thermos_executor_ram",
         [&settings](const std::string& text) {
           const auto size = parse_megabytes(text);
           if (!size.ok()) throw CLI::ValidationError("--thermos_executor_ram", size.error().message);
           settings.overhead.ram_mb = *size;
         },
         "Memory that a task counts more than it asks for, likewise")
      ->type_name("SIZE")
      ->default_str(std::to_string(settings.overhead.ram_mb) + "MB");
}

struct Wait {
  const char* flag;
  Duration wait;
};
Status check_least(const std::vector<Wait>& waits, Duration least) {
  for (const auto& [flag, wait] : waits) {
    if (wait < least)
      return Error{ErrorCode::InvalidArgument, std::string(flag) + " must be " + format_duration(least) + " or more"};
  }
  return Unit{};
}

// Less would be a loop without rest, more than the memory that samples may take.
Status check_waits(const SchedulerOptions& options) {
  const core::SlaTiming& sla = options.settings.sla;
  TRY(check_least({{"--host_maintenance_polling_interval", sla.host_maintenance_polling_interval},
                   {"--sla_aware_kill_retry_min_delay", sla.sla_aware_kill_retry_min_delay},
                   {"--sla_aware_kill_retry_max_delay", sla.sla_aware_kill_retry_max_delay},
                   {"--sla_coordinator_timeout", sla.sla_coordinator_timeout},
                   {"--sla_stat_refresh_interval", options.statistics.sla_interval},
                   {"--async_task_stat_update_interval", options.statistics.role_interval},
                   {"--async_slot_stat_update_interval", options.statistics.host_interval}},
                  seconds(1)));
  TRY(check_least({{"--stat_sampling_interval", options.sampling.interval},
                   {"--stat_retention_period", options.sampling.retention}},
                  milliseconds(100)));
  if (options.sampling.retention.ms / options.sampling.interval.ms <= api::kSamplesMax) return Unit{};
  return Error{ErrorCode::InvalidArgument, "--stat_retention_period is more than " + std::to_string(api::kSamplesMax) +
                                               " times --stat_sampling_interval; keep samples for less long, or take fewer"};
}

void add_cron(CLI::App& app, core::CronSettings& cron) {
  cron.zones = os::time_zones();
  app.add_option("--cron_timezone", cron.time_zone, "Time zone of cron schedules whose job names none, e.g. Europe/Berlin")
      ->check([&cron](const std::string& name) {
        const auto zone = find_time_zone(name, cron);
        return zone.ok() ? std::string() : zone.error().message;
      })
      ->capture_default_str();
  add_duration(app, "cron_start_initial_backoff", cron.start_initial_backoff,
               "Wait for the tasks of a cron job's run before to end, which its next run has killed; doubles each time");
  add_duration(app, "cron_start_max_backoff", cron.start_max_backoff, "Longest such wait");
}

// {"default": "preemptible", "tiers": {"<name>": {"preemptible": bool, "revocable": bool}, ...}}
Status read_tiers(const std::string& path, core::JobLimits& limits) {
  const codec::JsonValue document = TRY(codec::JsonValue::parse(TRY(os::read_file(path))));
  std::map<std::string, core::Tier> tiers;
  const codec::JsonValue* members = document.find("tiers");
  for (const codec::JsonMember& member : members ? members->members() : codec::JsonValue::Members()) {
    const bool is_preemptible = TRY(member.value.get_bool("preemptible"));
    const bool is_revocable = TRY(member.value.get_bool("revocable"));
    tiers[member.name] = {is_preemptible, is_revocable};
  }
  const auto refuse = [&](const char* text) { return Error{ErrorCode::InvalidArgument, path + ": " + text}; };
  const std::string default_tier = document.string_or("default", "");
  if (default_tier.empty()) return refuse("Default tier name cannot be empty.");
  if (tiers.empty()) return refuse("Tiers cannot be empty.");
  if (!tiers.contains(default_tier)) return refuse("Default tier name should match supplied tiers.");
  limits.tiers = std::move(tiers);
  limits.default_tier = default_tier;
  return Unit{};
}

void add_options(CLI::App& app, SchedulerOptions& options, std::string& tier_config) {
  add_identity(app, options);
  add_timing(app, options.settings);
  add_sla(app, options.settings);
  app.add_option_function<std::string>("--offer_order", [](const std::string&) {},
                                       "Which host gets a task: the one with the least left of CPU, MEMORY, DISK or REVOCABLE_CPU (a "
                                       "comma list; packs), RANDOM, or SPREAD:ATTRIBUTE, which favours values with few tasks of the job")
      ->check([&settings = options.settings](const std::string& text) { return parse_offer_order(text, settings.offer_order); })
      ->type_name("ORDER")
      ->default_str("RANDOM");
  add_preemption(app, options.settings.preemption);
  add_update_affinity(app, options.settings.update_affinity);
  add_reconciliation(app, options.reconciliation);
  add_limits(app, options.settings);
  add_cron(app, options.settings.cron);
  add_figures(app, options);
  add_events(app, options);
  add_webhook(app, options);
  app.add_option("--tier_config", tier_config, "JSON file with the classes of service [the built-in ones]")->type_name("FILE");
}

}  // namespace

std::vector<std::string> scheduler_flags() {
  SchedulerOptions options;
  std::string tier_config;
  CLI::App app;
  add_options(app, options, tier_config);
  return long_names(app);
}

bool is_ignored_flag(const std::string& name) { return kIgnored.contains(name); }

ParsedSchedulerOptions parse_scheduler_options(int argc, char** argv) {
  SchedulerOptions options;
  std::string tier_config;
  CLI::App app("The control plane of a cluster: keeps jobs, places tasks, serves API and pages.",
               "aurora scheduler");
  set_help_format(app);
  app.footer(
      "Existing jobs go on when it is started again with the same --data_dir. Flags of the original that "
      "mean nothing "
      "here are ignored with a warning.\n"
      "Exit status: 0 when it was told to stop, 75 when a backup was committed, which the next start loads, 1 after an "
      "error that its last line names, 2 for flags that it does not take.\n"
      "Example: aurora scheduler --cluster_name east --ip 0.0.0.0 --secret_file /etc/aurora/secret");
  add_options(app, options, tier_config);
  try {
    app.parse(normalize_flags(argc, argv, kIgnored));
  } catch (const CLI::ParseError& error) {
    return {std::nullopt, end_parsing(app, error)};
  }
  if (const Status waits = check_waits(options); !waits.ok()) {
    std::fprintf(stderr, "aurora scheduler: %s\n", waits.error().message.c_str());
    return {std::nullopt, 2};
  }
  if (options.backups.folder.empty()) options.backups.folder = store::default_backup_folder(options.data_dir);
  for (std::string* folder : {&options.data_dir, &options.backups.folder}) *folder = absolute_folder(*folder);
  if (!tier_config.empty()) {
    if (const Status read = read_tiers(tier_config, options.settings.limits); !read.ok()) {
      std::fprintf(stderr, "aurora scheduler: %s\n", read.error().message.c_str());
      return {std::nullopt, 1};
    }
  }
  return {std::move(options), 0};
}

}  // namespace aurora
