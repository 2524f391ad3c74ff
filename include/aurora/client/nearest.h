// What may have been meant by a misspelt word: one rule for commands, options, clusters, jobs and roles. Pure.
#pragma once

#include <string>
#include <vector>

namespace aurora::client {

// The candidates nearest to the word, at most three, the nearest first; empty when none is near.
std::vector<std::string> nearest(const std::string& word, const std::vector<std::string>& candidates);

// "; did you mean a or b?", each with `prefix` in front; empty without candidates.
std::string did_you_mean(const std::vector<std::string>& candidates, const std::string& prefix = "");

}  // namespace aurora::client
