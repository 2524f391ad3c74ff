// What may stand where a usage line or an option's help has a word in capitals: `KEY`, `FILE`, `STATE`. These lines are
// the declaration; completion in shells goes by it.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "modes/client_verbs.h"

namespace CLI {
class Option;
}

namespace aurora {

enum class WordKind {
  Free,           // a number, a text, ...: nobody knows it before
  Choice,
  Cluster,
  ClusterRole,    // CLUSTER/ROLE
  Role,           // of the cluster that is named before it, or by --cluster
  Job,            // CLUSTER/ROLE/ENV/NAME, or its first parts, or a pattern
  JobOrInstances,  // CLUSTER/ROLE/ENV/NAME[/INSTANCES]
  Instances,      // CLUSTER/ROLE/ENV/NAME/INSTANCES
  Instance,       // of the job that is named before it
  Host,
  Hosts,          // with commas between them
  Update,         // of the job that is named before it
  Backup,
  UnknownTask,
  JobFile,
  File,
  Folder,
};

struct Word {
  WordKind kind = WordKind::Free;
  std::vector<std::string> choices = {};
  bool is_optional = false;
  bool is_repeated = false;
};

// Of "[ID]", "FILE...", "list|kill": false if no word of that name is known.
bool parse_word(std::string_view text, Word& word);
// A verb's arguments in order, without options.
std::vector<Word> usage_words(const ClientVerb& verb);
bool takes_value(const CLI::Option& option);  // false: a flag
// Its value, if it takes one.
Word option_word(const CLI::Option& option);

}  // namespace aurora
