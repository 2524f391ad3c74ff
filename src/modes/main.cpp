// Chooses the mode. Each mode parses its own flags, so a short command never pays for the long ones.
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstdio>
#include <cstring>
#include <iostream>
#include <string>
#include <string_view>
#include <vector>

#include "aurora/os/descriptor_buffer.h"
#include "aurora/os/standard_files.h"
#include "modes/client_verbs.h"
#include "modes/help.h"
#include "modes/mode.h"

namespace aurora {
namespace {

constexpr Mode kModes[] = {
    {"scheduler", ModeGroup::Cluster, "The control plane: jobs, placement, API and pages.", scheduler_main},
    {"executor", ModeGroup::Cluster, "Run the tasks of this host and show them on web pages.", executor_main},
    {"devcluster", ModeGroup::Cluster, "Run a scheduler and executors in this terminal.", devcluster_main},
    {"thermos", ModeGroup::Tool, "Run and show tasks of this machine without a scheduler.", thermos_main},
    {"python", ModeGroup::Tool, "Run a script in the embedded interpreter, with the job schema importable.", python_main},
    {"completion", ModeGroup::Tool, "Print the completion script for bash, zsh or fish.", completion_main},
    {"__complete", ModeGroup::Hidden, "Candidates for the word being typed.", complete_main},
    {"man", ModeGroup::Tool, "Show a command's manual page, or install all of them.", man_main},
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

// Through a link named `aurora_admin` the binary is the original's other program.
bool is_called_as_admin(std::string_view path) { return path.substr(path.rfind('/') + 1) == "aurora_admin"; }

bool is_verbosity(std::string_view word) {
  return word == "-v" || word == "--verbose" || word == "-q" || word == "--quiet";
}

// Whatever a mode prints on std::cout goes this way. A result that nobody can read is none, so the process ends then and
// there: quietly, as by SIGPIPE, when the reader has seen enough.
void end_without_output(int error_number) {
  if (error_number == EPIPE) ::_exit(141);
  const std::string text = std::string("cannot write the output: ") + std::strerror(error_number) + "\n";
  if (::write(STDERR_FILENO, text.data(), text.size()) < 0) ::_exit(1);
  ::_exit(1);
}

int run_mode(int argc, char** argv) {
  // -v and -q are accepted before the command, too. Modes without log lines of the client have no use for
  // them.
  int at = 1;
  while (at < argc && is_verbosity(argv[at])) ++at;
  const std::string_view name = at < argc ? argv[at] : "--help";
  if (name == "-h" || name == "--help") {
    std::cout << overview();
    return 0;
  }
  if (name == "--version") return version_main(1, argv + at);
  for (const Mode* mode = kModes; mode->name != nullptr; ++mode) {
    if (name == mode->name) return mode->run(argc - at, argv + at);
  }
  if (is_client_word(name)) {
    std::rotate(argv + 1, argv + at, argv + at + 1);  // they belong to the verb
    return client_main(argc - 1, argv + 1);
  }
  const std::string problem = name.starts_with('-')
                                  ? "unknown option " + std::string(name) +
                                        "; options follow the command, and `aurora help` lists all"
                                  : unknown_word(std::string(name), command_names());
  std::fprintf(stderr, "aurora: %s\n", problem.c_str());
  return 2;
}

int run(int argc, char** argv) {
  // Never deleted: std::cout flushes it when the process ends.
  static auto* const output = new os::DescriptorBuffer(STDOUT_FILENO, end_without_output);
  std::cout.rdbuf(output);
  const int code = run_mode(argc, argv);
  std::cout.flush();
  // A devcluster goes on without its output, and says so at its end.
  const bool is_printed = std::fflush(stdout) == 0 && std::ferror(stdout) == 0;
  return is_printed || code != 0 ? code : 1;
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

int main(int argc, char** argv) {
  aurora::os::fill_standard_files();
  const bool asks_version = argc > 1 && std::string_view(argv[1]) == "--version";
  if (argc == 0 || asks_version || !aurora::is_called_as_admin(argv[0])) return aurora::run(argc, argv);
  char admin[] = "admin";
  std::vector<char*> words(argv, argv + argc);
  words.insert(words.begin() + 1, admin);
  words.push_back(nullptr);
  return aurora::run(argc + 1, words.data());
}
