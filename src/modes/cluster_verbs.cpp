// `aurora admin`: verbs that tell what a cluster has (its tasks, locks and configuration, hosts that may go down), and the
// one that deletes tasks which have ended.
#include "aurora/client/admin.h"
#include "modes/help_format.h"
#include "modes/verb_options.h"

namespace aurora {
namespace {

void add_cluster(CLI::App& app, std::string& cluster) {
  app.add_option("cluster", cluster, "The cluster")->required()->option_text(" ");
}

VerbRun define_query(CLI::App& app) {
  auto options = std::make_shared<client::QueryOptions>();
  app.add_option("words", options->words, "The cluster, a role and the name of its job, in whatever environment")
      ->option_text(" ")
      ->expected(0, 3)
      ->multi_option_policy(CLI::MultiOptionPolicy::TakeAll);
  app.add_flag("--force", options->is_forced, "Ask even for what is expensive: without a role, a job, or of tasks that have ended");
  add_text(app, "--shards", options->shards, "LIST", "These instances only, e.g. 0,1");
  add_text(app, "--states", options->states, "LIST", "Tasks in these states, e.g. RUNNING,LOST; empty: in any");
  app.add_option("-l,--listformat", options->format, "What to print of each task; %field% is replaced")
      ->option_text("FORMAT [" + options->format + "]");
  add_json(app, options->is_json);
  return run_with(options, client::query_tasks);
}

VerbRun define_prune(CLI::App& app) {
  auto options = std::make_shared<client::PruneOptions>();
  app.add_option("cluster", options->cluster, "The cluster")->option_text(" ");
  add_text(app, "--states", options->states, "LIST", "Tasks that ended in these states only, e.g. FINISHED,LOST");
  add_text(app, "--role", options->role, "ROLE", "Tasks of this role only");
  add_text(app, "--env", options->environment, "ENV", "Tasks of this environment only");
  app.add_option("--limit", options->limit, "Delete at most so many; default: all")
      ->option_text("N");
  return run_with(options, client::prune_tasks);
}

template <int (*verb)(client::Session&, const client::ClusterOptions&)>
VerbRun define_reader(CLI::App& app) {
  auto options = std::make_shared<client::ClusterOptions>();
  add_cluster(app, options->cluster);
  add_json(app, options->is_json);
  return run_with(options, verb);
}

VerbRun define_cluster_config(CLI::App& app) {
  auto options = std::make_shared<client::ClusterConfigOptions>();
  add_cluster(app, options->cluster);
  app.add_flag("--sh", options->is_shell, "As AURORA_CLUSTER_NAME=value lines for a shell instead of JSON");
  app.add_flag("--export", options->is_exported, "With --sh: each line begins with export");
  add_ignored_flag(app, "--json,--write-json", "JSON is printed with and without it, unless --sh is given");
  return run_with(options, client::get_cluster_config);
}

void add_limits(CLI::App& app, client::SlaLimits& limits) {
  app.add_option("percentage", limits.percentage, "So many per cent of a production job's instances must be up")
      ->required()
      ->option_text(" ");
  app.add_option("duration", limits.duration, "For so long they must have been up, such as 1h30m")->required()->option_text(" ");
  add_text(app, "--grouping", limits.grouping, "HOW", "Hosts that would go down together: by_host, by_rack or none (all)");
  add_number(app, "--min_job_instance_count", limits.min_instances, "Jobs with fewer instances are not looked at");
}

void add_host_filter(CLI::App& app, const char* file_names, const char* list_names, client::HostsOptions& hosts, const char* what) {
  app.add_option(file_names, hosts.filename, std::string(what) + " the hosts in this file, one a line")->option_text("FILE");
  app.add_option(list_names, hosts.hosts, std::string(what) + " these hosts")
      ->option_text("A,B")
      ->delimiter(',')
      ->allow_extra_args(false)
      ->multi_option_policy(CLI::MultiOptionPolicy::TakeAll);
}

VerbRun define_list_safe_domain(CLI::App& app) {
  auto options = std::make_shared<client::SafeDomainOptions>();
  add_cluster(app, options->cluster);
  add_limits(app, options->limits);
  add_host_filter(app, "-X,--exclude_file", "-x,--exclude_hosts", options->excluded, "Do not list");
  add_host_filter(app, "-I,--include_file", "-i,--include_hosts", options->included, "List only");
  app.add_flag("-l,--list_jobs", options->lists_jobs, "With each host the jobs on it, and what each would keep");
  app.add_option("-o,--override_file", options->override_file, "Other limits for some jobs: lines of `cluster/role/env/job percentage duration`")
      ->option_text("FILE");
  add_json(app, options->is_json);
  return run_with(options, client::sla_list_safe_domain);
}

VerbRun define_probe_hosts(CLI::App& app) {
  auto options = std::make_shared<client::ProbeHostsOptions>();
  add_cluster(app, options->cluster);
  add_limits(app, options->limits);
  add_host_filter(app, "--filename", "--hosts", *options, "Probe");
  add_json(app, options->is_json);
  return run_with(options, client::sla_probe_hosts);
}

}  // namespace

std::vector<ClientVerb> cluster_verbs() {
  return {
      {"admin", "query", "CLUSTER [ROLE [JOB]]", "List tasks, by a format of your own.",
       "aurora admin query east www-data web --states=RUNNING,LOST -l '%taskId% %slaveHost%'", define_query},
      {"admin", "prune_tasks", "CLUSTER", "Delete tasks that have ended before their time.",
       "aurora admin prune_tasks east --role=www-data --states=FINISHED --limit=100", define_prune},
      {"admin", "get_scheduler", "CLUSTER", "The scheduler's address.", "aurora admin get_scheduler east",
       define_reader<client::get_scheduler>},
      {"admin", "get_cluster_config", "CLUSTER", "What clusters.json says about a cluster.",
       "aurora admin get_cluster_config --sh --export east", define_cluster_config},
      {"admin", "get_locks", "CLUSTER", "Jobs that are locked, each by its active update.", "aurora admin get_locks east",
       define_reader<client::get_locks>},
      {"admin", "sla_list_safe_domain", "CLUSTER PERCENTAGE DURATION",
       "Hosts that may go down without a production job falling below a percentage of instances up for so long.",
       "aurora admin sla_list_safe_domain east 95 30m --list_jobs", define_list_safe_domain},
      {"admin", "sla_probe_hosts", "CLUSTER PERCENTAGE DURATION",
       "What the production jobs on hosts would keep if these went down, and when that is safe.",
       "aurora admin sla_probe_hosts east 95 30m --hosts=h1,h2", define_probe_hosts},
  };
}

}  // namespace aurora
