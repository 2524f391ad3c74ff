// Sees to the end of one Exec and of all that it has started. Used by one thread.
#pragma once

#include <memory>
#include <optional>

#include "aurora/base/clock.h"
#include "aurora/executor/exec.h"
#include "aurora/os/processes.h"

namespace aurora::executor {

// Variable in the environment of all that belongs to one; its value is the exec's id.
inline constexpr const char* kExecMarker = "AURORA_EXEC";

class ExecSupervisor {
 public:
  // `process`: of its leader; `runner`: of its task.
  ExecSupervisor(std::shared_ptr<Exec> exec, int leader, os::Fd process, os::Fd runner, std::function<void()> wake);

  const os::Fd& process() const { return process_; }
  const os::Fd& runner() const { return runner_; }  // closed once it has ended
  const core::TaskId& task_id() const { return exec_->task_id_; }
  const std::string& id() const { return exec_->record_.id; }

  void leave(const std::string& why) { exec_->leave(why); }
  void lose_task(Duration now);  // its runner has ended
  // What is due. `grace`: between SIGHUP and SIGKILL.
  void look(Duration now, Duration grace);
  std::optional<Duration> next_look() const;  // monotonic; absent: when something happens
  // The record with its end, if it has ended: then nothing of it is left, and whoever waits is told. `only_one`:
  // there is no other exec, so that nobody else's orphans are taken for nobody's.
  std::optional<ExecRecord> find_end(const Clock& clock, bool only_one, const std::string& sandboxes);

 private:
  bool is_asked() const;
  void hang_up();
  bool kill_all(bool only_one, const std::string& sandboxes) const;
  ExecRecord end(const os::ProcessEnd& how, Instant now);

  const std::shared_ptr<Exec> exec_;
  const int leader_;
  os::Fd process_;
  os::Fd runner_;
  std::optional<Duration> kill_at_;
  std::optional<Duration> settled_at_;  // its leader was killed: by then it is known whether with its task
};

}  // namespace aurora::executor
