#include "modes/help.h"

#include <algorithm>
#include <iostream>

#include "aurora/client/nearest.h"
#include "modes/help_format.h"
#include "modes/mode.h"
#include "modes/thermos_verbs.h"
#include "modes/verb_options.h"

namespace aurora {
namespace {

std::string line(const std::string& name, const std::string& summary) {
  const size_t column = help_columns() < 60 ? 6 : 18;
  const std::string start = "  " + name;
  const bool is_long = start.size() >= column;  // it has a line of its own
  const std::string gap = is_long ? "\n" + std::string(column, ' ') : std::string(column - start.size(), ' ');
  return start + gap + wrap(summary, column, column, help_columns()) + "\n";
}

std::string paragraph(const std::string& text) { return wrap(text, 0, 0, help_columns()) + "\n"; }
std::string usage_line(const std::string& text) { return wrap("Usage: aurora " + text, 0, 2, help_columns()) + "\n"; }

}  // namespace

std::string unknown_word(const std::string& word, const std::vector<std::string>& candidates) {
  const std::string near = client::did_you_mean(client::nearest(word, candidates));
  return "unknown command '" + word + "'" + (near.empty() ? "; `aurora help` lists all" : near);
}

std::string overview() {
  std::string text =
      paragraph("Runs services and jobs on a cluster of machines: scheduler, executor and client in one file.") +
      "\n" + usage_line("<command> [options] [arguments]") + "\nRunning a cluster:\n";
  for (const Mode* mode = modes(); mode->name != nullptr; ++mode) {
    if (mode->group == ModeGroup::Cluster) text += line(mode->name, mode->summary);
  }
  text += "\n" + paragraph("Available commands for jobs (KEY is cluster/role/env/job):");
  for (const ClientVerb& verb : client_verbs()) {
    if (*verb.noun == '\0') text += line(verb.name, verb.summary);
  }
  text += "\n" + paragraph("The same and more as noun and verb, `aurora NOUN VERB`:");
  for (const ClientNoun& noun : client_nouns()) {
    std::string verbs;
    for (const ClientVerb& verb : client_verbs()) {
      if (verb.noun == std::string_view(noun.name)) verbs += (verbs.empty() ? "" : ", ") + std::string(verb.name);
    }
    text += line(noun.name, verbs);
  }
  text += "\nTools:\n";
  for (const Mode* mode = modes(); mode->name != nullptr; ++mode) {
    if (mode->group == ModeGroup::Tool) text += line(mode->name, mode->summary);
  }
  return text + "\n" + paragraph("`aurora help COMMAND` shows a command's options with their defaults.");
}

std::string noun_help(const std::string& noun) {
  std::string text = usage_line(noun + " VERB [options] [arguments]") + "\n";
  for (const ClientNoun& known : client_nouns()) {
    if (noun == known.name) text += paragraph(known.summary) + "\n";
  }
  for (const ClientVerb& verb : client_verbs()) {
    if (verb.noun == noun) text += line(std::string(verb.name), verb.summary);
  }
  return text + "\n" + paragraph("`aurora help " + noun + " VERB` shows a verb's options with their defaults.");
}

int show_admin_help(const std::vector<std::string>& words) {
  std::vector<std::string> names;
  std::copy_if(words.begin(), words.end(), std::back_inserter(names), [](const auto& word) { return !word.starts_with('-'); });
  if (names.size() > 1) {
    std::cerr << "FATAL] Please specify at most one subcommand.\n";
    return 1;
  }
  if (names.empty()) {
    std::cout << "Available commands:\n\n";
    for (const ClientVerb& verb : client_verbs()) {
      if (std::string_view(verb.noun) == "admin") std::cout << line(verb.name, verb.summary);
    }
    std::cout << "\n" << wrap("`aurora admin help COMMAND` shows a command's options with their defaults.", 0, 0, help_columns()) << "\n";
    return 0;
  }
  if (const ClientVerb* verb = find_verb("admin", names[0])) {
    std::cout << verb_help(*verb);
    return 0;
  }
  std::cout << "Subcommand " << names[0] << " not found.\n";
  std::cerr << unknown_word(names[0], verb_names("admin")) << "\n";
  return 1;
}

std::string verb_help(const ClientVerb& verb) {
  CommonOptions common;
  VerbRun run;
  const auto app = make_verb_app(verb, common, run);
  std::string text = app->help();
  // The arguments as people write them, not as the parser calls them.
  const size_t usage = text.find("Usage:");
  const size_t end = text.find('\n', usage);
  if (usage != std::string::npos && end != std::string::npos) {
    text.replace(usage, end - usage + 1, usage_line(app->get_name().substr(7) + " [options] " + verb.arguments));
  }
  return text;
}

namespace {

int show_mode_help(ModeMain run, std::vector<std::string> words) {
  std::vector<char*> arguments;
  for (std::string& word : words) arguments.push_back(word.data());
  arguments.push_back(nullptr);
  return run(static_cast<int>(words.size()), arguments.data());
}

bool is_thermos_verb(const std::vector<std::string>& words) {
  if (words.size() != 2 || words[0] != "thermos") return false;
  return std::ranges::any_of(thermos_verbs(), [&](const ThermosVerb& verb) { return words[1] == verb.name; });
}

}  // namespace

int show_help(const std::vector<std::string>& words) {
  if (words.empty() || (words.size() == 1 && words[0] == "help")) {
    std::cout << overview();
    return 0;
  }
  if (is_thermos_verb(words)) return show_mode_help(thermos_main, {words[0], words[1], "--help"});
  const ClientVerb* verb = words.size() == 1 ? find_verb("", words[0]) : find_verb(words[0], words[1]);
  if (words.size() > 2 || (words.size() == 2 && verb == nullptr)) {
    std::cerr << "FATAL] Please specify at most one subcommand.\n";
    const std::vector<std::string> verbs = verb_names(words[0]);
    if (words.size() == 2 && !verbs.empty()) std::cerr << unknown_word(words[1], verbs) << "\n";
    return 1;
  }
  bool is_known = verb != nullptr;
  if (verb != nullptr) std::cout << verb_help(*verb);
  for (const ClientNoun& noun : client_nouns()) {
    if (words.size() != 1 || words[0] != noun.name) continue;
    std::cout << (is_known ? "\n" : "") << noun_help(noun.name);
    is_known = true;
  }
  if (is_known) return 0;
  for (const Mode* mode = modes(); mode->name != nullptr; ++mode) {
    if (words[0] == mode->name && mode->run != help_main) return show_mode_help(mode->run, {words[0], "--help"});
  }
  std::cout << "Subcommand " << words[0] << " not found.\n";
  std::cerr << unknown_word(words[0], command_names()) << "\n";
  return 1;
}

int help_main(int argc, char** argv) {
  std::vector<std::string> words(argv + 1, argv + argc);
  words.erase(std::remove_if(words.begin(), words.end(), [](const auto& w) { return w.starts_with('-'); }), words.end());
  return show_help(words);
}

}  // namespace aurora
