#include "modes/option_words.h"

#include <algorithm>

#include "aurora/client/nearest.h"

namespace aurora {
namespace {

constexpr char kBracketMark = '\x01';

std::string normalized(std::string name) {
  std::replace(name.begin(), name.end(), '_', '-');
  return name;
}

Result<std::string> expand(const std::string& name, const std::vector<std::string>& known) {
  const std::string typed = normalized(name);
  std::vector<std::string> matches;
  for (const std::string& candidate : known) {
    const std::string other = normalized(candidate);
    if (other == typed) return candidate;
    const auto is_same = [&](const std::string& match) { return normalized(match) == other; };
    if (other.starts_with(typed) && std::none_of(matches.begin(), matches.end(), is_same)) matches.push_back(candidate);
  }
  if (matches.empty()) return Error{ErrorCode::InvalidArgument, unknown_option(name, known)};
  if (matches.size() == 1) return matches.front();
  std::string text;
  for (const std::string& match : matches) text += (text.empty() ? "--" : ", --") + match;
  return Error{ErrorCode::InvalidArgument, "ambiguous option: --" + name + " could match " + text};
}

// Of "-vL" the value of L is the next word, of "-L8080" it is not.
bool has_value_behind(const std::string& word, const std::vector<std::string>& known, const TakesValue& takes_value) {
  if (word.starts_with("--")) {
    const Result<std::string> name = expand(word.substr(2), known);
    return word.find('=') == std::string::npos && name.ok() && takes_value("--" + *name);
  }
  for (size_t i = 1; i < word.size(); ++i) {
    if (takes_value(std::string("-") + word[i])) return i + 1 == word.size();
  }
  return false;
}

}  // namespace

std::string unknown_option(const std::string& name, const std::vector<std::string>& known) {
  return "unknown option --" + name + client::did_you_mean(client::nearest(normalized(name), known), "--");
}

Result<std::vector<std::string>> expand_options(const std::vector<std::string>& words, const std::vector<std::string>& known) {
  std::vector<std::string> result;
  bool is_over = false;
  for (const std::string& word : words) {
    is_over = is_over || word == "--";
    if (is_over || !word.starts_with("--")) {
      result.push_back(word);
      continue;
    }
    const size_t equals = std::min(word.find('='), word.size());
    result.push_back("--" + TRY(expand(word.substr(2, equals - 2), known)) + word.substr(equals));
  }
  return result;
}

size_t words_until(const std::vector<std::string>& words, size_t arguments, const std::vector<std::string>& known,
                   const TakesValue& takes_value) {
  size_t found = 0;
  bool is_over = false;
  for (size_t i = 0; i < words.size(); ++i) {
    const std::string& word = words[i];
    if (is_over || word.size() < 2 || word[0] != '-') {
      if (++found == arguments) return i + 1;
    } else if (word == "--") {
      is_over = true;
    } else if (has_value_behind(word, known, takes_value)) {
      ++i;
    }
  }
  return words.size();
}

std::vector<std::string> join_values(const std::vector<std::string>& words, const TakesValue& takes_value) {
  std::vector<std::string> joined;
  bool is_over = false;
  for (size_t i = 0; i < words.size(); ++i) {
    joined.push_back(words[i]);
    is_over = is_over || words[i] == "--";
    const bool is_name = !is_over && words[i].starts_with("--") && words[i].find('=') == std::string::npos;
    if (!is_name || i + 1 == words.size() || !takes_value(words[i])) continue;
    const std::string& next = words[i + 1];
    if (!next.starts_with('-') || next.find(' ') == std::string::npos) continue;
    joined.back() += "=" + next;
    ++i;
  }
  return joined;
}

std::vector<std::string> guard_brackets(std::vector<std::string> words) {
  for (std::string& word : words) {
    if (word == "--") break;
    if (word.starts_with('[') && word.ends_with(']')) word.insert(0, 1, kBracketMark);
  }
  return words;
}

std::string as_given(std::string word) {
  if (word.starts_with(kBracketMark)) word.erase(0, 1);
  return word;
}

}  // namespace aurora
