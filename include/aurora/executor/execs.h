// Commands that somebody runs in the sandbox of a task, beside what its runner started: a shell, mostly. Each
// is a child of the executor in the task's surroundings. It ends, with all that it has started, when its
// client leaves, when its task ends and when the executor stops; what an executor left that was killed is
// ended by the next one.
//
// Thread-safe. One thread waits for ends and forces them; it does nothing while there are none.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "aurora/base/clock.h"
#include "aurora/base/counters.h"
#include "aurora/executor/exec.h"
#include "aurora/executor/task_files.h"

namespace aurora::executor {

struct ExecRequest {
  core::TaskId task_id = {};
  std::vector<std::string> command = {};  // searched on the task's PATH; empty: a shell
  std::optional<os::WindowSize> terminal = std::nullopt;  // absent: none, and stderr apart from stdout
  std::string terminal_type = "xterm-256color";           // TERM
  std::string who = {};                                   // for the records
};

class Execs {
 public:
  Execs(WorkFolder work, const Clock& clock, Counters& counters);
  ~Execs();  // stops
  Execs(const Execs&) = delete;
  Execs& operator=(const Execs&) = delete;

  // NotFound: there is no such task; FailedPrecondition: it does not run.
  Result<std::shared_ptr<Exec>> start(const ExecRequest& request);
  struct Known {
    ExecRecord record;
    bool is_running = false;
  };
  std::vector<Known> list(const core::TaskId& task_id) const;  // oldest first; those that are still known
  void stop();  // ends all, within two seconds, and starts no more

 private:
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace aurora::executor
