// How `aurora thermos` shows what happens to a task, and what its processes write.
#pragma once

#include <memory>
#include <optional>
#include <vector>

#include "aurora/executor/task_files.h"
#include "modes/thermos_log.h"
#include "modes/thermos_verbs.h"

namespace aurora {

// Output of a process: to a terminal without what could command it, to anything else as it is.
void show_output(client::Console& console, const std::string& bytes);

// "a: FAILED, exit code 7 (run 2)"; empty for records of which people learn nothing. `run` counts from 0.
std::string describe(const core::ProcessRecord& record, const std::string& process, size_t run);

// Follows a task's checkpoint, and if asked to, the logs of its processes.
class TaskShow {
 public:
  enum class Output { Hidden, Shown };
  TaskShow(client::Console& console, executor::TaskPaths paths, Output output);
  ~TaskShow();

  void show_news();
  bool has_begun() const { return history_.state().has_value(); }
  const core::RunHistory& history() const { return history_; }
  const std::optional<executor::RunnerPlan>& plan() const { return plan_; }  // absent until it has begun

 private:
  struct Followed;
  void show(const core::RunRecord& record);
  void follow(uint32_t process, size_t run);

  client::Console& console_;
  const executor::TaskPaths paths_;
  const Output output_;
  std::optional<executor::RunnerPlan> plan_;
  core::RunHistory history_;
  size_t shown_records_ = 0;
  size_t read_bytes_ = 0;
  std::vector<std::unique_ptr<Followed>> followed_;
};

}  // namespace aurora
