// The verbs of the command line: their words, help lines and options. One table; help, parsing and shell completion all
// read it.
#pragma once

#include <functional>
#include <memory>
#include <string_view>
#include <vector>

#include "aurora/client/verbs.h"

namespace CLI {
class App;
}

namespace aurora {

// Runs a verb with the options that were parsed into it.
using VerbRun = std::function<int(client::Session&)>;

struct ClientVerb {
  const char* noun;       // "" = a classic verb
  const char* name;
  const char* arguments;  // as in the usage line: "cluster/role/env/job config"
  const char* summary;
  const char* example;
  VerbRun (*define)(CLI::App& app);  // adds options and arguments to `app`
  size_t words_before_command = 0;   // after so many arguments all words are a command's, verbatim; 0: there is none
};

struct ClientNoun {
  const char* name;
  const char* summary;
};

// In the order of `aurora help`.
const std::vector<ClientVerb>& client_verbs();
const std::vector<ClientNoun>& client_nouns();
std::vector<std::string> verb_names(std::string_view noun);  // of a noun; "" for the classic ones
const ClientVerb* find_verb(std::string_view noun, std::string_view name);

std::vector<ClientVerb> classic_verbs();
std::vector<ClientVerb> classic_task_verbs();  // run, ssh
std::vector<ClientVerb> event_verbs();  // events
std::vector<ClientVerb> job_verbs();
std::vector<ClientVerb> live_verbs();  // job watch, top
std::vector<ClientVerb> host_verbs();
std::vector<ClientVerb> cron_verbs();
std::vector<ClientVerb> update_verbs();
std::vector<ClientVerb> task_verbs();
std::vector<ClientVerb> quota_verbs();
std::vector<ClientVerb> sla_verbs();
std::vector<ClientVerb> config_verbs();
std::vector<ClientVerb> admin_verbs();
std::vector<ClientVerb> recovery_verbs();  // admin verbs, too
std::vector<ClientVerb> cluster_verbs();   // and these
std::vector<ClientVerb> what_if_verbs();
std::vector<ClientVerb> replay_verbs();

// Options that every verb has.
struct CommonOptions {
  bool is_verbose = false;
  bool is_quiet = false;
  std::string timeout = "10m";
  std::string secret_file;
  std::string hooks_reason;
  std::string skipped_hooks;
  bool bypasses_leader_redirect = false;  // admin only
};
// An app for one verb with its options and the common ones; `run` gets the verb's own part.
std::unique_ptr<CLI::App> make_verb_app(const ClientVerb& verb, CommonOptions& common, VerbRun& run);

}  // namespace aurora
