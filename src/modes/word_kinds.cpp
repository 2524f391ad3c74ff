#include "modes/word_kinds.h"

#include <CLI/CLI.hpp>
#include <algorithm>
#include <map>

#include "aurora/base/split.h"
#include "aurora/core/update/job_update.h"

namespace aurora {
namespace {

const std::map<std::string_view, WordKind>& kinds() {
  static const std::map<std::string_view, WordKind> all = {
      {"CLUSTER", WordKind::Cluster},
      {"CLUSTER/ROLE", WordKind::ClusterRole},
      {"cluster/role", WordKind::ClusterRole},
      {"ROLE", WordKind::Role},
      {"role", WordKind::Role},
      {"KEY", WordKind::Job},
      {"PATTERN", WordKind::Job},
      {"CLUSTER[/ROLE[/ENV[/NAME]]]", WordKind::Job},
      {"CLUSTER[/ROLE[/ENV/NAME]]", WordKind::Job},
      {"cluster[/role[/env[/job]]]", WordKind::Job},
      {"cluster/role/env/job", WordKind::Job},
      {"KEY[/INSTANCES]", WordKind::JobOrInstances},
      {"KEY[/INSTANCE]", WordKind::JobOrInstances},
      {"KEY/INSTANCES", WordKind::Instances},
      {"KEY/INSTANCE", WordKind::Instances},
      {"shard", WordKind::Instance},
      {"HOST", WordKind::Host},
      {"COPY", WordKind::File},
      {"A,B", WordKind::Hosts},
      {"ID", WordKind::Update},
      {"BACKUP", WordKind::Backup},
      {"TASK_ID", WordKind::UnknownTask},
      {"config", WordKind::JobFile},
      {"FILE", WordKind::File},
      {"SOURCE", WordKind::File},
      {"DESTINATION", WordKind::File},
      {"DIR", WordKind::Folder},
  };
  return all;
}

// What nobody knows before it is typed.
bool is_free(std::string_view name) {
  for (const std::string_view word : {"\"OPTIONS\"", "ATTRIBUTE", "COMMAND", "COUNT", "CPU", "DISK", "DURATION", "ENV", "FORMAT", "ID,ID", "JOB", "LIST", "N",
                                      "N:NAME=VALUE", "NAME", "NAME=VALUE", "NAMES", "PERCENTAGE", "PORT:NAME", "RAM", "RE", "ROLE/ENV/NAME", "TEXT", "TIME", "TOKEN",
                                      "USER", "command"}) {
    if (name == word) return true;
  }
  return false;
}

std::vector<std::string> update_statuses() {
  std::vector<std::string> names{"active", "all", "blocked", "failed", "inactive", "paused", "succeeded"};
  for (const auto& [status, name] : EnumNames<core::UpdateStatus>::values) {
    if (name != "?") names.emplace_back(name);
  }
  return names;
}

std::vector<std::string> choices_of(std::string_view name) {
  if (name == "STATE") return {"PENDING", "RUNNING", "FINISHED"};
  if (name == "HOW") return {"by_host", "by_rack", "none"};
  if (name == "TYPES") return {"task", "job", "update", "cron", "host", "quota"};
  if (name == "STATUS") return update_statuses();
  if (name.find('|') != std::string_view::npos) return split(name, '|');
  return {};
}

// "TEXT:{explicit,implicit}"
std::vector<std::string> checked_choices(const std::string& type) {
  const size_t open = type.find('{');
  const size_t close = type.find('}', open);
  if (open == std::string::npos || close == std::string::npos) return {};
  return split(type.substr(open + 1, close - open - 1), ',');
}

}  // namespace

bool parse_word(std::string_view text, Word& word) {
  word = {};
  if (text.starts_with('[')) {
    word.is_optional = true;
    text.remove_prefix(1);
    while (text.ends_with(']') && std::ranges::count(text, ']') > std::ranges::count(text, '[')) text.remove_suffix(1);
  }
  if (text.ends_with("...")) {
    word.is_repeated = true;
    text.remove_suffix(3);
  }
  word.choices = choices_of(text);
  if (!word.choices.empty()) word.kind = WordKind::Choice;
  const auto kind = kinds().find(text);
  if (kind != kinds().end()) word.kind = kind->second;
  return word.kind != WordKind::Free || is_free(text);
}

std::vector<Word> usage_words(const ClientVerb& verb) {
  std::vector<Word> words;
  for (const std::string& text : split(verb.arguments, ' ')) {
    if (text.empty() || text.starts_with('-') || text.starts_with("[-")) continue;
    Word word;
    parse_word(text, word);
    // The second word of verbs of jobs, `KEY FILE`, is what the jobs are in.
    if (word.kind == WordKind::File && std::string_view(verb.noun) != "admin") word.kind = WordKind::JobFile;
    words.push_back(std::move(word));
  }
  return words;
}

bool takes_value(const CLI::Option& option) { return option.get_items_expected_max() > 0; }

Word option_word(const CLI::Option& option) {
  Word word;
  if (!takes_value(option)) return word;
  const std::string text = option.get_option_text();
  parse_word(text.substr(0, text.find(' ')), word);
  if (std::vector<std::string> choices = checked_choices(option.get_type_name()); !choices.empty()) {
    word.kind = WordKind::Choice;
    word.choices = std::move(choices);
  }
  if (option.check_lname("config")) word.kind = WordKind::JobFile;
  return word;
}

}  // namespace aurora
