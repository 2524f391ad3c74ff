// `aurora events CLUSTER[/ROLE[/ENV[/NAME]]]`.
#include "aurora/client/events.h"
#include "modes/help_format.h"
#include "modes/verb_options.h"

namespace aurora {
namespace {

VerbRun define_events(CLI::App& app) {
  auto options = std::make_shared<client::EventsOptions>();
  add_key(app, options->pattern, "CLUSTER[/ROLE[/ENV[/NAME]]]; each part but the cluster may be a pattern");
  app.add_flag("-f,--follow", options->follows, "Go on with what happens, until ^C; comes back by itself when the connection breaks");
  add_text(app, "--type", options->types, "TYPES", "Only these: task, job, update, cron, host, quota, with commas between them");
  add_text(app, "--host", options->host, "HOST", "Only what happens on this host, and to it");
  add_text(app, "--after", options->after, "TOKEN", "All that is kept behind this token, which every event has (--json)");
  app.add_option("-n,--limit", options->limit, "Begin with the last so many [100, with -f 10]")->option_text("N");
  app.add_flag("--write-json,--json", options->is_json, "Print a JSON object a line instead of text");
  return run_with(options, client::events);
}

}  // namespace

std::vector<ClientVerb> event_verbs() {
  return {
      {"", "events", "CLUSTER[/ROLE[/ENV[/NAME]]]", "Show what happens: tasks, jobs, updates, cron runs, hosts, quotas. Times are UTC.",
       "aurora events devcluster/www-data -f", define_events},
  };
}

}  // namespace aurora
