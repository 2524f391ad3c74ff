// What an OCI runtime is told of a task's container (config.json of a bundle): a root, mounts, and nothing
// else that would be the container's own. Processes, users, network and control groups are the host's, and
// the runner's to handle.
#pragma once

#include <string>
#include <vector>

#include "aurora/core/job/container.h"

namespace aurora::executor {

struct OciMounts {
  std::string root;              // of the container
  std::string shell;             // in it; runtimes ask for a program, which is never started
  bool hides_processes = false;  // of other users
  std::string run_folder;        // of the host
  std::string run_mount_point;   // where the container sees it
  std::string tmp;               // of the host
  struct File {
    std::string host_path;
    std::string container_path;
  };
  std::vector<File> files;  // only to be read
  std::vector<core::Volume> volumes;
};
std::string oci_config(const OciMounts& mounts);  // JSON

}  // namespace aurora::executor
