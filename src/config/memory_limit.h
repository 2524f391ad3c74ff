// The address space that one evaluation may add to the process.
#pragma once

#include <cstdint>

namespace aurora::config {

// Lets the process grow by `bytes` over what it has now. Returns the limit to put back, or -1 if nothing was
// changed.
int64_t limit_memory_growth(int64_t bytes);

// Puts back what limit_memory_growth() returned.
void restore_memory_limit(int64_t limit);

}  // namespace aurora::config
