// The state of a scheduler that is somewhere on the disk, read without changing anything that a scheduler uses.
#pragma once

#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "aurora/base/result.h"
#include "aurora/core/cluster/change.h"
#include "aurora/store/maintenance.h"

namespace aurora::store {

struct StateCopy {
  std::string cluster_id;
  std::optional<Instant> at;  // when the copy was made; absent: nothing says it
  std::vector<core::Change> changes;  // as Store::load gives them
};

// `path`: a folder of copies (`id` 0: the newest of them), a file that `aurora admin store export` wrote, or the folder
// of a scheduler that is not running. What another version wrote, and what is damaged or cut off, is refused by what is
// wrong with it. A copy is unpacked in a folder of its own below $TMPDIR, which is gone afterwards.
Result<StateCopy> read_copy(const std::string& path, uint32_t id = 0);

// The records of an export, one after the other. Returns the cluster's id; an error names the line.
Result<std::string> read_export(const ReadLine& read, const std::function<Status(core::Change)>& take);

}  // namespace aurora::store
