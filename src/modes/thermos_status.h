// What `aurora thermos status` says of a task.
#pragma once

#include "modes/thermos_verbs.h"

namespace aurora {

// As Thermos' status said it; `verbosity` 0 to 3.
std::string status_text(const executor::LocalTask& task, int verbosity);

}  // namespace aurora
