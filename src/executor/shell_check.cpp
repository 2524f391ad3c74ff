#include <algorithm>
#include <csignal>

#include "aurora/os/processes.h"
#include "executor/running_check.h"

namespace aurora::executor {
namespace {

constexpr size_t kReadBytes = 4096;  // in one advance(): more than is shown

class ShellRun final : public RunningCheck {
 public:
  ShellRun(core::ShellCheck check, Bury bury) : check_(std::move(check)), bury_(std::move(bury)) {}
  ~ShellRun() override {
    if (!process_.is_open()) return;
    os::send_signal_to_group(pid_, SIGKILL);
    bury_(std::move(process_));
  }

  void start(const ShellSetting& setting) {
    Result<os::Pipe> pipe = os::make_pipe();
    if (!pipe.ok()) return fail(pipe.error());
    const std::string shell = shell_of(setting.surroundings->plan);
    os::SpawnRequest request{.program = shell, .arguments = {shell, "-c", check_.command}};
    setting.surroundings->apply_to(request);
    request.folder = setting.folder;
    request.environment.push_back(setting.mark);
    request.stdout_fd = request.stderr_fd = pipe->writing.get();
    if (request.user) request.user->groups.clear();
    if (!setting.switches_user) request.user.reset();
    const Result<int> pid = os::spawn(request);
    if (!pid.ok()) return fail(pid.error());
    pid_ = *pid;
    output_end_ = std::move(pipe->reading);
    Result<os::Fd> process = os::open_process(pid_);
    if (process.ok()) {
      process_ = std::move(*process);
      return;
    }
    os::send_signal_to_group(pid_, SIGKILL);  // no descriptor is left to watch it
    os::wait_for_child(pid_);
    fail(process.error());
  }

  std::optional<core::CheckFailure> advance(os::Poller& poller, uint64_t key) override {
    if (failure_) return core::CheckFailure(*failure_);
    if (!std::exchange(is_watched_, true)) {
      const bool is_fine = poller.add(process_, key).ok() && poller.add(output_end_, key).ok();
      if (is_fine) return std::nullopt;  // the poller says when there is something
      return core::CheckFailure("Internal health check error: cannot watch a descriptor");
    }
    const bool has_ended = os::is_readable(process_);  // looked at first, so that nothing it wrote is missed
    read_output();
    if (!has_ended) return std::nullopt;
    // While it is a zombie its group is its own; what it left there ends with it.
    os::send_signal_to_group(pid_, SIGKILL);
    const std::optional<os::ProcessEnd> end = os::reap_through(process_);
    process_ = os::Fd();
    if (!end) return core::CheckFailure("Internal health check error: its end was not seen");
    return core::judge_exit(check_, end->signal != 0 ? -end->signal : end->exit_code, output_);
  }
  std::string timed_out() const override { return "Health check timed out."; }

 private:
  void fail(const Error& error) { failure_ = "OSError: " + error.message; }

  // One that writes without end is slowed down by its pipe.
  void read_output() {
    if (!output_end_.is_open() || !os::is_readable(output_end_)) return;
    const Result<std::string> bytes = os::read_some(output_end_, kReadBytes);
    if (!bytes.ok() || bytes->empty()) {
      output_end_ = os::Fd();
      return;
    }
    constexpr size_t kKept = core::kCheckOutputBytesMax + 1;  // one more shows that something is missing
    output_.append(*bytes, 0, kKept - std::min(kKept, output_.size()));
  }

  core::ShellCheck check_;
  Bury bury_;
  int pid_ = 0;
  os::Fd process_;
  os::Fd output_end_;
  std::string output_;
  std::optional<std::string> failure_;
  bool is_watched_ = false;
};

}  // namespace

std::unique_ptr<RunningCheck> start_shell_check(const core::ShellCheck& check, const ShellSetting& setting,
                                                Bury bury) {
  auto run = std::make_unique<ShellRun>(check, std::move(bury));
  run->start(setting);
  return run;
}

}  // namespace aurora::executor
