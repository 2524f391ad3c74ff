// Shell completion: the scripts only hand the words typed so far to `aurora __complete`, which knows the verbs, their
// options, the clusters and, from the scheduler, the jobs (spec/client.md §10).
#include <algorithm>
#include <iostream>
#include <set>
#include <sstream>

#include "aurora/base/printable.h"
#include "modes/devcluster.h"
#include "modes/executor_options.h"
#include "modes/mode.h"
#include "modes/scheduler_options.h"
#include "modes/thermos_verbs.h"
#include "modes/verb_options.h"

namespace aurora {
namespace {

constexpr char kBash[] = R"shell(# aurora completion for bash: eval "$(aurora completion bash)"
_aurora() {
  local line
  COMPREPLY=()
  while IFS= read -r line; do COMPREPLY+=("$line"); done < <(aurora __complete "${COMP_WORDS[@]:1:COMP_CWORD}" 2>/dev/null)
  [[ ${#COMPREPLY[@]} -eq 1 && ${COMPREPLY[0]} == */ ]] && compopt -o nospace
}
complete -o default -F _aurora aurora
)shell";

constexpr char kZsh[] = R"shell(# aurora completion for zsh: eval "$(aurora completion zsh)"
_aurora() {
  local -a found
  found=("${(@f)$(aurora __complete "${(@)words[2,CURRENT]}" 2>/dev/null)}")
  found=(${found:#})
  if (( ${#found} )); then compadd -S '' -a found; else _files; fi
}
compdef _aurora aurora
)shell";

constexpr char kFish[] = R"shell(# aurora completion for fish: aurora completion fish | source
function __aurora_complete
  set -l words (commandline -opc) (commandline -ct)
  aurora __complete $words[2..-1] 2>/dev/null
end
complete -c aurora -n 'count (__aurora_complete) >/dev/null' -f -a '(__aurora_complete)'
)shell";

// What the words before the last one mean.
struct Typed {
  const ClientVerb* verb = nullptr;
  std::string noun;        // typed without a verb yet
  size_t arguments = 0;    // words of the verb that are no options
  bool is_value = false;   // the word being typed is an option's value
};

// The options among the words whose value is the word behind them, by index.
std::set<size_t> find_value_options(const ClientVerb& verb, const std::vector<std::string>& words) {
  CommonOptions common;
  VerbRun run;
  const auto app = make_verb_app(verb, common, run);
  std::set<size_t> found;
  for (size_t i = 0; i < words.size(); ++i) {
    const CLI::Option* option = words[i].starts_with('-') ? app->get_option_no_throw(words[i]) : nullptr;
    if (option != nullptr && option->get_items_expected_max() > 0) found.insert(i);
  }
  return found;
}

Typed interpret(const std::vector<std::string>& before) {
  Typed typed;
  std::vector<std::string> plain;
  for (const std::string& word : before) {
    if (!word.starts_with('-')) plain.push_back(word);
  }
  if (plain.empty()) return typed;
  size_t used = 2;
  if (plain.size() >= 2) typed.verb = find_verb(plain[0], plain[1]);
  if (typed.verb == nullptr) {
    typed.verb = find_verb("", plain[0]);
    used = 1;
  }
  if (typed.verb != nullptr) {
    std::set<size_t> with_value = find_value_options(*typed.verb, before);
    typed.is_value = with_value.erase(before.size() - 1) > 0;
    typed.arguments = plain.size() - used - std::min(with_value.size(), plain.size() - used);
  }
  for (const ClientNoun& noun : client_nouns()) {
    if (plain.size() == 1 && plain[0] == noun.name) typed.noun = noun.name;
  }
  return typed;
}

void add_options(const ClientVerb& verb, std::vector<std::string>& candidates) {
  CommonOptions common;
  VerbRun run;
  const auto app = make_verb_app(verb, common, run);
  for (const CLI::Option* option : app->get_options()) {
    for (const std::string& name : option->get_lnames()) candidates.push_back("--" + name);
  }
}

void add_job_keys(const std::string& prefix, std::vector<std::string>& candidates) {
  std::ostringstream nowhere;
  client::Console console(nowhere, nowhere, {});
  const auto http = net::make_http_client();
  SystemClock clock;
  const auto variable = [](const std::string& name) -> std::optional<std::string> {
    const char* value = std::getenv(name.c_str());
    return value == nullptr ? std::nullopt : std::optional<std::string>(value);
  };
  client::Session session(client::Grammar::NounVerb, "completion", console,
                          {*http, clock, variable, [](Duration) { return false; }, [] {}, [] { return std::string(); },
                           config::evaluate, config::call_hooks});
  for (std::string& key : client::complete_job_key(session, prefix)) candidates.push_back(std::move(key));
}

void add_clusters(const std::string& prefix, std::vector<std::string>& candidates) {
  if (prefix.find('/') != std::string::npos) return;
  std::vector<std::string> keys;
  add_job_keys(prefix, keys);
  for (const std::string& key : keys) candidates.push_back(key.substr(0, key.find('/')));
}

// What follows words that are no verb: `aurora help ...`, `aurora scheduler --...`. There is at least one.
std::vector<std::string> mode_words(const std::vector<std::string>& words, const std::string& last) {
  if (words[0] == "thermos") return complete_thermos(words, last);
  const std::string mode = words.size() == 1 ? words[0] : "";
  if (mode == "help") return command_names();
  if (mode == "completion") return {"bash", "zsh", "fish"};
  std::vector<std::string> flags;
  if (words[0] == "scheduler") flags = scheduler_flags();
  if (words[0] == "executor") flags = executor_flags();
  if (words[0] == "devcluster") flags = devcluster_flags();
  for (std::string& flag : flags) flag = "--" + flag;
  return flags;
}

bool takes_key(const ClientVerb& verb) { return std::string_view(verb.noun) != "config"; }
bool takes_cluster(const ClientVerb& verb) { return std::string_view(verb.noun) == "admin"; }

}  // namespace

int complete_main(int argc, char** argv) {
  std::vector<std::string> words(argv + 1, argv + argc);
  if (words.empty()) words.emplace_back();
  const std::string last = words.back();
  words.pop_back();
  const Typed typed = interpret(words);
  std::vector<std::string> candidates = words.empty() ? command_names() : mode_words(words, last);
  for (const ClientVerb& verb : client_verbs()) {
    if (!typed.noun.empty() && typed.noun == verb.noun) candidates.emplace_back(verb.name);
  }
  if (typed.verb != nullptr && last.starts_with('-')) add_options(*typed.verb, candidates);
  if (typed.verb != nullptr && !last.starts_with('-') && !typed.is_value && typed.arguments == 0 &&
      takes_key(*typed.verb)) {
    takes_cluster(*typed.verb) ? add_clusters(last, candidates) : add_job_keys(last, candidates);
  }
  std::set<std::string> shown;
  for (const std::string& candidate : candidates) {
    if (candidate.starts_with(last)) shown.insert(candidate);
  }
  for (const std::string& candidate : shown) std::cout << printable(candidate) << "\n";
  return 0;
}

int completion_main(int argc, char** argv) {
  const std::string shell = argc == 2 ? argv[1] : "";
  const char* script = shell == "bash" ? kBash : shell == "zsh" ? kZsh : shell == "fish" ? kFish : nullptr;
  if (script != nullptr) {
    std::cout << script;
    return 0;
  }
  const bool asks_help = shell == "-h" || shell == "--help";
  (asks_help ? std::cout : std::cerr) << "usage: aurora completion bash|zsh|fish\n\nPrints a script that completes commands, "
                                         "options, clusters and job keys.\n"
                                         "Example: eval \"$(aurora completion bash)\"\n";
  return asks_help ? 0 : 2;
}

}  // namespace aurora
