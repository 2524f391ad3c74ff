// How a runner gets into the file system of its task's image: it mounts it in mounts of its own, lets the OCI
// runtime of the host make a container around it, with mounts and nothing else, and enters these. The
// container's own process never starts. From then on the runner does in there what it does for every task,
// and when its last process ends, nothing is mounted any more.
#pragma once

#include <string>

#include "aurora/base/result.h"
#include "aurora/executor/task_files.h"

namespace aurora::executor {

// For good. `sandbox` is the host's path. REQUIRES: one thread, SIGCHLD blocked, orphans are adopted.
Status enter_container(const Container& container, const std::string& sandbox);

}  // namespace aurora::executor
