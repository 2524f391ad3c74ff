// Verbs that show what goes on: `aurora host ...`, `aurora top`, `aurora job watch`.
#include "modes/client_verbs.h"

#include "aurora/client/hosts.h"
#include "aurora/client/live.h"
#include "modes/help_format.h"
#include "modes/verb_options.h"

namespace aurora {
namespace {

VerbRun define_watch(CLI::App& app) {
  auto options = std::make_shared<client::JobWatchOptions>();
  add_key(app, options->key, "CLUSTER/ROLE/ENV/NAME[/INSTANCES]");
  app.add_option("--interval", options->interval_secs, "Look this often, in seconds; a large job less often")->option_text("N [1]")->check(above_zero());
  app.add_flag("--write-json,--json", options->is_json, "Print each change as a JSON object on a line");
  return run_with(options, client::job_watch);
}

VerbRun define_top(CLI::App& app) {
  auto options = std::make_shared<client::TopOptions>();
  app.add_option("target", options->target, "What to show: roles of a cluster, jobs of a role, or instances of a job")->option_text(" ");
  app.add_option("--sort", options->sort, "By cpu, ram, restarts, tasks or name")
      ->option_text("cpu|ram|restarts|tasks|name");
  app.add_option("-d,--interval", options->interval_secs, "Look this often, in seconds; at many hosts less often")->option_text("N [5]")->check(above_zero());
  app.add_option("--rows", options->rows, "At most so many rows")->option_text("N")->check(CLI::Range(1, 1'000'000));
  app.add_option("-n,--looks", options->looks, "Look so often and end")->option_text("N")->check(CLI::Range(1, 1'000'000));
  app.add_flag_callback("--once", [options] { options->looks = 1; }, "Look once and end");
  add_json(app, options->is_json);
  return run_with(options, client::top);
}

VerbRun define_host_list(CLI::App& app) {
  auto options = std::make_shared<client::HostListOptions>();
  add_key(app, options->cluster, "The cluster");
  add_text(app, "--search", options->search, "TEXT", "Only hosts whose name or attributes contain this");
  app.add_option("--mode", options->modes, "Only hosts in this mode; may be given several times")
      ->option_text("NONE|SCHEDULED|DRAINING|DRAINED")
      ->allow_extra_args(false)
      ->multi_option_policy(CLI::MultiOptionPolicy::TakeAll);
  add_json(app, options->is_json);
  return run_with(options, client::host_list);
}

VerbRun define_host_show(CLI::App& app) {
  auto options = std::make_shared<client::HostShowOptions>();
  add_key(app, options->cluster, "The cluster");
  app.add_option("host", options->host, "The host's name")->required()->option_text(" ");
  add_json(app, options->is_json);
  return run_with(options, client::host_show);
}

void add_hosts(CLI::App& app, client::HostModeOptions& options) {
  add_key(app, options.cluster, "The cluster");
  app.add_option("hosts", options.hosts, "Names of hosts")->required()->option_text(" ")->multi_option_policy(CLI::MultiOptionPolicy::TakeAll);
  add_json(app, options.is_json);
}

VerbRun define_host_drain(CLI::App& app) {
  auto options = std::make_shared<client::HostModeOptions>();
  add_hosts(app, *options);
  app.add_flag_callback("--no-wait", [options] { options->has_waits = false; }, "Return once it is asked for");
  add_text(app, "--wait-for", options->wait_for, "DURATION", "Wait so long at most; the hosts go on being emptied");
  app.add_option("--percentage", options->percentage, "Of instances that stay up, of jobs without a policy of their own")->option_text("N [95]");
  add_text(app, "--duration", options->duration, "DURATION", "For how long they must have been up to count");
  add_text(app, "--force-after", options->force_after, "DURATION", "Afterwards no policy counts");
  app.add_flag("--ignore-sla", options->ignores_sla, "End tasks of jobs without a policy of their own at once");
  return run_with(options, client::host_empty);
}

VerbRun define_host_activate(CLI::App& app) {
  auto options = std::make_shared<client::HostModeOptions>();
  add_hosts(app, *options);
  return run_with(options, client::host_give_back);
}

}  // namespace

std::vector<ClientVerb> live_verbs() {
  return {
      {"", "top", "[CLUSTER[/ROLE[/ENV/NAME]]]", "Show what roles, jobs or instances use of CPU and memory.",
       "aurora top devcluster/www-data --sort ram", define_top},
      {"job", "watch", "KEY[/INSTANCES]", "Watch the instances of a job and what happens to them.",
       "aurora job watch devcluster/www-data/devel/web", define_watch},
  };
}

std::vector<ClientVerb> host_verbs() {
  return {
      {"host", "list", "CLUSTER", "List hosts: what they offer, what is reserved of it, and their mode.", "aurora host list devcluster",
       define_host_list},
      {"host", "show", "CLUSTER HOST", "Show a host, what is used of it, and its tasks.", "aurora host show devcluster host-1",
       define_host_show},
      {"host", "drain", "CLUSTER HOST...", "Empty hosts as the policies of their jobs allow, and wait for it.",
       "aurora host drain devcluster host-1 host-2 --wait-for 30m", define_host_drain},
      {"host", "activate", "CLUSTER HOST...", "Give hosts that were drained back to new tasks.",
       "aurora host activate devcluster host-1 host-2", define_host_activate},
  };
}

}  // namespace aurora
