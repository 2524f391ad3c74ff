// One command that somebody runs in the sandbox of a task (executor/execs.h). Thread-safe; descriptors are
// taken once, by whoever carries their bytes.
#pragma once

#include <functional>
#include <mutex>
#include <optional>
#include <string>

#include "aurora/base/result.h"
#include "aurora/core/ids.h"
#include "aurora/executor/exec_file.h"
#include "aurora/os/files.h"
#include "aurora/os/processes.h"
#include "aurora/os/terminal.h"

namespace aurora::executor {

struct ExecEnd {
  std::optional<int32_t> exit_code = {};
  std::optional<std::string> signal = {};  // "KILL"
  std::string reason = {};                 // why it was ended; empty: it ended by itself
};

class Exec {
 public:
  struct Ends {  // ours of its streams
    os::Fd input;
    os::Fd output;
    os::Fd errors;    // not open with a terminal
    os::Fd terminal;  // its master once more; not open: there is none
  };
  Exec(core::TaskId task_id, ExecRecord record, Ends ends)
      : task_id_(std::move(task_id)), ends_(std::move(ends)), record_(std::move(record)) {}

  // Whoever takes one closes it; -1: there is none.
  int take_input() { return ends_.input.release(); }
  int take_output() { return ends_.output.release(); }
  int take_errors() { return ends_.errors.release(); }
  bool has_terminal() const { return ends_.terminal.is_open(); }

  void resize(os::WindowSize size);
  // "INT": to those who read from the terminal now; without one, to the command's process group. InvalidArgument:
  // there is no such signal.
  Status send_signal(std::string_view name);
  // The client has left: SIGHUP, and SIGKILL to what is left a while later.
  void leave(const std::string& why);
  // Called once, when it has ended and nothing of it is left: on the thread of Execs, or at once.
  void on_end(std::function<void(const ExecEnd&)> tell);

 private:
  friend class ExecSupervisor;
  void send_signal(int number);

  const core::TaskId task_id_;
  Ends ends_;
  mutable std::mutex mutex_;  // around all that follows
  ExecRecord record_;
  int leader_ = 0;  // of the session; not reaped before end_ is there
  std::function<void()> wake_ = [] {};
  std::string asked_because_;  // empty: nobody has asked it to end
  std::optional<ExecEnd> end_;
  std::function<void(const ExecEnd&)> tell_;
};

}  // namespace aurora::executor
