// Long options as the original's parsers read them (spec/client.md §2.4): any unambiguous prefix will do, and '-' and '_'
// are the same.
#pragma once

#include <functional>
#include <string>
#include <vector>

#include "aurora/base/result.h"

namespace aurora {

// `known` holds the full names without dashes in front. Words after "--" stay as they are.
// InvalidArgument for an ambiguous prefix and for an unknown option.
Result<std::vector<std::string>> expand_options(const std::vector<std::string>& words, const std::vector<std::string>& known);

// Whether the word behind this option ("--bind", "-E") is its value.
using TakesValue = std::function<bool(const std::string& option)>;

// The number of words up to and including the `arguments`th that is neither an option nor the value of one; all, if there
// are fewer. `known` as above.
size_t words_until(const std::vector<std::string>& words, size_t arguments, const std::vector<std::string>& known,
                   const TakesValue& takes_value);

// "--ssh-options", "-v -k" become "--ssh-options=-v -k": a value with a dash in front and a blank in it is no option.
std::vector<std::string> join_values(const std::vector<std::string>& words, const TakesValue& takes_value);

// CLI11 takes a word "[a,b]" of an option that may have several for a list. No word of ours is one: `guard_brackets` puts
// a mark before such words ahead of a "--", `as_given` takes it away again.
std::vector<std::string> guard_brackets(std::vector<std::string> words);
std::string as_given(std::string word);

// "unknown option --x; did you mean --y?"
std::string unknown_option(const std::string& name, const std::vector<std::string>& known);

}  // namespace aurora
