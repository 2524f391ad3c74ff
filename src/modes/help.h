// The texts of `aurora help` and `--help` (spec/client.md §13).
#pragma once

#include <string>
#include <vector>

#include "modes/client_verbs.h"

namespace aurora {

std::string overview();
std::string noun_help(const std::string& noun);
std::string verb_help(const ClientVerb& verb);  // usage, options with defaults and units, an example
int show_admin_help(const std::vector<std::string>& words);  // `admin help [VERB]`: the exit code
// Prints the page of a command, given by its words, on std::cout: 0; or that there is none: 1.
int show_help(const std::vector<std::string>& words);
// "unknown command 'creat'; did you mean create?"
std::string unknown_word(const std::string& word, const std::vector<std::string>& candidates);

}  // namespace aurora
