// Tasks with an image, before they run: the image is found (executor/image_store.h), and written down for the
// runner is how it enters it (executor/container_entry.h).
#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <string>

#include "aurora/core/task/task.h"
#include "aurora/executor/image_store.h"
#include "aurora/executor/task_files.h"

namespace aurora::executor {

struct ContainerPolicy {
  std::string runtime = {};                                // program; empty: crun or runc of the PATH
  std::string sandbox_mount_point = "/mnt/mesos/sandbox";  // ends with /sandbox, and not in the root
};

class ContainerPreparer {
 public:
  ContainerPreparer(ContainerPolicy policy, std::shared_ptr<ImageStore> images)
      : policy_(std::move(policy)), images_(std::move(images)) {}

  // Absent: the task has no image. Errors are for users; those that begin with a name of a file or program
  // say what this host lacks.
  Result<std::optional<core::ContainerNeeds>> needs_of(const core::Task& task) const;
  // Its image has to be pulled or unpacked first. False also for a task that cannot run here.
  bool waits_for_image(const core::Task& task) const;
  // What can take long; `goes_on` as in ImageStore.
  Result<Image> find_image(const core::ContainerNeeds& needs, const std::function<bool()>& goes_on) const;
  // REQUIRES: the sandbox is there. `plan` has all but the container.
  Result<Container> prepare(const core::ContainerNeeds& needs, const Image& image, const RunnerPlan& plan,
                            const TaskPaths& paths) const;

 private:
  Result<std::string> find_runtime() const;

  const ContainerPolicy policy_;
  const std::shared_ptr<ImageStore> images_;
};

}  // namespace aurora::executor
