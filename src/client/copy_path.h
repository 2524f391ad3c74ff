// Where `task scp` copies from and to (spec/client.md §6.7). Pure.
#pragma once

#include <optional>
#include <string>

#include "aurora/client/job_path.h"

namespace aurora::client {

struct TaskPlace {
  JobPath path = {};
  int32_t instance = 0;
  friend bool operator==(const TaskPlace&, const TaskPlace&) = default;
};
std::string to_string(const TaskPlace& place);

struct CopyPath {
  std::optional<TaskPlace> task = {};  // absent: this machine
  std::string path = {};
};
// KEY/INSTANCE:path, or a path of this machine; the first colon counts.
Result<CopyPath> parse_copy_path(const std::string& text);
std::string to_string(const CopyPath& path);

// Of a task: absolute paths as they are, others normalised, below the sandbox. InvalidArgument: it begins with a tilde.
Result<std::string> path_in_task(const std::string& path);
// a/../b is b, as Python's normpath has it.
std::string normal_path(const std::string& path);
// The last part of a path, after which a copy in a folder is named; InvalidArgument: there is none.
Result<std::string> base_name(const std::string& path);

}  // namespace aurora::client
