// A PosixRunnerHost on a folder of its own, with real runners and real processes, and the questions tests ask
// of it.
#pragma once

#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <catch2/catch.hpp>
#include <csignal>
#include <source_location>

#include "aurora/base/clock.h"
#include "aurora/codec/json_value.h"
#include "aurora/executor/posix_runner_host.h"
#include "aurora/os/files.h"
#include "aurora/os/processes.h"
#include "aurora/os/users.h"
#include "support/builders.h"
#include "support/temp_folder.h"

namespace aurora::test {

struct ProcessRecipe {
  std::string name;
  std::string cmdline;
  std::string more = "";  // further fields, `, "final": true`
};

class RealHost {
 public:
  RealHost() {
    ::chmod(folder_.path().c_str(), 0755);
    os::adopt_orphans();  // as the executor does
    os::block_signals({SIGCHLD});
    start_executor();
  }
  // No runner outlives its test.
  ~RealHost() {
    for (const core::TaskId& task_id : started_) {
      const auto history = history_of(task_id);
      if (!history.states.empty() && !is_terminal(*history.state())) {
        os::send_signal(history.states.front().runner_pid, SIGUSR2);
        wait_until([&] { return is_terminal(history_of(task_id).state().value_or(core::RunState::Lost)); });
      }
    }
  }

  void stop_executor() { host_.reset(); }
  // As after a crash: a new one on the same folder.
  void start_executor() {
    stop_executor();
    auto ended_children = os::open_signals({SIGCHLD});
    REQUIRE(ended_children.ok());
    auto made = executor::make_posix_runner_host({.work = work(),
                                                  .hostname = "h1",
                                                  .search_path = "/usr/local/bin:/usr/bin:/bin",
                                                  .runner_program = os::own_program()},
                                                 std::move(*ended_children));
    REQUIRE(made.ok());
    host_ = std::move(made).value();
  }

  core::Task task(const std::string& id, const std::vector<ProcessRecipe>& processes, const std::string& role,
                  const std::string& more = "") {
    codec::JsonArray array;
    for (const ProcessRecipe& recipe : processes) {
      const std::string head =
          codec::JsonObject().add("name", recipe.name).add("cmdline", recipe.cmdline).text();
      array.add_raw(head.substr(0, head.size() - 1) + recipe.more + "}");
    }
    core::TaskConfig config = a_config(role + "/devel/job");
    config.executor_config =
        core::ExecutorConfig{"AuroraExecutor", R"({"task": {"processes": )" + array.text() + more + "}}"};
    core::Task task;
    task.id = core::TaskId(id);
    task.config = core::TaskConfigRef(config);
    return task;
  }

  Status start(const std::string& id, const std::vector<ProcessRecipe>& processes,
               const std::string& more = "") {
    return start(task(id, processes, role(), more));
  }
  Status start(const core::Task& task) {
    started_.push_back(task.id);
    return host_->start(task, {});
  }

  // Runs a task to its end and returns how it went.
  core::RunnerEnd run(const std::string& id, const std::vector<ProcessRecipe>& processes,
                      const std::string& more = "") {
    const Status status = start(id, processes, more);
    if (!status.ok()) FAIL(status.error().message);
    return wait_for_exit(id);
  }

  core::RunnerEnd wait_for_exit(const std::string& id) { return wait_for<core::RunnerExited>(id).end; }
  void wait_for_start(const std::string& id) { wait_for<core::RunnerStarted>(id); }
  core::StartFailed wait_for_failure(const std::string& id) { return wait_for<core::StartFailed>(id); }
  // Its runner has written its first record; the host need not have heard of it.
  void wait_for_birth(const std::string& id) {
    wait_until([&] { return !history_of(core::TaskId(id)).states.empty(); });
  }

  // Looks again and again, and lets the host go on meanwhile; a minute is failure, not timing.
  template <typename F>
  void wait_until(F is_true, std::source_location who = std::source_location::current()) {
    const Duration deadline = clock_.monotonic() + minutes(1);
    while (!is_true()) {
      if (clock_.monotonic() > deadline)
        FAIL("what " << who.file_name() << ":" << who.line() << " waits for did not happen within a minute"
                     << failures());
      if (!host_) continue;
      for (core::HostEvent& event : host_->wait(milliseconds(10))) events_.push_back(std::move(event));
    }
  }

  std::string failures() const {  // that nobody has asked for
    std::string text;
    for (const core::HostEvent& event : events_) {
      const auto* failure = std::get_if<core::StartFailed>(&event);
      if (failure != nullptr) text += "; " + failure->task_id.value() + ": " + failure->message;
    }
    return text;
  }

  // The next event of this kind that tells of the task; those before it stay.
  template <typename Event>
  Event wait_for(const std::string& id) {
    std::optional<Event> found;
    wait_until([&] {
      const auto event = std::find_if(events_.begin(), events_.end(), [&](const core::HostEvent& e) {
        const auto* wanted = std::get_if<Event>(&e);
        return wanted != nullptr && wanted->task_id.value() == id;
      });
      if (event == events_.end()) return false;
      found = std::get<Event>(std::move(*event));
      events_.erase(event);
      return true;
    });
    return *found;
  }
  void wait_for_output(const std::string& id, const std::string& process, const std::string& text) {
    wait_until([&] { return output_of(id, process).find(text) != std::string::npos; });
  }

  core::RunHistory history_of(const core::TaskId& task_id) const {
    const auto history = executor::read_history(work().paths_of(task_id).checkpoint);
    return history.ok() ? *history : core::RunHistory{};
  }
  // "ACTIVE CLEANING FINALIZING SUCCESS"
  std::string states_of(const std::string& id) const {
    std::string text;
    for (const auto& record : history_of(core::TaskId(id)).states) {
      text += (text.empty() ? "" : " ") + std::string(enum_name(record.state));
    }
    return text;
  }
  // "SUCCESS:0 FAILED:1": runs of the process, oldest first.
  std::string runs_of(const std::string& id, uint32_t process) const {
    const auto history = history_of(core::TaskId(id));
    std::string text;
    if (process >= history.processes.size()) return text;
    for (const core::ProcessRun& run : history.processes[process]) {
      text += (text.empty() ? "" : " ") + std::string(enum_name(run.state));
      if (run.return_code) text += ":" + std::to_string(*run.return_code);
    }
    return text;
  }
  int pid_of(const std::string& id, uint32_t process) const {
    return history_of(core::TaskId(id)).processes.at(process).back().pid;
  }
  int runner_of(const std::string& id) const {
    return history_of(core::TaskId(id)).states.front().runner_pid;
  }
  std::string sandbox_of(const std::string& id) const { return work().paths_of(core::TaskId(id)).sandbox; }
  std::string output_of(const std::string& id, const std::string& process,
                        const std::string& stream = "stdout", int run = 0) const {
    const auto text =
        os::read_file(sandbox_of(id) + "/.logs/" + process + "/" + std::to_string(run) + "/" + stream);
    return text.ok() ? *text : "";
  }

  executor::RunnerHost& host() { return *host_; }
  executor::WorkFolder work() const {
    return {folder_.path(), folder_.path() + "/state", "agent-" + std::to_string(::getpid())};
  }
  // Root becomes the role; anybody else only needs one that exists.
  static std::string role() { return "www-data"; }
  static std::string user() { return os::is_root() ? role() : os::current_user().name; }

 private:
  TempFolder folder_;
  SystemClock clock_;
  std::unique_ptr<executor::RunnerHost> host_;
  std::vector<core::TaskId> started_;
  std::vector<core::HostEvent> events_;  // not yet asked for
};

}  // namespace aurora::test
