// Hooks of the site (spec/client.md §9.2, §9.3): Python files in /etc/aurora/hooks, $AURORA_CONFIG_ROOT/hooks
// and
// ~/.aurora/hooks that run around every command and every call for a job.
#pragma once

#include <map>
#include <string>
#include <vector>

#include "aurora/client/session.h"

namespace aurora::client {

// A command as its hooks see it.
struct HookedCommand {
  std::string noun;  // empty for classic verbs
  std::string verb;
  std::vector<std::string> words;      // all that follow the verb, as typed
  std::vector<std::string> arguments;  // those that are no options
  std::map<std::string, std::vector<std::string>>
      options;                // by name with underscores; a flag has none or one
  std::string skipped;        // names of hooks, comma separated, or `all`
  bool has_api_hooks = true;  // false: the user disabled them
};

// The hook files, in the order in which they run: by folder, then by name. An error for a folder that cannot be read.
Result<std::vector<std::string>> list_hook_files(const FindVariable& variable);

// Runs `verb` between its hooks; without hook files that is all. Returns what the process ends with.
int run_with_site_hooks(Session& session, const HookedCommand& command, const std::function<int()>& verb);

}  // namespace aurora::client
