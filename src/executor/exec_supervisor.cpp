#include "executor/exec_supervisor.h"

#include <csignal>

namespace aurora::executor {
namespace {

constexpr Duration kEndAtOnce = seconds(1);
constexpr Duration kTryAgain = milliseconds(200);
constexpr Duration kRunnerLeaves = milliseconds(500);

}  // namespace

ExecSupervisor::ExecSupervisor(std::shared_ptr<Exec> exec, int leader, os::Fd process, os::Fd runner,
                               std::function<void()> wake)
    : exec_(std::move(exec)), leader_(leader), process_(std::move(process)), runner_(std::move(runner)) {
  std::lock_guard lock(exec_->mutex_);
  exec_->leader_ = leader;
  exec_->wake_ = std::move(wake);
}

void ExecSupervisor::lose_task(Duration now) {
  exec_->leave("its task has ended");
  runner_ = os::Fd();
  kill_at_ = now;
}

bool ExecSupervisor::is_asked() const {
  std::lock_guard lock(exec_->mutex_);
  return !exec_->asked_because_.empty();
}

std::optional<Duration> ExecSupervisor::next_look() const { return settled_at_ ? settled_at_ : kill_at_; }

void ExecSupervisor::look(Duration now, Duration grace) {
  if (is_asked() && !kill_at_) {
    hang_up();
    kill_at_ = now + grace;
  }
  if (kill_at_ && now >= *kill_at_) {
    kill_all(false, "");
    kill_at_ = now + kTryAgain;
  }
}

// Who is stopped hears nothing, unless it goes on.
void ExecSupervisor::hang_up() {
  for (const int number : {SIGHUP, SIGCONT}) {
    exec_->send_signal(number);
    os::send_signal_to_group(leader_, number);
  }
}

// False: somebody is left after a while.
bool ExecSupervisor::kill_all(bool only_one, const std::string& sandboxes) const {
  const auto is_ours = [&](int pid) {
    const auto info = os::find_process(pid);
    if (info && info->session == leader_) return true;
    if (const auto marker = os::environment_of(pid, kExecMarker)) return *marker == id();
    if (!only_one || os::is_copy_of_us(pid)) return false;
    const auto home = os::environment_of(pid, "HOME");
    return !home || !home->starts_with(sandboxes);
  };
  return os::end_families(
      [&](const auto& visit) {
        visit(leader_);
        for (const int pid : os::adopted_children()) {
          if (is_ours(pid)) visit(pid);
        }
      },
      kEndAtOnce);
}

std::optional<ExecRecord> ExecSupervisor::find_end(const Clock& clock, bool only_one, const std::string& sandboxes) {
  const auto how = os::peek_end(process_);
  if (!how) return std::nullopt;
  // Whoever ends a task kills all that is in its groups, and its runner leaves last.
  if (how->signal == SIGKILL && !is_asked() && runner_.is_open()) {
    if (!settled_at_) settled_at_ = clock.monotonic() + kRunnerLeaves;
    if (clock.monotonic() < *settled_at_) return std::nullopt;
  }
  kill_all(only_one, sandboxes);  // while its pid is still its own
  ExecRecord record = end(*how, clock.now());
  os::reap_through(process_);
  return record;
}

ExecRecord ExecSupervisor::end(const os::ProcessEnd& how, Instant now) {
  std::function<void(const ExecEnd&)> tell;
  ExecRecord record;
  ExecEnd end;
  {
    std::lock_guard lock(exec_->mutex_);
    end.reason = exec_->asked_because_;
    if (how.signal != 0) end.signal = os::signal_name(how.signal);
    if (how.signal == 0) end.exit_code = how.exit_code;
    exec_->record_.ended_at = now;
    exec_->record_.exit_code = end.exit_code;
    exec_->record_.signal = end.signal;
    exec_->record_.reason = end.reason;
    exec_->end_ = end;
    record = exec_->record_;
    tell = std::exchange(exec_->tell_, nullptr);
  }
  if (tell) tell(end);
  return record;
}

}  // namespace aurora::executor
