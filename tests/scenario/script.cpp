#include "scenario/script.h"

#include <algorithm>
#include <sstream>

namespace aurora::scenario {
namespace {

constexpr char kRule[] = "----";

// Words at spaces; double quotes hold a word together and are dropped.
std::vector<std::string> words_of(const std::string& line) {
  std::vector<std::string> words;
  std::string word;
  bool quoted = false;
  for (const char c : line + ' ') {
    if (c == '"') {
      quoted = !quoted;
    } else if (c == ' ' && !quoted) {
      if (!word.empty()) words.push_back(word);
      word.clear();
    } else {
      word += c;
    }
  }
  return words;
}

}  // namespace

std::vector<Step> parse_script(const std::string& text) {
  std::vector<Step> steps;
  Step step;
  bool in_output = false;
  const auto finish = [&] {
    if (!step.command.empty() || !step.comment.empty()) steps.push_back(step);
    step = {};
    in_output = false;
  };
  std::istringstream lines(text);
  for (std::string line; std::getline(lines, line);) {
    if (line.empty()) {
      finish();
    } else if (in_output) {
      step.output += line + '\n';
    } else if (line == kRule) {
      in_output = true;
    } else if (line.front() == '#') {
      step.comment += line + '\n';
    } else {
      step.command = line;
    }
  }
  finish();
  return steps;
}

std::string print_script(const std::vector<Step>& steps) {
  std::string text;
  for (const Step& step : steps) {
    if (!text.empty()) text += '\n';
    text += step.comment;
    if (!step.command.empty()) text += step.command + '\n' + kRule + '\n' + step.output;
  }
  return text;
}

bool Arguments::has(const std::string& flag) const {
  return std::find(words.begin(), words.end(), flag) != words.end();
}

std::string Arguments::text(const std::string& option, const std::string& otherwise) const {
  const auto found = options.find(option);
  return found == options.end() ? otherwise : found->second;
}

double Arguments::number(const std::string& option, double otherwise) const {
  const auto found = options.find(option);
  return found == options.end() ? otherwise : std::strtod(found->second.c_str(), nullptr);
}

Arguments parse_command(const std::string& line) {
  Arguments arguments;
  for (const std::string& word : words_of(line)) {
    const size_t equals = word.find('=');
    if (arguments.verb.empty()) {
      arguments.verb = word;
    } else if (equals == std::string::npos) {
      arguments.words.push_back(word);
    } else {
      arguments.options[word.substr(0, equals)] = word.substr(equals + 1);
    }
  }
  return arguments;
}

Result<Duration> parse_duration(const std::string& text) {
  const size_t digits = std::min(text.find_first_not_of("0123456789"), text.size());
  const std::string unit = text.substr(digits);
  const int64_t number = std::strtoll(text.c_str(), nullptr, 10);
  if (digits > 0 && unit == "ms") return milliseconds(number);
  if (digits > 0 && unit == "s") return seconds(number);
  if (digits > 0 && unit == "m") return minutes(number);
  if (digits > 0 && unit == "h") return hours(number);
  return Error{ErrorCode::InvalidArgument, "'" + text + "' is not a time such as 250ms, 30s, 5m or 2h"};
}

std::vector<std::string> split(const std::string& text, char separator) {
  std::vector<std::string> parts;
  std::istringstream stream(text);
  for (std::string part; std::getline(stream, part, separator);) parts.push_back(part);
  return parts;
}

}  // namespace aurora::scenario
