// The text of a scenario: steps with their expected output.
//
//   # a comment
//   create-job www/prod/web instances=2 message="two words"
//   ----
//   output, up to the next empty line
#pragma once

#include <map>
#include <string>
#include <vector>

#include "aurora/base/result.h"
#include "aurora/base/time.h"

namespace aurora::scenario {

struct Step {
  std::string comment;  // lines before the command, as they are
  std::string command;  // the line as it is
  std::string output;   // with a line feed after each line
};

std::vector<Step> parse_script(const std::string& text);
std::string print_script(const std::vector<Step>& steps);

// The words of a command line. Options are key=value; a word alone is an argument.
struct Arguments {
  std::string verb;
  std::vector<std::string> words;
  std::map<std::string, std::string> options;

  std::string word(size_t index) const { return index < words.size() ? words[index] : ""; }
  bool has(const std::string& flag) const;  // among the words
  std::string text(const std::string& option, const std::string& otherwise = "") const;
  double number(const std::string& option, double otherwise) const;
};
Arguments parse_command(const std::string& line);

// "250ms", "30s", "5m", "2h".
Result<Duration> parse_duration(const std::string& text);
std::vector<std::string> split(const std::string& text, char separator);

}  // namespace aurora::scenario
