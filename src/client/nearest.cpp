#include "aurora/client/nearest.h"

#include <algorithm>

namespace aurora::client {
namespace {

// Letters that are added, left out or others, and neighbours that have changed places.
size_t edit_distance(const std::string& a, const std::string& b) {
  std::vector<size_t> before(b.size() + 1);  // the row before the last
  std::vector<size_t> last(b.size() + 1);
  std::vector<size_t> row(b.size() + 1);
  for (size_t j = 0; j <= b.size(); ++j) row[j] = j;
  for (size_t i = 1; i <= a.size(); ++i) {
    before.swap(last);
    last.swap(row);
    row[0] = i;
    for (size_t j = 1; j <= b.size(); ++j) {
      row[j] = std::min({last[j] + 1, row[j - 1] + 1, last[j - 1] + (a[i - 1] == b[j - 1] ? 0 : 1)});
      const bool is_swapped = i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1];
      if (is_swapped) row[j] = std::min(row[j], before[j - 2] + 1);
    }
  }
  return row[b.size()];
}

}  // namespace

std::vector<std::string> nearest(const std::string& word, const std::vector<std::string>& candidates) {
  const size_t most = 1 + word.size() / 4;
  std::vector<std::pair<size_t, std::string>> ranked;
  for (const std::string& candidate : candidates) {
    const bool is_prefix = word.size() >= 2 && candidate.starts_with(word);
    const size_t longest = std::max(word.size(), candidate.size());
    const bool is_far = longest - std::min(word.size(), candidate.size()) > most;  // by the lengths alone
    const size_t distance = is_prefix ? 0 : is_far ? longest : edit_distance(word, candidate);
    // A word of which nothing is left is no misspelling.
    if (is_prefix || (distance <= most && distance < longest)) ranked.emplace_back(distance, candidate);
  }
  std::stable_sort(ranked.begin(), ranked.end(), [](const auto& a, const auto& b) { return a.first < b.first; });
  std::vector<std::string> names;
  for (size_t i = 0; i < ranked.size() && i < 3; ++i) names.push_back(ranked[i].second);
  return names;
}

std::string did_you_mean(const std::vector<std::string>& candidates, const std::string& prefix) {
  std::string text;
  for (const std::string& candidate : candidates) text += (text.empty() ? "; did you mean " : " or ") + prefix + candidate;
  return text.empty() ? text : text + "?";
}

}  // namespace aurora::client
