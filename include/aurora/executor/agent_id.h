// The name under which a host's sandboxes are found: made once and kept.
#pragma once

#include "aurora/executor/task_files.h"

namespace aurora::executor {

// Of <state>/agent_id; made if there is none. Sandboxes lie below <work>/slaves/<id>: an id that is damaged, or gone, is
// found again in the plans of the tasks.
Result<std::string> open_agent_id(const std::string& state, const std::string& work);

}  // namespace aurora::executor
