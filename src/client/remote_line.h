// What the verbs that get into tasks have in common. Pure.
#pragma once

#include <string>
#include <vector>

#include "aurora/client/job_path.h"
#include "aurora/client/session.h"

namespace aurora::client {

// KEY/INSTANCES, or of classic verbs a KEY; errors in the grammar's words.
Result<InstancesPath> parse_task_key(const Session& session, const std::string& text);

std::string join_words(const std::vector<std::string>& words);  // with blanks

// A line as it is run in a task, where the working folder is the sandbox.
std::string inside_line(const std::string& line, bool is_executor_sandbox);

}  // namespace aurora::client
