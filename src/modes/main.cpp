// Chooses the mode. Each mode parses its own flags, so a short command never pays for the long ones.
#include <cstdio>
#include <string_view>

#include "modes/client_verbs.h"
#include "modes/help.h"
#include "modes/mode.h"

namespace aurora {
namespace {

constexpr Mode kModes[] = {
    {"scheduler", ModeGroup::Cluster, "The control plane: jobs, placement, API and pages.", scheduler_main},
    {"executor", ModeGroup::Cluster, "Run the tasks of this host and show them on web pages.", executor_main},
    {"devcluster", ModeGroup::Cluster, "Run a scheduler and executors in this terminal.", devcluster_main},
    {"python", ModeGroup::Tool, "Run a script in the embedded interpreter, with the job schema importable.", python_main},
    {"completion", ModeGroup::Tool, "Print the completion script for bash, zsh or fish.", completion_main},
    {"__complete", ModeGroup::Hidden, "Candidates for the word being typed.", complete_main},
    {"version", ModeGroup::Tool, "Print version, commit and build date.", version_main},
    {"help", ModeGroup::Tool, "Show this page, or a command's options.", help_main},
    {nullptr, ModeGroup::Hidden, nullptr, nullptr},
};

bool is_client_word(std::string_view word) {
  if (word == "beta-update" || find_verb("", word) != nullptr) return true;
  for (const ClientNoun& noun : client_nouns()) {
    if (word == noun.name) return true;
  }
  return false;
}

int run(int argc, char** argv) {
  if (argc < 2 || std::string_view(argv[1]) == "-h" || std::string_view(argv[1]) == "--help") {
    std::fputs(overview().c_str(), stdout);
    return 0;
  }
  const std::string_view name = argv[1];
  if (name == "--version") return version_main(1, argv + 1);
  for (const Mode* mode = kModes; mode->name != nullptr; ++mode) {
    if (name == mode->name) return mode->run(argc - 1, argv + 1);
  }
  if (is_client_word(name)) return client_main(argc - 1, argv + 1);
  std::fprintf(stderr, "aurora: %s\n", unknown_word(argv[1], command_names()).c_str());
  return 2;
}

}  // namespace

const Mode* modes() { return kModes; }

std::vector<std::string> command_names() {
  std::vector<std::string> names;
  for (const Mode* mode = kModes; mode->name != nullptr; ++mode) {
    if (mode->group != ModeGroup::Hidden) names.emplace_back(mode->name);
  }
  for (const ClientVerb& verb : client_verbs()) {
    if (*verb.noun == '\0') names.emplace_back(verb.name);
  }
  for (const ClientNoun& noun : client_nouns()) names.emplace_back(noun.name);
  return names;
}

}  // namespace aurora

int main(int argc, char** argv) { return aurora::run(argc, argv); }
