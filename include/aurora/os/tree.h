// Walks over trees of files that belong to somebody else, who may change them meanwhile, or have made them to hurt:
// without recursion, with at most 64 open folders however deep it is, never through a symbolic link, never onto another
// device or mount. A folder that was moved away while the walk was below it ends the walk.
#pragma once

#include <cstdint>
#include <functional>
#include <string>

#include "aurora/base/result.h"
#include "aurora/os/files.h"

namespace aurora::os {

// Asked every few hundred entries; false ends the walk.
using GoesOn = std::function<bool()>;

struct TreeSize {
  int64_t bytes = 0;  // blocks of regular files, and the length of links
  int64_t entries = 0;
  bool is_whole = true;  // false: there is more than was counted
};
TreeSize measure_tree(const std::string& folder, const GoesOn& goes_on);

// The folder and all that is below it. A missing one is fine. DeadlineExceeded: told to end; what is gone is gone.
Status delete_tree(const std::string& folder, const GoesOn& goes_on);
Status delete_tree_in(const Fd& parent, const std::string& name, const GoesOn& goes_on);

}  // namespace aurora::os
