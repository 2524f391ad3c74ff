// The limit of disk of a task that somebody ran by hand and left to its runner: no executor measures there, so that
// its runner's parent does.
#pragma once

#include <string>

namespace aurora::executor {

// `folder` is the task's own. Empty: it is within its limit, or has none, or its sandbox was somebody's before.
std::string find_disk_limit_reached(const std::string& folder);
// Kept beside its plan, for whoever asks later why it was killed; empty: it was not, for that.
void remember_disk_limit(const std::string& folder, const std::string& reason);
std::string recall_disk_limit(const std::string& folder);

}  // namespace aurora::executor
