#include "modes/client_verbs.h"

#include <algorithm>

#include "aurora/base/split.h"
#include "modes/help_format.h"
#include "modes/verb_options.h"

namespace aurora {
namespace {

std::string usage_of(const ClientVerb& verb) {
  const std::string noun = *verb.noun == '\0' ? "" : std::string(verb.noun) + " ";
  return "aurora " + noun + verb.name;
}

// Pages call arguments as the usage line does, `KEY`; hooks know them by what they are declared as, `key`.
void name_arguments(CLI::App& app, const ClientVerb& verb) {
  std::vector<std::string> words = split(verb.arguments, ' ');
  std::erase_if(words, [](const std::string& word) { return word.starts_with('-'); });
  const auto arguments = app.get_options([](const CLI::Option* option) { return option->get_positional(); });
  for (size_t i = 0; i < words.size() && words.size() == arguments.size(); ++i) {
    std::string name = words[i].starts_with('[') ? words[i].substr(1) : words[i];
    name.resize(std::min(name.find_first_of("[]."), name.size()));
    if (name.find_first_of("/|") == std::string::npos) arguments[i]->option_text(name);
  }
}

}  // namespace

const std::vector<ClientVerb>& client_verbs() {
  static const std::vector<ClientVerb> verbs = [] {
    std::vector<ClientVerb> all = classic_verbs();
    for (const auto& part : {classic_task_verbs(), event_verbs(), what_if_verbs(), replay_verbs(), job_verbs(), live_verbs(), cron_verbs(), update_verbs(),
                             task_verbs(), quota_verbs(), sla_verbs(), config_verbs(), host_verbs(), admin_verbs(), cluster_verbs(), recovery_verbs()})
      all.insert(all.end(), part.begin(), part.end());
    return all;
  }();
  return verbs;
}

const std::vector<ClientNoun>& client_nouns() {
  static const std::vector<ClientNoun> nouns = {
      {"job", "Work with an aurora job"},
      {"cron", "Work with entries in the aurora cron scheduler"},
      {"update", "Interact with the aurora update service."},
      {"task", "Work with a task running in an Apache Aurora cluster"},
      {"quota", "Work with quota settings for an Apache Aurora cluster"},
      {"sla", "Work with SLA data in Aurora cluster."},
      {"config", "Work with an aurora configuration file"},
      {"host", "Work with the hosts of a cluster"},
      {"admin", "Run a cluster: its hosts, quotas, its database, and tasks that its scheduler does not know"},
  };
  return nouns;
}

const ClientVerb* find_verb(std::string_view noun, std::string_view name) {
  for (const ClientVerb& verb : client_verbs()) {
    if (verb.noun == noun && verb.name == name) return &verb;
  }
  return nullptr;
}

std::vector<std::string> verb_names(std::string_view noun) {
  std::vector<std::string> names;
  for (const ClientVerb& verb : client_verbs()) {
    if (verb.noun == noun) names.emplace_back(verb.name);
  }
  return names;
}

std::unique_ptr<CLI::App> make_verb_app(const ClientVerb& verb, CommonOptions& common, VerbRun& run) {
  auto app = std::make_unique<CLI::App>(verb.summary, usage_of(verb));
  app->option_defaults()->take_last();
  set_help_format(*app);
  app->footer(std::string("Example: ") + verb.example);
  run = verb.define(*app);
  name_arguments(*app, verb);
  app->add_flag("-v,--verbose", common.is_verbose, "Say more: DEBUG lines too");
  app->add_flag("-q,--quiet", common.is_quiet, "No log lines at all");
  app->add_option("--secret-file", common.secret_file,
                  "File with the cluster's secret [$AURORA_SECRET_FILE, or secret_file in clusters.json]")
      ->option_text("FILE");
  app->add_option("--timeout", common.timeout, "How long to repeat calls that get no answer, e.g. 90s, 5m")
      ->option_text("DURATION [" + common.timeout + "]");
  if (*verb.noun == '\0') {
    app->add_option("--disable-all-hooks-reason", common.hooks_reason, "Run none of the site's API hooks, for this reason")->option_text("TEXT");
  } else {
    app->add_option("--skip-hooks", common.skipped_hooks, "Hooks not to run, or all")->option_text("NAMES");
  }
  if (std::string_view(verb.noun) == "admin") {
    app->add_flag("--bypass-leader-redirect", common.bypasses_leader_redirect,
                  "Ask the scheduler that is configured, even if it is not the leader");
  }
  return app;
}

}  // namespace aurora
