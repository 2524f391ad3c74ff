#include "aurora/executor/exec.h"

namespace aurora::executor {

void Exec::resize(os::WindowSize size) {
  if (has_terminal()) os::set_window_size(ends_.terminal, size);
}

Status Exec::send_signal(std::string_view name) {
  const std::optional<int> number = os::find_signal(name);
  if (!number) return Error{ErrorCode::InvalidArgument, "There is no signal of that name; INT, TERM and KILL are some"};
  send_signal(*number);
  return Unit{};
}

void Exec::send_signal(int number) {
  std::lock_guard lock(mutex_);
  if (end_ || leader_ == 0) return;
  const int reader = has_terminal() ? os::foreground_group(ends_.terminal) : 0;
  os::send_signal_to_group(reader > 0 ? reader : leader_, number);
}

void Exec::leave(const std::string& why) {
  std::function<void()> wake;
  {
    std::lock_guard lock(mutex_);
    if (end_ || !asked_because_.empty()) return;
    asked_because_ = why;
    wake = wake_;
  }
  wake();
}

void Exec::on_end(std::function<void(const ExecEnd&)> tell) {
  {
    std::lock_guard lock(mutex_);
    if (!end_) {
      tell_ = std::move(tell);
      return;
    }
  }
  tell(*end_);
}

}  // namespace aurora::executor
