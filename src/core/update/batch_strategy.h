// Which instances of an update come next (spec/scheduler.md §9.6).
#pragma once

#include <vector>

#include "aurora/core/update/job_update.h"

namespace aurora::core {

enum class UpdateDirection { Forward, Back };

// The strategy that is set, or the one that the older two settings mean.
UpdateStrategy strategy_of(const UpdateSettings& settings);
bool pauses_after_batch(const UpdateStrategy& strategy);

// Forward: those to create, then to update, then to kill, each by ascending id. Back: exactly the reverse.
std::vector<int32_t> order_instances(const std::set<int32_t>& initial, const std::set<int32_t>& desired,
                                     UpdateDirection direction);

struct Advance {  // instances of the update by how far they are
  size_t idle = 0;
  size_t working = 0;
  size_t total = 0;
};
// How many of the idle instances to start now, in their order; 0 while the batch is not over.
size_t next_group_size(const UpdateStrategy& strategy, const Advance& advance, UpdateDirection direction);

}  // namespace aurora::core
