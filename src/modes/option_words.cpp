#include "modes/option_words.h"

#include <algorithm>

namespace aurora {
namespace {

std::string normalized(std::string name) {
  std::replace(name.begin(), name.end(), '_', '-');
  return name;
}

Result<std::string> expand(const std::string& name, const std::vector<std::string>& known) {
  const std::string typed = normalized(name);
  std::vector<std::string> matches;
  for (const std::string& candidate : known) {
    if (normalized(candidate) == typed) return candidate;
    if (normalized(candidate).starts_with(typed)) matches.push_back(candidate);
  }
  if (matches.empty()) return Error{ErrorCode::InvalidArgument, unknown_option(name, known)};
  if (matches.size() == 1) return matches.front();
  std::string text;
  for (const std::string& match : matches) text += (text.empty() ? "--" : ", --") + match;
  return Error{ErrorCode::InvalidArgument, "ambiguous option: --" + name + " could match " + text};
}

size_t edit_distance(const std::string& a, const std::string& b) {
  std::vector<size_t> row(b.size() + 1);
  for (size_t j = 0; j <= b.size(); ++j) row[j] = j;
  for (size_t i = 1; i <= a.size(); ++i) {
    size_t diagonal = row[0];
    row[0] = i;
    for (size_t j = 1; j <= b.size(); ++j) {
      const size_t change = diagonal + (a[i - 1] == b[j - 1] ? 0 : 1);
      diagonal = row[j];
      row[j] = std::min({row[j] + 1, row[j - 1] + 1, change});
    }
  }
  return row[b.size()];
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
  const std::vector<std::string> candidates = nearest(normalized(name), known);
  std::string text = "unknown option --" + name;
  for (const std::string& candidate : candidates) {
    text += (&candidate == &candidates.front() ? "; did you mean --" : " or --") + candidate;
  }
  return candidates.empty() ? text : text + "?";
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

std::vector<std::string> nearest(const std::string& word, const std::vector<std::string>& candidates) {
  std::vector<std::pair<size_t, std::string>> ranked;
  for (const std::string& candidate : candidates) {
    const bool is_prefix = word.size() >= 2 && candidate.starts_with(word);
    const size_t distance = is_prefix ? 0 : edit_distance(word, candidate);
    if (distance <= 1 + word.size() / 4) ranked.emplace_back(distance, candidate);
  }
  std::stable_sort(ranked.begin(), ranked.end(), [](const auto& a, const auto& b) { return a.first < b.first; });
  std::vector<std::string> names;
  for (size_t i = 0; i < ranked.size() && i < 3; ++i) names.push_back(ranked[i].second);
  return names;
}

}  // namespace aurora
